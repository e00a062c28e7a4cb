package maxmin

// member is a flow as one of its links sees it. Those of a link lie side by side, so that solving it reads this and the
// other links' water, and no flow.
type member struct {
	flow   Flow
	other  active // of the path, if there are two and the flow has no cap; 0 if there is one; else far
	finish Work   // what the link's clock shows when the flow reaches its goal; only if it runs on it
}

// far is the other link of a flow that has more than one, or a cap.
const far active = 1<<32 - 1

// members is blocks of 2, 4, 8, ... members. A block that is given back is used again.
type members struct {
	slab []member
	free [32]uint32 // by class: the first of a list through flow; 0: none
}

// page is what blocks are cut from: no block of four or more lies across a cache line that it need not.
const page = 64

// get returns where a block of 1<<class members begins.
func (m *members) get(class uint8) uint32 {
	if m.free[class] == 0 {
		if len(m.slab) == 0 {
			m.slab = append(m.slab, make([]member, page)...) // Block 0 is none.
		}
		begin, size := len(m.slab), 1<<class
		m.slab = append(m.slab, make([]member, max(page, size))...)
		for i := len(m.slab) - size; i >= begin; i -= size {
			m.put(uint32(i), class)
		}
	}
	b := m.free[class]
	m.free[class] = uint32(m.slab[b].flow)
	return b
}

func (m *members) put(block uint32, class uint8) {
	m.slab[block].flow = Flow(m.free[class])
	m.free[class] = block
}

// of returns the members of a link that is no hub, good until one joins.
func (n *Net) of(lk *link) []member {
	if lk.class == 0 {
		return lk.sole[:lk.degree]
	}
	return n.members.slab[lk.place : lk.place+lk.degree]
}

// room moves a link's members to a block of another class.
func (n *Net) room(lk *link, class uint8) {
	ms, place, was := n.of(lk), lk.place, lk.class
	if lk.class = class; class == 0 {
		copy(lk.sole[:], ms)
	} else {
		lk.place = n.members.get(class)
		copy(n.of(lk), ms)
	}
	if was > 0 {
		n.members.put(place, was)
	}
}

// insert makes f, whose path has l at pos, a member of l.
func (n *Net) insert(l active, f Flow, pos int) {
	lk := n.link(l)
	if lk.hub {
		lk.degree++
		n.enter(l, f, pos)
		return
	}
	if lk.degree == 1<<lk.class {
		n.room(lk, lk.class+1)
	}
	lk.degree++
	n.of(lk)[lk.degree-1] = member{flow: f, other: n.other(f, pos)}
}

// other returns what a member says of the rest of its path.
func (n *Net) other(f Flow, pos int) active {
	p := &n.flow(f).path
	if p[2] != 0 || n.cap(f) < Infinite {
		return far
	}
	return p[1-pos]
}

// remove undoes insert.
func (n *Net) remove(l active, f Flow, pos int) {
	lk := n.link(l)
	if lk.hub {
		n.exit(l, f, pos)
		lk.degree--
		return
	}
	ms := n.of(lk)
	i := n.find(lk, f)
	if i < int(lk.homed) {
		lk.homed--
		ms[i] = ms[lk.homed]
		i = int(lk.homed)
	}
	lk.degree--
	ms[i] = ms[lk.degree]
	lk.bridge = lk.bridge && lk.degree > 0
}

// find returns f's place among the members of a link.
func (n *Net) find(lk *link, f Flow) int {
	ms := n.of(lk)
	for i := len(ms) - 1; i >= 0; i-- { // Mostly it is one of the last.
		if ms[i].flow == f {
			return i
		}
	}
	panic("maxmin: no such member")
}

// resize gives links of few members a small block again, and makes them hubs or no hubs as their degrees require.
// Between the degrees at which that happens and is undone there is a factor, so that a flow that comes and goes costs
// nothing.
func (n *Net) resize(p route) {
	for _, l := range p {
		if l == 0 {
			return
		}
		lk := n.link(l)
		switch least := n.hubs.least(); {
		case lk.hub:
			if lk.degree <= least/2 {
				n.demote(l)
			}
		case lk.degree > least:
			n.promote(l)
		case lk.class > 0 && lk.degree <= 1<<lk.class/4:
			n.room(lk, lk.class-1)
		}
	}
}

// want returns what the rest of its path allows to a member of l.
func (n *Net) want(l active, m *member) Share {
	if m.other != far {
		return n.level(m.other)
	}
	return n.part(l, m.flow).level()
}

// part returns the water of the rest of f's path, without l, and its cap: the lowest level, else the lowest bar.
func (n *Net) part(l active, f Flow) water {
	level, bar := n.cap(f), boundless.bar()
	for _, o := range n.flow(f).path {
		if o == l {
			continue
		}
		if w := *n.water.At(uint32(o)); w >= 0 {
			level = min(level, w.level())
		} else {
			bar = min(bar, w.bar())
		}
	}
	if level < Infinite {
		return full(level)
	}
	return slack(bar)
}
