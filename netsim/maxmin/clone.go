package maxmin

import "slices"

// Clone returns an independent copy, which goes on as the original would. It costs the memory of all links and flows.
func (fl *Fluid) Clone() Fluid {
	c := *fl
	c.Net = fl.Net.clone()
	c.dues, c.alones = fl.dues.clone(), fl.alones.clone()
	c.ready.heap = slices.Clone(fl.ready.heap)
	c.trails = fl.trails.clone()
	return c
}

func (n *Net) clone() Net {
	c := *n
	c.capacities, c.rows, c.emptied = slices.Clone(n.capacities), slices.Clone(n.rows), slices.Clone(n.emptied)
	c.links, c.names, c.water, c.flows, c.caps = n.links.Clone(), n.names.Clone(), n.water.Clone(), n.flows.Clone(), slices.Clone(n.caps)
	c.members.slab = slices.Clone(n.members.slab)
	c.hubs.rows, c.hubs.free, c.hubs.entries = slices.Clone(n.hubs.rows), slices.Clone(n.hubs.free), slices.Clone(n.hubs.entries)
	c.hubs.forest.nodes, c.hubs.forest.free = slices.Clone(n.hubs.forest.nodes), slices.Clone(n.hubs.forest.free)
	c.told, c.work, c.touched = slices.Clone(n.told), slices.Clone(n.work), slices.Clone(n.touched)
	c.recaps, c.fresh, c.swayed = slices.Clone(n.recaps), slices.Clone(n.fresh), slices.Clone(n.swayed)
	c.hints = slices.Clone(n.hints)
	c.wants, c.found, c.leaving = nil, nil, nil // Scratch.
	return c
}

func (d *dues[K]) clone() dues[K] {
	return dues[K]{slices.Clone(d.heap), d.places.Clone(), d.held}
}
