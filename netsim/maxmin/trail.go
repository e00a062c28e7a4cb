package maxmin

import (
	"peerstreamer/core"
	"peerstreamer/core/slab"
)

// trails is what flows and clocks did in the past. A receiver sees its flow one latency late; to know what has come by now
// it asks what had left then. Where latency is 0 there are no trails; where rates seldom change a trail has one or two
// segments. A clock on which no flow runs has no trail: whoever comes to it later asks for nothing before that.
type trails struct {
	segments slab.Slab[segment] // never released: the free ones are a list, so that a trail's go all at once
	free     uint32             // first of the free ones
	flows    slab.Slab[trail]   // by flow, as far as one had a lag
	clocks   slab.Slab[uint32]  // by link, as far as one had a trail: its row in running, 0 if it has none
	running  slab.Slab[trail]
}

// trail is a list of segments, oldest first.
type trail struct {
	lag            core.Time // of which it keeps the segments; the times between them, in which a flow stands still, do not count
	kept           core.Time // the length of its segments
	oldest, newest uint32    // 0: none
}

// segment is a stretch at one rate, from at to end. Between two of a flow it stood still.
type segment struct {
	at, end core.Time
	left    Work // flow: what it had left at time at. clock: what it showed then
	rate    Share
	next    uint32 // 0: this is the newest
}

// add appends a segment to t, and forgets those that the lag does not reach.
func (ts *trails) add(t *trail, s segment) {
	if ts.free == 0 {
		ts.free = ts.segments.Alloc()
	}
	i := ts.free
	row := ts.segments.At(i)
	ts.free = row.next
	*row = s
	if t.oldest == 0 {
		t.oldest = i
	} else {
		ts.segments.At(t.newest).next = i
	}
	t.newest = i
	t.kept += s.end - s.at
	for t.oldest != i {
		old := ts.segments.At(t.oldest)
		length := old.end - old.at
		if t.kept-length < t.lag {
			break
		}
		t.kept -= length
		t.oldest, old.next, ts.free = old.next, ts.free, t.oldest
	}
}

// forget frees all of t's segments.
func (ts *trails) forget(t *trail) {
	if t.oldest != 0 {
		ts.segments.At(t.newest).next, ts.free = ts.free, t.oldest
	}
	t.oldest, t.newest, t.kept = 0, 0, 0
}

// flow returns a flow's trail, nil if it has no lag.
func (ts *trails) flow(f Flow) *trail {
	if ts.flows.Has(uint32(f)) {
		if tr := ts.flows.At(uint32(f)); tr.lag > 0 {
			return tr
		}
	}
	return nil
}

// follow gives a flow a trail of this lag, if that is not 0.
func (ts *trails) follow(f Flow, lag core.Time) {
	if lag > 0 || ts.flows.Has(uint32(f)) {
		ts.flows.Reach(uint32(f)).lag = lag
	}
}

// clock returns a clock's trail, nil if it has none.
func (ts *trails) clock(l active) *trail {
	if ts.clocks.Has(uint32(l)) {
		if i := *ts.clocks.At(uint32(l)); i != 0 {
			return ts.running.At(i)
		}
	}
	return nil
}

// keep gives a clock a trail of at least this lag, which is not 0.
func (ts *trails) keep(l active, lag core.Time) {
	i := ts.clocks.Reach(uint32(l))
	if *i == 0 {
		*i = ts.running.Alloc()
		*ts.running.At(*i) = trail{}
	}
	tr := ts.running.At(*i)
	tr.lag = max(tr.lag, lag)
}

// leave ends a clock's trail.
func (ts *trails) leave(l active) {
	ts.forget(ts.clock(l))
	i := ts.clocks.At(uint32(l))
	ts.running.Release(*i)
	*i = 0
}

func (ts *trails) clone() trails {
	return trails{ts.segments.Clone(), ts.free, ts.flows.Clone(), ts.clocks.Clone(), ts.running.Clone()}
}
