package netsim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
)

// TestQueueKeepsEvents: what is popped is what was pushed, field by field, in the order (time, insertion).
func TestQueueKeepsEvents(t *testing.T) {
	const all = ^uint32(0)
	var q queue
	var want []event
	for i, e := range []event{
		{}, {a: all}, {b: all}, {c: all}, {x: 255}, {y: 65535}, {kind: 255},
		{at: core.Never - 1, a: 1, b: 2, c: 3, x: 4, y: 5, kind: 6},
	} {
		e.at = max(e.at, core.Time(i/2))
		want = append(want, e)
	}
	for i := range want {
		q.push(want[i^1]) // Each pair is of one time, but for the last.
	}
	q.push(event{at: core.Never})
	if q.len() != len(want) {
		t.Errorf("%d events wait, want %d: what happens never is forgotten", q.len(), len(want))
	}
	var got []event
	for at := q.next(core.Never); at != core.Never; at = q.next(core.Never) {
		got = append(got, q.pop())
		if got[len(got)-1].at != at {
			t.Errorf("the next event was at %d, but the one popped is of %d", at, got[len(got)-1].at)
		}
	}
	for i := 0; i < len(want)-2; i += 2 {
		want[i], want[i+1] = want[i+1], want[i]
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{})); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
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
