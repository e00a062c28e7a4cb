package maxmin

import (
	"peerstreamer/core"
	"peerstreamer/core/slab"
)

// dues is clocks or flows in the order of their due times: a 4-ary heap with the place of every one, so that each has one
// entry however often its time changes. Times stand in the heap, so that comparing touches no other memory.
type dues[K ~uint32] struct {
	heap   []due[K]
	places slab.Slab[uint32] // by number: in heap, from 1; 0: not in it
	held   bool              // the top is to get another time, and does not count
}

type due[K ~uint32] struct {
	at    core.Time
	who   K
	order uint32 // of equal times, the same whatever who's number happens to be
}

// before orders by time, then by order, so that equal times have one order whatever happened before.
func (a due[K]) before(b due[K]) bool { return a.at < b.at || a.at == b.at && a.order < b.order }

// first returns the earliest time but that of a top that is held, Never if there is none.
func (d *dues[K]) first() core.Time {
	first := core.Never
	switch {
	case d.held:
		for i := 1; i < min(5, len(d.heap)); i++ {
			first = min(first, d.heap[i].at)
		}
	case len(d.heap) > 0:
		first = d.heap[0].at
	}
	return first
}

// hold says that set will soon be called for the top, and that its present time does not count until then. Who is due gets
// its next time only when all else that happens at this moment is known; to move it once is enough.
func (d *dues[K]) hold() { d.held = true }

// top returns whose time is the earliest, or who is held. There must be one.
func (d *dues[K]) top() K { return d.heap[0].who }

// set changes a time; Never takes it out. O(log of how many there are).
func (d *dues[K]) set(who K, order uint32, at core.Time) {
	i := int(*d.places.Reach(uint32(who))) - 1
	if i == 0 {
		d.held = false
	}
	if at == core.Never {
		if i >= 0 {
			d.remove(who, i)
		}
		return
	}
	if i < 0 {
		d.heap = append(d.heap, due[K]{})
		i = len(d.heap) - 1
	}
	d.settle(i, due[K]{at, who, order})
}

func (d *dues[K]) remove(who K, i int) {
	last := len(d.heap) - 1
	moved := d.heap[last]
	d.heap = d.heap[:last]
	*d.places.At(uint32(who)) = 0
	if i < last {
		d.settle(i, moved)
	}
}

// settle puts e where it belongs, given that place i is free.
func (d *dues[K]) settle(i int, e due[K]) {
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(d.heap[parent]) {
			break
		}
		d.put(i, d.heap[parent])
		i = parent
	}
	for {
		least := 4*i + 1
		if least >= len(d.heap) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(d.heap)); c++ {
			if d.heap[c].before(d.heap[least]) {
				least = c
			}
		}
		if !d.heap[least].before(e) {
			break
		}
		d.put(i, d.heap[least])
		i = least
	}
	d.put(i, e)
}

func (d *dues[K]) put(i int, e due[K]) {
	d.heap[i] = e
	*d.places.At(uint32(e.who)) = uint32(i + 1)
}
