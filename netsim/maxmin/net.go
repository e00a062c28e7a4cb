package maxmin

import (
	"slices"

	"peerstreamer/core"
	"peerstreamer/core/slab"
)

// Link is a dense handle, from 1; 0 is none.
type Link uint32

// Flow is a number that the caller chooses, dense from 1; slabs here are indexed by it.
type Flow uint32

// MaxHops is the most links that a flow may cross: an access uplink, a site's uplink, a site's downlink, an access
// downlink.
const MaxHops = 4

// Path is the links that a flow crosses, all different, the first being its uplink. Zeros at the end are unused.
type Path [MaxHops]Link

// link is 64 bytes, a cache line.
type link struct {
	capacity Share
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
	sole     [1]member
}

// flow is 64 bytes, a cache line. All but the path is Fluid's: the flow had left at time at, and since then it runs on
// the clock of its home, which showed read then.
type flow struct {
	path        Path
	left, read  Work
	at          core.Time
	goal, limit Work
	home        Link   // or one of the states of home.go
	turn        uint32 // the joins before its own, modulo 2^32
}

// Net is a network of links and flows. The zero value is ready to use.
type Net struct {
	links   []link
	water   []water // by link
	hints   []hint  // by link, of its water
	flows   slab.Slab[flow]
	caps    []Share // by flow, as far as a flow was ever capped; none beyond
	joins   uint32  // so far, modulo 2^32
	members members
	hubs    hubs

	epsilon uint64  // parts per million
	told    []Share // by link: the level that its neighbours know; only if epsilon is not 0

	work    []Link   // links to solve, first in first out
	touched []change // links whose level the last repair has changed
	recaps  []recap  // caps to change in the next repair
	fresh   []Flow   // flows that joined since the last repair
	swayed  []Flow   // flows between hubs for which the last repair has changed something
	wants   wants    // scratch of solve
	found   []Flow   // scratch of settle, reside and demote
	leaving []member // scratch of demote
	solves  uint64
}

// change is what a link's level was before a repair.
type change struct {
	link Link
	from Share
}

// AddLink returns a new link. A capacity of Infinite never limits anything, and whatever crosses the link costs nothing
// there. It panics if capacity < 0.
func (n *Net) AddLink(capacity Share) Link {
	if len(n.links) == 0 {
		n.addLink(Infinite) // Link 0, which paths end in.
	}
	return n.addLink(capacity)
}

// Grow makes room for so many more links, which then cost no copies when they are added.
func (n *Net) Grow(links int) {
	n.links, n.water, n.hints = slices.Grow(n.links, links+1), slices.Grow(n.water, links+1), slices.Grow(n.hints, links+1)
}

func (n *Net) addLink(capacity Share) Link {
	if capacity < 0 {
		panic("maxmin: negative capacity")
	}
	n.links = append(n.links, link{capacity: capacity, tracked: capacity < Infinite, due: core.Never})
	n.water, n.hints = append(n.water, boundless), append(n.hints, boundless.hint())
	return Link(len(n.links) - 1)
}

// SetCapacity changes a link's capacity from the next Repair on. It costs all flows there are if the link never had a
// limit before.
func (n *Net) SetCapacity(l Link, capacity Share) {
	if capacity < 0 {
		panic("maxmin: negative capacity")
	}
	lk := &n.links[l]
	lk.capacity = capacity
	if !lk.tracked && capacity < Infinite {
		lk.tracked = true
		for f := Flow(1); int(f) < n.flows.Len(); f++ {
			for pos, o := range n.flow(f).path {
				if o == l {
					n.insert(l, f, pos)
				}
			}
		}
		n.resize(Path{l})
	}
	if lk.tracked {
		n.enqueue(l)
	}
}

// Rate returns a flow's rate as of the last Repair, after which it has not joined or left; 0 if it has not joined.
func (n *Net) Rate(f Flow) Share {
	if !n.joined(f) {
		return 0
	}
	rate := n.cap(f)
	for _, l := range n.flow(f).path {
		rate = min(rate, n.level(l))
	}
	return rate
}

// Dirty reports whether Repair has something to do.
func (n *Net) Dirty() bool { return len(n.work) > 0 || len(n.fresh) > 0 || len(n.recaps) > 0 }

// Solves returns how many times a link was solved, a measure of work.
func (n *Net) Solves() uint64 { return n.solves }

// Join adds a flow, which gets its rate by the next Repair. It panics if the flow is there already. It costs O(log
// degree) on links of many flows.
func (n *Net) Join(f Flow, p Path, cap Share) {
	fl := n.flows.Reach(uint32(f))
	if fl.path[0] != 0 || p[0] == 0 {
		panic("maxmin: flow joins twice, or without an uplink")
	}
	fl.path, fl.home, fl.turn = p, arriving, n.joins
	n.joins++
	n.setCap(f, cap)
	for pos, l := range p {
		if l != 0 && n.links[l].tracked {
			n.insert(l, f, pos)
			n.enqueue(l)
		}
	}
	if n.hubs.live > 0 {
		n.bridge(p)
	}
	n.resize(p)
	n.fresh = append(n.fresh, f)
}

// Leave removes a flow, if it is there. It costs what Join does.
func (n *Net) Leave(f Flow) {
	if !n.joined(f) {
		return
	}
	fl := n.flow(f)
	for pos, l := range fl.path {
		if l != 0 && n.links[l].tracked {
			n.remove(l, f, pos)
			n.enqueue(l)
		}
	}
	p := fl.path
	fl.path, fl.home = Path{}, nowhere
	n.resize(p)
}

func (n *Net) joined(f Flow) bool { return n.flows.Has(uint32(f)) && n.flow(f).path[0] != 0 }

// flow returns the row of a flow that has joined or was put before.
func (n *Net) flow(f Flow) *flow { return n.flows.At(uint32(f)) }

func (n *Net) enqueue(l Link) {
	if lk := &n.links[l]; !lk.queued {
		lk.queued = true
		n.work = append(n.work, l)
	}
}

// Degree returns how many flows cross a link; 0 if it never had a limit.
func (n *Net) Degree(l Link) int { return int(n.links[l].degree) }
