package netsim

import (
	"peerstreamer/core"
	"peerstreamer/core/prefetch"
	"peerstreamer/netsim/maxmin"
)

// In a large simulation the next event is of a node that nothing has looked at for a long time: each record it needs is a
// wait for memory, one after another, and those waits are most of a run's time. But the events that come next are known.
// So the records of each are asked for some events before it, in steps: the rows that it names, then those that these
// name, and so on, each step when the one before has come. It changes nothing but the time that a run takes.

// warmAhead is how many events before it each step of an event is taken: 0 and 1 are netsim's own, then come the Machine's,
// of which the last is taken twice, the second time to look at what hangs on the connections that it names. The distances
// are a memory access apart at a microsecond an event; bench/classic shows what others do.
var warmAhead = [...]int{28, 22, 17, 12, 8, 4}

// warmNodes is up to how many nodes it is not worth the while: their records stay in the processor's caches.
const warmNodes = 400

// warmth is what a Sim remembers of it.
type warmth struct {
	warmer  core.Warmer         // the machine, if it likes to be warned
	done    [len(warmAhead)]int // how many of the next events have taken each step
	callees [32]core.Callee     // of the next events, in a ring; one too many or too few only costs time
	popped  uint                // modulo a power of two
	use     []core.Conn         // scratch
	senders []core.Callee       // scratch of warmFlows
}

// warm lets the events to come take their steps. It is to be called before each pop.
func (s *Sim) warm() {
	w := &s.warmth
	next := s.queue.wheel.Sorted(warmAhead[0])
	for step := range warmAhead {
		upto := min(warmAhead[step], len(next))
		for i := w.done[step]; i < upto; i++ {
			c := &w.callees[(w.popped+uint(i))%uint(len(w.callees))]
			switch step {
			case 0:
				s.warmNamed(next[i].Payload.event())
			case 1:
				*c = s.callee(next[i].Payload.event())
			default:
				s.warmCallee(c, step)
			}
		}
		w.done[step] = max(w.done[step], upto, 1) - 1
	}
	w.popped++
}

// warmNamed asks for the rows that an event names.
func (s *Sim) warmNamed(e event) {
	switch e.kind {
	case evLetter:
		prefetch.Row(s.ends.At(e.a))
		prefetch.Row(s.letters.At(e.c))
	case evDialled, evAccepted, evRefused, evRefusal, evClosed:
		prefetch.Row(s.ends.At(e.a))
	case evBegin, evPieces, evDone, evCut, evUnwanted:
		prefetch.Row(s.flows.At(e.a))
	case evTimer, evView:
		prefetch.Row(&s.nodes[e.a])
	}
}

// callee returns whose callback an event will be, nobody's if it is not a frequent one, and asks for its first rows.
func (s *Sim) callee(e event) core.Callee {
	c := core.Callee{Timer: core.NumTimers}
	switch e.kind {
	case evLetter:
		if b := s.letters.At(e.c).body; b != 0 && b != hashed {
			prefetch.Row(s.bodies.At(b))
		}
		fallthrough
	case evDialled, evAccepted, evRefused, evRefusal, evClosed:
		c.Node, c.Conn = s.ends.At(e.a).node, core.Conn(e.a)
	case evBegin, evPieces, evDone, evCut:
		f := s.flows.At(e.a)
		c.Node, c.Conn = f.to, core.Conn(f.in)
		prefetch.Row(s.ends.At(f.in))
		if f.watch != 0 {
			prefetch.Row(s.watches.At(f.watch))
		}
	case evUnwanted:
		f := s.flows.At(e.a)
		c.Node, c.Conn = f.from, core.Conn(f.out)
	case evTimer:
		c.Node = core.NodeID(e.a)
		if d := s.first(&s.nodes[e.a]); d != unset {
			c.Timer = d.timer()
		}
	case evView:
		c.Node = core.NodeID(e.a)
	}
	if c.Timer == core.NumTimers && c.Node != 0 {
		prefetch.Row(&s.nodes[c.Node])
	}
	if s.warmth.warmer != nil {
		s.warmth.use = s.warmth.warmer.Warm(c, 0, s.warmth.use[:0])
	}
	return c
}

// warmCallee is a step of an event whose callee is known.
func (s *Sim) warmCallee(c *core.Callee, step int) {
	w := &s.warmth
	if w.warmer == nil || c.Node == 0 {
		return
	}
	if step <= core.WarmSteps-1 {
		w.use = w.warmer.Warm(*c, step-1, w.use[:0])
		return
	}
	w.use = w.warmer.Warm(*c, core.WarmSteps-1, w.use[:0])
	for _, u := range w.use {
		switch {
		case !s.ends.Has(uint32(u)):
		case step == core.WarmSteps:
			prefetch.Row(s.ends.At(uint32(u)))
		default:
			if h := s.ends.At(uint32(u)).watches; h != 0 {
				prefetch.Row(s.watches.At(h))
			}
		}
	}
}

// warmFlows asks for what the senders of flows that are soon over will need then: all steps at once, each for all of them.
func (s *Sim) warmFlows(soon []maxmin.Flow) {
	if len(s.nodes) <= warmNodes {
		return
	}
	for _, f := range soon {
		prefetch.Row(s.flows.At(uint32(f)))
	}
	w := &s.warmth
	w.senders = w.senders[:0]
	for _, i := range soon {
		f := s.flows.At(uint32(i))
		if i == 0 || f.sent {
			continue
		}
		w.senders = append(w.senders, core.Callee{Node: f.from, Conn: core.Conn(f.out), Timer: core.NumTimers})
		prefetch.Row(s.ends.At(f.out))
		prefetch.Row(&s.nodes[f.from])
		if f.watch != 0 {
			prefetch.Row(s.watches.At(f.watch))
		}
	}
	if w.warmer == nil {
		return
	}
	for step := range core.WarmSteps {
		for _, c := range w.senders {
			w.use = w.warmer.Warm(c, step, w.use[:0])
			for _, u := range w.use {
				if s.ends.Has(uint32(u)) {
					prefetch.Row(s.ends.At(uint32(u)))
				}
			}
		}
	}
}
