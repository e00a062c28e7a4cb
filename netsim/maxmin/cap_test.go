package maxmin_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// TestSetCap follows two flows on a link of 1,000 B/s while the cap of the first falls, rises and goes. Each case says
// what the flows get from then on, in B/s, and what is left of the first flow's 10,000 B after one second of that.
func TestSetCap(t *testing.T) {
	var fl maxmin.Fluid
	up, down := fl.AddLink(maxmin.ShareOf(8000)), fl.AddLink(maxmin.Infinite)
	for f := range maxmin.Flow(2) {
		fl.Put(f+1, 0, maxmin.WorkOf(10_000), 0)
		fl.Join(f+1, 0, maxmin.Path{up, down}, maxmin.Infinite)
	}
	fl.Repair(0)
	for i, c := range []struct {
		what          string
		cap           maxmin.Share
		first, second maxmin.Share
		left          core.Bytes
	}{
		{"below its fair share: the other takes the rest", 100_000, 100_000, 900_000, 9900},
		{"the same again", 100_000, 100_000, 900_000, 9800},
		{"doubled", 200_000, 200_000, 800_000, 9600},
		{"above its fair share: it does not bind", 600_000, 500_000, 500_000, 9100},
		{"gone", maxmin.Infinite, 500_000, 500_000, 8600},
		{"nothing", 0, 0, 1_000_000, 8600},
		{"back", maxmin.Infinite, 500_000, 500_000, 8100},
	} {
		now := core.Time(i) * core.Second
		fl.SetCap(1, c.cap)
		fl.Repair(now)
		if a, b := fl.Rate(1), fl.Rate(2); a != c.first || b != c.second {
			t.Errorf("%s: rates %d and %d, want %d and %d", c.what, a, b, c.first, c.second)
		}
		if got := fl.Left(1, now+core.Second).Bytes(); got != c.left {
			t.Errorf("%s: %d B left a second later, want %d", c.what, got, c.left)
		}
	}
}

// TestSetCapOfNobody: a flow that has not joined has no cap to change, and joins with its own.
func TestSetCapOfNobody(t *testing.T) {
	var n maxmin.Net
	up := n.AddLink(maxmin.ShareOf(8000))
	n.SetCap(1, 5)
	n.Join(1, maxmin.Path{up}, maxmin.Infinite)
	n.Repair()
	n.Leave(1)
	n.Repair()
	n.SetCap(1, 7)
	if n.Dirty() {
		t.Error("a flow that has left has something to repair")
	}
	n.Join(1, maxmin.Path{up}, maxmin.Infinite)
	n.Repair()
	if got := n.Rate(1); got != 1_000_000 {
		t.Errorf("rate %d, want all of the link", got)
	}
}
