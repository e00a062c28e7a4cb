package netsim

import (
	"peerstreamer/core"
	"peerstreamer/netsim/wheel"
)

// event is something that will happen, without pointers. What a, b, c, x and y mean is the kind's business.
type event struct {
	at      core.Time
	a, b, c uint32
	y       uint16
	x       uint8
	kind    eventKind
}

// queue is the events to come, in the order (time, insertion), 24 bytes each.
type queue struct {
	wheel wheel.Queue[packed]
}

// packed is an event but for its time. Two words travel in registers, where a struct of six fields would go through
// memory at every call.
type packed struct{ ab, rest uint64 }

func (q *queue) len() int { return q.wheel.Len() }

// next returns the time of the first event if that is not after limit, else Never. From then on nothing may be pushed
// before that event's time or limit, whichever comes first.
func (q *queue) next(limit core.Time) core.Time { return q.wheel.Next(limit) }

// push adds e, behind all events of its time. What is to happen at Never is forgotten.
func (q *queue) push(e event) {
	if e.at == core.Never {
		return
	}
	q.wheel.Push(e.at, packed{
		ab:   uint64(e.a) | uint64(e.b)<<32,
		rest: uint64(e.c) | uint64(e.y)<<32 | uint64(e.x)<<48 | uint64(e.kind)<<56,
	})
}

// pop removes and returns the first event. There must be one.
func (q *queue) pop() event {
	at, p := q.wheel.Pop()
	e := p.event()
	e.at = at
	return e
}

// event unpacks all but the time.
func (p packed) event() event {
	return event{
		a: uint32(p.ab), b: uint32(p.ab >> 32), c: uint32(p.rest),
		y: uint16(p.rest >> 32), x: uint8(p.rest >> 48), kind: eventKind(p.rest >> 56),
	}
}
