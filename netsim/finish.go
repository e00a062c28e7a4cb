package netsim

import (
	"peerstreamer/core"
	"peerstreamer/core/slab"
	"peerstreamer/netsim/maxmin"
)

// alive panics if the simulation has been finished.
func (s *Sim) alive(what string) {
	if s.finished {
		panic("netsim: " + what + " after Finish")
	}
}

// Finish ends the simulation as of now, and gives up the memory of what could have happened next, about half of all that
// a large one takes, so that whoever makes records of it has room. What the simulation can be asked stays as it is:
// Traffic and Crossings count the flows in progress up to now. It must not be run, forked or told anything more. O(nodes
// and connections).
func (s *Sim) Finish() {
	if s.current != 0 || s.inScript {
		panic("netsim: finish inside a callback")
	}
	for i, c := range s.Crossings() {
		s.sites[i].past = c
	}
	for n := range s.nodes {
		s.nodes[n].past = s.Traffic(core.NodeID(n))
		s.nodes[n].ends = 0
	}
	s.finished = true
	s.queue, s.fluid = queue{}, maxmin.Fluid{}
	s.ends, s.flows, s.watches, s.intros = slab.Slab[end]{}, slab.Slab[flow]{}, slab.Slab[watch]{}, slab.Slab[intro]{}
	s.letters, s.bodies, s.parked = slab.Slab[letter]{}, slab.Slab[body]{}, slab.Slab[parked]{}
	s.pairs, s.lanes.Slab, s.ramps = slab.Index{}, slab.Slab[lane]{}, slab.Slab[ramp]{}
}
