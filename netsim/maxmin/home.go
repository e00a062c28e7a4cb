package maxmin

import "peerstreamer/core"

// What a flow's home is if it is not a link. A flow with one of these stands still, unless it is alone.
const (
	nowhere  active = 0            // it has not joined, or has reached its goal and was returned by Pop
	alone    active = 1<<32 - iota // it runs at its own cap, or at Infinite
	waiting                        // it has reached its goal and Pop is to return it
	arriving                       // it has joined since the last repair
)

// tick brings a link's clock, which has gone at a rate since it was last read, to now.
func (fl *Fluid) tick(l active, now core.Time, rate Share) {
	lk := fl.link(l)
	if now == lk.since {
		return
	}
	if lk.due <= now {
		fl.gather(l, now, rate) // So that no finish is behind the clock.
	}
	if tr := fl.trails.clock(l); tr != nil {
		if fl.runs(l) {
			fl.trails.add(tr, segment{at: lk.since, end: now, left: lk.served, rate: rate})
		} else {
			fl.trails.leave(l)
		}
	}
	lk.served += Work(rate) * Work(now-lk.since) // Modulo 2^64, and without meaning while the level is Infinite.
	lk.since = now
}

// runs reports whether a flow runs on a link's clock.
func (fl *Fluid) runs(l active) bool {
	lk := fl.link(l)
	return lk.homed > 0 || lk.hub && fl.hubOf(l).finishes != 0
}

// reside lets the flows of a link whose level has changed, as far as that moves them from one side of it to the other,
// change clocks, and finds out when the next on this link's clock is due.
func (fl *Fluid) reside(c change, now core.Time) {
	l, level := c.link, fl.level(c.link)
	lk := fl.link(l)
	if lk.hub {
		fl.found = fl.sides(l, min(c.from, level), max(c.from, level), fl.found[:0])
		for _, f := range fl.found {
			fl.rehome(f, now)
		}
		if root := fl.hubOf(l).finishes; root != 0 && level > c.from {
			finish, _ := fl.hubs.forest.first(root)
			fl.expect(l, Work(finish))
		}
		return
	}
	ms := fl.of(lk)
	for i := len(ms) - 1; i >= 0; {
		m := &ms[i]
		f, want := m.flow, fl.want(l, m)
		if i < int(lk.homed) && level > want || i >= int(lk.homed) && level <= want || level >= Infinite {
			fl.rehome(f, now)
			if m.flow != f {
				continue // Another has come into its place.
			}
		}
		i--
	}
	if level > c.from && lk.homed > 0 {
		least := ^Work(0)
		for i := range ms[:lk.homed] {
			least = min(least, ms[i].finish-lk.served)
		}
		fl.expect(l, lk.served+least)
	}
}

// rehome lets f, unless it stands still, run on the clock of the link that holds it back: of its own if that is one of
// several.
func (fl *Fluid) rehome(f Flow, now core.Time) {
	p := fl.flow(f)
	if p.path[0] == 0 || p.home == waiting || p.home == arriving || p.home == nowhere && p.left <= p.goal {
		return
	}
	home, rate := alone, fl.cap(f)
	for _, l := range p.path {
		if level := fl.level(l); level < rate || level == rate && l == p.home && level < Infinite {
			home, rate = l, level
		}
	}
	if home == p.home {
		return
	}
	fl.settle(f, now)
	p.home = home
	if home == alone {
		fl.alones.set(f, uint32(f), p.at.After((p.left - p.goal).time(rate)))
		return
	}
	fl.tick(home, now, rate)
	lk := fl.link(home)
	p.read = lk.served
	finish := p.read + p.left - p.goal
	if lk.hub {
		fl.start(home, f, fl.position(home, f), finish)
	} else {
		ms, i := fl.of(lk), fl.find(lk, f)
		m := ms[i]
		m.finish = finish
		ms[i] = ms[lk.homed]
		ms[lk.homed] = m
		lk.homed++
	}
	if tr := fl.trails.flow(f); tr != nil {
		fl.trails.keep(home, tr.lag)
	}
	fl.expect(home, finish)
}

// settle brings f's progress to now and lets it stand still.
func (fl *Fluid) settle(f Flow, now core.Time) {
	p := fl.flow(f)
	switch p.home {
	case nowhere, waiting, arriving:
		p.at, p.home = now, nowhere
		return
	}
	if p.home == alone {
		fl.alones.set(f, uint32(f), core.Never)
	} else if lk := fl.link(p.home); lk.hub {
		fl.stop(p.home, f, fl.position(p.home, f))
	} else {
		ms, i := fl.of(lk), fl.find(lk, f)
		lk.homed--
		ms[i], ms[lk.homed] = ms[lk.homed], ms[i]
	}
	fl.pause(f, now)
}

// pause takes down what a flow that runs has left, and that it runs no more.
func (fl *Fluid) pause(f Flow, now core.Time) {
	p := fl.flow(f)
	left := fl.Left(f, now)
	fl.remember(f, now)
	p.left, p.at, p.home = left, now, nowhere
}

// expect notes that l's clock will come to a finish, which is not behind it. A due time that moves earlier is told to the
// heap, one that moves later is found out when it has come.
func (fl *Fluid) expect(l active, finish Work) {
	lk := fl.link(l)
	if at := lk.since.After((finish - lk.served).time(fl.level(l))); at < lk.due {
		lk.due = at
		fl.dues.set(l, uint32(fl.name(l)), at)
	}
}

// gather makes those flows of a link's clock that have reached their goal by now, at a rate, ready for Pop.
func (fl *Fluid) gather(l active, now core.Time, rate Share) {
	lk := fl.link(l)
	done := rate.in(now - lk.since)
	next := ^Work(0) // what is missing to the first finish that is not due
	if lk.hub {
		for h := fl.hubOf(l); h.finishes != 0; {
			finish, f := fl.hubs.forest.first(h.finishes)
			if missing := Work(finish) - lk.served; missing > done {
				next = missing
				break
			}
			fl.settle(f, now)
			fl.reach(f)
		}
	} else {
		ms := fl.of(lk)
		for i := int(lk.homed) - 1; i >= 0; i-- {
			missing := ms[i].finish - lk.served
			if missing > done {
				next = min(next, missing)
				continue
			}
			f := ms[i].flow
			lk.homed--
			ms[i], ms[lk.homed] = ms[lk.homed], ms[i]
			fl.pause(f, now)
			fl.reach(f)
		}
	}
	lk.due = core.Never
	if next != ^Work(0) {
		lk.due = lk.since.After(next.time(rate))
	}
	if !fl.dues.held && fl.dues.top() == l && lk.due != core.Never {
		fl.dues.hold()
	} else {
		fl.dues.set(l, uint32(fl.name(l)), lk.due)
	}
}

// reach makes f, which stands still at its goal, ready for Pop.
func (fl *Fluid) reach(f Flow) {
	p := fl.flow(f)
	if p.home != waiting {
		p.home = waiting
		fl.ready.push(arrival{fl.name(p.path[0]), p.turn, f})
	}
}
