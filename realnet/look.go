package realnet

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/wire"
)

// What it may cost a node to be looked at, whoever asks.
const (
	maxLooks      = 4                      // at a time; others are sent away
	dialBackEvery = 200 * time.Millisecond // at most so often is somebody dialled back
	dialBackWait  = 2 * time.Second        // for somebody who is dialled back to answer
)

// looks bounds those who look.
type looks struct {
	mu      sync.Mutex
	now     int
	dialled time.Time // when somebody was last dialled back
}

func (l *looks) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == maxLooks {
		return false
	}
	l.now++
	return true
}

func (l *looks) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now--
}

// mayDial reports whether somebody may be dialled back now, and counts it.
func (l *looks) mayDial(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.dialled) < dialBackEvery {
		return false
	}
	l.dialled = now
	return true
}

// showAround answers a peer that only came to look. The owner and its Machine hear nothing of it.
func (l *link) showAround() {
	n := l.n
	if !n.looks.enter() {
		l.farewell(wire.Close{Why: core.TooMany, Text: "too many look at this node at the moment"})
		return
	}
	defer n.looks.leave()
	stop := context.AfterFunc(n.ctx, func() { l.tcp.SetDeadline(longAgo) })
	defer stop()
	h := n.hello(0)
	h.Clock = time.Now().UnixMicro()
	if l.writeNow(wire.AppendHello(nil, h)) != nil {
		return
	}
	a := wire.About{Seen: canonical(l.tcp.RemoteAddr().(*net.TCPAddr).AddrPort())}
	videos, more := n.toldOf()
	if l.peer.Flags&wire.FlagDialBack != 0 {
		a.Reach = n.dialBack(l.remote(), l.peer.Addr)
	}
	n.log.Debug("somebody looked", zap.Stringer("peer", l))
	for first := true; first || len(videos) > 0; first = false {
		a.Videos = videos[:min(len(videos), wire.MaxAbout)]
		videos = videos[len(a.Videos):]
		a.More = more + uint32(len(videos))
		if l.writeNow(wire.AppendAbout(nil, a)) != nil {
			return
		}
	}
	l.farewell(wire.Close{Why: core.Fine})
}

// dialBack tries whether a peer can be dialled at a port: only at the IP at which it is seen, so that nobody can have a
// third party dialled.
func (n *Node) dialBack(seen netip.Addr, at netip.AddrPort) wire.Reach {
	if !at.IsValid() || !at.Addr().IsUnspecified() && at.Addr().Unmap() != seen || !n.looks.mayDial(time.Now()) {
		return wire.ReachUntried
	}
	d := net.Dialer{Timeout: dialBackWait}
	c, err := d.DialContext(n.ctx, "tcp", netip.AddrPortFrom(seen, at.Port()).String())
	if err != nil {
		return wire.ReachNo
	}
	c.Close()
	return wire.ReachYes
}
