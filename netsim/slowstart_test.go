package netsim_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// newSlow is newTape with slow start.
func newSlow(nodes int, uplink core.Rate, latency core.Time) *tape {
	m := newTape(0, 0, 0)
	m.s = netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(latency), SlowStart: true}, m)
	m.video = m.s.AddVideo("tape", tapeInfo)
	for range nodes {
		startAll(m.s, m.s.AddNode("n", netsim.Link{Uplink: uplink}))
	}
	return m
}

// TestSlowStart sends chunks of 1 MB over 8 Mbit/s, 1 kB per ms, with a round trip of 100 ms. At first a round trip has
// room for ten segments, 14.6 kB, then for 29.2 and 58.4 kB; the next doubling is more than the link has. So the first
// 300 ms bring 102.2 kB, the other 897.8 kB take 897.8 ms. A chunk that comes within 200 ms of the one before has 1 kB per
// ms from the beginning; after that it starts slowly again.
func TestSlowStart(t *testing.T) {
	m := newSlow(2, 8*core.Mbps, 50*ms)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) })   // flows 1050 to 2247.8
	m.at(2397.8, 2, func(net core.Network) { m.get(net, 2, 1, 1, 0) }) // flows from 2447.8: 200 ms idle
	m.at(3598, 2, func(net core.Network) { m.get(net, 2, 1, 2, 0) })   // flows from 3648: 200.2 ms idle
	m.want(t, `
		1050 1 get-here 0
		2247.8 1 out done chunk 0 0..10
		2297.8 2 in done chunk 0 0..10
		2447.8 1 get-here 1
		3447.8 1 out done chunk 1 0..10
		3497.8 2 in done chunk 1 0..10
		3648 1 get-here 2
		4845.8 1 out done chunk 2 0..10
		4895.8 2 in done chunk 2 0..10`)
}

// TestSlowStartIsTheConnections: two flows at once have half the window each, and the one that is left has all of it.
func TestSlowStartIsTheConnections(t *testing.T) {
	m := newSlow(2, 8*core.Mbps, 50*ms)
	m.serve = false
	m.connect(1, 2)
	out, in := m.conn[[2]core.NodeID{1, 2}], m.conn[[2]core.NodeID{2, 1}]
	for chunk := range uint32(2) {
		m.at(1000, 2, func(net core.Network) { net.Watch(in, m.span(chunk), 0) })
	}
	var flows [2]core.Flow
	var sent [2][]core.Bytes
	m.at(1000, 1, func(net core.Network) {
		for chunk := range uint32(2) {
			flows[chunk] = net.Transfer(out, core.Offer{Span: m.span(chunk), Avail: 10, Tag: 1 + chunk})
		}
	})
	for _, at := range []float64{1100, 1150, 1200, 1250} {
		m.at(at, 1, func(net core.Network) {
			for i, f := range flows {
				n, _ := net.Sent(f)
				sent[i] = append(sent[i], n)
			}
		})
	}
	m.at(1150, 1, func(net core.Network) { net.Cancel(flows[0]) })
	m.s.Run(1300 * ms)
	// 7.3 kB each in the first round trip; then 14.6 each for half of the second, 14.6 alone in the other half, and 58.4
	// in the third.
	want := [2][]core.Bytes{{7300, 14_600, 0, 0}, {7300, 14_600, 29_200, 58_400}}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("bytes of each flow at 1100, 1150, 1200 and 1250 ms (-want +got):\n%s", diff)
	}
}

// TestSlowStartPauses: a window that is not in use does not grow. A flow of three pieces runs dry after 300 kB; extended
// within 200 ms, it goes on where it was.
func TestSlowStartPauses(t *testing.T) {
	m := newSlow(2, 80*core.Mbps, 50*ms)
	m.serve = false
	m.connect(1, 2)
	out, in := m.conn[[2]core.NodeID{1, 2}], m.conn[[2]core.NodeID{2, 1}]
	m.at(1000, 2, func(net core.Network) { net.Watch(in, m.span(0), 0) })
	var f core.Flow
	m.at(1000, 1, func(net core.Network) { f = net.Transfer(out, core.Offer{Span: m.span(0), Avail: 1, Tag: 1}) })
	// 14.6 + 29.2 + 56.2 of 58.4 kB: dry 300 - 2.2/0.584 ms after the start, 1296.233. Then 0.584 kB per ms again from 1450,
	// the doubling that was due at 1300 having found nothing to double; the next comes at 1550.
	m.at(1450, 1, func(net core.Network) { net.Extend(f, 10) })
	var sent []core.Bytes
	for _, at := range []float64{1550, 1650} {
		m.at(at, 1, func(net core.Network) { n, _ := net.Sent(f); sent = append(sent, n) })
	}
	m.s.Run(1660 * ms)
	if diff := cmp.Diff([]core.Bytes{158_400, 275_200}, sent); diff != "" {
		t.Errorf("sent by 1550 and 1650 ms (-want +got):\n%s", diff)
	}
}

// TestSlowStartOff: without the option, without latency, or where the first window is more than the links have, there is
// no slow start, and nothing waits that belongs to it.
func TestSlowStartOff(t *testing.T) {
	for name, m := range map[string]*tape{
		"off":         newTape(2, 8*core.Mbps, 50*ms),
		"no latency":  newSlow(2, 8*core.Mbps, 0),
		"a slow link": newSlow(2, 800*core.Kbps, 50*ms), // 100 kB/s; the first window is 146 kB/s
	} {
		m.connect(1, 2)
		m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) })
		m.s.Run(core.Never)
		at, rate := m.s.Now().Seconds()-1, 1e6
		switch name {
		case "off":
			at -= 0.1
		case "a slow link":
			at, rate = at-0.1, 1e5
		}
		within(t, name, 1e6/rate, at)
	}
}

// TestSlowStartFindsTheBottleneck: it is over when a doubling is more than the narrowest link has, a site's here.
func TestSlowStartFindsTheBottleneck(t *testing.T) {
	m := newSlow(0, 0, 50*ms)
	home := m.s.AddSite(8*core.Mbps, 0)
	startAll(m.s, m.s.AddNode("a", netsim.Link{Site: home}), m.s.AddNode("b", netsim.Link{}))
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) })
	m.s.Run(1360 * ms)
	if left := m.s.Queued(); left > 0 {
		t.Errorf("%d events wait after the third doubling, want none: slow start is over", left)
	}
	m.want(t, `
		1050 1 get-here 0
		2247.8 1 out done chunk 0 0..10
		2297.8 2 in done chunk 0 0..10`)
}

// TestSlowStartProperty: a chunk of 1 MB takes as long as windows that double until the next is more than the link has,
// and the link's rate after that.
func TestSlowStartProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		latency := core.Time(rapid.IntRange(1, 300).Draw(t, "latency")) * ms
		rate := core.Rate(rapid.IntRange(1, 400).Draw(t, "rate")) * core.Mbps
		m := newSlow(2, rate, latency)
		m.connect(1, 2)
		m.s.Run(10 * core.Second)
		m.s.Call(10*core.Second, 2, func(net core.Network, _ core.NodeID) { m.get(net, 2, 1, 0, 0) })
		m.s.Run(core.Never)
		trip, want, left := 2*latency.Seconds(), 0.0, 1e6
		for window := 14_600.0; left > window && window/trip < float64(rate)/8; window *= 2 {
			left -= window
			want += trip
		}
		window := 14_600 * math.Pow(2, math.Round(want/trip))
		want += left / min(window/trip, float64(rate)/8)
		var done float64 // ms, as the tape's last line says
		if _, err := fmt.Sscanf(m.lines[len(m.lines)-1], "%f 2 in done", &done); err != nil {
			t.Fatal(err)
		}
		if got := done/1000 - 10 - trip; math.Abs(got-want) > 1e-6*want {
			t.Errorf("%v at %v and a latency of %v: %v s, want %v", core.Bytes(1e6), rate, latency, got, want)
		}
	})
}
