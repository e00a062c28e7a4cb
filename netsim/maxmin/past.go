package maxmin

import "peerstreamer/core"

// reading returns what l's clock showed at time t, which is within its trail.
func (fl *Fluid) reading(l active, t core.Time) Work {
	lk := fl.link(l)
	if t >= lk.since {
		return lk.served + Work(fl.level(l))*Work(t-lk.since)
	}
	read := lk.served
	if tr := fl.trails.clock(l); tr != nil && tr.oldest != 0 {
		read = fl.trails.segments.At(tr.oldest).left
		for i := tr.oldest; i != 0; i = fl.trails.segments.At(i).next {
			s := fl.trails.segments.At(i)
			if s.at > t {
				break
			}
			read = s.left + Work(s.rate)*Work(min(t, s.end)-s.at)
		}
	}
	return read
}

// shows returns when l's clock, which showed from at time at, first showed as much as to, which it has come to or will.
func (fl *Fluid) shows(l active, at core.Time, from, to Work) core.Time {
	if tr := fl.trails.clock(l); tr != nil {
		for i := tr.oldest; i != 0; i = fl.trails.segments.At(i).next {
			s := fl.trails.segments.At(i)
			if s.end > at && s.left-from >= to-from {
				return s.at // It was before the trail begins.
			}
			if s.end > at && s.left+Work(s.rate)*Work(s.end-s.at)-from >= to-from {
				return s.at + (to - s.left).time(s.rate)
			}
		}
	}
	lk := fl.link(l)
	if lk.served-from >= to-from {
		return lk.since
	}
	return lk.since.After((to - lk.served).time(fl.level(l)))
}

// remember writes down how f has run since flow.at, as far as its trail reaches back; from then on that does not depend on
// what the clock remembers. It costs the changes of the clock's rate in that time.
func (fl *Fluid) remember(f Flow, now core.Time) {
	tr := fl.trails.flow(f)
	p := fl.flow(f)
	if tr == nil || now == p.at {
		return
	}
	if p.home == alone {
		fl.trails.add(tr, segment{at: p.at, end: now, left: p.left, rate: fl.cap(f)})
		return
	}
	if clock := fl.trails.clock(p.home); clock != nil {
		for i := clock.oldest; i != 0; {
			s := *fl.trails.segments.At(i)
			if s.end > max(p.at, now-tr.lag) {
				fl.trails.add(tr, segment{at: s.at, end: s.end, left: p.left - (s.left - p.read), rate: s.rate})
			}
			i = s.next
		}
	}
	if lk := fl.link(p.home); now > lk.since {
		left := p.left - (lk.served - p.read)
		fl.trails.add(tr, segment{at: lk.since, end: now, left: left, rate: fl.level(p.home)})
	}
}

// leftBefore returns what f had left at time t before flow.at. Before its oldest segment it had what that began with.
func (fl *Fluid) leftBefore(f Flow, t core.Time) Work {
	p := fl.flow(f)
	tr := fl.trails.flow(f)
	if tr == nil || tr.oldest == 0 {
		return p.left
	}
	left := fl.trails.segments.At(tr.oldest).left
	for i := tr.oldest; i != 0; {
		s := fl.trails.segments.At(i)
		if s.at > t {
			break
		}
		left = s.left.after(s.rate, min(t, s.end)-s.at, fl.leftAfter(p, s))
		i = s.next
	}
	return left
}

// leftAfter returns what was left at the end of a segment of p.
func (fl *Fluid) leftAfter(p *flow, s *segment) Work {
	if s.next == 0 {
		return p.left
	}
	return fl.trails.segments.At(s.next).left
}

// whenBefore returns the first time at which f had at most goal left, which is at least what it had at flow.at. Of what
// lies before the oldest segment it knows only that it was not later.
func (fl *Fluid) whenBefore(f Flow, goal Work) core.Time {
	p := fl.flow(f)
	if tr := fl.trails.flow(f); tr != nil {
		for i := tr.oldest; i != 0; {
			s := fl.trails.segments.At(i)
			if s.left <= goal {
				return s.at
			}
			if fl.leftAfter(p, s) <= goal {
				return s.at + (s.left - goal).time(s.rate)
			}
			i = s.next
		}
	}
	return p.at
}
