package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// deadline is a timer and when it is due, in one word that orders by time and then by timer: due<<3 | timer. What would be
// due in 36 years or later never is.
type deadline uint64

const (
	timerBits          = 3
	unset     deadline = 1<<64 - 1 // no timer has its number, and none is later
)

// It does not compile if there are too many timers for that.
const _ = uint(1<<timerBits - 1 - core.NumTimers)

func deadlineOf(t core.Timer, at core.Time) deadline {
	if at >= 1<<(63-timerBits) {
		return unset
	}
	return deadline(at)<<timerBits | deadline(t)
}

func (d deadline) timer() core.Timer { return core.Timer(d & (1<<timerBits - 1)) }

// due returns when, Never if it is unset.
func (d deadline) due() core.Time {
	if d == unset {
		return core.Never
	}
	return core.Time(d >> timerBits)
}

// Few nodes have more timers set at a time than nearTimers. The others stand in a row of farTimers.
const (
	nearTimers = 3
	farTimers  = core.NumTimers - nearTimers
)

// timers is a node's deadlines, in no order, which share one event in the queue, that of the first. A deadline that moves
// later leaves the event where it is, which sets itself again when it comes up too early; so the usual timeout that is
// pushed back with every sign of life costs a store and no event. One that moves before the event pushes another, and the
// old one is recognised by its time and ignored.
type timers struct {
	near   [nearTimers]deadline
	queued core.Time // when the event that counts comes up; Never: there is none
}

// far is the deadlines for which a node has had no place.
type far [farTimers]deadline

var allUnset = timers{near: [nearTimers]deadline{unset, unset, unset}, queued: core.Never}

// put sets a node's timer, unset included.
func (s *Sim) put(n *node, t core.Timer, d deadline) {
	var at *deadline // the place of the timer, else the last that is free
	for i := range n.timers.near {
		if p := &n.timers.near[i]; *p != unset && p.timer() == t {
			*p = d
			return
		} else if *p == unset {
			at = p
		}
	}
	if n.far != 0 {
		row := s.far.At(n.far)
		for i := range row {
			if p := &row[i]; *p != unset && p.timer() == t {
				*p = d
				return
			} else if *p == unset && at == nil {
				at = p
			}
		}
	}
	if d == unset {
		return
	}
	if at == nil {
		n.far = s.far.Alloc()
		row := s.far.At(n.far)
		for i := range row {
			row[i] = unset
		}
		at = &row[0]
	}
	*at = d
}

// first returns the earliest of a node's deadlines, and of equal ones that of the lowest timer.
func (s *Sim) first(n *node) deadline {
	first := min(n.timers.near[0], n.timers.near[1], n.timers.near[2])
	if n.far != 0 {
		for _, d := range s.far.At(n.far) {
			first = min(first, d)
		}
	}
	return first
}

// clearTimers clears all timers of a node.
func (s *Sim) clearTimers(n *node) {
	n.timers.near = allUnset.near
	if n.far != 0 {
		s.far.Release(n.far)
		n.far = 0
	}
}

func (s *Sim) setTimer(id core.NodeID, t core.Timer, at core.Time) {
	if t >= core.NumTimers {
		panic(fmt.Sprintf("netsim: timer %d: want below %d", t, core.NumTimers))
	}
	at = max(at, s.now)
	n := &s.nodes[id]
	d := deadlineOf(t, at)
	s.put(n, t, d)
	s.wakeAt(id, n, d.due()) // Not at: an event for what never is due would keep Run going for decades.
}

// wakeAt makes sure that a node's event comes up by then.
func (s *Sim) wakeAt(id core.NodeID, n *node, at core.Time) {
	if at < n.timers.queued {
		n.timers.queued = at
		s.queue.push(event{at: at, kind: evTimer, a: uint32(id)})
	}
}

// timersDue fires a node's timers that are due, the earliest first. What is still due when as many have fired as there are
// timers waits for the next event of this moment, lest one that sets itself to now keeps all others waiting.
func (s *Sim) timersDue(id core.NodeID, queued core.Time) {
	n := &s.nodes[id]
	if n.timers.queued != queued {
		return
	}
	n.timers.queued = s.now // Until the loop is over no deadline needs an event of its own.
	for range core.NumTimers {
		d := s.first(n)
		if d.due() > s.now {
			break
		}
		s.put(n, d.timer(), unset)
		s.onTimer(id, d.timer())
	}
	n.timers.queued = core.Never
	s.wakeAt(id, n, max(s.first(n).due(), s.now))
}
