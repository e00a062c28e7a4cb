package wheel

import (
	"fmt"
	"math/bits"
	"reflect"

	"peerstreamer/core"
)

const (
	levels = 8   // bytes of a time
	radix  = 256 // buckets of a level
)

// Queue is events to come, each with a payload that should hold no pointers. The zero Queue is empty and ready to use; it
// must not be copied. Its methods allocate only when more events are pending than ever before.
type Queue[T any] struct {
	pending int
	floor   core.Time // no push is before it: the last Pop's time, or base if that is later
	base    core.Time // decides where in the wheel an event lies; none there is earlier
	last    core.Time // events up to here are in the bottom, unless that is empty
	bottom  bottom[T]
	busy    uint8 // a bit for each level that holds events
	full    [levels]bitmap
	wheel   [levels][radix]bucket
	blocks  blocks[T]
	sorter  sorter
}

// Len returns how many events are pending. O(1).
func (q *Queue[T]) Len() int { return q.pending }

// Footprint returns the memory that the queue holds: a fixed part, and 8 bytes and a payload for each event at the time
// when most were pending, plus what partly filled blocks leave unused. O(1).
func (q *Queue[T]) Footprint() core.Bytes {
	fixed, page := reflect.TypeFor[Queue[T]]().Size(), reflect.TypeFor[[pageLen]block[T]]().Size()
	return core.Bytes(fixed) + core.Bytes(page)*core.Bytes(len(q.blocks.pages))
}

// Push adds an event behind all that are pending at its time. It panics if at is core.Never, before the last Pop's time,
// or before what Next has made the past. O(1); a push into the few times that are sorted already moves some of those.
func (q *Queue[T]) Push(at core.Time, payload T) {
	if at < q.floor || at == core.Never {
		panic(fmt.Sprintf("wheel: push at %d ns, want %d or later and not never", at, q.floor))
	}
	q.pending++
	if at <= q.last && !q.bottom.empty() {
		if q.bottom.insert(at, payload) {
			return
		}
		q.spill()
	}
	q.put(at, payload)
}

// Next returns the time of the first event if that is not after limit, else core.Never. It may prepare what lies up to
// limit, so a later Push must not be before the first event's time or limit, whichever comes first; a queue that is
// empty forbids nothing. Amortised O(1) for each byte in which the pending times differ.
func (q *Queue[T]) Next(limit core.Time) core.Time {
	if q.bottom.empty() && !q.refill(limit) {
		return core.Never
	}
	if at := q.bottom.items[q.bottom.head].At; at <= limit {
		return at
	}
	return core.Never
}

// Pop removes the first event and returns it. It panics if there is none. It costs what Next does.
func (q *Queue[T]) Pop() (core.Time, T) {
	if q.bottom.empty() && !q.refill(core.Never) {
		panic("wheel: pop from an empty queue")
	}
	q.pending--
	e := q.bottom.pop()
	q.floor = e.At
	return e.At, e.Payload
}

// put adds an event to the wheel.
func (q *Queue[T]) put(at core.Time, payload T) {
	level := uint(bits.Len64(uint64(at^q.base)|1)-1) / 8 % levels
	i := uint8(at >> (8 * level))
	b := &q.wheel[level][i]
	slot := b.n % blockLen
	if slot == 0 {
		q.blocks.extend(b)
		q.busy |= 1 << level
		q.full[level].set(i)
	}
	q.blocks.at(b.tail).events[slot] = Event[T]{at, payload}
	b.n++
}

// refill moves the first events of the wheel to the bottom, which is empty, and reports whether there are any in a
// bucket that begins at limit or before.
func (q *Queue[T]) refill(limit core.Time) bool {
	for q.busy != 0 {
		level := uint(bits.TrailingZeros8(q.busy)) % levels
		i := q.full[level].first()
		start := q.base&^(1<<(8*level+8)-1) | core.Time(i)<<(8*level)
		if start > limit {
			return false
		}
		q.base = start
		q.floor = max(q.floor, start)
		b := &q.wheel[level][i]
		if level == 0 {
			q.takeMoment(b, i)
			return true
		}
		if b.n <= sortMax {
			q.takeSpan(level, i)
			return true
		}
		q.deal(level, i)
	}
	return false
}

// takeMoment moves the first events of a bucket of level 0, which are of one time and in order, to the bottom. What is
// pushed at their time while they are handled joins the rest in the bucket.
func (q *Queue[T]) takeMoment(b *bucket, i uint8) {
	first := q.blocks.at(b.head)
	n := min(b.n, blockLen)
	q.bottom.fill(first.events[:n])
	q.last = q.base - 1
	b.n -= n
	b.head = q.blocks.free(b.head)
	if b.n == 0 {
		q.clear(0, i)
	}
}

// takeSpan moves a bucket of few events to the bottom, and sorts it.
func (q *Queue[T]) takeSpan(level uint, i uint8) {
	b := &q.wheel[level][i]
	q.sort(b)
	q.last = q.bottom.items[q.bottom.tail-1].At
	for n := b.n; ; n -= blockLen {
		b.head = q.blocks.free(b.head)
		if n <= blockLen {
			break
		}
	}
	b.n = 0
	q.clear(level, i)
}

// deal moves the events of a bucket to the levels below it, of which base is now the beginning.
func (q *Queue[T]) deal(level uint, i uint8) {
	b := &q.wheel[level][i]
	for b.n > 0 {
		n := min(b.n, blockLen)
		events := &q.blocks.at(b.head).events
		for k := range n {
			e := &events[k%blockLen]
			q.put(e.At, e.Payload)
		}
		b.head = q.blocks.free(b.head)
		b.n -= n
	}
	q.clear(level, i)
}

// clear notes that a bucket has become empty.
func (q *Queue[T]) clear(level uint, i uint8) {
	q.full[level].clear(i)
	if q.full[level].empty() {
		q.busy &^= 1 << level
	}
}

// spill moves the bottom back into the wheel. Events of one time are all in the bottom or all in the wheel, or the wheel
// has the later ones and nothing can be inserted, so their order is kept.
func (q *Queue[T]) spill() {
	for !q.bottom.empty() {
		e := q.bottom.pop()
		q.put(e.At, e.Payload)
	}
}

// Sorted returns the first events, at most n of them and as far as they are sorted already. It is good until the queue
// changes, and is not to be written to. O(1).
func (q *Queue[T]) Sorted(n int) []Event[T] {
	b := &q.bottom
	return b.items[b.head:min(b.tail, b.head+n)]
}

// CopyTo makes the zero Queue c an independent copy of q. It costs what the pending events take.
func (q *Queue[T]) CopyTo(c *Queue[T]) {
	*c = *q
	c.blocks = q.blocks.clone()
}
