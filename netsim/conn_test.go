package netsim_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

func TestDialTakesARoundTrip(t *testing.T) {
	m := newTape(3, 0, 30*core.Millisecond)
	m.s.Stop(1, 3)
	m.at(100, 1, func(net core.Network) {
		net.Send(net.Dial(2), core.Msg{Kind: core.MsgPing})
		net.Dial(3)
		net.Dial(1)
	})
	m.want(t, `
		100 1 closed: connection refused
		130 2 open peer 1 flags 1
		160 1 open peer 2 flags 0
		160 1 closed: connection refused
		190 2 ping 0`)
}

func TestAccessLatenciesAdd(t *testing.T) {
	m := newTape(0, 0, 30*core.Millisecond)
	a := m.s.AddNode("a", linkOf(5*core.Millisecond))
	b := m.s.AddNode("b", linkOf(100*core.Millisecond))
	startAll(m.s, a, b)
	m.at(0, a, func(net core.Network) { net.Dial(b) })
	m.want(t, `
		135 2 open peer 1 flags 1
		270 1 open peer 2 flags 0`)
}

// TestCrossedDials: the second dial meets the first on its way; both open when the other's dial arrives.
func TestCrossedDials(t *testing.T) {
	m := newTape(2, 0, 30*core.Millisecond)
	m.at(100, 2, func(net core.Network) { net.Send(net.Dial(1), core.Msg{Kind: core.MsgPing}) })
	m.at(110, 1, func(net core.Network) { net.Send(net.Dial(2), core.Msg{Kind: core.MsgPong}) })
	m.want(t, `
		130 1 open peer 2 flags 0
		140 2 open peer 1 flags 1
		160 2 pong 0
		170 1 ping 0`)
}

// TestDialAgainBehindAClose: the dialler closes and dials anew while word of neither has reached the peer.
func TestDialAgainBehindAClose(t *testing.T) {
	m := newTape(2, 0, 30*core.Millisecond)
	m.at(100, 1, func(net core.Network) { net.Close(net.Dial(2), core.Cancelled) })
	m.at(110, 1, func(net core.Network) { net.Dial(2) })
	m.at(135, 2, func(net core.Network) {
		if net.Dial(1) == m.conn[[2]core.NodeID{2, 1}] {
			t.Error("Dial returned a connection that was closed")
		}
	})
	m.want(t, `
		130 2 open peer 1 flags 1
		130 2 closed: cancelled
		140 2 open peer 1 flags 1
		165 1 open peer 2 flags 0`)
}

func TestStopReachesPeersOneLatencyLater(t *testing.T) {
	m := newTape(3, 8*core.Mbps, 30*core.Millisecond)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 3) })
	m.s.Stop(1500*core.Millisecond, 1)
	m.want(t, `
		1030 1 get-here 0
		1360 2 in pieces chunk 0 0..3
		1530 2 in cut chunk 0 0..10
		1530 2 closed: connection lost`)
	if got, want := m.s.Traffic(1).PayloadSent, core.Bytes(470_000); got != want {
		t.Errorf("sent until the kill: %d bytes, want %d", got, want)
	}
	if got, want := m.s.Traffic(2).PayloadReceived, core.Bytes(470_000); got != want {
		t.Errorf("received: %d bytes, want %d", got, want)
	}
}

// TestHang stops the sender for 2 s in the middle: nothing is lost, everything is 2 s late but what was on its way.
func TestHang(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 30*core.Millisecond)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 4) })
	m.at(1000, 1, func(net core.Network) { net.SetTimer(3, 1700*core.Millisecond) })
	m.s.Hang(1435*core.Millisecond, 1) // four pieces have left at 1430
	m.at(1500, 2, func(net core.Network) { net.Send(m.conn[[2]core.NodeID{2, 1}], core.Msg{Kind: core.MsgPing}) })
	m.at(1600, 2, func(net core.Network) { net.Send(m.conn[[2]core.NodeID{2, 1}], core.Msg{Kind: core.MsgPong}) })
	m.s.Resume(3435*core.Millisecond, 1)
	m.want(t, `
		1030 1 get-here 0
		1460 2 in pieces chunk 0 0..4
		3435 1 ping 0
		3435 1 pong 0
		3435 1 timer 3
		3860 2 in pieces chunk 0 4..8
		4030 1 out done chunk 0 0..10
		4060 2 in done chunk 0 0..10`)
}

// TestHungNodeIsKilled: what waited for it is thrown away.
func TestHungNodeIsKilled(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 30*core.Millisecond)
	m.connect(1, 2)
	m.s.Hang(1000*core.Millisecond, 2)
	m.at(1100, 1, func(net core.Network) { net.Send(m.conn[[2]core.NodeID{1, 2}], core.Msg{Kind: core.MsgPing}) })
	m.s.Stop(1500*core.Millisecond, 2)
	m.want(t, `1530 1 closed: connection lost`)
	m.s.Stop(m.s.Now(), 1)
	m.s.Run(core.Never)
	if left := m.s.Leaks(); left != "" {
		t.Errorf("left over: %s", left)
	}
}

// TestIntroductions: a video's handle is introduced once by each end of a connection.
func TestIntroductions(t *testing.T) {
	m := newTape(2, 0, 30*core.Millisecond)
	m.serve = false
	m.connect(1, 2)
	get := core.Get(core.MsgGetHere, m.span(0), 0)
	intro := core.VideoIntroSize(len("tape"))
	for i, c := range []struct {
		from, to core.NodeID
		m        core.Msg
		want     core.Bytes
	}{
		{1, 2, core.Msg{Kind: core.MsgPing}, 4},
		{1, 2, get, get.WireSize() + intro},
		{1, 2, get, get.WireSize()},
		{2, 1, get, get.WireSize() + intro},
	} {
		before := m.s.Traffic(c.from).ControlSent
		m.s.Call(m.s.Now(), c.from, func(net core.Network, self core.NodeID) {
			conn := m.conn[[2]core.NodeID{c.from, c.to}]
			net.Send(conn, c.m)
			if got := net.Queued(conn); got != c.want {
				t.Errorf("message %d: %d bytes queued, want %d", i, got, c.want)
			}
		})
		m.s.Run(core.Never)
		if got := m.s.Traffic(c.from).ControlSent - before; got != c.want {
			t.Errorf("message %d: %d bytes sent, want %d", i, got, c.want)
		}
	}
	if a, b := m.s.Traffic(1), m.s.Traffic(2); a.ControlSent != b.ControlReceived || b.ControlSent != a.ControlReceived {
		t.Errorf("node 1 %+v and node 2 %+v do not agree", a, b)
	}
}

// TestNothingBeginsOnADyingConnection: told that its flow is cut because the peer has closed, a node starts another on the
// same connection. There is no other end any more, so it is none, and OnClose comes next.
func TestNothingBeginsOnADyingConnection(t *testing.T) {
	m := &stubborn{tape: newTape(0, 0, 30*core.Millisecond)}
	s := netsim.New(netsim.Config{Latency: netsim.Constant(30 * core.Millisecond)}, m)
	m.s, m.video = s, s.AddVideo("tape", tapeInfo)
	startAll(s, s.AddNode("a", netsim.Link{Uplink: core.Mbps}), s.AddNode("b", netsim.Link{}))
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) })
	m.at(1200, 2, func(net core.Network) { net.Close(m.conn[[2]core.NodeID{2, 1}], core.Cancelled) })
	m.want(t, `
		1030 1 get-here 0
		1230 1 out cut chunk 0 0..10
		1230 1 closed: cancelled`)
	if m.again != 0 {
		t.Errorf("flow %d began on a connection that was closing", m.again)
	}
}

// stubborn is a tape that sends again what was cut.
type stubborn struct {
	*tape
	again core.Flow
}

func (m *stubborn) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	m.tape.OnFlow(net, self, e)
	if e.Kind == core.FlowCut {
		m.again = net.Transfer(e.Conn, core.Offer{Span: e.Span, Avail: e.Span.N, Tag: 5})
	}
}

// TestHungWhileDiallingNobody: a node hangs before it hears that a handle that it dialled means nobody. It hears then.
func TestHungWhileDiallingNobody(t *testing.T) {
	m := newTape(1, 0, 30*core.Millisecond)
	m.s.Hang(100*core.Millisecond, 1)
	m.at(100, 1, func(net core.Network) { net.Dial(7) })
	m.s.Resume(200*core.Millisecond, 1)
	m.s.Call(300*core.Millisecond, 1, func(net core.Network, _ core.NodeID) { net.Dial(9) })
	m.s.Hang(300*core.Millisecond, 1)
	m.s.Resume(400*core.Millisecond, 1)
	m.want(t, `
		200 1 closed: connection refused
		400 1 closed: connection refused`)
}

// TestQueuedBehindAClose: what a peer took before it closed is not queued, though word of the close is still under way.
func TestQueuedBehindAClose(t *testing.T) {
	m := newTape(2, 0, 30*core.Millisecond)
	m.connect(1, 2)
	c := m.conn[[2]core.NodeID{1, 2}]
	msg := core.Msg{Kind: core.MsgPing}
	size := msg.WireSize()
	ping := func(net core.Network) { net.Send(c, msg) }
	m.at(1000, 1, ping)
	m.at(1025, 1, ping)
	m.at(1050, 2, func(net core.Network) { net.Close(m.conn[[2]core.NodeID{2, 1}], core.Fine) })
	for ms, want := range map[float64]core.Bytes{1029: 2 * size, 1045: size, 1052: size} {
		m.at(ms, 1, func(net core.Network) {
			if got := net.Queued(c); got != want {
				t.Errorf("at %v ms %d bytes are queued, want %d", ms, got, want)
			}
		})
	}
	m.s.Run(core.Never)
}
