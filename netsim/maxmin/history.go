package maxmin

import "peerstreamer/core"

// history is what flows did before their last change of rate. A receiver sees its flow one latency late; to know what
// has come by now it asks what had left then. Each flow keeps as many segments as reach back over its lag, so none
// where latency is 0 and one or two where rates seldom change.
type history struct {
	segments []segment // 0 is unused
	free     uint32    // first of the free ones
}

// segment is a stretch of constant rate. It ends where the next begins; standing still needs no segment.
type segment struct {
	at   core.Time
	left Work
	rate Share
	next uint32 // 0: this is the newest
}

// add keeps p as it runs until now, and forgets segments that ended before now-p.lag.
func (h *history) add(p *progress, now core.Time) {
	if h.free == 0 {
		if len(h.segments) == 0 {
			h.segments = append(h.segments, segment{})
		}
		h.segments = append(h.segments, segment{})
		h.free = uint32(len(h.segments) - 1)
	}
	i := h.free
	s := &h.segments[i]
	h.free = s.next
	*s = segment{at: p.at, left: p.left, rate: p.rate}
	if p.oldest == 0 {
		p.oldest = i
	} else {
		h.segments[p.newest].next = i
	}
	p.newest = i
	for p.oldest != i {
		old := p.oldest
		next := h.segments[old].next
		if h.segments[next].at > now-p.lag {
			break
		}
		p.oldest = next
		h.segments[old].next, h.free = h.free, old
	}
}

// forget frees all of p's segments.
func (h *history) forget(p *progress) {
	if p.oldest != 0 {
		h.segments[p.newest].next, h.free = h.free, p.oldest
	}
	p.oldest, p.newest = 0, 0
}

// end returns what was left at the end of segment i of p.
func (h *history) end(p *progress, i uint32) Work {
	if i == p.newest {
		return p.left
	}
	return h.segments[h.segments[i].next].left
}

// left returns what p had left at time t before p.at. Before the oldest segment it had what that began with.
func (h *history) left(p *progress, t core.Time) Work {
	left := p.left
	if p.oldest != 0 {
		left = h.segments[p.oldest].left
	}
	for i := p.oldest; i != 0; {
		s := &h.segments[i]
		if s.at > t {
			break
		}
		left = s.left.after(s.rate, t-s.at, h.end(p, i))
		i = s.next
	}
	return left
}

// when returns the first time at which p had at most goal left, which is at least p.left. Of what lies before the
// oldest segment it knows only that it was not later.
func (h *history) when(p *progress, goal Work) core.Time {
	for i := p.oldest; i != 0; {
		s := &h.segments[i]
		if s.left <= goal {
			return s.at
		}
		if h.end(p, i) <= goal {
			return s.at + (s.left - goal).time(s.rate)
		}
		i = s.next
	}
	return p.at
}
