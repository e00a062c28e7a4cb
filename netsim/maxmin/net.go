package maxmin

import "peerstreamer/core"

// Link is a dense handle, from 1; 0 is none.
type Link uint32

// Flow is a number that the caller chooses, dense from 1; slabs here are indexed by it.
type Flow uint32

// MaxHops is the most links that a flow may cross: an access uplink, a site's uplink, a site's downlink, an access
// downlink.
const MaxHops = 4

// Path is the links that a flow crosses, the first being its uplink. Zeros at the end are unused.
type Path [MaxHops]Link

// A hop is a flow's place on one link: flow<<2 | position in the path. A link's hops form a ring.
type hop uint32

func (h hop) flow() Flow { return Flow(h >> 2) }

type link struct {
	capacity Share
	level    Share
	first    hop // of the ring, in the order of joining; 0: no flows
	degree   uint32
	queued   bool // on the worklist
	touched  bool // its level has changed in this repair
}

// flow is 64 bytes, a cache line: walking a link's ring touches one for each flow and nothing else.
type flow struct {
	path       Path
	next, prev [MaxHops]hop
	rate       Share
	due        core.Time // Fluid's: when the flow reaches its goal
}

// Net is a network of links and flows. The zero value is ready to use.
type Net struct {
	links []link
	flows []flow
	caps  []Share // by flow, as far as a flow was ever capped; none beyond

	work    []Link  // links to solve, first in first out
	touched []Link  // links whose level has changed
	fresh   []Flow  // flows that joined since the last repair
	changed []Flow  // result of the last repair
	wants   []Share // scratch of solve
	solves  uint64
}

// AddLink returns a new link. A capacity of Infinite never limits anything. It panics if capacity < 0.
func (n *Net) AddLink(capacity Share) Link {
	if capacity < 0 {
		panic("maxmin: negative capacity")
	}
	if len(n.links) == 0 {
		n.links = append(n.links, link{level: Infinite}) // Link 0, which paths end in.
	}
	n.links = append(n.links, link{capacity: capacity, level: Infinite})
	return Link(len(n.links) - 1)
}

// SetCapacity changes a link's capacity from the next Repair on.
func (n *Net) SetCapacity(l Link, capacity Share) {
	if capacity < 0 {
		panic("maxmin: negative capacity")
	}
	n.links[l].capacity = capacity
	n.enqueue(l)
}

// Degree returns how many flows cross a link.
func (n *Net) Degree(l Link) int { return int(n.links[l].degree) }

// Rate returns a flow's rate as of the last Repair; 0 if it has not joined.
func (n *Net) Rate(f Flow) Share {
	if int(f) >= len(n.flows) {
		return 0
	}
	return n.flows[f].rate
}

// Dirty reports whether Repair has something to do.
func (n *Net) Dirty() bool { return len(n.work) > 0 || len(n.fresh) > 0 }

// Solves returns how many times a link was solved, a measure of work.
func (n *Net) Solves() uint64 { return n.solves }

// Join adds a flow, whose rate is 0 until the next Repair. It panics if the flow is there already.
func (n *Net) Join(f Flow, p Path, cap Share) {
	for int(f) >= len(n.flows) {
		n.flows = append(n.flows, flow{})
	}
	fl := &n.flows[f]
	if fl.path[0] != 0 || p[0] == 0 {
		panic("maxmin: flow joins twice, or without an uplink")
	}
	fl.path, fl.rate, fl.due = p, 0, core.Never
	n.setCap(f, cap)
	for i, l := range p {
		if l != 0 {
			n.insert(l, hop(f)<<2|hop(i))
			n.enqueue(l)
		}
	}
	n.fresh = append(n.fresh, f)
}

// setCap keeps a flow's cap. Networks without capped flows, which are the most, have no table of them.
func (n *Net) setCap(f Flow, cap Share) {
	if int(f) >= len(n.caps) && cap >= Infinite {
		return
	}
	for int(f) >= len(n.caps) {
		n.caps = append(n.caps, Infinite)
	}
	n.caps[f] = cap
}

// cap returns a flow's cap, Infinite if it has none.
func (n *Net) cap(f Flow) Share {
	if int(f) < len(n.caps) {
		return n.caps[f]
	}
	return Infinite
}

// Leave removes a flow, if it is there.
func (n *Net) Leave(f Flow) {
	if int(f) >= len(n.flows) {
		return
	}
	fl := &n.flows[f]
	for i, l := range fl.path {
		if l != 0 {
			n.remove(l, hop(f)<<2|hop(i))
			n.enqueue(l)
		}
	}
	fl.path, fl.rate = Path{}, 0
}

func (n *Net) joined(f Flow) bool { return int(f) < len(n.flows) && n.flows[f].path[0] != 0 }

func (n *Net) insert(l Link, h hop) {
	lk := &n.links[l]
	lk.degree++
	if lk.first == 0 {
		lk.first = h
		*n.nextOf(h), *n.prevOf(h) = h, h
		return
	}
	first := lk.first
	last := *n.prevOf(first)
	*n.nextOf(last), *n.prevOf(h) = h, last
	*n.nextOf(h), *n.prevOf(first) = first, h
}

func (n *Net) remove(l Link, h hop) {
	lk := &n.links[l]
	lk.degree--
	next, prev := *n.nextOf(h), *n.prevOf(h)
	if next == h {
		lk.first = 0
		return
	}
	*n.nextOf(prev), *n.prevOf(next) = next, prev
	if lk.first == h {
		lk.first = next
	}
}

func (n *Net) nextOf(h hop) *hop { return &n.flows[h>>2].next[h&3] }
func (n *Net) prevOf(h hop) *hop { return &n.flows[h>>2].prev[h&3] }

// after returns the hop behind h on link l, 0 behind the last.
func (n *Net) after(l Link, h hop) hop {
	if next := *n.nextOf(h); next != n.links[l].first {
		return next
	}
	return 0
}

func (n *Net) enqueue(l Link) {
	if lk := &n.links[l]; !lk.queued {
		lk.queued = true
		n.work = append(n.work, l)
	}
}
