package maxmin

// SetCap changes the most that a joined flow may have, from the next Repair on. It does nothing to a flow that has not
// joined: Join says what its cap is. It costs what joining does.
func (n *Net) SetCap(f Flow, cap Share) {
	if !n.joined(f) || n.cap(f) == cap {
		return
	}
	n.setCap(f, cap)
	// The cap is what the flow wants of each of its links. Its rate may change though none of their levels does.
	for _, l := range n.flows[f].path {
		if l != 0 {
			n.enqueue(l)
		}
	}
	n.fresh = append(n.fresh, f)
}

// Capacity returns what a link can carry, Infinite if that is not limited.
func (n *Net) Capacity(l Link) Share { return n.links[l].capacity }
