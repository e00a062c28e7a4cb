package netsim

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
