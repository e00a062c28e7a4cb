package netsim_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// witness is a Machine that writes down what it is told, and tells another.
type witness struct {
	core.Machine
	told []netsim.Event
}

func (w *witness) note(net core.Network, self core.NodeID, e netsim.Event) {
	if net != nil {
		e.At = net.Now()
	}
	e.Node = self
	w.told = append(w.told, e)
}

func (w *witness) OnStart(net core.Network, self core.NodeID, b core.Boot) {
	w.note(net, self, netsim.Event{Call: netsim.CallStart, Boot: &b})
	w.Machine.OnStart(net, self, b)
}

func (w *witness) OnStop(self core.NodeID, held []core.ChunkID) []core.ChunkID {
	held = w.Machine.OnStop(self, held)
	w.note(nil, self, netsim.Event{Call: netsim.CallStop, Held: slices.Clone(held)})
	return held
}

func (w *witness) OnOpen(net core.Network, self core.NodeID, c core.Conn, peer core.NodeID, f core.PeerFlags) {
	w.note(net, self, netsim.Event{Call: netsim.CallOpen, Conn: c, Peer: peer, Flags: f})
	w.Machine.OnOpen(net, self, c, peer, f)
}

func (w *witness) OnMsg(net core.Network, self core.NodeID, c core.Conn, m core.Msg) {
	w.note(net, self, netsim.Event{Call: netsim.CallMsg, Conn: c, Msg: m})
	w.Machine.OnMsg(net, self, c, m)
}

func (w *witness) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	w.note(net, self, netsim.Event{Call: netsim.CallFlow, Conn: e.Conn, Flow: e})
	w.Machine.OnFlow(net, self, e)
}

func (w *witness) OnTimer(net core.Network, self core.NodeID, t core.Timer) {
	w.note(net, self, netsim.Event{Call: netsim.CallTimer, Timer: t})
	w.Machine.OnTimer(net, self, t)
}

func (w *witness) OnView(net core.Network, self core.NodeID, e core.ViewEvent) {
	w.note(net, self, netsim.Event{Call: netsim.CallView, View: e})
	w.Machine.OnView(net, self, e)
}

func (w *witness) OnVideo(net core.Network, self core.NodeID, c core.Conn, v core.Video, info core.VideoInfo) {
	w.note(net, self, netsim.Event{Call: netsim.CallVideo, Conn: c, Video: v, Info: info})
	w.Machine.OnVideo(net, self, c, v, info)
}

func (w *witness) OnClose(net core.Network, self core.NodeID, c core.Conn, why core.Reason) {
	w.note(net, self, netsim.Event{Call: netsim.CallClose, Conn: c, Why: why})
	w.Machine.OnClose(net, self, c, why)
}

// TestObserverSeesWhatTheMachineIsTold: every callback with every argument, in order, each with the digest so far; and that
// somebody looks makes no difference to the history.
func TestObserverSeesWhatTheMachineIsTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawChaos(t)
		alone, _, _ := r.build()
		alone.Run(core.Never)

		w := &witness{}
		r.around = func(m core.Machine) core.Machine { w.Machine = m; return w }
		s, _, _ := r.build()
		var seen []netsim.Event
		var deliveries, delivered []core.Delivery
		s.OnDeliver(func(_ core.NodeID, _ core.View, d core.Delivery) { delivered = append(delivered, d) })
		acts, last := 0, uint64(0)
		peers := map[core.Conn]core.NodeID{}
		s.Observe(func(e *netsim.Event) {
			last = e.Digest
			if e.Call == netsim.CallOpen {
				peers[e.Conn] = e.Peer
			}
			if (e.Call == netsim.CallMsg || e.Call == netsim.CallFlow || e.Call == netsim.ActTransfer) && e.Peer != peers[e.Conn] {
				t.Errorf("%v on connection %d is with %d, which was opened with %d", e.Call, e.Conn, e.Peer, peers[e.Conn])
			}
			switch {
			case e.Call.Act():
				acts++
				return
			case e.Call == netsim.CallDelivery:
				deliveries = append(deliveries, e.Delivery)
				return
			}
			own := *e
			own.Digest, own.Far, own.Latency, own.Held = 0, 0, 0, slices.Clone(e.Held)
			if e.Call == netsim.CallStop {
				own.At = 0
			}
			if e.Call != netsim.CallOpen {
				own.Peer = 0
			}
			seen = append(seen, own)
		})
		s.Run(core.Never)
		if diff := cmp.Diff(delivered, deliveries); diff != "" {
			t.Errorf("deliveries (-told +seen):\n%.2000s", diff)
		}
		for i := range min(len(w.told), len(seen)) { // cmp takes its time, and there are thousands.
			if !reflect.DeepEqual(w.told[i], seen[i]) {
				t.Fatalf("event %d (-told +seen):\n%s", i, cmp.Diff(w.told[i], seen[i]))
			}
		}
		if s.Digest() != alone.Digest() || s.Events() != alone.Events() || last != s.Digest() || uint64(len(seen)) != s.Events() {
			t.Errorf("observed %016x of %d events, the last seen %016x of %d; alone %016x of %d",
				s.Digest(), s.Events(), last, len(seen), alone.Digest(), alone.Events())
		}
		if s.Transfers() > 0 && acts == 0 {
			t.Error("transfers and no acts")
		}
	})
}

// TestActs: what the nodes do that begins and ends a transfer, with both ends' handles and the way between them.
func TestActs(t *testing.T) {
	m := newTape(2, core.Rate(8_000_000), 5*core.Millisecond)
	m.connect(2, 1)
	var acts []string
	var begun netsim.Event
	m.s.Observe(func(e *netsim.Event) {
		if e.Call.Act() {
			acts = append(acts, e.Call.String())
		}
		if e.Call == netsim.ActTransfer {
			begun = *e
		}
	})
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 3, 0) })
	m.at(1100, 1, func(net core.Network) { net.Cancel(begun.Flow.Flow) })
	m.at(1200, 2, func(net core.Network) { net.Refuse(m.conn[[2]core.NodeID{2, 1}], m.span(4)) })
	m.at(1300, 2, func(net core.Network) { net.Close(m.conn[[2]core.NodeID{2, 1}], core.Stopping) })
	m.s.Run(core.Never)
	if diff := cmp.Diff([]string{"Transfer", "Cancel", "Refuse", "Close"}, acts); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
	here, there := m.conn[[2]core.NodeID{1, 2}], m.conn[[2]core.NodeID{2, 1}]
	if begun.Conn != here || begun.Far != there || begun.Peer != 2 || begun.Node != 1 || begun.Latency != 5*core.Millisecond ||
		begun.Flow.Span != m.span(3) || begun.Flow.Tag != 4 || begun.At != 1005*core.Millisecond {
		t.Errorf("the transfer began as %+v", begun)
	}
}

// TestNobodyObservesForNothing: without an observer a callback allocates nothing.
func TestNobodyObservesForNothing(t *testing.T) {
	s := newRing(100)
	s.Run(2 * core.Second)
	if n := testing.AllocsPerRun(10, func() { s.Run(s.Now() + core.Second) }); n != 0 {
		t.Errorf("%v allocations a second without an observer", n)
	}
	seen := 0
	s.Observe(func(*netsim.Event) { seen++ })
	if n := testing.AllocsPerRun(10, func() { s.Run(s.Now() + core.Second) }); n != 0 || seen == 0 {
		t.Errorf("%v allocations a second with one that saw %d events", n, seen)
	}
}
