package realnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/wire"
)

// retryDial is how long a dialler waits when the peer says that another connection of the two is coming, before it
// tries again in case it does not come.
const retryDial = 50 * time.Millisecond

// startDial begins to make c's link.
func (o *owner) startDial(c *conn) {
	addr := o.peers.at(c.peer)
	if c.peer == self || !addr.IsValid() || o.count() > o.cfg.MaxConns {
		o.later = append(o.later, event{kind: evFailed, c: c, arg: lost{why: core.Refused, text: "nobody to dial"}})
		return
	}
	o.dialled++
	number := o.dialled
	ctx, cancel := context.WithTimeout(o.ctx, o.cfg.Limits.Dial)
	c.cancel = cancel
	o.wg.Go(func() {
		defer cancel()
		o.dial(ctx, c, addr, number)
	})
}

// failed ends a dial without a connection.
func (o *owner) failed(c *conn, l lost) {
	if c.state != connDialling { // a link came from the other side
		return
	}
	o.meters.dialsFailed.Add(1)
	o.log.Info("no connection", zap.Stringer("address", o.peers.at(c.peer)), zap.Stringer("why", l.why), zap.String("because", l.text))
	o.lose(c, l)
}

// dial makes a link for c, or posts why there is none. It ends silently when ctx is cancelled.
func (n *Node) dial(ctx context.Context, c *conn, addr netip.AddrPort, number uint64) {
	select {
	case n.dials <- struct{}{}:
	case <-ctx.Done():
		return
	}
	l, end := n.attempts(ctx, addr, number)
	<-n.dials
	switch {
	case l == nil && errors.Is(ctx.Err(), context.Canceled): // nobody waits for the answer
	case l == nil:
		n.post(event{kind: evFailed, c: c, arg: end})
	case n.post(event{kind: evDialled, c: c, arg: l}):
		l.run()
	default:
		n.socks.close(l.tcp)
	}
}

// attempts dials until the peer answers with a hello or with something else than that another connection is coming.
func (n *Node) attempts(ctx context.Context, addr netip.AddrPort, number uint64) (l *link, end lost) {
	for range 1 + n.cfg.Handshake/retryDial {
		if l, end = n.attempt(ctx, addr, number); end.why != core.Replaced {
			return l, end
		}
		select {
		case <-time.After(retryDial):
		case <-ctx.Done():
			return nil, end
		}
	}
	return nil, end
}

// attempt makes one TCP connection and introduces this node. It returns a link whose peer has said who it is, or why not.
func (n *Node) attempt(ctx context.Context, addr netip.AddrPort, number uint64) (*link, lost) {
	if until, is := n.bans.find(culpritAt(addr.Addr())); is && n.cfg.Keys == nil {
		return nil, lost{core.Refused, "the peer is " + bannedUntil(until)}
	}
	var d net.Dialer
	sock, err := d.DialContext(ctx, "tcp", addr.String())
	if err != nil {
		return nil, dialError(err)
	}
	if !n.socks.add(sock) {
		return nil, lost{core.Stopping, "stopping"}
	}
	l := n.newLink(sock.(*net.TCPConn), false)
	l.dial = number
	stop := context.AfterFunc(ctx, func() { sock.SetDeadline(longAgo) })
	end := l.secure(ctx)
	if end == (lost{}) {
		end = l.introduce()
	}
	if !stop() && end == (lost{}) {
		end = lost{core.TimedOut, "the dial was given up"}
	}
	if end != (lost{}) {
		// Who has not proved a name may be anything that listens there, and somebody else has told us to dial it.
		if end.why == core.BadPeer && !l.told && l.who != (identity.Peer{}) {
			l.blame(end)
		}
		if end.why == core.Refused && n.cfg.OnRefused != nil {
			n.cfg.OnRefused(end.text)
		}
		if ctx.Err() == nil && !l.mute { // the peer may want to know what is wrong with it
			_ = l.writeNow(wire.AppendClose(nil, wire.Close{Why: end.why, Text: end.text}))
		}
		n.socks.close(sock)
		return nil, end
	}
	return l, lost{}
}

// longAgo is a deadline that ends all that a socket is doing.
var longAgo = time.Unix(1, 0)

// dialError says what a failed dial means to the protocol.
func dialError(err error) lost {
	why := core.Refused
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		why = core.TimedOut
	}
	return lost{why, err.Error()}
}

// introduce sends this node's hello and reads the peer's answer.
func (l *link) introduce() lost {
	if err := l.writeNow(wire.AppendHello(nil, l.n.hello(l.dial))); err != nil {
		return lost{core.Lost, err.Error()}
	}
	return l.readHello()
}

// hello returns what this node says of itself.
func (n *Node) hello(dial uint64) wire.Hello {
	h := wire.Hello{Version: wire.Version, Name: n.cfg.Name, Addr: n.addr, Session: n.session, Dial: dial, Web: n.cfg.Web}
	h.Flags |= wire.FlagLow
	if n.cfg.NAT {
		h.Addr = netip.AddrPort{}
	}
	if n.cfg.Library != nil && n.cfg.Master == "" {
		h.Flags |= wire.FlagSource
	}
	if n.cfg.Listen == "" && !n.cfg.NAT {
		h.Flags |= wire.FlagViewer
	}
	return h
}

// accept takes connections until the listener closes.
func (n *Node) accept() {
	for {
		select {
		case n.shake <- struct{}{}:
		case <-n.quit:
			return
		}
		sock, err := n.listener.AcceptTCP()
		if err != nil {
			<-n.shake
			if errors.Is(err, net.ErrClosed) {
				return
			}
			n.log.Error("cannot accept a connection", zap.Error(err)) // out of descriptors, most likely
			select {
			case <-time.After(retryDial):
			case <-n.quit:
				return
			}
			continue
		}
		n.wg.Go(func() { n.welcome(sock) })
	}
}

// welcome waits for a peer's hello and for the owner's word, and then serves the connection. It gives back the
// handshake's token.
func (n *Node) welcome(sock *net.TCPConn) {
	done := sync.OnceFunc(func() { <-n.shake })
	defer done()
	if !n.socks.add(sock) {
		return
	}
	n.gate.pass()
	l := n.newLink(sock, true)
	sock.SetDeadline(time.Now().Add(n.cfg.Handshake))
	stop := context.AfterFunc(n.ctx, func() { sock.SetDeadline(longAgo) })
	end := l.admit()
	stop()
	if end != (lost{}) {
		l.sendAway(end)
		n.socks.close(sock)
		return
	}
	if l.joins != nil {
		l.join()
		n.socks.close(sock)
		return
	}
	if l.peer.Flags&wire.FlagLook != 0 {
		l.showAround()
		n.socks.close(sock)
		return
	}
	sock.SetDeadline(time.Time{})
	if !n.post(event{kind: evInbound, arg: l}) {
		n.socks.close(sock)
		return
	}
	l.run(done)
}

// admit finds out who a peer is that dialled.
func (l *link) admit() lost {
	if until, is := l.n.bans.find(culpritAt(l.remote())); is {
		return lost{core.Refused, bannedUntil(until)}
	}
	if end := l.secure(l.n.ctx); end != (lost{}) || l.joins != nil {
		return end
	}
	return l.readHello()
}

// sendAway logs and counts a peer that is not let in, bans it if it broke a rule, and tells it why.
func (l *link) sendAway(end lost) {
	l.n.meters.refusedPeers.Add(1)
	banned := zap.Skip()
	if end.why == core.BadPeer && !l.told {
		l.n.meters.badPeers.Add(1)
		banned = l.ban()
	}
	level := zap.WarnLevel
	if end.why == core.Lost {
		level = zap.DebugLevel // It knocked and left, as port checks and load balancers do.
	}
	l.n.doors.say(level, "refused a peer", zap.Stringer("peer", l), zap.String("because", end.text), banned)
	if !l.mute {
		l.farewell(wire.Close{Why: end.why, Text: end.text})
	}
}

// greet decides about a peer that dialled. Between two nodes there is one connection (C7), and both must come to the
// same choice though each sees the other's dial at another moment:
//
//   - Of two dials that cross, the one of the node with the smaller session stays. The dialler learns by the peer's
//     hello, which comes only when it agrees, or by Replaced; it then waits for the other link, and tries again if that
//     does not come.
//   - A peer that dials although this node has a connection with it has lost that one, or is a new life of it: the new
//     connection replaces the old. Two cases look alike but are not: a dial that this node's own dial has overtaken, and
//     an older dial of the peer's that its newer one has overtaken.
func (o *owner) greet(l *link) {
	h := l.peer
	if h.Session == o.session {
		o.reject(l, lost{core.Refused, "this node dialled itself"})
		return
	}
	if until, is := o.bans.find(l.culprit()); is { // while it waited
		o.reject(l, lost{core.Refused, bannedUntil(until)})
		return
	}
	peer, err := o.peerOf(l)
	if err != nil {
		o.reject(l, lost{core.TooMany, err.Error()})
		return
	}
	old, there := o.bySession[h.Session], o.byPeer[peer]
	for _, c := range []*conn{old, there} {
		if c != nil && !l.entitled(c) {
			o.reject(l, lost{core.Refused, fmt.Sprintf("that is the address, or the session, of %q", c.link.who.Name)})
			return
		}
	}
	ours := string(o.session[:]) < string(h.Session[:]) // our dials stay
	late := o.overtaken.has(h)
	switch {
	case old == nil:
		old = there
	case there != nil && there != old && !o.older(h, old, ours):
		// It says another address than before, at which there is a connection as well.
		o.lose(old, lost{core.Replaced, "the same peer at another address"})
		old, late = o.byPeer[peer], false
	}
	switch {
	case old == nil && late:
		if !l.hasAddr() {
			o.peers.release(peer)
		}
		o.reject(l, lost{core.Replaced, "a later connection of these two nodes has been, and ended"})
	case old == nil && l.who.Name != "" && o.countOf(l.who.Name) >= max(leastPerName, o.cfg.MaxConns/namesShare):
		if !l.hasAddr() {
			o.peers.release(peer)
		}
		o.reject(l, lost{core.Refused, fmt.Sprintf("too many connections of %q", l.who.Name)})
	case old == nil && o.count() >= o.cfg.MaxConns:
		if !l.hasAddr() {
			o.peers.release(peer)
		}
		o.reject(l, lost{core.Refused, "too many connections"})
	case old == nil:
		o.adopt(peer, l)
	case old.state == connDialling && !ours:
		o.open(old, l)
	case old.state == connDialling, o.older(h, old, ours):
		o.reject(l, lost{core.Replaced, "another connection of these two nodes"})
	default:
		o.lose(old, lost{core.Replaced, "a newer connection of the same peer"})
		if !l.hasAddr() { // it went with the old connection
			peer, _ = o.peers.client()
		}
		if again := o.byPeer[peer]; again != nil { // The Machine dials already.
			o.open(again, l)
			return
		}
		o.adopt(peer, l)
	}
}

// older reports whether a peer's dial was begun before the connection that this node has with the same life of it. ours says
// that of two dials that cross this node's stays.
func (o *owner) older(h wire.Hello, old *conn, ours bool) bool {
	return old.session == h.Session && (old.inbound && h.Dial <= old.dial || !old.inbound && ours)
}

// adopt opens a connection for a peer that dialled.
func (o *owner) adopt(peer core.NodeID, l *link) {
	c := o.newConn(peer)
	c.client = !l.hasAddr()
	o.open(c, l)
}

// hasAddr tells whether the peer can be dialled.
func (l *link) hasAddr() bool { return l.peer.Addr.IsValid() }

// peerOf returns the handle of a peer that dialled: that of its address, or a new one for a client.
func (o *owner) peerOf(l *link) (core.NodeID, error) {
	addr := l.peer.Addr
	if !l.hasAddr() {
		if c := o.bySession[l.peer.Session]; c != nil {
			return c.peer, nil
		}
		return o.peers.client()
	}
	if addr.Addr().IsUnspecified() {
		remote := l.tcp.RemoteAddr().(*net.TCPAddr).AddrPort().Addr()
		addr = netip.AddrPortFrom(remote, addr.Port())
	}
	return o.peers.intern(canonical(addr))
}

// reject sends a peer that dialled away.
func (o *owner) reject(l *link, why lost) {
	o.meters.refusedPeers.Add(1)
	o.log.Debug("refused a peer", zap.Stringer("peer", l), zap.Stringer("why", why.why), zap.String("text", why.text))
	l.refusal = wire.Close{Why: why.why, Text: why.text}
	l.decide(nil)
}

// answered takes the link that a dial has made, unless the peer's own dial was faster.
func (o *owner) answered(c *conn, l *link) {
	if c.state != connDialling {
		l.refusal = wire.Close{Why: core.Replaced, Text: "another connection of these two nodes"}
		l.decide(nil)
		return
	}
	if old := o.bySession[l.peer.Session]; old != nil && old != c {
		if !l.entitled(old) {
			l.refusal = wire.Close{Why: core.Refused, Text: "the session of another node"}
			l.decide(nil)
			o.failed(c, lost{core.Refused, fmt.Sprintf("%v says that it is in the session of %v", l, old.link)})
			return
		}
		// The peer has two addresses. It has replaced the old connection by this one.
		o.lose(old, lost{core.Replaced, fmt.Sprintf("the same node as %v", l)})
		if c.state != connDialling {
			l.decide(nil)
			return
		}
	}
	o.open(c, l)
}
