package netsim

import (
	"fmt"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// Site is a place whose nodes share one link, both ways, to the rest of the network: a campus, an access point, an ISP.
// 0 is the open internet, which has no such link.
type Site uint16

// site is a shared link and what has crossed it, but for the flows under way.
type site struct {
	up, down maxmin.Link
	past     Crossing
}

// Crossing is what has gone out of a site and into it over its shared link. Payload is chunk bytes that have left their
// sender, wanted or not by then; control is all the rest, counted when it is sent.
type Crossing struct {
	PayloadOut, PayloadIn core.Bytes
	ControlOut, ControlIn core.Bytes
}

// AddSite returns the handle of a new site, from 1. What its nodes send to others crosses its uplink, what they receive
// from others its downlink; what they send to one another crosses neither. A rate of 0 does not limit.
func (s *Sim) AddSite(uplink, downlink core.Rate) Site {
	if uplink < 0 || downlink < 0 {
		panic(fmt.Sprintf("netsim: site with %d and %d bit/s: want no negative rate", uplink, downlink))
	}
	if len(s.sites) == 0 {
		s.sites = make([]site, 1)
	}
	if len(s.sites) > 1<<16-1 {
		panic("netsim: more than 65535 sites")
	}
	s.sites = append(s.sites, site{
		up:   s.fluid.AddLink(maxmin.ShareOf(uplink)),
		down: s.fluid.AddLink(maxmin.ShareOf(downlink)),
	})
	return Site(len(s.sites) - 1)
}

// RelinkSite changes the rates of a site's shared link from then on.
func (s *Sim) RelinkSite(at core.Time, id Site, uplink, downlink core.Rate) {
	l := Link{Uplink: uplink, Downlink: downlink}
	l.validate()
	if id == 0 || int(id) >= len(s.sites) {
		panic(fmt.Sprintf("netsim: there is no site %d", id))
	}
	i := s.links.Alloc()
	*s.links.At(i) = l
	s.schedule(at, event{kind: evRelinkSite, a: uint32(id), c: i})
}

func (s *Sim) relinkSite(e event) {
	l := *s.links.At(e.c)
	s.links.Release(e.c)
	s.fluid.SetCapacity(s.sites[e.a].up, maxmin.ShareOf(l.Uplink))
	s.fluid.SetCapacity(s.sites[e.a].down, maxmin.ShareOf(l.Downlink))
}

// settleAt puts a new node into a site. Nodes have no field for it: runs without sites have no table.
func (s *Sim) settleAt(n core.NodeID, id Site) {
	if id == 0 {
		return
	}
	if int(id) >= len(s.sites) {
		panic(fmt.Sprintf("netsim: node %d is at site %d, of which there are %d", n, id, len(s.sites)))
	}
	for int(n) >= len(s.siteOf) {
		s.siteOf = append(s.siteOf, 0)
	}
	s.siteOf[n] = id
}

// Site returns where a node is.
func (s *Sim) Site(n core.NodeID) Site {
	if int(n) < len(s.siteOf) {
		return s.siteOf[n]
	}
	return 0
}

// path returns the links between two nodes: the access links and, from one site to another, the shared ones.
func (s *Sim) path(from, to core.NodeID) maxmin.Path {
	p := maxmin.Path{s.nodes[from].up, s.nodes[to].down()}
	if len(s.siteOf) == 0 {
		return p
	}
	if a, b := s.Site(from), s.Site(to); a != b {
		i := 2
		if a != 0 {
			p[i] = s.sites[a].up
			i++
		}
		if b != 0 {
			p[i] = s.sites[b].down
		}
	}
	return p
}

// crosses counts bytes that one node sends to another, if they leave a site.
func (s *Sim) crosses(from, to core.NodeID, payload, control core.Bytes) {
	if len(s.siteOf) == 0 {
		return
	}
	if a, b := s.Site(from), s.Site(to); a != b {
		out, in := &s.sites[a].past, &s.sites[b].past
		out.PayloadOut += payload
		out.ControlOut += control
		in.PayloadIn += payload
		in.ControlIn += control
	}
}

// Crossings returns what has crossed the shared link of each site up to now, flows in progress included. The element 0
// is the open internet's: what it sent into sites and received from them. All that went out somewhere came in elsewhere,
// so the sum of all PayloadOut is the payload that crossed from one site to another. It is nil if there are no sites. It
// costs as many steps as there were ever flows at a time.
func (s *Sim) Crossings() []Crossing {
	if len(s.sites) == 0 {
		return nil
	}
	sum := make([]Crossing, len(s.sites))
	for i := range s.sites {
		sum[i] = s.sites[i].past
	}
	for i := 1; i < s.flows.Len(); i++ {
		f := s.flows.At(uint32(i))
		if f.sent {
			continue
		}
		if a, b := s.Site(f.from), s.Site(f.to); a != b {
			sent := s.flowSent(uint32(i))
			sum[a].PayloadOut += sent
			sum[b].PayloadIn += sent
		}
	}
	return sum
}
