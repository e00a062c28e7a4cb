package maxmin

// Repair makes all rates max-min fair again. It solves the links of the flows that joined or left, and those that a
// changed level reaches from there. Solving a link costs its degree or, if it is a hub, O(log degree) and the flows whose
// rate another link sets and that share in the change.
//
// It ends, and always at the same rates: links are solved first in, first out, and no solved link is below the lowest
// capacity per flow. So after one round the links where that minimum lies have their final level and their flows their
// final rates, which are less than what any other link gives. What remains is a smaller network of the same kind.
func (n *Net) Repair() {
	for _, c := range n.touched {
		n.link(c.link).touched = false
	}
	n.touched, n.swayed = n.touched[:0], n.swayed[:0]
	n.applyCaps()
	for i := 0; i < len(n.work); i++ {
		n.settle(n.work[i])
	}
	n.work = n.work[:0]
	n.fresh = n.fresh[:0]
}

// settle solves one link and, if its level has changed, queues the neighbours whose water may depend on it.
func (n *Net) settle(l active) {
	lk := n.link(l)
	lk.queued = false
	from, to := *n.water.At(uint32(l)), n.solve(l)
	if from == to {
		return
	}
	*n.water.At(uint32(l)), n.hints[l] = to, to.hint()
	if lk.bridge {
		n.tellHubs(l)
	}
	was, is := from.level(), to.level()
	if was == is {
		return
	}
	if !lk.touched {
		lk.touched = true
		n.touched = append(n.touched, change{l, was})
	}
	if n.epsilon != 0 && !n.matters(l, &was, is) {
		return
	}
	low, high := min(was, is), max(was, is)
	if lk.hub {
		n.pushHub(l, low, high)
		return
	}
	for _, m := range n.of(lk) {
		if m.other == far {
			n.push(l, m.flow, low, high)
		} else if n.concerns(m.other, low, high) {
			n.enqueue(m.other)
		}
	}
}

// push queues those links of f's path but l that a change of l's level concerns.
func (n *Net) push(l active, f Flow, low, high Share) {
	if n.cap(f) <= low {
		return
	}
	for _, o := range n.flow(f).path {
		if o != l && n.concerns(o, low, high) {
			n.enqueue(o)
		}
	}
}

// solve returns the water of a link, given those of all others.
func (n *Net) solve(l active) water {
	lk := n.link(l)
	if lk.capacity >= Infinite {
		return boundless
	}
	n.solves++
	if lk.degree == 0 {
		if !lk.emptied {
			lk.emptied = true
			n.emptied = append(n.emptied, l)
		}
		return slack(lk.capacity)
	}
	if lk.hub {
		return pour(lk.capacity, int(lk.degree), n.hubs.demand(lk.place))
	}
	equal := lk.capacity / Share(lk.degree)
	n.wants = n.wants[:0]
	less := uint32(0)
	for i, ms := 0, n.of(lk); i < len(ms); i++ {
		want := n.want(l, &ms[i])
		n.wants = append(n.wants, want)
		if want < equal {
			less++
		}
	}
	switch less {
	case 0:
		return full(equal) // as pour would say in its first round, and mostly does
	case lk.degree:
		return slack(equal)
	}
	return pour(lk.capacity, int(lk.degree), n.wants)
}
