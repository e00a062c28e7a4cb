package maxmin

import (
	"testing"

	"peerstreamer/core"
)

// TestTrailsEnd lets a hundred flows run one after another on links of their own. A clock on which nothing runs any more
// keeps no trail, so there is hardly ever more than one.
func TestTrailsEnd(t *testing.T) {
	const flows, work = 100, 1_000_000
	var fl Fluid
	now := core.Time(0)
	for f := Flow(1); f <= flows; f++ {
		up, down := fl.AddLink(ShareOf(8_000_000)), fl.AddLink(ShareOf(80_000_000))
		fl.Put(f, now, WorkOf(work), core.Second)
		fl.Join(f, now, Path{up, down}, Infinite)
		fl.Repair(now)
		now = fl.Next()
		if got := fl.Pop(now); got != f {
			t.Fatalf("flow %d is popped, want %d", got, f)
		}
		// It is still known what had come a while ago: half of it half a second before.
		if got := fl.Left(f, now-core.Second/2); got != WorkOf(work)/2 {
			t.Errorf("flow %d had %d left, want %d", f, got, WorkOf(work)/2)
		}
		fl.Drop(f, now)
		fl.Repair(now)
	}
	// The last flow's clock has not been looked at since.
	if live := fl.trails.running.Live(); live > 1 {
		t.Errorf("%d clocks have trails, want at most 1", live)
	}
	if c := fl.Clone(); c.trails.running.Live() != fl.trails.running.Live() || c.trails.segments.Len() != fl.trails.segments.Len() {
		t.Errorf("the copy has %d trails of clocks, want %d", c.trails.running.Live(), fl.trails.running.Live())
	}
}
