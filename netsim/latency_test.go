package netsim_test

import (
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/topology"
)

// oneWay puts nodes at places between which the way to a higher number takes another time than the way back.
func oneWay(nodes int, there, back core.Time) *netsim.Places {
	l := &netsim.Places{Delays: topology.New(nodes + 1), At: make([]uint16, nodes+1)}
	for i := range l.At {
		l.At[i] = uint16(i)
		for j := range l.At {
			if i < j {
				l.Delays.Set(i, j, there)
			} else {
				l.Delays.Set(i, j, back)
			}
		}
	}
	return l
}

// newPlaced is newTape with another model of latency.
func newPlaced(nodes int, uplink core.Rate, cfg netsim.Config) *tape {
	m := newTape(0, 0, 0)
	m.s = netsim.New(cfg, m)
	m.video = m.s.AddVideo("tape", tapeInfo)
	for range nodes {
		startAll(m.s, m.s.AddNode("n", netsim.Link{Uplink: uplink}))
	}
	return m
}

// TestEachDirectionHasItsLatency: a dial takes a round trip of 5 and 45 ms; what goes from node 1 to 2 takes 5 ms, and word
// of a refusal 45 ms.
func TestEachDirectionHasItsLatency(t *testing.T) {
	m := newPlaced(2, 8*core.Mbps, netsim.Config{Latency: oneWay(2, 5*core.Millisecond, 45*core.Millisecond)})
	m.at(0, 1, func(net core.Network) { net.Dial(2) })
	m.at(100, 2, func(net core.Network) { m.get(net, 2, 1, 0, 5) })
	m.at(600, 2, func(net core.Network) { net.Refuse(m.conn[[2]core.NodeID{2, 1}], m.span(0)) })
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 1, 0) })
	m.at(1300, 1, func(net core.Network) { net.Close(m.conn[[2]core.NodeID{1, 2}], core.Cancelled) })
	m.want(t, `
		5 2 open peer 1 flags 1
		50 1 open peer 2 flags 0
		145 1 get-here 0
		645 1 out cut chunk 0 0..10
		1045 1 get-here 1
		1305 2 in cut chunk 1 0..10
		1305 2 closed: cancelled`)
}

// TestPlaces: nodes at one place have its own delay, and the spread lies on top, the same in both directions.
func TestPlaces(t *testing.T) {
	m := topology.New(2)
	m.Set(0, 0, 3)
	m.Set(0, 1, 10)
	m.Set(1, 0, 20)
	at := []uint16{0, 0, 1, 0, 1}
	plain := netsim.New(netsim.Config{Latency: &netsim.Places{Delays: m, At: at}}, idle{})
	spread := netsim.New(netsim.Config{Latency: &netsim.Places{Delays: m, At: at, Spread: 1000}}, idle{})
	for range 4 {
		plain.AddNode("n", netsim.Link{Latency: 100})
		spread.AddNode("n", netsim.Link{Latency: 100})
	}
	extras := map[core.Time]bool{}
	for _, c := range []struct {
		a, b core.NodeID
		want core.Time
	}{{1, 3, 203}, {1, 2, 210}, {2, 1, 220}, {2, 4, 200}, {3, 4, 210}} {
		if got := plain.Latency(c.a, c.b); got != c.want {
			t.Errorf("from %d to %d: %d, want %d", c.a, c.b, got, c.want)
		}
		extra, back := spread.Latency(c.a, c.b)-c.want, spread.Latency(c.b, c.a)-plain.Latency(c.b, c.a)
		if extra < 0 || extra > 1000 || extra != back {
			t.Errorf("between %d and %d: spread %d, back %d, want the same between 0 and 1000", c.a, c.b, extra, back)
		}
		extras[extra] = true
	}
	if len(extras) < 3 {
		t.Errorf("the spreads of five pairs are %v", extras)
	}
}

// TestCoordinates: delays are symmetric and obey the triangle inequality but for rounding and heights, the mean is what
// geometry says, and an idle node more changes nothing.
func TestCoordinates(t *testing.T) {
	const n = 200
	l := netsim.Coordinates{Side: 80 * core.Millisecond, MinHeight: 2 * core.Millisecond, MaxHeight: 6 * core.Millisecond}
	build := func(seed uint64) *netsim.Sim {
		s := netsim.New(netsim.Config{Seed: seed, Latency: l}, idle{})
		for range n {
			s.AddNode("n", netsim.Link{})
		}
		return s
	}
	s, other := build(1), build(2)
	sum, moved := core.Time(0), 0
	for a := core.NodeID(1); a <= n; a++ {
		for b := core.NodeID(1); b < a; b++ {
			d := s.Latency(a, b)
			if back := s.Latency(b, a); d != back || d < 2*l.MinHeight || d > 2*l.MaxHeight+l.Side*142/100 {
				t.Fatalf("between %d and %d: %v, back %v", a, b, d, back)
			}
			c := 1 + (a+b)%n
			if around := s.Latency(a, c) + s.Latency(c, b); around+1 < d {
				t.Fatalf("from %d to %d directly %v, by %d %v", a, b, d, c, around)
			}
			sum += d
			if other.Latency(a, b) != d {
				moved++
			}
		}
	}
	// (2 + sqrt 2 + 5 ln(1 + sqrt 2))/15 = 0.5214 sides and twice the mean height; 19,900 pairs of 200 points.
	mean, want := sum.Seconds()/(n*(n-1)/2), 0.5214*l.Side.Seconds()+(l.MinHeight+l.MaxHeight).Seconds()
	if mean < 0.95*want || mean > 1.05*want {
		t.Errorf("the mean is %.4f s, want %.4f s", mean, want)
	}
	if moved < n*(n-1)/2*99/100 {
		t.Errorf("only %d delays change with the seed", moved)
	}
}

func TestSquareRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := rapid.Uint64Range(0, 1<<32-1).Draw(t, "root")
		more := rapid.Uint64Range(0, 2*root).Draw(t, "more") // up to the next square
		if got := netsim.SquareRoot(root*root + more); got != root {
			t.Fatalf("of %d: %d, want %d", root*root+more, got, root)
		}
	})
	if got := netsim.SquareRoot(1<<64 - 1); got != 1<<32-1 {
		t.Errorf("of the largest: %d", got)
	}
}

// TestLatencyIsChecked: what is no model is refused when the simulation is made.
func TestLatencyIsChecked(t *testing.T) {
	for name, cfg := range map[string]netsim.Config{
		"negative range":  {Latency: netsim.Range{Min: -1}},
		"place":           {Latency: &netsim.Places{Delays: topology.New(2), At: []uint16{0, 2}}},
		"spread":          {Latency: &netsim.Places{Delays: topology.New(2), Spread: -1}},
		"side":            {Latency: netsim.Coordinates{Side: netsim.MaxSide + 1}},
		"heights":         {Latency: netsim.Coordinates{MinHeight: 2, MaxHeight: 1}},
		"jitter":          {Jitter: -1},
		"loss":            {Loss: netsim.Loss{Middle: netsim.MaxLoss + 1}},
		"loss of an edge": {Loss: netsim.Loss{Access: []netsim.PPM{0, netsim.MaxLoss + 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			netsim.New(cfg, idle{})
		})
	}
}

// TestModelsGolden pins what a seed draws, on every architecture: figures of a paper depend on it.
func TestModelsGolden(t *testing.T) {
	coordinates := netsim.Coordinates{Side: core.Second / 10, MinHeight: core.Millisecond, MaxHeight: 20 * core.Millisecond}
	spread := &netsim.Places{Delays: topology.New(1), At: make([]uint16, 4), Spread: core.Second}
	for _, c := range []struct {
		name    string
		latency netsim.Latency
		want    [3]core.Time // of 1 and 2, 2 and 3, 3 and 1
	}{
		{"coordinates", coordinates, [3]core.Time{41097847, 87894362, 64755751}},
		{"spread", spread, [3]core.Time{543929873, 933513314, 781741835}},
		{"range", netsim.Range{Max: core.Second}, [3]core.Time{627916222, 260508970, 731523816}},
	} {
		s := netsim.New(netsim.Config{Seed: 7, Latency: c.latency}, idle{})
		for range 3 {
			s.AddNode("n", netsim.Link{})
		}
		if got := [3]core.Time{s.Latency(1, 2), s.Latency(2, 3), s.Latency(3, 1)}; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
