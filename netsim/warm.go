package netsim

import "peerstreamer/core"

// At a million nodes the next event is of a node that nothing has looked at for a long time: each record it needs is a
// wait for memory, one after another, and those waits are most of a run's time. But the events that come next are known,
// so a few of them at a time have their records read in advance, all together, and then wait together. It changes
// nothing but the time that a run takes.

// warmBatch is how many events are warmed at a time: as many loads as a core has under way at once.
const warmBatch = 16

// warmNodes is up to how many nodes it is not worth the while: their records stay in the processor's caches.
const warmNodes = 4000

// warmth is what a Sim remembers of it.
type warmth struct {
	left   int // warmed events that were not popped yet
	warmer core.Warmer
	ahead  [warmBatch]packed
	next   [warmBatch]core.Callee
	sum    uint64 // of what was read, so that it is read
}

// warm reads the records that the next events will need.
func (s *Sim) warm() {
	w := &s.warmth
	w.left = s.queue.wheel.Ahead(w.ahead[:])
	sum := uint64(0)
	for i, p := range w.ahead[:w.left] {
		e := p.event()
		c := core.Callee{}
		switch e.kind {
		case evLetter:
			end, l := s.ends.At(e.a), s.letters.At(e.c)
			sum += uint64(l.size) + uint64(l.kind)
			c = core.Callee{Node: end.node, Conn: core.Conn(e.a)}
		case evDialled, evAccepted, evRefused, evRefusal, evClosed:
			c = core.Callee{Node: s.ends.At(e.a).node, Conn: core.Conn(e.a)}
		case evBegin, evPieces, evDone, evCut:
			f := s.flows.At(e.a)
			c = core.Callee{Node: f.to, Conn: core.Conn(f.in)}
			sum += uint64(f.lat)
		case evUnwanted:
			f := s.flows.At(e.a)
			c = core.Callee{Node: f.from, Conn: core.Conn(f.out)}
		case evTimer, evView:
			c.Node = core.NodeID(e.a)
		}
		w.next[i] = c
	}
	for _, c := range w.next[:w.left] {
		n := &s.nodes[c.Node]
		sum += uint64(n.ends) + uint64(n.timers.queued) + uint64(n.kept)
		if c.Conn != 0 {
			sum += uint64(s.ends.At(uint32(c.Conn)).node)
		}
	}
	w.sum += sum
	if w.warmer != nil {
		w.warmer.Warm(w.next[:w.left])
	}
}
