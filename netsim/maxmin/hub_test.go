package maxmin_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// TestHubWithoutLimit: a hub's limit goes for two nanoseconds, in which its flows, and one more that joins meanwhile, run
// as fast as anything; then all share what it has again.
func TestHubWithoutLimit(t *testing.T) {
	var fl maxmin.Fluid
	fl.SetHubDegree(1)
	hub, down := fl.AddLink(maxmin.ShareOf(8000)), fl.AddLink(maxmin.Infinite)
	join := func(f maxmin.Flow, now core.Time) {
		fl.Put(f, now, maxmin.WorkOf(core.MaxChunkSize), 0)
		fl.Join(f, now, maxmin.Path{hub, down}, maxmin.Infinite)
	}
	join(1, 0)
	join(2, 0)
	join(3, 0)
	fl.Repair(0)
	fl.SetCapacity(hub, maxmin.Infinite)
	fl.Repair(0)
	join(4, 1)
	fl.Repair(1)
	fl.SetCapacity(hub, maxmin.ShareOf(8000))
	fl.Repair(2)
	for f, fast := range []core.Time{1: 2, 2: 2, 3: 2, 4: 1} {
		if f == 0 {
			continue
		}
		want := maxmin.WorkOf(core.MaxChunkSize) - maxmin.Work(maxmin.Infinite)*maxmin.Work(fast) - maxmin.WorkOf(250)
		if got := fl.Left(maxmin.Flow(f), 2+core.Second); got != want {
			t.Errorf("flow %d has %d left after %d ns without limit and a second at a quarter of 1,000 B/s, want %d", f, got, fast, want)
		}
	}
}

// TestHubCostsLittle: with ten times the flows on a link, a flow that comes and one that goes cause no more links to be
// solved.
func TestHubCostsLittle(t *testing.T) {
	perChange := func(flows int) uint64 {
		var n maxmin.Net
		hub := n.AddLink(1e9)
		for f := range maxmin.Flow(flows) {
			n.Join(f+1, maxmin.Path{hub, n.AddLink(1e8)}, maxmin.Infinite)
		}
		n.Repair()
		before := n.Solves()
		for f := range maxmin.Flow(100) {
			p := maxmin.Path{hub, maxmin.Link(f + 2)}
			n.Leave(f + 1)
			n.Repair()
			n.Join(f+1, p, maxmin.Infinite)
			n.Repair()
		}
		return (n.Solves() - before) / 200
	}
	few, many := perChange(1000), perChange(10_000)
	if few > 4 || many > few {
		t.Errorf("a change on a link with 1,000 flows solves %d links, with 10,000 flows %d; want 2 or so in both cases", few, many)
	}
}
