package maxmin

import "peerstreamer/core"

// Fluid is a Net whose flows have work to do. It tells when the next flow reaches its goal. The zero value is ready to
// use.
//
// A flow is Put once with all its work, may Join and Leave the network several times, and is Dropped. Time passed to its
// methods must not decrease, and Repair must come between a Join or Leave and a later time.
type Fluid struct {
	Net
	flows []progress
	dues  dues
	past  history
}

// progress is one flow's: left at time at, falling at rate, never below limit.
type progress struct {
	left, goal, limit Work
	at                core.Time
	rate              Share
	lag               core.Time
	oldest, newest    uint32 // of its history; 0: none
}

// Put begins flow f with work to do, and remembers its progress for lag into the past. Its goal and limit are 0: the
// end.
func (fl *Fluid) Put(f Flow, now core.Time, work Work, lag core.Time) {
	for int(f) >= len(fl.flows) {
		fl.flows = append(fl.flows, progress{})
	}
	fl.flows[f] = progress{left: work, at: now, lag: lag}
}

// Drop forgets f, which leaves the network if it is there.
func (fl *Fluid) Drop(f Flow, now core.Time) {
	fl.Leave(f, now)
	fl.past.forget(&fl.flows[f])
}

// Join lets f run over a path, at most at rate cap.
func (fl *Fluid) Join(f Flow, now core.Time, p Path, cap Share) {
	fl.settle(f, now, 0)
	fl.Net.Join(f, p, cap)
}

// Leave stops f, if it runs. What it has left stays known.
func (fl *Fluid) Leave(f Flow, now core.Time) {
	if !fl.joined(f) {
		return
	}
	fl.settle(f, now, 0)
	fl.Net.Leave(f)
}

// Aim sets f's goal, the work left at which Pop returns it, and its limit, the work left at which it stops by itself.
// goal must not be below limit, nor may f already have less left than limit.
func (fl *Fluid) Aim(f Flow, goal, limit Work) {
	p := &fl.flows[f]
	p.goal, p.limit = goal, limit
	fl.schedule(f)
}

// Repair shares the links anew as of now.
func (fl *Fluid) Repair(now core.Time) {
	for _, f := range fl.Net.Repair() {
		fl.settle(f, now, fl.Net.Rate(f))
		fl.schedule(f)
	}
}

// Next returns a time before which no flow reaches its goal; Never if none runs. It is exact or, after a rate fell, too
// early: then Pop finds nothing, and Next is later.
func (fl *Fluid) Next() core.Time { return fl.dues.first() }

// Pop returns a flow that has reached its goal by now: of those, one on the uplink that was due first, by number if
// equal, and there the one that was due first, in the order of joining if equal. The flow stays joined but is not
// returned again before a new Aim. It returns 0 if there is none. It costs the uplink's degree.
func (fl *Fluid) Pop(now core.Time) Flow {
	for fl.dues.first() <= now {
		up := fl.dues.top()
		best, second := Flow(0), core.Never
		due := core.Never
		for h := fl.links[up].first; h != 0; h = fl.after(up, h) {
			if h&3 != 0 {
				continue // A link further down this flow's path; its own uplink watches over it.
			}
			switch d := fl.Net.flows[h.flow()].due; {
			case d < due:
				best, due, second = h.flow(), d, due
			case d < second:
				second = d
			}
		}
		if due > now {
			fl.dues.set(up, due)
			continue
		}
		fl.dues.set(up, second)
		fl.Net.flows[best].due = core.Never
		return best
	}
	return 0
}

// Left returns the work that f has left at time t, which is not before the past that f remembers.
func (fl *Fluid) Left(f Flow, t core.Time) Work {
	p := &fl.flows[f]
	if t >= p.at {
		return p.left.after(p.rate, t-p.at, min(p.limit, p.left))
	}
	return fl.past.left(p, t)
}

// When returns the time at which f had goal left; if it has not come to that yet, when it will at its present rate.
func (fl *Fluid) When(f Flow, goal Work) core.Time {
	p := &fl.flows[f]
	if p.left > goal {
		return p.at.After((p.left - goal).time(p.rate))
	}
	return fl.past.when(p, goal)
}

// settle brings f's progress to now and lets it go on at a rate.
func (fl *Fluid) settle(f Flow, now core.Time, rate Share) {
	p := &fl.flows[f]
	if now > p.at {
		if p.rate > 0 && p.lag > 0 {
			fl.past.add(p, now)
		}
		p.left = p.left.after(p.rate, now-p.at, min(p.limit, p.left))
		p.at = now
	}
	p.rate = rate
}

// schedule computes when f reaches its goal. A due time that moves earlier is told to the uplink, one that moves later
// is found out when the uplink's time has come.
func (fl *Fluid) schedule(f Flow) {
	if !fl.joined(f) {
		return
	}
	p, due := &fl.flows[f], &fl.Net.flows[f].due
	var work Work
	if p.left > p.goal {
		work = p.left - p.goal
	}
	*due = p.at.After(work.time(p.rate))
	if up := fl.Net.flows[f].path[0]; *due < fl.dues.at(up) {
		fl.dues.set(up, *due)
	}
}
