package maxmin

import "peerstreamer/core"

// trails is what flows and clocks did in the past. A receiver sees its flow one latency late; to know what has come by now
// it asks what had left then. A flow's trail is the clocks on which it ran, a clock's is its rates; each reaches back over
// its lag. Where latency is 0 there are none; where rates seldom change a trail has one or two segments.
type trails struct {
	segments []segment // 0 is unused
	free     uint32    // first of the free ones
	flows    []trail   // by flow, as far as one has a lag
	clocks   []trail   // by link, as far as one has a lag
}

// trail is a list of segments, oldest first.
type trail struct {
	lag            core.Time
	oldest, newest uint32 // 0: none
}

// segment is a stretch of a flow on one clock, or of a clock at one rate. It ends at end; a flow that stands still after
// that, or a clock that nobody uses, needs no segment.
type segment struct {
	at, end core.Time
	left    Work   // flow: what it had left at time at. clock: what it showed then
	read    Work   // flow: what the clock showed then
	rate    Share  // of the clock, or of a flow that was alone
	home    Link   // flow: the clock; 0: alone
	next    uint32 // 0: this is the newest
}

// add appends a segment to t, and forgets segments that ended t.lag or longer before it ends.
func (ts *trails) add(t *trail, s segment) {
	if ts.free == 0 {
		if len(ts.segments) == 0 {
			ts.segments = append(ts.segments, segment{})
		}
		ts.segments = append(ts.segments, segment{})
		ts.free = uint32(len(ts.segments) - 1)
	}
	i := ts.free
	ts.free = ts.segments[i].next
	ts.segments[i] = s
	if t.oldest == 0 {
		t.oldest = i
	} else {
		ts.segments[t.newest].next = i
	}
	t.newest = i
	for t.oldest != i && ts.segments[t.oldest].end <= s.end-t.lag {
		old := t.oldest
		t.oldest = ts.segments[old].next
		ts.segments[old].next, ts.free = ts.free, old
	}
}

// forget frees all of t's segments.
func (ts *trails) forget(t *trail) {
	if t.oldest != 0 {
		ts.segments[t.newest].next, ts.free = ts.free, t.oldest
	}
	t.oldest, t.newest = 0, 0
}

// of returns the trail i of a table, nil if it has no lag.
func of(table []trail, i uint32) *trail {
	if int(i) < len(table) && table[i].lag > 0 {
		return &table[i]
	}
	return nil
}

// extend gives the trail i of a table at least this lag.
func extend(table *[]trail, i uint32, lag core.Time) {
	if lag == 0 {
		return
	}
	for int(i) >= len(*table) {
		*table = append(*table, trail{})
	}
	(*table)[i].lag = max((*table)[i].lag, lag)
}
