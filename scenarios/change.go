package scenarios

import (
	"cmp"
	"slices"

	"peerstreamer/core"
)

// change is the rates that a link has from a moment on.
type change struct {
	at               core.Time
	node             int32 // None: it is a site's link
	site             int32 // its number
	uplink, downlink core.Rate
}

// slowed is a link that a fault slows down.
type slowed struct{ node, site, fault int32 }

// slowdowns returns what the faults of kind slow do to links by the horizon, in order. Where several last at a time, each
// works upon what the ones before it have left; when one is over, the others are still in force.
func (p *Plan) slowdowns() (list []change) {
	var links []slowed
	for i := range p.Config.Faults {
		switch f := &p.Config.Faults[i]; {
		case f.Kind != "slow":
		case f.Site != "":
			entry := p.Config.site(f.Site)
			for j := range p.Config.Sites[entry].Count {
				links = append(links, slowed{None, int32(p.firstSite(entry)) + int32(j), int32(i)})
			}
		default:
			for _, node := range p.hit(i) {
				links = append(links, slowed{node, 0, int32(i)})
			}
		}
	}
	faults := p.Config.Faults
	slices.SortFunc(links, func(a, b slowed) int {
		return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.site, b.site),
			cmp.Compare(faults[a.fault].At, faults[b.fault].At), cmp.Compare(a.fault, b.fault))
	})
	for len(links) > 0 {
		n := 1
		for n < len(links) && links[n].node == links[0].node && links[n].site == links[0].site {
			n++
		}
		list = append(list, p.changesOf(links[:n])...)
		links = links[n:]
	}
	slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	return list
}

// changesOf returns the changes of one link, which these faults slow down in the order in which they begin.
func (p *Plan) changesOf(links []slowed) (list []change) {
	var times []core.Time
	for _, l := range links {
		f := &p.Config.Faults[l.fault]
		if times = append(times, f.At); f.After > 0 {
			times = append(times, f.At.After(f.After))
		}
	}
	slices.Sort(times)
	for _, at := range slices.Compact(times) {
		if at > p.Config.Horizon {
			break
		}
		c := p.base(links[0])
		c.at = at
		for _, l := range links {
			f := &p.Config.Faults[l.fault]
			if f.At <= at && (f.After == 0 || at < f.At.After(f.After)) {
				p.slow(&c, f, l)
			}
		}
		list = append(list, c)
	}
	return list
}

// base returns what a link has without faults.
func (p *Plan) base(l slowed) change {
	c := change{node: l.node, site: l.site}
	if l.node == None {
		c.uplink, c.downlink = p.sites[l.site-1].uplink, p.sites[l.site-1].downlink
	} else {
		n := p.Node(int(l.node))
		c.uplink, c.downlink = n.Uplink, n.Downlink
	}
	return c
}

// slow lets a fault work upon a link. Its draws do not depend on what else happens.
func (p *Plan) slow(c *change, f *Fault, l slowed) {
	r := core.NewRand(p.Seed, "slow", uint64(l.fault)<<32|uint64(uint32(max(l.node, l.site))))
	if len(f.Uplink.Spread) > 0 {
		c.uplink = f.Uplink.Draw(&r)
	}
	if len(f.Downlink.Spread) > 0 {
		c.downlink = f.Downlink.Draw(&r)
	}
	c.uplink, c.downlink = scaled(c.uplink, f.Factor), scaled(c.downlink, f.Factor)
}

// scaled returns a rate times a factor, rounded, and 1 bit/s at least; as it was if the factor is 0 or there is no limit.
func scaled(r core.Rate, factor float64) core.Rate {
	if factor == 0 || r == 0 {
		return r
	}
	return max(1, core.Rate(float64(float64(r)*factor)+0.5))
}

// cut is a partition: nodes a are separated from nodes b, or from everybody else if b is nil.
type cut struct {
	at, until core.Time
	a, b      []int32
}

// partitions returns the faults of kind partition, in order.
func (p *Plan) partitions() (list []cut) {
	for i := range p.Config.Faults {
		f := &p.Config.Faults[i]
		if f.Kind != "partition" {
			continue
		}
		c := cut{at: f.At, until: core.Never, a: p.hit(i)}
		if f.After > 0 {
			c.until = f.At.After(f.After)
		}
		if f.From != "" {
			c.b = p.nodesOf(f.From)
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	return list
}
