package netsim

import (
	"slices"

	"peerstreamer/core"
)

// Fork returns an independent copy of the simulation and its Machine, as of now: both go on as the one would have. The
// copy is not observed, delivers to nobody, and follows no script: if the original does, let the copy Follow one that
// says the same or something else from here on. Functions given to Call that wait are called in both. It costs the memory
// of all state, about half a second for a million nodes, and panics inside a callback.
func (s *Sim) Fork() *Sim {
	if s.current != 0 || s.inScript {
		panic("netsim: fork inside a callback")
	}
	s.alive("fork")
	f := &Sim{
		cfg: s.cfg, machine: s.machine.Fork(), now: s.now, fluid: s.fluid.Clone(), scriptAt: core.Never,
		nodes: slices.Clone(s.nodes), names: slices.Clone(s.names), videos: slices.Clone(s.videos), ends: s.ends.Clone(),
		pairs: s.pairs.Clone(), lanes: lanes{s.lanes.Clone(), s.lanes.on}, far: s.far.Clone(), accesses: s.accesses.clone(), limits: slices.Clone(s.limits),
		barred: slices.Clone(s.barred),
		sites:  slices.Clone(s.sites), siteOf: slices.Clone(s.siteOf), ramps: s.ramps.Clone(), parts: s.parts.clone(),
		letters: s.letters.Clone(), bodies: s.bodies.Clone(), watches: s.watches.Clone(), flows: s.flows.Clone(), intros: s.intros.Clone(),
		parked: s.parked.Clone(), boots: s.boots.Clone(), views: s.views.Clone(), calls: s.calls.Clone(),
		links: s.links.Clone(), traces: slices.Clone(s.traces), kept: slices.Clone(s.kept), bad: slices.Clone(s.bad),
		digest: s.digest, events: s.events, transfers: s.transfers,
	}
	f.warmth.warmer, _ = f.machine.(core.Warmer)
	s.queue.wheel.CopyTo(&f.queue.wheel)
	for i, held := range f.kept {
		f.kept[i] = slices.Clone(held)
	}
	return f
}

// Machine returns the Machine of the simulation's nodes: in a fork, the copy.
func (s *Sim) Machine() core.Machine { return s.machine }

func (p *parts) clone() parts {
	c := *p
	c.all, c.cuts = slices.Clone(p.all), slices.Clone(p.cuts)
	for i := range c.all {
		c.all[i].sides = slices.Clone(c.all[i].sides)
	}
	return c
}
