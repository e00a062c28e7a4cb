package maxmin

import "peerstreamer/core/prefetch"

// In a large network each link that is due, its members and the flow that ends were last looked at long ago: three waits
// for memory, one after another, and most of the time that a completion takes. But who is due next is known, more or less:
// it stands in the first rows of the heap. So now and then the records of the next few are asked for in advance, all at
// once. It changes nothing but the time that a run takes.

const (
	warmRows  = 1 + 4 + 16 // of the heap, among which are nearly all of the next warmEvery
	warmEvery = 8          // completions
	warmLinks = 1 << 11    // a network of fewer is in a near cache anyway
)

// warmth is what a Fluid remembers of it.
type warmth struct {
	calls  uint32
	unread bool
	soon   [warmEvery]Flow
}

// Soon returns which flows Pop will probably return next, as far as it has an opinion that it did not give before; a flow
// may be 0.
func (fl *Fluid) Soon() []Flow {
	w := &fl.warmth
	if !w.unread {
		return nil
	}
	w.unread = false
	return w.soon[:]
}

// warm asks for the records of the next completions.
func (fl *Fluid) warm() {
	w := &fl.warmth
	if w.calls++; w.calls%warmEvery != 0 || fl.links.Len() < warmLinks {
		return
	}
	next := fl.dues.next()
	for _, l := range next {
		prefetch.Row(fl.link(l))
	}
	for _, l := range next {
		if lk := fl.link(l); !lk.hub && lk.class > 0 && lk.homed > 0 {
			prefetch.Row(&fl.members.slab[lk.place])
			prefetch.Row(&fl.members.slab[lk.place+uint32(lk.homed)-1])
		}
	}
	for i, l := range next {
		lk, least, first := fl.link(l), ^Work(0), Flow(0)
		if !lk.hub {
			for _, m := range fl.of(lk)[:lk.homed] {
				if left := m.finish - lk.served; left < least {
					least, first = left, m.flow
				}
			}
		}
		w.soon[i] = first
		prefetch.Row(fl.flow(first))
	}
	for _, f := range w.soon {
		for _, l := range fl.flow(f).path[:2] {
			prefetch.Row(fl.link(l))
			prefetch.Row(fl.water.At(uint32(l)))
		}
	}
	w.unread = true
}

// next returns about who is due next but for the top, in order; the rest is 0.
func (d *dues[K]) next() (who [warmEvery]K) {
	var at [warmEvery]due[K]
	n := 0
	for _, e := range d.heap[1:min(warmRows, len(d.heap))] {
		i := n
		if n < warmEvery {
			n++
		} else if i--; !e.before(at[i]) {
			continue
		}
		for ; i > 0 && e.before(at[i-1]); i-- {
			at[i] = at[i-1]
		}
		at[i] = e
	}
	for i := range n {
		who[i] = at[i].who
	}
	return who
}
