package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// timers is a node's deadlines. A deadline that moves later leaves its event in the queue, which sets itself again when
// it comes up too early; so the usual timeout that is pushed back with every sign of life costs a store and no event.
// One that moves earlier leaves an event behind that is recognised by its time and ignored.
type timers struct {
	due    [core.NumTimers]core.Time // Never: not set
	queued [core.NumTimers]core.Time // when the event that counts comes up; Never: there is none
}

func (t *timers) init() {
	t.clear()
	for i := range t.queued {
		t.queued[i] = core.Never
	}
}

func (t *timers) clear() {
	for i := range t.due {
		t.due[i] = core.Never
	}
}

func (s *Sim) setTimer(n core.NodeID, t core.Timer, at core.Time) {
	if t >= core.NumTimers {
		panic(fmt.Sprintf("netsim: timer %d: want below %d", t, core.NumTimers))
	}
	at = max(at, s.now)
	ts := &s.nodes[n].timers
	ts.due[t] = at
	if at < ts.queued[t] {
		ts.queued[t] = at
		s.queue.push(event{at: at, kind: evTimer, a: uint32(n), x: uint8(t)})
	}
}

func (s *Sim) timerDue(n core.NodeID, t core.Timer, queued core.Time) {
	ts := &s.nodes[n].timers
	if ts.queued[t] != queued {
		return
	}
	ts.queued[t] = core.Never
	switch due := ts.due[t]; {
	case due == core.Never:
	case due > s.now:
		ts.queued[t] = due
		s.queue.push(event{at: due, kind: evTimer, a: uint32(n), x: uint8(t)})
	default:
		ts.due[t] = core.Never
		s.onTimer(n, t)
	}
}
