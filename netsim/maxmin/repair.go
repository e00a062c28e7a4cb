package maxmin

// Repair makes all rates max-min fair again and returns the flows whose rate is another than before, valid until the
// next call. It costs the degrees of the links it solves: those of the flows that joined or left, and those that a
// changed level reaches from there.
//
// It ends, and always at the same rates: links are solved first in, first out, and no solved link is below the lowest
// capacity per flow. So after one round the links where that minimum lies have their final level and their flows their
// final rates, which are less than what any other link gives. What remains is a smaller network of the same kind.
func (n *Net) Repair() []Flow {
	for i := 0; i < len(n.work); i++ {
		n.settle(n.work[i])
	}
	n.work = n.work[:0]

	n.changed = n.changed[:0]
	for _, f := range n.fresh {
		n.rerate(f)
	}
	n.fresh = n.fresh[:0]
	for _, l := range n.touched {
		n.links[l].touched = false
		for h := n.links[l].first; h != 0; h = n.after(l, h) {
			n.rerate(h.flow())
		}
	}
	n.touched = n.touched[:0]
	return n.changed
}

// settle solves one link and, if its level has changed, queues the neighbours whose level may depend on it.
func (n *Net) settle(l Link) {
	lk := &n.links[l]
	lk.queued = false
	from, to := lk.level, n.solve(l)
	if from == to {
		return
	}
	lk.level = to
	if !lk.touched {
		lk.touched = true
		n.touched = append(n.touched, l)
	}
	low := min(from, to)
	for h := lk.first; h != 0; h = n.after(l, h) {
		fl := &n.flows[h.flow()]
		if n.cap(h.flow()) <= low {
			continue
		}
		for _, o := range fl.path {
			// A neighbour not above either level holds this flow back, before and after: nothing changes for it.
			if o != 0 && o != l && n.links[o].level > low {
				n.enqueue(o)
			}
		}
	}
}

// solve returns the level of a link, given those of all others.
func (n *Net) solve(l Link) Share {
	lk := &n.links[l]
	if lk.capacity >= Infinite {
		return Infinite
	}
	n.solves++
	n.wants = n.wants[:0]
	for h := lk.first; h != 0; h = n.after(l, h) {
		fl := &n.flows[h.flow()]
		want := n.cap(h.flow())
		for _, o := range fl.path {
			if o != 0 && o != l {
				want = min(want, n.links[o].level)
			}
		}
		n.wants = append(n.wants, want)
	}
	return level(lk.capacity, n.wants)
}

// level returns what a link of this capacity gives to each of its flows that could use it, when the others take less:
// the least L that is (capacity - what flows that want less than L take) / (number of the others), rounded down. It is
// Infinite if all want less than their part. It overwrites wants. Two or three rounds are the rule, len(wants) the
// limit.
//
// A flow that wants exactly L counts among the others. Were it to count among those that want less, what rounding left
// over would go to its neighbours, and which of two links that tie comes first would matter.
func level(capacity Share, wants []Share) Share {
	for len(wants) > 0 {
		l := capacity / Share(len(wants))
		rest := wants[:0]
		for _, w := range wants {
			if w < l {
				capacity -= w
			} else {
				rest = append(rest, w)
			}
		}
		if len(rest) == len(wants) {
			return l
		}
		wants = rest
	}
	return Infinite
}

func (n *Net) rerate(f Flow) {
	fl := &n.flows[f]
	if fl.path[0] == 0 {
		return // It has left again.
	}
	rate := min(n.cap(f), Infinite)
	for _, l := range fl.path {
		rate = min(rate, n.links[l].level)
	}
	if rate != fl.rate {
		fl.rate = rate
		n.changed = append(n.changed, f)
	}
}
