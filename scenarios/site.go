package scenarios

import (
	"fmt"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// maxSites bounds the sites of a scenario: what fits into a netsim.Site.
const maxSites = 1<<16 - 1

// sites checks the sites, and that groups are at sites that exist.
func (k *checker) sites(c *Config) {
	seen, total := map[string]bool{}, uint64(0)
	for _, g := range c.Groups {
		seen[g.Name] = true // A fault names a group or a site by one word.
	}
	for i := range c.Sites {
		s, path := &c.Sites[i], fmt.Sprintf("site[%d].", i)
		k.want(isWord(s.Name) && !strings.Contains(s.Name, "."), path+"name",
			"name %q: want letters, digits, hyphens and underscores, a letter or digit first", s.Name)
		k.want(!seen[s.Name], path+"name", "name %q: there is another site or group of this name", s.Name)
		seen[s.Name] = true
		k.want(s.Count >= 1, path+"count", "count %d: want at least 1", s.Count)
		total += uint64(s.Count)
	}
	k.numbered("site", c.siteNames(), func(i int) uint32 { return c.Sites[i].Count })
	k.want(total <= maxSites, "site", "%d sites in all: want at most %d", total, maxSites)
	for i := range c.Groups {
		if at := c.Groups[i].Site; at != "" {
			k.want(c.site(at) >= 0, fmt.Sprintf("group[%d].site", i), "site %q: no such site%s", at, didYouMean(at, c.siteNames()))
		}
	}
}

// site returns the index of the entry of a name in Sites, or -1.
func (c *Config) site(name string) int {
	for i := range c.Sites {
		if c.Sites[i].Name == name && name != "" {
			return i
		}
	}
	return -1
}

func (c *Config) siteNames() (names []string) {
	for i := range c.Sites {
		names = append(names, c.Sites[i].Name)
	}
	return names
}

// place is one site of a plan. Its number is its index in Plan.sites, plus one: 0 is the open internet.
type place struct {
	name             string
	entry            int // in Config.Sites
	uplink, downlink core.Rate
}

// places draws the sites.
func (p *Plan) places() (list []place) {
	for i := range p.Config.Sites {
		s := &p.Config.Sites[i]
		for j := range s.Count {
			r := core.NewRand(p.Seed, "site", core.HashName(s.Name)+uint64(j))
			at := place{name: s.Name, entry: i, uplink: s.Uplink.Draw(&r), downlink: s.Downlink.Draw(&r)}
			if s.Count > 1 {
				at.name = fmt.Sprintf("%s-%d", s.Name, j)
			}
			list = append(list, at)
		}
	}
	return list
}

// firstSite returns the number of the first site of an entry of Config.Sites.
func (p *Plan) firstSite(entry int) int {
	n := 1
	for _, s := range p.Config.Sites[:entry] {
		n += int(s.Count)
	}
	return n
}

// site returns the number of the site at which a node is.
func (p *Plan) site(node int) netsim.Site {
	i := p.group(node)
	entry := p.Config.site(p.Config.Groups[i].Site)
	if entry < 0 {
		return 0
	}
	return netsim.Site(p.firstSite(entry) + (node-p.kin[i].first)%int(p.Config.Sites[entry].Count))
}

// nodesOf returns the nodes of a group, or those at the sites of a name.
func (p *Plan) nodesOf(name string) (nodes []int32) {
	for i := range p.kin {
		if g := &p.Config.Groups[i]; g.Name == name || g.Site == name && name != "" {
			for j := range g.Count {
				nodes = append(nodes, int32(p.kin[i].first+int(j)))
			}
		}
	}
	return nodes
}

// siteWarnings says what sites have that is probably not meant.
func (c *Config) siteWarnings() (list []string) {
	for i := range c.Sites {
		s := &c.Sites[i]
		groups := c.among(s.Name)
		if len(groups) == 0 {
			list = append(list, fmt.Sprintf("site %q: no group is there: want site = %q in a group", s.Name, s.Name))
		}
		down, watched := s.Downlink.Max(), false
		for _, g := range groups {
			watched = watched || c.Groups[g].Watches
		}
		if watched && c.Player.Kind == "play" && down > 0 && down < c.Video.Bitrate {
			list = append(list, fmt.Sprintf("site %q: its downlink %v is below the video's %v: its viewers will stall unless the source is there",
				s.Name, down, c.Video.Bitrate))
		}
	}
	return list
}
