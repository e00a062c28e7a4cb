package maxmin_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// script is a random history, told to the slow Fluid and to Fluids that make hubs of different links.
type script struct {
	*rapid.T
	slow
	fluids []*maxmin.Fluid
	pops   int
}

func (s *script) all(do func(fl *maxmin.Fluid)) {
	for _, fl := range s.fluids {
		do(fl)
	}
}

func (s *script) work(max maxmin.Work) maxmin.Work {
	return maxmin.Work(rapid.Uint64Range(0, uint64(max)).Draw(s.T, "work"))
}

// aim draws a goal and a limit of which the flow falls short.
func (s *script) aim(f maxmin.Flow) {
	j := s.jobs[f]
	limit := s.work(j.leftAt(s.now))
	goal := limit
	if rapid.Bool().Draw(s.T, "goal before the limit") {
		goal += s.work(j.leftAt(s.now) - limit)
	}
	j.settle(s.now, j.rate)
	j.goal, j.limit = goal, limit
	j.stands = false
	s.all(func(fl *maxmin.Fluid) { fl.Aim(f, s.now, goal, limit) })
}

func (s *script) join() {
	f := maxmin.Flow(rapid.IntRange(1, 30).Draw(s.T, "flow"))
	if _, ok := s.flows[f]; ok {
		return
	}
	if s.jobs[f] == nil || rapid.Bool().Draw(s.T, "anew") {
		work := maxmin.WorkOf(core.Bytes(rapid.Int64Range(1, rapid.SampledFrom([]int64{1e5, 1e5, int64(core.MaxChunkSize)}).
			Draw(s.T, "most")).Draw(s.T, "bytes")))
		lag := core.Time(rapid.SampledFrom([]int64{0, 1e6, 3e8, 2e9}).Draw(s.T, "lag"))
		s.all(func(fl *maxmin.Fluid) {
			if s.jobs[f] != nil {
				fl.Drop(f, s.now)
			}
			fl.Put(f, s.now, work, lag)
		})
		s.jobs[f] = &job{left: work, at: s.now, lag: lag}
	}
	s.aim(f)
	d := demand{path: drawPath(s.T, len(s.links)), cap: maxmin.Infinite}
	if rapid.IntRange(0, 3).Draw(s.T, "capped") == 0 {
		d.cap = capacities.Draw(s.T, "cap")
	}
	s.turn++
	j := s.jobs[f]
	j.settle(s.now, 0)
	j.turn, j.stands, j.arrives = s.turn, false, true
	s.flows[f] = d
	s.all(func(fl *maxmin.Fluid) { fl.Join(f, s.now, d.path, d.cap) })
}

func (s *script) leave(f maxmin.Flow) {
	s.jobs[f].settle(s.now, 0)
	s.jobs[f].stands = true
	delete(s.flows, f)
	s.all(func(fl *maxmin.Fluid) { fl.Leave(f, s.now) })
}

// change does something at this moment.
func (s *script) change() {
	flows := s.sorted()
	some := func() maxmin.Flow { return rapid.SampledFrom(flows).Draw(s.T, "flow") }
	switch what := rapid.IntRange(0, 9).Draw(s.T, "change"); {
	case what < 5 || len(flows) == 0:
		s.join()
	case what < 6:
		s.aim(some())
	case what < 7:
		l := rapid.IntRange(1, len(s.links)).Draw(s.T, "link")
		s.links[l-1] = capacities.Draw(s.T, "capacity")
		s.all(func(fl *maxmin.Fluid) { fl.SetCapacity(maxmin.Link(l), s.links[l-1]) })
	case what < 8:
		f, cap := some(), capacities.Draw(s.T, "cap")
		s.flows[f] = demand{s.flows[f].path, cap}
		s.all(func(fl *maxmin.Fluid) { fl.SetCap(f, cap) })
	default:
		s.leave(some())
	}
}

// due lets everything due at this moment happen: what is popped leaves, gets a new goal, or stands.
func (s *script) due() {
	for {
		want := s.pop()
		for i, fl := range s.fluids {
			if got := fl.Pop(s.now); got != want {
				s.Fatalf("at %d ns fluid %d pops %d, want %d", s.now, i, got, want)
			}
		}
		if want == 0 {
			return
		}
		s.pops++
		switch rapid.IntRange(0, 3).Draw(s.T, "then") {
		case 0:
			s.aim(want)
		case 1:
		default:
			s.leave(want)
		}
	}
}

// pause draws how long nothing is changed: often until a flow is due, and changes then come before it is popped; a few
// nanoseconds, as flows take that nothing holds back; or long.
func (s *script) pause() core.Time {
	switch next := s.next(); rapid.IntRange(0, 3).Draw(s.T, "until") {
	case 0:
		if next > s.now && next < core.Never {
			return next
		}
		fallthrough
	case 1:
		return s.now + core.Time(rapid.Int64Range(1, 12).Draw(s.T, "pause"))
	}
	return s.now + core.Time(rapid.Int64Range(1, 1<<rapid.IntRange(20, 38).Draw(s.T, "scale")).Draw(s.T, "pause"))
}

// compare checks all that can be asked of every flow.
func (s *script) compare() {
	for f := maxmin.Flow(1); f <= 30; f++ {
		j := s.jobs[f]
		if j == nil {
			continue
		}
		back := core.Time(rapid.Int64Range(0, int64(min(j.lag, s.now))).Draw(s.T, "back"))
		past := j.leftAt(s.now - j.lag)
		goal := s.work(past)
		for i, fl := range s.fluids {
			for _, t := range []core.Time{s.now - back, s.now, s.now + back/2} {
				if got, want := fl.Left(f, t), j.leftAt(t); got != want {
					s.Fatalf("at %d ns: fluid %d: flow %d has %d left at %d, want %d", s.now, i, f, got, t, want)
				}
			}
			if got, want := fl.When(f, goal), j.when(goal); goal < past && got != want {
				s.Fatalf("at %d ns: fluid %d: flow %d has %d left at %d, want %d", s.now, i, f, goal, got, want)
			}
		}
	}
}

// TestFluidAgainstSlow: Fluids tell the same of every flow, at every time, as one that settles all flows at every change;
// wherever they have hubs.
func TestFluidAgainstSlow(t *testing.T) {
	pops := 0
	rapid.Check(t, func(t *rapid.T) {
		s := &script{T: t, slow: slow{system: system{flows: map[maxmin.Flow]demand{}}, jobs: map[maxmin.Flow]*job{}}}
		for _, degree := range []int{1, 3, math.MaxInt32} {
			fl := new(maxmin.Fluid)
			fl.SetHubDegree(degree)
			s.fluids = append(s.fluids, fl)
		}
		for range rapid.IntRange(4, 10).Draw(t, "links") {
			c := capacities.Draw(t, "capacity")
			s.links = append(s.links, c)
			s.all(func(fl *maxmin.Fluid) { fl.AddLink(c) })
		}
		for range rapid.IntRange(10, 50).Draw(t, "moments") {
			until := s.pause()
			for {
				s.due()
				s.repair()
				s.all(func(fl *maxmin.Fluid) { fl.Repair(s.now) })
				exact, next := s.next(), until
				for i, fl := range s.fluids {
					if fl.Next() > exact {
						t.Fatalf("fluid %d is next at %d, want %d or earlier", i, fl.Next(), exact)
					}
					next = min(next, fl.Next())
				}
				s.now = max(s.now, next)
				if next == until {
					break
				}
			}
			for range rapid.IntRange(1, 6).Draw(t, "changes") {
				s.change()
			}
			s.due()
			s.repair()
			s.all(func(fl *maxmin.Fluid) { fl.Repair(s.now) })
			s.compare()
		}
		pops += s.pops
	})
	if pops < 100 {
		t.Errorf("only %d flows came to a goal: nothing was tested", pops)
	}
}
