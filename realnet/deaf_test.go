package realnet_test

import (
	"bytes"
	"fmt"
	"net"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/wire"
)

// TestPeerThatDoesNotRead: control bytes for a peer that takes none pile up to the limit, then it is lost.
func TestPeerThatDoesNotRead(t *testing.T) {
	s := begin(t, realnet.Config{Limits: realnet.Limits{MaxQueued: 1 * core.MiB, Farewell: 50 * time.Millisecond}})
	introduced(t, s)
	c := s.await(coretest.OnOpen, 1).Conn
	s.do(func(net core.Network) {
		for range 1 << 17 {
			net.Send(c, core.Msg{Kind: core.MsgPolicy})
		}
	})
	if e := s.await(coretest.OnClose, 1); e.Why != core.TooMany {
		t.Errorf("closed: %v: want too many", e.Why)
	}
}

// TestPeerThatDoesNotReadRefusals: what is refused without the Machine's doing piles up no further.
func TestPeerThatDoesNotReadRefusals(t *testing.T) {
	s := begin(t, realnet.Config{Limits: realnet.Limits{MaxQueued: 64 * core.KiB, SendBuffer: 16 << 10, Farewell: 50 * time.Millisecond}})
	p := introduced(t, s)
	tp := newTape(t, "tape")
	p.send(tp.intro())
	unwanted := append(wire.AppendBegin(nil, 1, tp.span(0, 0, 1), tp.hashes[0]), wire.AppendEnd(nil, 1, wire.Cut)...)
	many := bytes.Repeat(unwanted, 1000)
	for range 1000 { // a refusal is 8 bytes
		if _, err := p.sock.Write(many); err != nil {
			break
		}
	}
	if e := s.await(coretest.OnClose, 1); e.Why != core.TooMany {
		t.Errorf("closed: %v: want too many", e.Why)
	}
}

// TestManyDeafPeers: what waits for peers that do not read, each of them within its bound, is bounded for all together, and
// the one goes for which most waits.
func TestManyDeafPeers(t *testing.T) {
	m := core.Msg{Kind: core.MsgPolicy}
	size := len(wire.AppendMsg(nil, &m, &wire.Peers{}))
	s := begin(t, realnet.Config{Limits: realnet.Limits{MaxQueuedAll: 12 * core.MiB, SendBuffer: 64 << 10,
		Farewell: 50 * time.Millisecond}})
	var conns []core.Conn
	for i := range 4 {
		p := meet(t, s)
		p.sock.(*net.TCPConn).SetReadBuffer(16 << 10)
		p.send(hello(fmt.Sprint(i, "-deaf")))
		conns = append(conns, s.await(coretest.OnOpen, i+1).Conn)
	}
	say := func(c core.Conn, mib int) {
		s.do(func(net core.Network) {
			for range mib << 20 / size {
				net.Send(c, m)
			}
		})
	}
	for i, c := range conns[:3] {
		say(c, 2+2*i) // 12 MiB, less what the kernel has taken
	}
	say(conns[3], 2)
	if e := s.await(coretest.OnClose, 1); e.Conn != conns[2] || e.Why != core.TooMany {
		t.Errorf("closed: %v, want the connection with most, %d, for too many", e, conns[2])
	}
	say(conns[3], 2)
	s.do(func(core.Network) {})
	closed := 0
	for _, e := range s.rec.Log() {
		if e.Kind == coretest.OnClose {
			closed++
		}
	}
	if closed != 1 {
		t.Errorf("%d connections are closed, want the one", closed)
	}
}
