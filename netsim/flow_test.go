package netsim_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

func linkOf(latency core.Time) netsim.Link { return netsim.Link{Latency: latency} }

// TestPiecesAtTheirTimes: at 8 Mbit/s a piece leaves every 100 ms and comes 30 ms later.
func TestPiecesAtTheirTimes(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 30*core.Millisecond)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 2, 4) })
	m.want(t, `
		1030 1 get-here 2
		1460 2 in pieces chunk 2 0..4
		1860 2 in pieces chunk 2 4..8
		2030 1 out done chunk 2 0..10
		2060 2 in done chunk 2 0..10`)
}

// TestStepChangesInFlight: with 250 ms of latency pieces 3, 4 and 5 have left but not come when they are asked for.
func TestStepChangesInFlight(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 250*core.Millisecond)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) }) // flows from 1250
	var readable, again uint8
	var received core.Bytes
	m.at(1777, 2, func(net core.Network) {
		received = net.Received(m.conn[[2]core.NodeID{2, 1}], m.span(0))
		readable = net.Watch(m.conn[[2]core.NodeID{2, 1}], m.span(0), 1)
	})
	m.at(2033, 2, func(net core.Network) { again = net.Watch(m.conn[[2]core.NodeID{2, 1}], m.span(0), 3) })
	m.want(t, `
		1250 1 get-here 0
		1800 2 in pieces chunk 0 2..3
		1900 2 in pieces chunk 0 3..4
		2000 2 in pieces chunk 0 4..5
		2250 1 out done chunk 0 0..10
		2300 2 in pieces chunk 0 5..8
		2500 2 in done chunk 0 0..10`)
	if readable != 2 || again != 5 || received != 277_000 {
		t.Errorf("readable %d and then %d, received %d bytes: want 2, 5, 277000", readable, again, received)
	}
}

// TestStepChangesAfterTheRateDid: pieces that left at a former rate come at the times that follow from it.
func TestStepChangesAfterTheRateDid(t *testing.T) {
	m := newTape(3, 8*core.Mbps, 250*core.Millisecond)
	m.connect(2, 1)
	m.at(1000, 3, func(net core.Network) { net.Dial(1) })
	m.at(2000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) }) // flows from 2250
	m.at(2150, 3, func(net core.Network) { m.get(net, 3, 1, 1, 0) }) // halves the rate from 2400
	m.at(2700, 2, func(net core.Network) {
		if got := net.Watch(m.conn[[2]core.NodeID{2, 1}], m.span(0), 1); got != 1 {
			t.Errorf("at 2700 %d pieces are readable, want 1: it left at 2350", got)
		}
	})
	m.s.Run(2700 * core.Millisecond)
	m.lines = nil
	m.s.Run(3200 * core.Millisecond)
	m.at(3200, 2, func(net core.Network) { net.Watch(m.conn[[2]core.NodeID{2, 1}], m.span(0), 0) })
	// The second piece left at 2400 + 50,000 B / 500 kB/s = 2500, the third at 2700, then one every 200 ms.
	m.want(t, `
		2750 2 in pieces chunk 0 1..2
		2950 2 in pieces chunk 0 2..3
		3150 2 in pieces chunk 0 3..4
		4100 1 out done chunk 0 0..10
		4250 1 out done chunk 1 0..10
		4350 2 in done chunk 0 0..10
		4500 3 in done chunk 1 0..10`)
}

// TestRefusedAndAskedAgain: the answer to a request that was refused since is not taken for the answer to the next.
func TestRefusedAndAskedAgain(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 50*core.Millisecond)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) })
	m.at(1010, 2, func(net core.Network) {
		net.Refuse(m.conn[[2]core.NodeID{2, 1}], m.span(0))
		m.get(net, 2, 1, 0, 0)
	})
	// The first flow has 10 ms for itself and 90 ms at half the rate before it is cut: 55,000 B. So the link, busy from
	// 1050, needs 1055 ms for both.
	m.want(t, `
		1050 1 get-here 0
		1060 1 get-here 0
		1150 1 out cut chunk 0 0..10
		2105 1 out done chunk 0 0..10
		2155 2 in done chunk 0 0..10`)
}

func TestDryFlowTakesNoBandwidth(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 0)
	m.serve = false
	m.connect(1, 2)
	c := func(a, b core.NodeID) core.Conn { return m.conn[[2]core.NodeID{a, b}] }
	m.at(1000, 2, func(net core.Network) {
		net.Watch(c(2, 1), m.span(0), 1)
		net.Watch(c(2, 1), m.span(1), 0)
	})
	var f core.Flow
	m.at(1000, 1, func(net core.Network) {
		f = net.Transfer(c(1, 2), core.Offer{Span: m.span(0), Avail: 2, Tag: 7})
		net.Transfer(c(1, 2), core.Offer{Span: m.span(1), Avail: 10, Tag: 8})
	})
	m.at(3000, 1, func(net core.Network) {
		net.Extend(f, 3)
		if sent, ok := net.Sent(f); sent != 200_000 || !ok {
			t.Errorf("sent %d, %v: want 200000, true", sent, ok)
		}
	})
	m.at(4000, 1, func(net core.Network) { net.Extend(f, 200) })
	// Half the rate each until 1400, then all of it for the other flow.
	m.want(t, `
		1200 2 in pieces chunk 0 0..1
		1400 1 out dry chunk 0 0..10
		1400 2 in pieces chunk 0 1..2
		2200 1 out done chunk 1 0..10
		2200 2 in done chunk 1 0..10
		3100 1 out dry chunk 0 0..10
		3100 2 in pieces chunk 0 2..3
		4100 2 in pieces chunk 0 3..4
		4200 2 in pieces chunk 0 4..5
		4300 2 in pieces chunk 0 5..6
		4400 2 in pieces chunk 0 6..7
		4500 2 in pieces chunk 0 7..8
		4600 2 in pieces chunk 0 8..9
		4700 1 out done chunk 0 0..10
		4700 2 in done chunk 0 0..10`)
}

// TestPrio: the flow of prio 1 waits for the two of prio 0 on its connection, but goes on while they are dry.
func TestPrio(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 0)
	m.serve = false
	m.connect(1, 2)
	in, out := m.conn[[2]core.NodeID{2, 1}], m.conn[[2]core.NodeID{1, 2}]
	m.at(1000, 2, func(net core.Network) {
		for chunk := range uint32(3) {
			net.Watch(in, m.span(chunk), 0)
		}
	})
	var f core.Flow
	m.at(1000, 1, func(net core.Network) {
		net.Transfer(out, core.Offer{Span: m.span(0), Avail: 10, Prio: 1, Tag: 1})
		net.Transfer(out, core.Offer{Span: m.span(1), Avail: 10, Prio: 0, Tag: 2})
		f = net.Transfer(out, core.Offer{Span: m.span(2), Avail: 5, Prio: 0, Tag: 3})
	})
	m.at(2800, 1, func(net core.Network) { net.Extend(f, 10) })
	m.want(t, `
		2000 1 out dry chunk 2 0..10
		2500 1 out done chunk 1 0..10
		2500 2 in done chunk 1 0..10
		3300 1 out done chunk 2 0..10
		3300 2 in done chunk 2 0..10
		4000 1 out done chunk 0 0..10
		4000 2 in done chunk 0 0..10`)
}

// TestCorrupt: a damaged chunk is found out at its first piece, whatever the receiver asked to be told.
func TestCorrupt(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 30*core.Millisecond)
	m.connect(1, 2)
	m.s.Corrupt(1*core.Second, 1, core.ChunkID{Video: m.video, Chunk: 3})
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 3, 0) })
	m.at(2000, 1, func(net core.Network) { net.Drop(core.ChunkID{Video: m.video, Chunk: 3}) })
	m.at(2000, 2, func(net core.Network) { m.get(net, 2, 1, 3, 0) }) // of a copy that came since
	m.want(t, `
		1030 1 get-here 3
		1160 2 in corrupt chunk 3 0..10
		1190 1 out cut chunk 3 0..10
		2030 1 get-here 3
		3030 1 out done chunk 3 0..10
		3060 2 in done chunk 3 0..10`)
}

// TestDamageIsLostWithTheStore: a node that starts with another store than the damaged one sends good copies.
func TestDamageIsLostWithTheStore(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 30*core.Millisecond)
	m.s.Corrupt(100*core.Millisecond, 1, core.ChunkID{Video: m.video, Chunk: 3})
	m.s.Stop(200*core.Millisecond, 1)
	m.s.Restart(300*core.Millisecond, 1, core.Boot{Name: 1}, false)
	m.at(400, 2, func(net core.Network) { net.Dial(1) })
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 3, 0) })
	m.want(t, `
		430 1 open peer 2 flags 1
		460 2 open peer 1 flags 0
		1030 1 get-here 3
		2030 1 out done chunk 3 0..10
		2060 2 in done chunk 3 0..10`)
}

// TestRelink slows an uplink to a tenth in the middle.
func TestRelink(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 0)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 5) })
	m.s.Relink(1300*core.Millisecond, 1, netsim.Link{Uplink: 800 * core.Kbps, Slots: 3})
	m.at(1301, 1, func(net core.Network) {
		if l := net.Limits(); l.Uplink != 800*core.Kbps || l.Slots != 3 {
			t.Errorf("limits %+v: want those of the new link", l)
		}
	})
	m.want(t, `
		1000 1 get-here 0
		3300 2 in pieces chunk 0 0..5
		8300 1 out done chunk 0 0..10
		8300 2 in done chunk 0 0..10`)
}
