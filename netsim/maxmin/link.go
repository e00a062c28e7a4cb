package maxmin

import (
	"slices"

	"peerstreamer/core"
)

// active is the handle of a link that flows cross: the number of its rows here. In a large network most links are idle
// most of the time, and of those nothing is kept but the capacity. 0 is none.
type active uint32

// route is the links of a Path.
type route [MaxHops]active

// link is what a Net knows of an active link: 64 bytes, a cache line.
type link struct {
	capacity Share     // Net.capacities has it too
	served   Work      // its clock: what it has given until since to a flow of its level, modulo 2^64
	since    core.Time //
	due      core.Time // Fluid's: when its clock comes to the next goal, or earlier; Never: no goal
	place    uint32    // of its block of members; of its hub
	degree   uint32    // members
	homed    uint16    // members that run on its clock: the first ones; not of a hub
	class    uint8     // of the block; 0: the only member is in sole
	hub      bool      // its members are in a hub
	bridge   bool      // a member may cross a hub besides
	tracked  bool      // it has, or had, a limit; others have no members, whatever crosses them
	queued   bool      // on the worklist
	touched  bool      // among the touched
	emptied  bool      // among the emptied
	sole     [1]member
}

// AddLink returns a new link. A capacity of Infinite never limits anything, and whatever crosses the link costs nothing
// there. It panics if capacity < 0.
func (n *Net) AddLink(capacity Share) Link {
	if len(n.rows) == 0 {
		n.capacities, n.rows = append(n.capacities, Infinite), append(n.rows, 0)
		n.activateRow(0, 0) // What paths end in.
	}
	checkCapacity(capacity)
	n.capacities, n.rows = append(n.capacities, capacity), append(n.rows, 0)
	return Link(len(n.rows) - 1)
}

// Grow makes room for so many more links, which then cost no copies when they are added.
func (n *Net) Grow(links int) {
	n.capacities, n.rows = slices.Grow(n.capacities, links+1), slices.Grow(n.rows, links+1)
}

func checkCapacity(capacity Share) {
	if capacity < 0 {
		panic("maxmin: negative capacity")
	}
}

// Capacity returns what a link can carry, Infinite if that is not limited.
func (n *Net) Capacity(l Link) Share { return n.capacities[l] }

// SetCapacity changes a link's capacity from the next Repair on. It costs all flows there are if the link never had a
// limit before and is in use.
func (n *Net) SetCapacity(l Link, capacity Share) {
	checkCapacity(capacity)
	n.capacities[l] = capacity
	a := n.rows[l]
	if a == 0 {
		return
	}
	lk := n.link(a)
	lk.capacity = capacity
	if !lk.tracked && capacity < Infinite {
		lk.tracked = true
		for f := Flow(1); int(f) < n.flows.Len(); f++ {
			for pos, o := range n.flow(f).path {
				if o == a {
					n.insert(a, f, pos)
				}
			}
		}
		n.resize(route{a})
	}
	if lk.tracked {
		n.enqueue(a)
	}
}

// Degree returns how many flows cross a link; 0 if it never had a limit.
func (n *Net) Degree(l Link) int { return int(n.link(n.rows[l]).degree) }

// link returns the row of an active link.
func (n *Net) link(a active) *link { return n.links.At(uint32(a)) }

// name returns the number under which others know an active link.
func (n *Net) name(a active) Link { return *n.names.At(uint32(a)) }

// activate returns the links of a path, which a flow is about to cross.
func (n *Net) activate(p Path) (r route) {
	for pos, l := range p {
		if l == 0 {
			break
		}
		if n.rows[l] == 0 {
			a := active(n.links.Alloc())
			n.rows[l] = a
			n.activateRow(a, l)
		}
		r[pos] = n.rows[l]
	}
	return r
}

// activateRow makes row a that of link l, which nothing crosses.
func (n *Net) activateRow(a active, l Link) {
	w, capacity := boundless, n.capacities[l]
	if capacity < Infinite {
		w = slack(capacity)
	}
	*n.links.Reach(uint32(a)) = link{capacity: capacity, tracked: capacity < Infinite, due: core.Never}
	*n.names.Reach(uint32(a)), *n.water.Reach(uint32(a)) = l, w
	for int(a) >= len(n.hints) {
		n.hints = append(n.hints, 0)
	}
	n.hints[a] = w.hint()
}

// rest gives up the rows of links that no flow has crossed since the last repair. Without members a clock has nothing that
// could be due, and what it showed means nothing to those who come. A link that has no limit, or none any more, keeps its
// row: it does not know who crosses it, or would forget that it does.
func (fl *Fluid) rest() {
	for _, a := range fl.emptied {
		lk := fl.link(a)
		lk.emptied = false
		if lk.degree > 0 || lk.queued || lk.capacity >= Infinite {
			continue
		}
		fl.dues.set(a, 0, core.Never)
		if fl.trails.clock(a) != nil {
			fl.trails.leave(a)
		}
		fl.rows[fl.name(a)] = 0
		fl.links.Release(uint32(a))
	}
	fl.emptied = fl.emptied[:0]
}
