package maxmin

import "testing"

// TestIdleLinksHaveNoRow: a link has a row from the first flow that crosses it to the repair after the next of its last.
func TestIdleLinksHaveNoRow(t *testing.T) {
	var fl Fluid
	const links = 1000
	for range links {
		fl.AddLink(1000)
	}
	fl.Put(1, 0, 1e9, 0)
	for l := Link(1); l < links; l += 2 {
		fl.Join(1, 0, Path{l, l + 1}, Infinite)
		fl.Repair(0)
		if got := fl.Rate(1); got != 1000 || fl.Degree(l) != 1 || fl.Degree(l+1) != 1 {
			t.Fatalf("on links %d and %d: rate %d, degrees %d and %d, want 1000, 1 and 1", l, l+1, got, fl.Degree(l), fl.Degree(l+1))
		}
		fl.Leave(1, 0)
		fl.SetCapacity(l, 500)
		fl.Repair(0)
	}
	if got := fl.links.Len(); got > 6 {
		t.Errorf("%d rows were in use at a time, want at most 5 and that of none", got)
	}
	fl.Join(1, 0, Path{1, 2}, Infinite)
	fl.Repair(0)
	if got := fl.Rate(1); got != 500 {
		t.Errorf("rate %d on a link that became slower while it was idle, want 500", got)
	}
}

// TestLinkThatHadALimit keeps its row, for flows that cross it are its members.
func TestLinkThatHadALimit(t *testing.T) {
	var fl Fluid
	up, down := fl.AddLink(1000), fl.AddLink(2000)
	fl.Put(1, 0, 1e9, 0)
	for _, c := range []struct{ capacity, want Share }{{1000, 1000}, {Infinite, 2000}, {300, 300}} {
		fl.SetCapacity(up, c.capacity)
		fl.Join(1, 0, Path{up, down}, Infinite)
		fl.Repair(0)
		if got := fl.Rate(1); got != c.want {
			t.Errorf("rate %d on an uplink of %d, want %d", got, c.capacity, c.want)
		}
		fl.Leave(1, 0)
		fl.Repair(0)
	}
}
