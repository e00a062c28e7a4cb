package scenarios

import (
	"fmt"
	"slices"

	"peerstreamer/analysis"
	"peerstreamer/core"
	"peerstreamer/netsim"
)

// addSites puts the plan's sites into the simulator: number i of the plan is Site i there.
func (s *simulation) addSites() {
	for _, at := range s.plan.sites {
		s.sim.AddSite(at.uplink, at.downlink)
	}
}

// link returns a node's link as the simulator wants it.
func (s *simulation) link(node int) netsim.Link {
	n := s.plan.Node(node)
	return netsim.Link{Uplink: n.Uplink, Downlink: n.Downlink, Latency: n.Latency, Slots: n.Slots, StoreChunks: n.StoreChunks,
		MaxConns: int32(s.plan.Config.Groups[n.Group].MaxConns), Site: s.plan.site(node),
		Undialable: s.plan.Config.Groups[n.Group].NAT}
}

// followTraces lets the links of groups that have a bandwidth trace follow it.
func (s *simulation) followTraces() {
	p := s.plan
	for i := range p.kin {
		g := &p.Config.Groups[i]
		if g.Trace.trace == nil {
			continue
		}
		trace := s.sim.AddTrace(*g.Trace.trace)
		for j := range int(g.Count) {
			s.sim.RelinkTrace(0, core.NodeID(p.kin[i].first+j+1), trace, p.offset(g, j))
		}
	}
}

// relink carries out a change of a link.
func (s *simulation) relink(sim *netsim.Sim, c *change) {
	if c.node == None {
		sim.RelinkSite(c.at, netsim.Site(c.site), c.uplink, c.downlink)
		return
	}
	l := s.link(int(c.node))
	l.Uplink, l.Downlink = c.uplink, c.downlink
	sim.Relink(c.at, core.NodeID(c.node+1), l)
}

// ids returns the simulator's handles of nodes; nil stays nil, which means something.
func ids(nodes []int32) (list []core.NodeID) {
	for _, n := range nodes {
		list = append(list, core.NodeID(n+1))
	}
	return slices.Clip(list)
}

// recordLinks records sites, and the highest rates that links had: bounds must hold whatever a link had when.
func recordLinks(p *Plan, r *analysis.Run, crossings []netsim.Crossing) {
	for i, at := range p.sites {
		site := analysis.Site{Name: at.name, Uplink: at.uplink, Downlink: at.downlink}
		if x := crossings; x != nil {
			site.PayloadOut, site.PayloadIn = x[i+1].PayloadOut, x[i+1].PayloadIn
			site.ControlOut, site.ControlIn = x[i+1].ControlOut, x[i+1].ControlIn
		}
		r.Sites = append(r.Sites, site)
	}
	for _, x := range crossings {
		r.AcrossSites += x.PayloadOut
	}
	for i := range p.kin {
		g, first := &p.Config.Groups[i], p.kin[i].first
		for j := range int(g.Count) {
			n := &r.Nodes[first+j]
			if n.Site = uint16(p.site(first + j)); g.Trace.trace != nil {
				n.Uplink, n.Downlink = g.Trace.most()
			}
		}
	}
	for _, c := range p.changes {
		if c.at > r.End {
			break
		}
		up, down := &r.Nodes[max(c.node, 0)].Uplink, &r.Nodes[max(c.node, 0)].Downlink
		if c.node == None {
			up, down = &r.Sites[c.site-1].Uplink, &r.Sites[c.site-1].Downlink
		}
		*up, *down = higher(*up, c.uplink), higher(*down, c.downlink)
	}
}

// beyondSockets returns an error for each thing in a scenario that real sockets on one machine cannot be made to do, and
// without which it would be another experiment.
func (c *Config) beyondSockets() (faults []error) {
	refuse := func(there bool, what string) {
		if there {
			faults = append(faults, fmt.Errorf("-network tcp: %s: want -network sim", what))
		}
	}
	refuse(len(c.Sites) > 0, "sites have no shared link over sockets of one machine")
	for i := range c.Groups {
		refuse(c.Groups[i].Trace.File != "", fmt.Sprintf("group %q: links do not follow traces over sockets", c.Groups[i].Name))
	}
	refuse(slices.ContainsFunc(c.Faults, func(f Fault) bool { return f.Kind == "partition" }),
		"nothing stands between two sockets of one machine that could make a partition")
	return faults
}
