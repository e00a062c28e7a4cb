package maxmin_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// TestRates checks small systems by hand, in B/s. Each case names the allocation's reason.
func TestRates(t *testing.T) {
	const none = 0 // an unlimited link
	for _, c := range []struct {
		name  string
		links []core.Rate // bit/s, from link 1
		paths [][]maxmin.Link
		caps  []maxmin.Share // nil: none
		want  []maxmin.Share // thousandths of B/s
	}{
		{"one flow: the slower link", []core.Rate{8000, 16000}, [][]maxmin.Link{{1, 2}}, nil, []maxmin.Share{1e6}},
		{"two share an uplink", []core.Rate{8000, none, none}, [][]maxmin.Link{{1, 2}, {1, 3}}, nil,
			[]maxmin.Share{5e5, 5e5}},
		{"a slow receiver leaves its part to the other", []core.Rate{8000, 800, none}, [][]maxmin.Link{{1, 2}, {1, 3}}, nil,
			[]maxmin.Share{1e5, 9e5}},
		{"C1: a+b, C2: b+c: b and a get C1/2, c the rest", []core.Rate{8000, none, 16000, none},
			[][]maxmin.Link{{1, 2}, {1, 3}, {4, 3}}, nil, []maxmin.Share{5e5, 5e5, 15e5}},
		{"rounded down: a third of 1 B/s", []core.Rate{8, none}, [][]maxmin.Link{{1, 2}, {1, 2}, {1, 2}}, nil,
			[]maxmin.Share{333, 333, 333}},
		{"a cap is a link of the flow's own", []core.Rate{8000, none}, [][]maxmin.Link{{1, 2}, {1, 2}},
			[]maxmin.Share{1e5, maxmin.Infinite}, []maxmin.Share{1e5, 9e5}},
		{"nothing holds it back", []core.Rate{none, none}, [][]maxmin.Link{{1, 2}}, nil, []maxmin.Share{maxmin.Infinite}},
		{"sites: four links, the third is the bottleneck", []core.Rate{8000, 4000, 1600, 8000},
			[][]maxmin.Link{{1, 2, 3, 4}, {1, 4}}, nil, []maxmin.Share{2e5, 8e5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n maxmin.Net
			for _, r := range c.links {
				n.AddLink(maxmin.ShareOf(r))
			}
			for i, p := range c.paths {
				var path maxmin.Path
				copy(path[:], p)
				limit := maxmin.Infinite
				if c.caps != nil {
					limit = c.caps[i]
				}
				n.Join(maxmin.Flow(i+1), path, limit)
			}
			n.Repair()
			var got []maxmin.Share
			for i := range c.paths {
				got = append(got, n.Rate(maxmin.Flow(i+1)))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rates (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFluid follows one flow through a change of rate, a goal, a pause and its end.
func TestFluid(t *testing.T) {
	var fl maxmin.Fluid
	up, down := fl.AddLink(maxmin.ShareOf(8000)), fl.AddLink(maxmin.Infinite) // 1000 B/s
	const sec = core.Second
	fl.Put(1, 0, maxmin.WorkOf(10_000), 2*sec)
	fl.Aim(1, 0, maxmin.WorkOf(6000), 0)
	fl.Join(1, 0, maxmin.Path{up, down}, maxmin.Infinite)
	fl.Repair(0)
	at := func(what string, want core.Time) {
		t.Helper()
		if got := fl.Next(); got != want {
			t.Fatalf("%s: at %d ns, want %d", what, got, want)
		}
	}
	at("4,000 B at 1,000 B/s", 4*sec)

	fl.Put(2, 1*sec, maxmin.WorkOf(10_000), 0)
	fl.Join(2, 1*sec, maxmin.Path{up, down}, maxmin.Infinite)
	fl.Repair(1 * sec)
	if f := fl.Pop(4 * sec); f != 0 {
		t.Fatalf("flow %d is due at 4 s, but at half the rate flow 1 needs until 7 s", f)
	}
	at("3,000 B at 500 B/s", 7*sec)
	for _, c := range []struct {
		at   core.Time
		want core.Bytes
	}{{7 * sec, 6000}, {5 * sec, 7000}, {1 * sec, 9000}, {sec / 2, 9500}, {0, 10_000}} {
		if got := fl.Left(1, c.at).Bytes(); got != c.want {
			t.Errorf("left at %v s: %d B, want %d", c.at.Seconds(), got, c.want)
		}
	}
	for _, c := range []struct {
		left core.Bytes
		want core.Time
	}{{9500, sec / 2}, {9000, 1 * sec}, {8500, 2 * sec}, {6500, 6 * sec}, {5500, 8 * sec}} {
		if got := fl.When(1, maxmin.WorkOf(c.left)); got != c.want {
			t.Errorf("%d B are left at %v s, want %v", c.left, got.Seconds(), c.want.Seconds())
		}
	}
	if f := fl.Pop(7 * sec); f != 1 {
		t.Fatalf("flow %d is due at 7 s, want 1", f)
	}
	if f := fl.Pop(7 * sec); f != 0 {
		t.Fatalf("flow %d is due again without a new goal", f)
	}
	fl.Aim(1, 7*sec, 0, 0)
	fl.Leave(1, 8*sec)
	fl.Repair(8 * sec)
	if got := fl.Left(1, 100*sec).Bytes(); got != 5500 {
		t.Errorf("a flow that left the network has %d B left, want 5500", got)
	}
	fl.Join(1, 9*sec, maxmin.Path{up, down}, maxmin.Infinite)
	fl.Repair(9 * sec)
	// Flow 2 has sent 3,500 B by 8 s and 4,500 by 9 s; they share until both end, at 20 s.
	if f := fl.Pop(20*sec - 1); f != 0 {
		t.Fatalf("flow %d is due before 20 s", f)
	}
	if f, g := fl.Pop(20*sec), fl.Pop(20*sec); f != 1 && f != 2 || f == g || g == 0 {
		t.Errorf("flows %d and %d are due at 20 s, want both", f, g)
	}
	at("nothing is left", core.Never)
}

// TestLimit checks that a flow stops by itself at its limit.
func TestLimit(t *testing.T) {
	var fl maxmin.Fluid
	up := fl.AddLink(maxmin.ShareOf(3 * 8)) // 3 B/s
	fl.Put(1, 0, maxmin.WorkOf(10), 0)
	fl.Aim(1, 0, maxmin.WorkOf(9), maxmin.WorkOf(9))
	fl.Join(1, 0, maxmin.Path{up}, maxmin.Infinite)
	fl.Repair(0)
	if got, want := fl.Next(), core.Time(333_333_334); got != want {
		t.Errorf("1 B at 3 B/s takes %d ns, want %d: rounded up", got, want)
	}
	if got := fl.Left(1, 10*core.Second); got != maxmin.WorkOf(9) {
		t.Errorf("left beyond the limit: %d, want %d", got, maxmin.WorkOf(9))
	}
}

// TestLargest: the largest chunk fits, at the highest and the lowest rate, and whatever time passes.
func TestLargest(t *testing.T) {
	var fl maxmin.Fluid
	fast, slow := fl.AddLink(maxmin.Infinite), fl.AddLink(maxmin.ShareOf(1)) // 1 bit/s
	for i, l := range []maxmin.Link{fast, slow} {
		f := maxmin.Flow(i + 1)
		fl.Put(f, 0, maxmin.WorkOf(core.MaxChunkSize), 0)
		fl.Join(f, 0, maxmin.Path{l}, maxmin.Infinite)
	}
	fl.Repair(0)
	if got := fl.When(1, 0); got != 15 {
		t.Errorf("the largest chunk at the highest rate takes %d ns, want 15", got)
	}
	if got, want := fl.When(2, 0), 8*core.Second*core.Time(core.MaxChunkSize); got != want {
		t.Errorf("the largest chunk at 1 bit/s takes %d ns, want %d", got, want)
	}
	if got := fl.Left(1, core.Hour); got != 0 {
		t.Errorf("left after an hour at the highest rate: %d", got)
	}
	if got := fl.Left(2, 8*core.Second*core.Time(core.MaxChunkSize)-1); got == 0 || got.Bytes() != 0 {
		t.Errorf("left a nanosecond before the end: %d, want less than a byte but something", got)
	}
}
