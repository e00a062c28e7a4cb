package bounds

import (
	"math"
	"testing"

	"peerstreamer/core"
)

// The published table: slots to reach N = 10^3, 10^4, 10^5 viewers.
func TestNeighbourSlotsMatchThePublishedTable(t *testing.T) {
	for _, c := range []struct {
		k    int
		want [3]int
	}{
		{2, [3]int{15, 19, 24}},
		{3, [3]int{12, 16, 20}},
		{4, [3]int{12, 15, 19}},
	} {
		for i, n := range []int{1e3, 1e4, 1e5} {
			if got := NeighbourSlots(c.k, n); got != c.want[i] {
				t.Errorf("NeighbourSlots(%d, %d) = %d, want %d", c.k, n, got, c.want[i])
			}
		}
	}
}

// Fibonacci by hand: 1, 1, 2, 3, 5 viewers in slots 1..5, so 1, 2, 4, 7, 12 in all.
func TestNeighbourSlotsByHand(t *testing.T) {
	for _, c := range []struct{ k, n, want int }{
		{2, 0, 0}, {2, 1, 1}, {2, 2, 2}, {2, 3, 3}, {2, 4, 3}, {2, 5, 4}, {2, 7, 4}, {2, 8, 5}, {2, 12, 5}, {2, 13, 6},
		{1, 1, 1}, {1, 9, 9}, // a chain
	} {
		if got := NeighbourSlots(c.k, c.n); got != c.want {
			t.Errorf("NeighbourSlots(%d, %d) = %d, want %d", c.k, c.n, got, c.want)
		}
	}
}

func TestSnowballSlotsIsOnePlusLog2(t *testing.T) {
	for n := 1; n < 5000; n++ {
		if got, want := SnowballSlots(n), 1+int(math.Ceil(math.Log2(float64(n)))); got != want {
			t.Fatalf("SnowballSlots(%d) = %d, want 1 + ceil(log2 N) = %d", n, got, want)
		}
	}
	if got := SnowballSlots(0); got != 0 {
		t.Errorf("SnowballSlots(0) = %d", got)
	}
	for i, n := range []int{1e3, 1e4, 1e5} { // published: unlimited neighbours
		if got, want := SnowballSlots(n), []int{11, 15, 18}[i]; got != want {
			t.Errorf("SnowballSlots(%d) = %d, want %d", n, got, want)
		}
	}
}

func TestTreeDelay(t *testing.T) {
	const chunk = 1_000_000 // 8 Mbit
	for _, c := range []struct {
		name   string
		levels []Level
		want   float64
	}{
		{"no level", nil, 0},
		{"one hop at 8 Mbit/s", []Level{{1, 8 * core.Mbps, 0}}, 1},
		{"4 x 8/16 s + 0.1 s, then 2 x 8/4 s + 0.2 s", []Level{
			{4, 16 * core.Mbps, 100 * core.Millisecond}, {2, 4 * core.Mbps, 200 * core.Millisecond}}, 2 + 0.1 + 4 + 0.2},
		{"no limit: delay alone", []Level{{9, 0, core.Second}}, 1},
	} {
		near(t, c.name, TreeDelay(chunk, c.levels), c.want)
	}
}

func TestPipelinedTree(t *testing.T) {
	const chunk = 1_000_000 // 8 Mbit: 1 s at 8 Mbit/s
	for _, c := range []struct {
		name    string
		m, d, k int
		latency core.Time
		want    float64
	}{
		{"one chunk, one hop", 1, 1, 1, 0, 1},
		{"one chunk to four children at once", 1, 1, 4, 0, 4},
		{"chain: ten chunks, three hops: 10 - 1 + 3", 10, 3, 1, 0, 12},
		{"binary, with latency: (5-1+2) x 2 + 2 x 0.05", 5, 2, 2, 50 * core.Millisecond, 12.1},
		{"the root alone", 5, 0, 2, core.Second, 0},
	} {
		near(t, c.name, PipelinedTree(c.m, c.d, c.k, chunk, 8*core.Mbps, c.latency), c.want)
	}
}

func TestStartupLatency(t *testing.T) {
	const mb = 1_000_000
	near(t, "downlink is slower", StartupLatency(0, mb, 4*core.Mbps, 8*core.Mbps), 2)
	near(t, "source is slower", StartupLatency(0, mb, 80*core.Mbps, 8*core.Mbps), 1)
	near(t, "round trips first", StartupLatency(150*core.Millisecond, mb, 8*core.Mbps, 0), 1.15)
	near(t, "no limit at all", StartupLatency(core.Second, mb, 0, 0), 1)
}

func TestQiuSrikant(t *testing.T) {
	near(t, "download limited", QiuSrikant(1, 0.1, 1, 2), 10)              // 1/c = 10 > 1 - 0.5
	near(t, "upload limited", QiuSrikant(0.01, 1, 0.5, 0.02), (100-50)/.5) // (1/0.5)(1/0.01 - 1/0.02)
	near(t, "seeds stay long enough", QiuSrikant(0.01, 0.5, 1, 0.01), 2)
}

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: got %.12g, want %.12g", name, got, want)
	}
}
