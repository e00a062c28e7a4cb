package realnet

import (
	"context"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/wire"
)

type connState uint8

const (
	connDialling connState = iota
	connOpen
	connClosed
)

// conn is a connection as the Machine sees it, from Dial or a peer's hello to its end. The TCP connection under it, its
// link, comes when peers have agreed; of two crossed dials only one gives a link, and both ends keep their conn.
type conn struct {
	id    core.Conn
	peer  core.NodeID
	state connState
	link  *link // nil while dialling

	cancel  context.CancelFunc // of the dial under way
	inbound bool               // the peer dialled
	client  bool               // the peer has no address: its handle ends with the connection
	reads   bool               // the peer is no node: it only reads
	low     bool               // the peer knows low gets; false before it has said so
	since   time.Time          // when it opened, or the dial began
	part    part
	session wire.Session // the peer's
	dial    uint64       // the number of the dial that link came from, at the end that dialled

	out        outbox
	piled      uint32 // pileSteps of control bytes that waited when something was last said
	in         inbox
	introduced []uint64   // bits: videos whose handles the peer knows
	sends      []*outflow // not yet over, oldest first
}

// newConn returns a connection with a handle of its own.
func (o *owner) newConn(peer core.NodeID) *conn {
	c := &conn{peer: peer, cancel: func() {}, since: time.Now()}
	c.out.wake = make(chan struct{}, 1)
	o.peers.hold(peer, 1)
	if k := len(o.freeConns); k > 0 {
		c.id = o.freeConns[k-1]
		o.freeConns = o.freeConns[:k-1]
		o.conns[c.id] = c
		return c
	}
	c.id = core.Conn(len(o.conns))
	o.conns = append(o.conns, c)
	return c
}

// count returns how many connections there are.
func (o *owner) count() int { return len(o.conns) - 1 - len(o.freeConns) }

// A member may have so many connections: viewers on its box use its keys too. One of MaxConns in namesShare, or leastPerName
// if that is more.
const (
	namesShare   = 16
	leastPerName = 16
)

// countOf returns how many connections a member has. O(connections).
func (o *owner) countOf(name string) (n int) {
	for _, c := range o.conns {
		if c != nil && c.link != nil && c.link.who.Name == name {
			n++
		}
	}
	return n
}

// open gives a connection its link and tells the Machine.
func (o *owner) open(c *conn, l *link) {
	c.cancel()
	c.state, c.link, c.inbound = connOpen, l, l.inbound
	c.reads, c.since = l.peer.Flags&wire.FlagViewer != 0, time.Now()
	c.low = l.peer.Flags&wire.FlagLow != 0
	c.session = l.peer.Session
	c.dial = l.peer.Dial
	if !l.inbound {
		c.dial = l.dial
	}
	o.byPeer[c.peer] = c
	o.bySession[c.session] = c
	var flags core.PeerFlags
	if l.inbound {
		flags |= core.PeerInbound
		if !l.hasAddr() {
			flags |= core.PeerUndialable
		}
		l.dial = o.dialled // for our hello
		o.meters.accepted.Add(1)
	} else {
		o.meters.dialled.Add(1)
	}
	if l.peer.Flags&wire.FlagSource != 0 {
		flags |= core.PeerIsSource
	}
	l.decide(c)
	o.m.OnOpen(o, self, c.id, c.peer, flags)
}

// drop ends a connection at this node's wish: the Machine hears nothing more of it, the peer hears why.
func (o *owner) drop(c *conn, why core.Reason) {
	for _, f := range c.sends {
		c.out.abandon(f)
		o.freeSlot(f)
	}
	c.sends = nil
	c.in.close()
	o.unlink(c, lost{why: why})
	o.freeHandle(c)
}

// lose ends a connection that is no more: the flows on it are cut, then the Machine is told.
func (o *owner) lose(c *conn, l lost) {
	for len(c.sends) > 0 && c.state != connClosed {
		f := c.sends[0]
		kind := core.FlowCut
		if c.out.abandon(f) {
			kind = core.FlowDone
		}
		o.flowEvent(f, kind)
	}
	for c.state != connClosed {
		w := c.in.takeFlowing()
		if w == nil {
			break
		}
		kind := core.FlowCut
		if w.end != 0 {
			kind = w.end
		}
		o.m.OnFlow(o, self, core.FlowEvent{Kind: kind, Conn: c.id, Span: w.span})
	}
	if c.state == connClosed { // the Machine has closed it meanwhile
		return
	}
	c.in.close()
	o.unlink(c, l)
	o.m.OnClose(o, self, c.id, l.why)
	o.freeHandle(c)
}

// unlink ends a connection's link, or the attempt to make one, and forgets it as the way to its peer.
func (o *owner) unlink(c *conn, l lost) {
	c.state = connClosed
	c.cancel()
	if o.byPeer[c.peer] == c {
		delete(o.byPeer, c.peer)
	}
	if o.bySession[c.session] == c {
		delete(o.bySession, c.session)
	}
	if c.link != nil {
		c.link.shutdown(wire.Close{Why: l.why, Text: l.text})
		o.overtaken.ended(c.link)
	}
	if l.why != core.Stopping {
		level := zap.DebugLevel
		if l.why == core.TimedOut {
			level = zap.InfoLevel // A master that hangs is to be found in the log, as one that is away is.
		}
		o.log.Log(level, "connection closed", zap.String("peer", o.describe(c)), zap.Stringer("why", l.why), zap.String("text", l.text))
	}
}

// freeHandle lets a closed connection's handle be used again.
func (o *owner) freeHandle(c *conn) {
	o.conns[c.id] = nil
	o.freeConns = append(o.freeConns, c.id)
	o.peers.hold(c.peer, -1)
	if c.client {
		o.peers.release(c.peer)
	}
}

// describe returns what to call a connection's peer in the log.
func (o *owner) describe(c *conn) string {
	if c.link != nil {
		return c.link.String()
	}
	return o.peers.at(c.peer).String()
}
