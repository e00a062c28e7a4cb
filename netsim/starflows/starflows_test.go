package starflows

import (
	"testing"

	"peerstreamer/core"
)

// The first rows of the reference for 20 hosts, 5 transfers, seed 42, one slot: host 0 has 12.5 MB/s down, host 5 has
// 625 kB/s up, slot 0 starts at 6.416872 s and fetches from 5, 18, 18, 19 and 8.
func TestWorkloadIsTheReference(t *testing.T) {
	w := New(20, 5, 42, 1)
	if w.Down[0] != 100*core.Mbps || w.Up[5] != 5*core.Mbps {
		t.Errorf("host 0 has %v down, host 5 %v up", w.Down[0], w.Up[5])
	}
	if want := 6_416_872 * core.Microsecond; w.Start[0] != want {
		t.Errorf("slot 0 starts at %v, want %v", w.Start[0], want)
	}
	for i, want := range []int{5, 18, 18, 19, 8} {
		if got := w.Source(0, i); got != want {
			t.Errorf("transfer %d of slot 0 fetches from %d, want %d", i, got, want)
		}
	}
}

// A run fills in every end, each after its slot's start.
func TestRunEndsEverything(t *testing.T) {
	w := New(50, 3, 7, 2)
	w.Run()
	for j, at := range w.Start {
		for i := range w.PerSlot {
			if w.End(j, i) <= at {
				t.Fatalf("slot %d transfer %d ends at %v, its start is %v", j, i, w.End(j, i), at)
			}
			at = w.End(j, i)
		}
	}
}

// All of a hub's transfers come from the last host and are in flight together, so the last ends when its uplink has sent
// everything, but for the first moments, in which the few downlinks at work are slower than it.
func TestHub(t *testing.T) {
	const n = 2000
	w := NewHub(n, 1, 7)
	w.Run()
	var last core.Time
	for j := range w.Start {
		if got := w.Source(j, 0); got != n {
			t.Fatalf("slot %d fetches from %d, want %d", j, got, n)
		}
		last = max(last, w.End(j, 0))
	}
	if busy := HubRate.Time(n * Bytes); last < busy || last > busy+core.Second {
		t.Errorf("the last of %d ends at %v, want %v or a little later", n, last, busy)
	}
}
