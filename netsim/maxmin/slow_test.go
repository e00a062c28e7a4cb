package maxmin_test

import (
	"math/big"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// slow is a Fluid that is obviously right: it fills the whole network anew for every repair, settles every flow, and
// remembers all that ever was.
type slow struct {
	system
	now  core.Time
	jobs map[maxmin.Flow]*job
	turn int
}

// job is one flow's progress: left at time at, falling at rate.
type job struct {
	left, goal, limit maxmin.Work
	at                core.Time
	rate              maxmin.Share
	lag               core.Time
	turn              int  // of joining
	stands            bool // it has reached its goal and was popped
	arrives           bool // it has joined since the last repair
	past              []stretch
}

type stretch struct {
	at, end    core.Time
	left, last maxmin.Work // at at and at end
	rate       maxmin.Share
}

// less returns what is left of w after d at a rate, at least floor.
func less(w maxmin.Work, rate maxmin.Share, d core.Time, floor maxmin.Work) maxmin.Work {
	done := new(big.Int).Mul(big.NewInt(int64(rate)), big.NewInt(int64(d)))
	rest := new(big.Int).Sub(new(big.Int).SetUint64(uint64(w)), done)
	if limit := new(big.Int).SetUint64(uint64(floor)); rest.Cmp(limit) < 0 {
		rest = limit
	}
	return maxmin.Work(rest.Uint64())
}

// lasts returns how long a rate takes for w, rounded up.
func lasts(w maxmin.Work, rate maxmin.Share) core.Time {
	if w == 0 {
		return 0
	}
	if rate == 0 {
		return core.Never
	}
	q := new(big.Int).SetUint64(uint64(w))
	q.Add(q, big.NewInt(int64(rate)-1)).Div(q, big.NewInt(int64(rate)))
	if !q.IsInt64() {
		return core.Never
	}
	return core.Time(q.Int64())
}

func (j *job) due() core.Time {
	if j.stands || j.arrives {
		return core.Never
	}
	if j.left <= j.goal {
		return j.at
	}
	return j.at.After(lasts(j.left-j.goal, j.rate))
}

func (j *job) leftAt(t core.Time) maxmin.Work {
	if t >= j.at {
		return less(j.left, j.rate, t-j.at, min(j.limit, j.left))
	}
	left := j.left
	for i := len(j.past) - 1; i >= 0 && j.past[i].end > t; i-- {
		s := j.past[i]
		left = s.left
		if t > s.at {
			left = less(s.left, s.rate, t-s.at, s.last)
		}
	}
	return left
}

// when returns when there was no more than goal left.
func (j *job) when(goal maxmin.Work) core.Time {
	for _, s := range j.past {
		if s.left <= goal {
			return s.at
		}
		if s.last <= goal {
			return s.at + lasts(s.left-goal, s.rate)
		}
	}
	if j.left <= goal {
		return j.at
	}
	return j.at.After(lasts(j.left-goal, j.rate))
}

func (j *job) settle(now core.Time, rate maxmin.Share) {
	if now > j.at {
		left := j.leftAt(now)
		if j.rate > 0 {
			j.past = append(j.past, stretch{j.at, now, j.left, left, j.rate})
		}
		j.left, j.at = left, now
	}
	j.rate = rate
}

func (s *slow) repair() {
	for f, rate := range fill[maxmin.Share](&s.system, s.sorted()) {
		j := s.jobs[f]
		if j.settle(s.now, rate); j.left <= j.goal {
			j.rate = 0
		}
		j.arrives = false
	}
}

// pop returns what a Fluid's Pop should.
func (s *slow) pop() maxmin.Flow {
	best := maxmin.Flow(0)
	for _, f := range s.sorted() {
		up, turn := s.flows[f].path[0], s.jobs[f].turn
		if s.jobs[f].due() <= s.now && (best == 0 || up < s.flows[best].path[0] ||
			up == s.flows[best].path[0] && turn < s.jobs[best].turn) {
			best = f
		}
	}
	if best != 0 {
		s.jobs[best].settle(s.now, 0)
		s.jobs[best].stands = true
	}
	return best
}

// next returns when the next flow is due.
func (s *slow) next() core.Time {
	next := core.Never
	for _, f := range s.sorted() {
		next = min(next, s.jobs[f].due())
	}
	return next
}
