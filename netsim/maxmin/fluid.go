package maxmin

import "peerstreamer/core"

// Fluid is a Net whose flows have work to do. It tells when the next flow reaches its goal. The zero value is ready to
// use.
//
// A flow is Put once with all its work, may Join and Leave the network several times, and is Dropped. Time passed to its
// methods must not decrease, nor pass Next before Pop has returned 0; and Repair must come between a Join or Leave and a
// later time.
//
// Time costs nothing: each link has a clock that counts what it has given to a flow of its level, and a flow's progress is
// the difference between two readings. So a link whose level changes tells none of its flows. Only a flow that is held
// back by another link than before changes over to that one's clock.
type Fluid struct {
	Net
	dues   dues[active] // of clocks
	alones dues[Flow]   // of the flows that run on none
	ready  ready
	trails trails
	warmth warmth
}

// Put begins flow f with work to do, and remembers its progress for lag into the past. Its goal and limit are 0: the
// end.
func (fl *Fluid) Put(f Flow, now core.Time, work Work, lag core.Time) {
	*fl.flows.Reach(uint32(f)) = flow{left: work, at: now}
	fl.trails.follow(f, lag)
}

// Drop forgets f, which leaves the network if it is there.
func (fl *Fluid) Drop(f Flow, now core.Time) {
	fl.Leave(f, now)
	if tr := fl.trails.flow(f); tr != nil {
		fl.trails.forget(tr)
	}
}

// Join lets f run over a path, at most at rate cap.
func (fl *Fluid) Join(f Flow, now core.Time, p Path, cap Share) {
	fl.flow(f).at = now
	fl.Net.Join(f, p, cap)
}

// Leave stops f, if it runs. What it has left stays known.
func (fl *Fluid) Leave(f Flow, now core.Time) {
	if !fl.joined(f) {
		return
	}
	fl.settle(f, now)
	fl.Net.Leave(f)
}

// Aim sets f's goal, the work left at which Pop returns it, and its limit, the work left at which it stops by itself.
// goal must not be below limit, nor may f already have less left than limit.
func (fl *Fluid) Aim(f Flow, now core.Time, goal, limit Work) {
	p := fl.flow(f)
	if !fl.joined(f) || p.home == arriving {
		p.goal, p.limit = goal, limit
		return
	}
	fl.settle(f, now) // The former limit has stopped it until now.
	p.goal, p.limit = goal, limit
	if p.left <= goal {
		fl.reach(f)
	} else {
		fl.rehome(f, now)
	}
}

// Repair shares the links anew as of now. All flows that were due before must have been popped.
func (fl *Fluid) Repair(now core.Time) {
	if at := fl.Next(); at < now {
		panic("maxmin: a flow that was due was not popped")
	}
	for _, r := range fl.recaps {
		if p := fl.flow(r.flow); !fl.stale(r) && fl.cap(r.flow) != r.cap && p.home != nowhere && p.home != arriving {
			fl.settle(r.flow, now)
			p.home = arriving
			fl.fresh = append(fl.fresh, r.flow)
		}
	}
	fl.rest()
	fresh := fl.fresh
	fl.Net.Repair()
	for _, c := range fl.touched {
		fl.tick(c.link, now, c.from)
	}
	for _, c := range fl.touched {
		fl.reside(c, now)
	}
	for _, f := range fl.swayed {
		fl.rehome(f, now)
	}
	for _, f := range fresh {
		p := fl.flow(f)
		if p.home != arriving {
			continue // It has left again, or reached its goal at once.
		}
		p.home = nowhere
		if p.left <= p.goal {
			fl.reach(f)
		} else {
			fl.rehome(f, now)
		}
	}
	fl.release()
}

// release gives a link whose flows were due its next time.
func (fl *Fluid) release() {
	if fl.dues.held {
		l := fl.dues.top()
		fl.dues.set(l, uint32(fl.name(l)), fl.link(l).due)
	}
}

// Next returns a time before which no flow reaches its goal; Never if none runs. It is exact or, after a rate fell, too
// early: then Pop finds nothing, and Next is later. If a flow is to be popped at once, it is 0.
func (fl *Fluid) Next() core.Time {
	if fl.ready.top(&fl.Net) {
		return 0
	}
	next := min(fl.dues.first(), fl.alones.first())
	if fl.dues.held {
		next = min(next, fl.link(fl.dues.top()).due)
	}
	return next
}

// Pop returns a flow that has reached its goal by now: of those the one whose uplink has the lowest number, and there the
// one that joined first. It stays joined and keeps its share, but stands still and is not returned again before a new
// Aim. Pop returns 0 if there is none. It costs the degree of the link that holds the flow back, or O(log degree).
func (fl *Fluid) Pop(now core.Time) Flow {
	if fl.dues.held && fl.link(fl.dues.top()).due <= now {
		fl.release()
	}
	for fl.dues.first() <= now {
		fl.release()
		fl.warm()
		l := fl.dues.top()
		fl.gather(l, now, fl.level(l))
	}
	for fl.alones.first() <= now {
		f := fl.alones.top()
		fl.settle(f, now)
		fl.reach(f)
	}
	if !fl.ready.top(&fl.Net) {
		return 0
	}
	f := fl.ready.pop()
	fl.flow(f).home = nowhere
	return f
}

// Left returns the work that f has left at time t, which is not before the past that f remembers.
func (fl *Fluid) Left(f Flow, t core.Time) Work {
	p := fl.flow(f)
	if t < p.at {
		return fl.leftBefore(f, t)
	}
	switch p.home {
	case nowhere, waiting, arriving:
		return p.left
	case alone:
		return p.left.after(fl.cap(f), t-p.at, min(p.limit, p.left))
	}
	lk := fl.link(p.home)
	if t >= lk.since {
		left := p.left - (lk.served - p.read)
		return left.after(fl.level(p.home), t-lk.since, min(p.limit, left))
	}
	return max(p.left-(fl.reading(p.home, t)-p.read), min(p.limit, p.left))
}

// When returns the time at which f had goal left; if it has not come to that yet, when it will at its present rate.
func (fl *Fluid) When(f Flow, goal Work) core.Time {
	p := fl.flow(f)
	if p.left <= goal {
		return fl.whenBefore(f, goal)
	}
	switch p.home {
	case nowhere, waiting, arriving:
		return core.Never
	case alone:
		return p.at.After((p.left - goal).time(fl.cap(f)))
	}
	return fl.shows(p.home, p.at, p.read, p.read+p.left-goal)
}
