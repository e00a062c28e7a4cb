package maxmin

import "peerstreamer/core"

// dues is the uplinks in the order of the next flow due on each: a 4-ary heap with the place of every link, so that a
// link has one entry however often its time changes.
type dues struct {
	heap  []Link
	links []due
}

type due struct {
	at    core.Time
	place uint32 // in heap, from 1; 0: not in it
}

// first returns the earliest time, Never if there is none.
func (d *dues) first() core.Time {
	if len(d.heap) == 0 {
		return core.Never
	}
	return d.links[d.heap[0]].at
}

// top returns the link of the earliest time. There must be one.
func (d *dues) top() Link { return d.heap[0] }

// at returns a link's time.
func (d *dues) at(l Link) core.Time {
	if int(l) >= len(d.links) || d.links[l].place == 0 {
		return core.Never
	}
	return d.links[l].at
}

// set changes a link's time; Never takes it out. O(log links).
func (d *dues) set(l Link, at core.Time) {
	for int(l) >= len(d.links) {
		d.links = append(d.links, due{})
	}
	i := int(d.links[l].place) - 1
	if at == core.Never {
		if i >= 0 {
			d.remove(l, i)
		}
		return
	}
	d.links[l].at = at
	if i < 0 {
		d.heap = append(d.heap, l)
		i = len(d.heap) - 1
	}
	if d.up(i) == i {
		d.down(i)
	}
}

func (d *dues) remove(l Link, i int) {
	last := len(d.heap) - 1
	moved := d.heap[last]
	d.heap = d.heap[:last]
	d.links[l].place = 0
	if i == last {
		return
	}
	d.heap[i] = moved
	if d.up(i) == i {
		d.down(i)
	}
}

// before orders by time, then by number, so that equal times have one order whatever happened before.
func (d *dues) before(a, b Link) bool {
	if ta, tb := d.links[a].at, d.links[b].at; ta != tb {
		return ta < tb
	}
	return a < b
}

func (d *dues) up(i int) int {
	l := d.heap[i]
	for i > 0 {
		parent := (i - 1) / 4
		if !d.before(l, d.heap[parent]) {
			break
		}
		d.put(i, d.heap[parent])
		i = parent
	}
	d.put(i, l)
	return i
}

func (d *dues) down(i int) {
	l := d.heap[i]
	for {
		least := 4*i + 1
		if least >= len(d.heap) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(d.heap)); c++ {
			if d.before(d.heap[c], d.heap[least]) {
				least = c
			}
		}
		if !d.before(d.heap[least], l) {
			break
		}
		d.put(i, d.heap[least])
		i = least
	}
	d.put(i, l)
}

func (d *dues) put(i int, l Link) {
	d.heap[i] = l
	d.links[l].place = uint32(i + 1)
}
