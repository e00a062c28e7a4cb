package maxmin

import (
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

// flow is 64 bytes, a cache line. All but the path is Fluid's: the flow had left at time at, and since then it runs on
// the clock of its home, which showed read then.
type flow struct {
	path        route
	left, read  Work
	at          core.Time
	goal, limit Work
	home        active // or one of the states of home.go
	turn        uint32 // the joins before its own, modulo 2^32
}

// Net is a network of links and flows. The zero value is ready to use.
type Net struct {
	capacities []Share  // by Link
	rows       []active // by Link; 0: no flow crosses it
	emptied    []active // links that no flow crosses any more, maybe

	links   slab.Slab[link]  // active ones; row 0 is what paths end in
	names   slab.Slab[Link]  // by active link
	water   slab.Slab[water] // by active link
	hints   []hint           // by active link, of its water
	flows   slab.Slab[flow]
	caps    []Share // by flow, as far as a flow was ever capped; none beyond
	joins   uint32  // so far, modulo 2^32
	members members
	hubs    hubs

	epsilon uint64  // parts per million
	told    []Share // by active link: the level that its neighbours know; only if epsilon is not 0

	work    []active // links to solve, first in first out
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
	link active
	from Share
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
	r := n.activate(p)
	fl.path, fl.home, fl.turn = r, arriving, n.joins
	n.joins++
	n.setCap(f, cap)
	for pos, l := range r {
		if l != 0 && n.link(l).tracked {
			n.insert(l, f, pos)
			n.enqueue(l)
		}
	}
	if n.hubs.live > 0 {
		n.bridge(r)
	}
	n.resize(r)
	n.fresh = append(n.fresh, f)
}

// Leave removes a flow, if it is there. It costs what Join does.
func (n *Net) Leave(f Flow) {
	if !n.joined(f) {
		return
	}
	fl := n.flow(f)
	for pos, l := range fl.path {
		if l != 0 && n.link(l).tracked {
			n.remove(l, f, pos)
			n.enqueue(l)
		}
	}
	p := fl.path
	fl.path, fl.home = route{}, nowhere
	n.resize(p)
}

func (n *Net) joined(f Flow) bool { return n.flows.Has(uint32(f)) && n.flow(f).path[0] != 0 }

// flow returns the row of a flow that has joined or was put before.
func (n *Net) flow(f Flow) *flow { return n.flows.At(uint32(f)) }

func (n *Net) enqueue(l active) {
	if lk := n.link(l); !lk.queued {
		lk.queued = true
		n.work = append(n.work, l)
	}
}
