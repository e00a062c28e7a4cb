package maxmin

// recap is a change of a flow's cap that the next repair makes.
type recap struct {
	flow Flow
	up   active // of the flow, and
	turn uint32 // when it joined there: it may have left since, and joined anew
	cap  Share
}

// SetCap changes the most that a joined flow may have, from the next Repair on. It does nothing to a flow that has not
// joined: Join says what its cap is. It costs what joining does.
func (n *Net) SetCap(f Flow, cap Share) {
	if n.joined(f) {
		n.recaps = append(n.recaps, recap{f, n.flow(f).path[0], n.flow(f).turn, cap})
	}
}

// stale reports whether the flow has left since.
func (n *Net) stale(r recap) bool {
	p := n.flow(r.flow)
	return p.path[0] != r.up || p.turn != r.turn
}

// applyCaps makes the changes of caps.
func (n *Net) applyCaps() {
	for _, r := range n.recaps {
		if n.stale(r) || n.cap(r.flow) == r.cap {
			continue
		}
		n.setCap(r.flow, r.cap)
		for pos, l := range n.flow(r.flow).path {
			lk := n.link(l)
			if l == 0 || !lk.tracked {
				continue
			}
			if !lk.hub {
				n.of(lk)[n.find(lk, r.flow)].other = n.other(r.flow, pos)
			}
			n.enqueue(l)
		}
		n.reorder(nowhere, r.flow)
	}
	n.recaps = n.recaps[:0]
}

// setCap keeps a flow's cap. Networks without capped flows, which are the most, have no table of them.
func (n *Net) setCap(f Flow, cap Share) {
	if int(f) >= len(n.caps) && cap >= Infinite {
		return
	}
	for int(f) >= len(n.caps) {
		n.caps = append(n.caps, Infinite)
	}
	n.caps[f] = min(cap, Infinite)
}

// cap returns the most that a flow may have: Infinite if it has no cap.
func (n *Net) cap(f Flow) Share {
	if int(f) < len(n.caps) {
		return n.caps[f]
	}
	return Infinite
}
