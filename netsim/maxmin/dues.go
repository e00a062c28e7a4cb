package maxmin

import "peerstreamer/core"

// dues is the uplinks in the order of the next flow due on each: a 4-ary heap with the place of every link, so that a
// link has one entry however often its time changes. Times stand in the heap, so that comparing touches no other memory.
type dues struct {
	heap   []due
	places []uint32 // by link: in heap, from 1; 0: not in it
}

type due struct {
	at   core.Time
	link Link
}

// before orders by time, then by number, so that equal times have one order whatever happened before.
func (a due) before(b due) bool { return a.at < b.at || a.at == b.at && a.link < b.link }

// first returns the earliest time, Never if there is none.
func (d *dues) first() core.Time {
	if len(d.heap) == 0 {
		return core.Never
	}
	return d.heap[0].at
}

// top returns the link of the earliest time. There must be one.
func (d *dues) top() Link { return d.heap[0].link }

// at returns a link's time.
func (d *dues) at(l Link) core.Time {
	if int(l) >= len(d.places) || d.places[l] == 0 {
		return core.Never
	}
	return d.heap[d.places[l]-1].at
}

// set changes a link's time; Never takes it out. O(log links).
func (d *dues) set(l Link, at core.Time) {
	for int(l) >= len(d.places) {
		d.places = append(d.places, 0)
	}
	i := int(d.places[l]) - 1
	if at == core.Never {
		if i >= 0 {
			d.remove(l, i)
		}
		return
	}
	if i < 0 {
		d.heap = append(d.heap, due{})
		i = len(d.heap) - 1
	}
	d.settle(i, due{at, l})
}

func (d *dues) remove(l Link, i int) {
	last := len(d.heap) - 1
	moved := d.heap[last]
	d.heap = d.heap[:last]
	d.places[l] = 0
	if i < last {
		d.settle(i, moved)
	}
}

// settle puts e where it belongs, given that place i is free.
func (d *dues) settle(i int, e due) {
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

func (d *dues) put(i int, e due) {
	d.heap[i] = e
	d.places[e.link] = uint32(i + 1)
}
