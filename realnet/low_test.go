package realnet_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/wire"
)

// TestLowOnTheWire: a low get is marked for a peer whose hello says that it knows the mark, and for no other, to which it would
// be a bad call.
func TestLowOnTheWire(t *testing.T) {
	for _, c := range []struct {
		flags wire.Flags
		first uint8
	}{{0, 1}, {wire.FlagLow, 0x81}} {
		s := begin(t, realnet.Config{})
		tp := newTape(t, "tape")
		p := meet(t, s)
		p.send(hello("stranger", func(h *wire.Hello) { h.Flags = c.flags }))
		body := p.expect(wire.TypeHello)
		if h, err := wire.ParseHello(body); err != nil || h.Flags&wire.FlagLow == 0 {
			t.Errorf("the node's hello: flags %v, %v; want that it knows low gets", h.Flags, err)
		}
		p.send(tp.intro())
		e := s.await(coretest.OnVideo, 1)
		s.do(func(net core.Network) {
			m := core.Get(core.MsgGetHere, core.Span{Video: e.Video, Chunk: 1, First: 1, N: 2}, 0)
			m.First |= 0x80
			net.Send(e.Conn, m)
		})
		var peers wire.Peers
		m, err := wire.ParseMsg(core.MsgGetHere, p.expect(wire.Type(core.MsgGetHere)), &peers)
		if err != nil || m.First != c.first || m.N != 2 {
			t.Errorf("to a peer with flags %d: first %#x, n %d, %v; want %#x and 2", c.flags, m.First, m.N, err, c.first)
		}
	}
}
