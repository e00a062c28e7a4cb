package netsim

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
)

// TestQueueAgainstSort pushes and pops at random; what comes out is what a stable sort by time would give.
func TestQueueAgainstSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var model []event // in the order of insertion
		for i := range uint32(rapid.IntRange(0, 200).Draw(t, "operations")) {
			if len(model) == 0 || rapid.IntRange(0, 2).Draw(t, "push") > 0 {
				e := event{at: core.Time(rapid.IntRange(0, 9).Draw(t, "at")), a: i}
				q.push(e)
				model = append(model, e)
				slices.SortStableFunc(model, func(a, b event) int { return cmp.Compare(a.at, b.at) })
			} else {
				if q.next() != model[0].at {
					t.Fatalf("next is %d, want %d", q.next(), model[0].at)
				}
				if got := q.pop(); got.a != model[0].a {
					t.Fatalf("popped event %d of time %d, want event %d of time %d", got.a, got.at, model[0].a, model[0].at)
				}
				model = model[1:]
			}
			if q.len() != len(model) {
				t.Fatalf("%d events, want %d", q.len(), len(model))
			}
		}
	})
	if got := new(queue).next(); got != core.Never {
		t.Errorf("an empty queue's next event is at %d, want never", got)
	}
}

// TestPairsAgainstMap adds and removes at random, among few keys so that chains of collisions arise.
func TestPairsAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p pairs
		type key struct{ n, peer core.NodeID }
		model := map[key]uint32{}
		for end := range uint32(rapid.IntRange(0, 300).Draw(t, "operations")) {
			k := key{core.NodeID(rapid.IntRange(1, 9).Draw(t, "node")), core.NodeID(rapid.IntRange(1, 9).Draw(t, "peer"))}
			switch {
			case model[k] == 0:
				p.add(k.n, k.peer, end+1)
				model[k] = end + 1
			case rapid.Bool().Draw(t, "the right end"):
				p.remove(k.n, k.peer, model[k])
				delete(model, k)
			default:
				p.remove(k.n, k.peer, model[k]+1)
			}
			for n := core.NodeID(1); n <= 9; n++ {
				for peer := core.NodeID(1); peer <= 9; peer++ {
					if got, want := p.get(n, peer), model[key{n, peer}]; got != want {
						t.Fatalf("end of %d to %d: %d, want %d", n, peer, got, want)
					}
				}
			}
		}
	})
}
