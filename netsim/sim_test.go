package netsim_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// caught returns what f panics with, as text.
func caught(f func()) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
			var p *netsim.Panic
			if err, ok := v.(error); ok && errors.As(err, &p) {
				text = p.Error()
			}
		}
	}()
	f()
	return ""
}

// TestPanicsSayWhere: a broken rule names node, time and seed.
func TestPanicsSayWhere(t *testing.T) {
	span := func(m *tape, first, n uint8) core.Span {
		return core.Span{Video: m.video, Chunk: 4, First: first, N: n}
	}
	for _, c := range []struct {
		want string
		call func(m *tape, net core.Network, c core.Conn)
	}{
		{"boom", func(*tape, core.Network, core.Conn) { panic("boom") }},
		{"timer 7", func(_ *tape, net core.Network, _ core.Conn) { net.SetTimer(core.NumTimers, 0) }},
		{"tag 0", func(m *tape, net core.Network, c core.Conn) {
			net.Transfer(c, core.Offer{Span: span(m, 0, 1), Avail: 1})
		}},
		{"10 pieces", func(m *tape, net core.Network, c core.Conn) {
			net.Transfer(c, core.Offer{Span: span(m, 9, 2), Avail: 1, Tag: 1})
		}},
		{"kind 0", func(_ *tape, net core.Network, c core.Conn) { net.Send(c, core.Msg{}) }},
	} {
		m := newTape(2, 0, 0)
		m.connect(2, 1)
		m.at(2500, 2, func(net core.Network) { c.call(m, net, m.conn[[2]core.NodeID{2, 1}]) })
		got := caught(func() { m.s.Run(core.Never) })
		if !strings.Contains(got, "node 2 (node2) at 2.500000000 s, seed 1: ") || !strings.Contains(got, c.want) {
			t.Errorf("panic %q: want node, time, seed and %q", got, c.want)
		}
	}
}

// TestNetworkIsForCallbacks: a Network that was kept, and scripts that are wrong, are told so.
func TestNetworkIsForCallbacks(t *testing.T) {
	m := newTape(2, 0, 0)
	var kept core.Network
	m.at(1, 1, func(net core.Network) { kept = net })
	m.s.Run(core.Second)
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"outside the callback", func() { kept.SetTimer(0, 0) }},
		{"it is 1.000000000 s", func() { m.s.Stop(core.Second-1, 1) }},
		{"no node 3", func() { m.s.Stop(core.Second, 3) }},
		{"no node 0", func() { m.s.Stop(core.Second, 0) }},
		{"which is running", func() { m.s.Start(core.Second, 2, core.Boot{}); m.s.Run(core.Second) }},
		{"latency", func() { netsim.New(netsim.Config{Latency: netsim.Range{Min: 2, Max: 1}}, m) }},
		{"no negative", func() { m.s.AddNode("x", netsim.Link{Uplink: -1}) }},
	} {
		if got := caught(c.f); !strings.Contains(got, c.want) {
			t.Errorf("panic %q, want one that says %q", got, c.want)
		}
	}
}

// TestRunStopsAtTheHorizon: events of the horizon itself happen, later ones do not, and the clock stands there.
func TestRunStopsAtTheHorizon(t *testing.T) {
	m := newTape(1, 0, 0)
	m.s.Run(0)
	for timer, at := range []core.Time{10, 20, 21} {
		m.at(0, 1, func(net core.Network) { net.SetTimer(core.Timer(timer), at*core.Millisecond) })
	}
	if got := m.s.Run(20 * core.Millisecond); got != 20*core.Millisecond || m.s.Now() != got {
		t.Errorf("Run returned %d and the clock says %d", got, m.s.Now())
	}
	if m.s.Idle() {
		t.Error("a timer is set, but the simulation is idle")
	}
	if got := strings.Join(m.lines, ", "); got != "10 1 timer 0, 20 1 timer 1" {
		t.Errorf("until the horizon: %s", got)
	}
	if got := m.s.Run(core.Never); got != 21*core.Millisecond || !m.s.Idle() {
		t.Errorf("the last event was at %d, idle %v", got, m.s.Idle())
	}
}

// TestTimersLeaveNoTombstones: deadlines that are pushed back, cleared and set again, a million times, keep at most one
// event each in the queue.
func TestTimersLeaveNoTombstones(t *testing.T) {
	m := newTape(1, 0, 0)
	m.s.Run(0)
	m.at(0, 1, func(net core.Network) {
		for i := range core.Time(1_000_000) {
			timer := core.Timer(i % core.NumTimers)
			net.SetTimer(timer, core.Second+i)
			net.SetTimer(timer, core.Never)
			net.SetTimer(timer, core.Second+i+1)
		}
	})
	m.s.Run(1)
	if got := m.s.Queued(); got > core.NumTimers {
		t.Errorf("%d events wait for %d timers", got, core.NumTimers)
	}
}

// TestKeptStore: what OnStop returned comes back in Boot, with the manifests, and only if it is asked for.
func TestKeptStore(t *testing.T) {
	m := &keeper{held: []core.ChunkID{{Video: 2, Chunk: 7}, {Video: 1, Chunk: 1}, {Video: 2, Chunk: 3}}}
	s := netsim.New(netsim.Config{}, m)
	s.AddVideo("a", tapeInfo)
	s.AddVideo("b", core.VideoInfo{Length: 1e7, ChunkSize: 1e6, PieceSize: 1e6})
	n := s.AddNode("n", netsim.Link{})
	s.Start(0, n, core.Boot{})
	for i, keep := range []bool{true, false, true} {
		s.Stop(core.Time(2*i+1), n)
		s.Restart(core.Time(2*i+2), n, core.Boot{Name: 9}, keep)
	}
	s.Run(core.Never)
	for i, want := range []string{
		"held [] knows []", "held [{2 7} {1 1} {2 3}] knows [2 1]",
		"held [] knows []", "held [{2 7} {1 1} {2 3}] knows [2 1]",
	} {
		if m.boots[i] != want {
			t.Errorf("life %d: %s, want %s", i, m.boots[i], want)
		}
	}
}

type keeper struct {
	idle
	held  []core.ChunkID
	boots []string
}

func (m *keeper) OnStart(_ core.Network, _ core.NodeID, b core.Boot) {
	var knows []core.Video
	for _, d := range b.Knows {
		knows = append(knows, d.Video)
	}
	m.boots = append(m.boots, fmt.Sprintf("held %v knows %v", b.Held, knows))
}

func (m *keeper) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID {
	return append(held, m.held...)
}

// TestLatency: a range's latencies lie in it, are symmetric, differ, and depend on the seed and the pair alone.
func TestLatency(t *testing.T) {
	build := func(seed uint64, nodes int) *netsim.Sim {
		s := netsim.New(netsim.Config{Seed: seed, Latency: netsim.Range{Min: 10, Max: 1000}}, idle{})
		for i := range nodes {
			s.AddNode("n", netsim.Link{Latency: core.Time(i)})
		}
		return s
	}
	s, larger, other := build(1, 40), build(1, 50), build(2, 40)
	seen, moved := map[core.Time]bool{}, 0
	for a := core.NodeID(1); a <= 40; a++ {
		for b := core.NodeID(1); b < a; b++ {
			got := s.Latency(a, b)
			middle := got - core.Time(a-1) - core.Time(b-1)
			if middle < 10 || middle > 1000 {
				t.Fatalf("latency of %d and %d: middle %d", a, b, middle)
			}
			if back, same := s.Latency(b, a), larger.Latency(a, b); back != got || same != got {
				t.Fatalf("latency of %d and %d: %d, back %d, with more nodes %d", a, b, got, back, same)
			}
			if other.Latency(a, b) != got {
				moved++
			}
			seen[middle] = true
		}
	}
	if len(seen) < 400 || moved < 700 {
		t.Errorf("of 780 pairs %d latencies differ and %d change with the seed", len(seen), moved)
	}
}

// TestScaleInTime: twice the rates and half the latencies are the same history in half the time, give or take what
// rounding to nanoseconds does.
func TestScaleInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64Range(1, 1000).Draw(t, "seed")
		slow, fast := newRun(8, 4, seed, 2), newRun(8, 4, seed, 2)
		for i := range fast.Up {
			fast.Up[i], fast.Down[i] = 2*fast.Up[i], 2*fast.Down[i]
		}
		for j := range fast.Start {
			fast.Start[j] /= 2
		}
		latency := 100 * core.Microsecond * core.Time(rapid.IntRange(0, 1000).Draw(t, "latency"))
		slow.runSim(netsim.Constant(latency))
		fast.runSim(netsim.Constant(latency / 2))
		for j := range slow.Start {
			for k := range slow.PerSlot {
				a, b := slow.End(j, k).Seconds(), 2*fast.End(j, k).Seconds()
				if d := a - b; d > 1e-6*a || d < -1e-6*a {
					t.Fatalf("slot %d transfer %d ends at %.9f s, and twice as fast at twice %.9f s", j, k, a, b/2)
				}
			}
		}
	})
}

// TestNoAllocations: in its stride a simulation allocates nothing, neither for messages and timers nor for transfers.
func TestNoAllocations(t *testing.T) {
	for name, s := range map[string]*netsim.Sim{"messages": newRing(50), "transfers": newCarousel(20, false),
		"sites, traces and slow start": newCarousel(20, true)} {
		s.Run(s.Now() + 20*core.Second)
		before := s.Events()
		allocs := testing.AllocsPerRun(5, func() { s.Run(s.Now() + core.Second) })
		if allocs != 0 {
			t.Errorf("%s: %v allocations per simulated second", name, allocs)
		}
		if s.Events()-before < 500 {
			t.Errorf("%s: only %d events", name, s.Events()-before)
		}
	}
}

// carousel is a Machine whose nodes fetch the same pieces from the next node for ever.
type carousel struct {
	idle
	nodes uint32
	span  core.Span
}

// newCarousel returns a simulation of that, with links that do all that they can or that do nothing but carry.
func newCarousel(nodes int, links bool) *netsim.Sim {
	m := &carousel{nodes: uint32(nodes)}
	s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Range{Min: core.Millisecond, Max: 5 * core.Millisecond},
		SlowStart: links}, m)
	m.span = core.Span{Video: s.AddVideo("v", tapeInfo), N: 10}
	for i := range nodes {
		l := netsim.Link{Uplink: core.Rate(i+1) * 10 * core.Mbps}
		if links {
			l.Site, l.MaxConns = s.AddSite(100*core.Mbps, 0), 7
		}
		n := s.AddNode("n", l)
		startAll(s, n)
		if links {
			steps := []netsim.TraceStep{{Uplink: 80 * core.Mbps}, {At: 10 * core.Millisecond, Uplink: 40 * core.Mbps}}
			s.RelinkTrace(0, n, s.AddTrace(netsim.Trace{Steps: steps, Period: 30 * core.Millisecond}), core.Time(i)*core.Millisecond)
		}
	}
	return s
}

func (m *carousel) OnStart(net core.Network, self core.NodeID, _ core.Boot) {
	for i := range core.NodeID(2) {
		net.Dial((self+i)%core.NodeID(m.nodes) + 1)
	}
}

func (m *carousel) OnOpen(net core.Network, _ core.NodeID, c core.Conn, _ core.NodeID, _ core.PeerFlags) {
	m.fetch(net, c)
}

func (m *carousel) fetch(net core.Network, c core.Conn) {
	net.Watch(c, m.span, 3)
	net.Send(c, core.Get(core.MsgGetHere, m.span, 0))
}

func (m *carousel) OnMsg(net core.Network, _ core.NodeID, c core.Conn, msg core.Msg) {
	net.Transfer(c, core.Offer{Span: msg.Span(), Avail: msg.N, Tag: 1})
}

func (m *carousel) OnFlow(net core.Network, _ core.NodeID, e core.FlowEvent) {
	if e.Tag == 0 && e.Kind == core.FlowDone {
		m.fetch(net, e.Conn)
	}
}
