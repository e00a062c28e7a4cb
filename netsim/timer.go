package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// timers is a node's deadlines, which share one event in the queue, that of the first. A deadline that moves later leaves
// the event where it is, which sets itself again when it comes up too early; so the usual timeout that is pushed back
// with every sign of life costs a store and no event. One that moves before the event pushes another, and the old one is
// recognised by its time and ignored.
type timers struct {
	due    [core.NumTimers]core.Time // Never: not set
	queued core.Time                 // when the event that counts comes up; Never: there is none
}

func (t *timers) init() {
	t.clear()
	t.queued = core.Never
}

func (t *timers) clear() {
	for i := range t.due {
		t.due[i] = core.Never
	}
}

// first returns the earliest deadline, and of equal ones that of the lowest timer.
func (t *timers) first() (core.Timer, core.Time) {
	timer, due := core.Timer(0), core.Never
	for i, at := range t.due {
		if at < due {
			timer, due = core.Timer(i), at
		}
	}
	return timer, due
}

func (s *Sim) setTimer(n core.NodeID, t core.Timer, at core.Time) {
	if t >= core.NumTimers {
		panic(fmt.Sprintf("netsim: timer %d: want below %d", t, core.NumTimers))
	}
	at = max(at, s.now)
	ts := &s.nodes[n].timers
	ts.due[t] = at
	s.wakeAt(n, ts, at)
}

// wakeAt makes sure that a node's event comes up by then.
func (s *Sim) wakeAt(n core.NodeID, ts *timers, at core.Time) {
	if at < ts.queued {
		ts.queued = at
		s.queue.push(event{at: at, kind: evTimer, a: uint32(n)})
	}
}

// timersDue fires a node's timers that are due, the earliest first. What is still due when as many have fired as there are
// timers waits for the next event of this moment, lest one that sets itself to now keeps all others waiting.
func (s *Sim) timersDue(n core.NodeID, queued core.Time) {
	ts := &s.nodes[n].timers
	if ts.queued != queued {
		return
	}
	ts.queued = s.now // Until the loop is over no deadline needs an event of its own.
	for range core.NumTimers {
		t, due := ts.first()
		if due > s.now {
			break
		}
		ts.due[t] = core.Never
		s.onTimer(n, t)
	}
	ts.queued = core.Never
	_, due := ts.first()
	s.wakeAt(n, ts, max(due, s.now))
}
