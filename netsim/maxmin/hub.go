package maxmin

// A hub is a link with so many flows that no change may cost them all. Its flows are kept in order of what the rest of
// their path allows them, so that O(log degree) finds the level, the flows that move from one side of it to the other,
// and the neighbours that a change concerns; and in order of their finish, so that the next is the first.
type hub struct {
	wants    uint32 // tree of the flows that another link or a cap holds back, by the rate at which it does
	slack    uint32 // tree of the others, by the lowest bar of their path
	finishes uint32 // tree of those that run on the hub's clock, by what it shows when they reach their goal
}

// hubs is all hubs and what they know of their flows.
type hubs struct {
	degree  int // beyond which a link becomes a hub; 0: HubDegree
	rows    []hub
	free    []uint32
	forest  forest
	entries []entry // by flow, then position in its path
	live    int
}

// entry is where a hub finds a flow in its trees.
type entry struct {
	part   water
	finish Work
}

// HubDegree is the number of flows from which a link is a hub. Below, to look at all flows is faster.
const HubDegree = 256

// SetHubDegree changes HubDegree, to at most 65,535, for links that are to change their degree from now on. The rates do
// not depend on it.
func (n *Net) SetHubDegree(degree int) { n.hubs.degree = min(degree, 1<<16-1) }

func (h *hubs) least() uint32 {
	if h.degree == 0 {
		return HubDegree
	}
	return uint32(h.degree)
}

func (h *hubs) entry(f Flow, pos int) *entry { return &h.entries[int(f)*MaxHops+pos] }

func (n *Net) hubOf(l active) *hub { return &n.hubs.rows[n.link(l).place] }

// position returns the place of l in f's path.
func (n *Net) position(l active, f Flow) int {
	for pos, o := range n.flow(f).path {
		if o == l {
			return pos
		}
	}
	panic("maxmin: no such hop")
}

// promote makes a link a hub.
func (n *Net) promote(l active) {
	h := &n.hubs
	if len(h.rows) == 0 {
		h.rows = append(h.rows, hub{})
	}
	i := uint32(len(h.rows))
	if k := len(h.free); k > 0 {
		i = h.free[k-1]
		h.free = h.free[:k-1]
	} else {
		h.rows = append(h.rows, hub{})
	}
	h.live++
	lk := n.link(l)
	ms, place, class := n.of(lk), lk.place, lk.class
	lk.hub, lk.place, lk.class = true, i, 0
	for k, m := range ms {
		pos := n.position(l, m.flow)
		n.enter(l, m.flow, pos)
		n.bridge(n.flow(m.flow).path)
		if k < int(lk.homed) {
			n.start(l, m.flow, pos, m.finish)
		}
	}
	lk.homed = 0
	if class > 0 {
		n.members.put(place, class)
	}
}

// bridge notes which links of a path cross a hub besides.
func (n *Net) bridge(p route) {
	hubs := 0
	for _, l := range p {
		if n.link(l).hub {
			hubs++
		}
	}
	for _, l := range p {
		if lk := n.link(l); l != 0 && (hubs > 1 || hubs == 1 && !lk.hub) {
			lk.bridge = true
		}
	}
}

// demote makes a hub a link like others.
func (n *Net) demote(l active) {
	lk := n.link(l)
	row, ms := lk.place, n.leaving[:0]
	n.found = n.flowsOf(l, n.found[:0])
	for _, f := range n.found {
		pos := n.position(l, f)
		m := member{flow: f, other: n.other(f, pos)}
		if n.flow(f).home == l {
			m.finish = n.hubs.entry(f, pos).finish
			n.stop(l, f, pos)
			ms = append(ms, m)
			ms[lk.homed], ms[len(ms)-1] = m, ms[lk.homed]
			lk.homed++
		} else {
			ms = append(ms, m)
		}
		n.exit(l, f, pos)
	}
	lk.hub = false
	for 1<<lk.class < len(ms) {
		lk.class++
	}
	if lk.class > 0 {
		lk.place = n.members.get(lk.class)
	}
	copy(n.of(lk), ms)
	n.leaving = ms
	n.hubs.rows[row] = hub{}
	n.hubs.free = append(n.hubs.free, row)
	n.hubs.live--
}

// flowsOf appends all flows of a hub.
func (n *Net) flowsOf(l active, to []Flow) []Flow {
	h := n.hubOf(l)
	to = n.hubs.forest.between(h.wants, 0, 1<<64-1, to)
	return n.hubs.forest.between(h.slack, 0, 1<<64-1, to)
}

// enter puts f into the order of a hub's flows.
func (n *Net) enter(l active, f Flow, pos int) {
	h := &n.hubs
	for int(f)*MaxHops+pos >= len(h.entries) {
		h.entries = append(h.entries, entry{})
	}
	part := n.part(l, f)
	h.entry(f, pos).part = part
	root, key := n.hubOf(l).order(part)
	h.forest.insert(root, 0, key, f)
}

// exit undoes enter.
func (n *Net) exit(l active, f Flow, pos int) {
	root, key := n.hubOf(l).order(n.hubs.entry(f, pos).part)
	n.hubs.forest.remove(root, 0, key, f)
}

// order returns in which tree a part stands and where.
func (h *hub) order(part water) (root *uint32, key uint64) {
	if part < 0 {
		return &h.slack, uint64(part.bar())
	}
	return &h.wants, uint64(part.level())
}

// start lets f, whose place in the path is pos, run on a hub's clock.
func (n *Net) start(l active, f Flow, pos int, finish Work) {
	n.hubs.entry(f, pos).finish = finish
	n.hubs.forest.insert(&n.hubOf(l).finishes, uint64(n.link(l).served), uint64(finish), f)
}

// stop undoes start. The clock has not gone beyond f's finish.
func (n *Net) stop(l active, f Flow, pos int) {
	finish := n.hubs.entry(f, pos).finish
	n.hubs.forest.remove(&n.hubOf(l).finishes, uint64(n.link(l).served), uint64(finish), f)
}

// tellHubs brings the order of hubs up to date with the water of l, which their flows cross too.
func (n *Net) tellHubs(l active) {
	lk := n.link(l)
	if lk.hub {
		n.found = n.flowsOf(l, n.found[:0])
		n.swayed = append(n.swayed, n.found...)
		for _, f := range n.found {
			n.reorder(l, f)
		}
		return
	}
	for _, m := range n.of(lk) {
		n.reorder(l, m.flow)
	}
}

// reorder puts f where it belongs at the hubs of its path but l.
func (n *Net) reorder(l active, f Flow) {
	for pos, o := range n.flow(f).path {
		if o == l || !n.link(o).hub {
			continue
		}
		if e := n.hubs.entry(f, pos); e.part != n.part(o, f) {
			n.exit(o, f, pos)
			n.enter(o, f, pos)
		}
	}
}

// pushHub queues the neighbours of a hub that a change of its level concerns: those of flows that another link holds back
// above low, and of flows that come up to a bar.
func (n *Net) pushHub(l active, low, high Share) {
	h := n.hubOf(l)
	n.found = n.hubs.forest.between(h.wants, uint64(low)+1, 1<<64-1, n.found[:0])
	n.found = n.hubs.forest.between(h.slack, 0, uint64(high), n.found)
	for _, f := range n.found {
		n.push(l, f, low, high)
	}
}

// sides appends those flows of a hub that may be on another side of its level after a change between low and high.
func (n *Net) sides(l active, low, high Share, to []Flow) []Flow {
	h := n.hubOf(l)
	to = n.hubs.forest.between(h.wants, uint64(low), uint64(high), to)
	if high >= Infinite {
		to = n.hubs.forest.between(h.slack, 0, 1<<64-1, to)
	}
	return to
}

// hubDemand is the demand of a hub's flows.
type hubDemand struct {
	forest *forest
	wants  uint32
}

func (h *hubs) demand(i uint32) hubDemand { return hubDemand{&h.forest, h.rows[i].wants} }

func (d hubDemand) below(rate Share) (int, Share) {
	count, sum := d.forest.below(d.wants, uint64(rate))
	return int(count), Share(sum)
}
