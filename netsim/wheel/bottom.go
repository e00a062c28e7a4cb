package wheel

import "peerstreamer/core"

// bottomLen is the room for sorted events: what is sorted at a time, and as much for what is pushed among it.
const bottomLen = 2 * sortMax

// bottom is the first events in the order in which they will be popped: items[head:tail], with room on both sides.
type bottom[T any] struct {
	head, tail int
	items      [bottomLen]Event[T]
}

func (b *bottom[T]) empty() bool { return b.head == b.tail }

// pop removes and returns the first event. There must be one.
func (b *bottom[T]) pop() Event[T] {
	e := b.items[b.head]
	b.head++
	return e
}

// room makes the empty bottom hold n events, at most sortMax, and returns the place for them.
func (b *bottom[T]) room(n int) []Event[T] {
	b.head = (bottomLen - n) / 2
	b.tail = b.head + n
	return b.items[b.head:b.tail]
}

// fill puts sorted events into the empty bottom.
func (b *bottom[T]) fill(events []Event[T]) { copy(b.room(len(events)), events) }

// insert adds an event behind all that are not later, by moving the events on the shorter side of it where that side has
// room. It reports false if there is no room at all.
func (b *bottom[T]) insert(at core.Time, payload T) bool {
	lo, hi := b.head, b.tail // the place is among them
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if b.items[mid].At <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	switch {
	case b.head > 0 && (lo-b.head <= b.tail-lo || b.tail == bottomLen):
		copy(b.items[b.head-1:], b.items[b.head:lo])
		b.head--
		lo--
	case b.tail < bottomLen:
		copy(b.items[lo+1:], b.items[lo:b.tail])
		b.tail++
	default:
		return false
	}
	b.items[lo] = Event[T]{at, payload}
	return true
}
