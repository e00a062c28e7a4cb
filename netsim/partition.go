package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// cut is a partition: for some time nothing gets from one of its sides to the other.
type cut struct {
	a, b   []core.NodeID // the sides; b is nil: everybody else
	from   core.Time
	healed core.Time // Never: not yet
	over   core.Time // when nothing that left before it healed is under way any more; Never: not healed
	sides  []uint8   // by node: sideA, sideB or 0 for neither; nil unless the cut is one of parts.cuts
	others uint8     // the side of nodes beyond sides
}

const sideA, sideB = 1, 2

// parts is what a Sim knows of its partitions.
type parts struct {
	all         []cut     // by number, those over and those to come included
	cuts        []uint32  // those that last, or of which something is still under way
	first, last uint32    // list of the events that they hold up
	slowest     core.Time // the longest latency of any connection
}

// What an event's mark says of its arrival: by default, that it left one latency ago.
const (
	markFreed   = 1 + iota // it was held up by a partition, which healed one latency ago
	markArrived            // it has arrived, and waited for a hung node
)

// Partition separates nodes a from nodes b, or from everybody else if b is nil, for the time at..until; Never: for ever.
// Nothing arrives on the other side meanwhile: flows between the sides stand still, and messages, dials and all else wait,
// in order. What was sent then, or was under way when the cut came, arrives one latency after the cut has healed. No
// connection breaks by itself, however long that takes, so nodes notice by their own timers alone. Several cuts may last
// at a time; who is on both sides of one is a panic. Without a partition that lasts, or has healed less than a latency
// ago, it costs nothing, else a step for each cut at each arrival and 1 B for each node.
func (s *Sim) Partition(at, until core.Time, a, b []core.NodeID) {
	if until < at {
		panic(fmt.Sprintf("netsim: a partition from %d until %d ns: want it to last", at, until))
	}
	for _, side := range [][]core.NodeID{a, b} {
		for _, n := range side {
			if n == 0 || int(n) >= len(s.nodes) {
				panic(fmt.Sprintf("netsim: there is no node %d to cut off", n))
			}
		}
	}
	i := uint32(len(s.parts.all))
	s.parts.all = append(s.parts.all, cut{a: a, b: b, healed: core.Never, over: core.Never})
	s.schedule(at, event{kind: evSplit, a: i})
	s.schedule(until, event{kind: evHeal, a: i})
}

// cut begins partition i.
func (s *Sim) cut(i uint32) {
	c := &s.parts.all[i]
	c.from, c.sides = s.now, make([]uint8, len(s.nodes))
	if c.b == nil {
		c.others = sideB
		for n := range c.sides {
			c.sides[n] = sideB
		}
	}
	for _, n := range c.a {
		c.sides[n] = sideA
	}
	for _, n := range c.b {
		if c.sides[n] == sideA {
			panic(fmt.Sprintf("netsim: node %d (%s) is on both sides of a partition", n, s.name(n)))
		}
		c.sides[n] = sideB
	}
	s.parts.cuts = append(s.parts.cuts, i)
	s.arrangeSide(c)
}

// arrangeSide starts or stops the flows between a cut's sides, seen from the one that is listed and shorter.
func (s *Sim) arrangeSide(c *cut) {
	side := c.a
	if c.b != nil && len(c.b) < len(side) {
		side = c.b
	}
	for _, n := range side {
		s.arrangeNode(n)
	}
}

// heal ends partition i. What it held up is sent on its way again, but for what another one still holds.
func (s *Sim) heal(i uint32) {
	c := &s.parts.all[i]
	c.healed = s.now
	s.arrangeSide(c)
	first := s.parts.first
	s.parts.first, s.parts.last = 0, 0
	for j := first; j != 0; {
		e := s.parked.At(j).event
		next := s.parked.At(j).next
		s.parked.Release(j)
		if from, to, latency, alive := s.journey(e); !alive {
			s.dispatch(e) // It only gives back what it holds.
		} else if s.apart(from, to) {
			s.hold(e)
		} else {
			e.setMark(markFreed)
			s.after(latency, e)
		}
		j = next
	}
	// Until the last message that left before this moment has come, arrivals must be looked at; see stops.
	c.over = s.now.After(s.parts.slowest).After(1)
	s.queue.push(event{at: c.over, kind: evHealed})
}

// cutOver forgets the cuts if none lasts or matters any more.
func (s *Sim) cutOver() {
	for _, i := range s.parts.cuts {
		if s.parts.all[i].over > s.now {
			return
		}
	}
	for _, i := range s.parts.cuts {
		s.parts.all[i] = cut{}
	}
	s.parts.cuts = s.parts.cuts[:0]
}

// separates reports whether two nodes are on different sides.
func (c *cut) separates(x, y core.NodeID) bool { return c.side(x)*c.side(y) == sideA*sideB }

func (c *cut) side(n core.NodeID) uint8 {
	if int(n) < len(c.sides) {
		return c.sides[n]
	}
	return c.others
}

// apart reports whether a partition separates two nodes now.
func (s *Sim) apart(x, y core.NodeID) bool {
	for _, i := range s.parts.cuts {
		if c := &s.parts.all[i]; c.healed == core.Never && c.separates(x, y) {
			return true
		}
	}
	return false
}

// journey returns between whom an event travels that arrives at an end or a flow, and how long it takes. It is not alive
// if what it is for is gone.
func (s *Sim) journey(e event) (from, to core.NodeID, latency core.Time, alive bool) {
	if e.kind >= evBegin {
		f := s.flows.At(e.a)
		if e.kind == evUnwanted {
			return f.to, f.from, s.Latency(f.to, f.from), f.gen == e.b
		}
		return f.from, f.to, f.lat, f.gen == e.b
	}
	end := s.ends.At(e.a)
	if end.peer == 0 {
		return end.node, end.node, 0, end.gen == e.b // From nobody.
	}
	return end.to, end.node, s.Latency(end.to, end.node), end.gen == e.b
}

// mark returns what an arriving event says of its way, in a field that no kind of its sort uses for anything else.
func (e *event) mark() uint16 {
	if e.kind >= evBegin {
		return uint16(e.c)
	}
	return e.y
}

func (e *event) setMark(m uint16) {
	if e.kind >= evBegin {
		e.c = uint32(m)
	} else {
		e.y = m
	}
}

// stops reports whether a partition keeps an event from arriving now, and if so takes care of it.
//
// What left before a cut healed must not overtake what the cut held up, which comes one latency after it healed. So it
// comes then as well, behind that; and so does what left at the very moment, since it may be ahead in the queue of what
// left before. Where several cuts have healed lately, one after the other takes its turn, or two messages that meet at one
// of them could change places. Arrivals between two nodes thus keep their order: each is at the earliest time, not before
// its own, that no cut forbids.
func (s *Sim) stops(e event) bool {
	from, to, latency, alive := s.journey(e)
	if !alive || e.mark() == markArrived {
		return false
	}
	left, healed, apart := s.now-latency, core.Never, false
	for _, i := range s.parts.cuts {
		switch c := &s.parts.all[i]; {
		case !c.separates(from, to):
		case c.healed == core.Never:
			apart = true
		case c.healed > left || c.healed == left && e.mark() != markFreed:
			healed = min(healed, c.healed)
		}
	}
	switch {
	case healed != core.Never:
		e.setMark(markFreed)
		e.at = healed.After(latency)
		s.queue.push(e)
	case apart:
		s.hold(e)
	default:
		return false
	}
	return true
}

// hold keeps an event until a cut heals.
func (s *Sim) hold(e event) {
	i := s.parked.Alloc()
	*s.parked.At(i) = parked{event: e}
	if s.parts.first == 0 {
		s.parts.first = i
	} else {
		s.parked.At(s.parts.last).next = i
	}
	s.parts.last = i
}

// seen returns the time up to which a flow's receiver knows what has left: one latency ago, or while a partition keeps
// that from arriving, one latency before it came.
func (s *Sim) seen(f *flow) core.Time {
	at := s.now
	for again := len(s.parts.cuts) > 0; again; {
		again = false
		for _, i := range s.parts.cuts {
			c := &s.parts.all[i]
			if c.from < at && at < c.healed.After(f.lat) && c.separates(f.from, f.to) {
				at, again = c.from, true
			}
		}
	}
	return at - f.lat
}
