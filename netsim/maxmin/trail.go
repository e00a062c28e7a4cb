package maxmin

import "peerstreamer/core"

// trails is what flows and clocks did in the past. A receiver sees its flow one latency late; to know what has come by now
// it asks what had left then. Where latency is 0 there are no trails; where rates seldom change a trail has one or two
// segments.
type trails struct {
	segments []segment // 0 is unused
	free     uint32    // first of the free ones
	flows    []trail   // by flow, as far as one has a lag
	clocks   []trail   // by link, as far as one has a lag
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
	t.kept += s.end - s.at
	for t.oldest != i {
		old := t.oldest
		length := ts.segments[old].end - ts.segments[old].at
		if t.kept-length < t.lag {
			break
		}
		t.kept -= length
		t.oldest = ts.segments[old].next
		ts.segments[old].next, ts.free = ts.free, old
	}
}

// forget frees all of t's segments.
func (ts *trails) forget(t *trail) {
	if t.oldest != 0 {
		ts.segments[t.newest].next, ts.free = ts.free, t.oldest
	}
	t.oldest, t.newest, t.kept = 0, 0, 0
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
