package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// groups checks every group, and that together they are one or several trees below sources.
func (k *checker) groups(c *Config) {
	seen := map[string]bool{}
	total, sources, viewers := uint64(0), 0, 0
	for i := range c.Groups {
		g := &c.Groups[i]
		path := fmt.Sprintf("group[%d].", i)
		k.want(isWord(g.Name) && !strings.Contains(g.Name, "."), path+"name",
			"name %q: want letters, digits, hyphens and underscores, a letter or digit first", g.Name)
		k.want(!seen[g.Name], path+"name", "name %q: there is another group of this name", g.Name)
		seen[g.Name] = true
		total += uint64(g.Count)
		if g.Role == "source" {
			sources++
		}
		if g.Watches {
			viewers++
		}
		k.links(g, path)
		k.regions(c, g, path)
		k.parents(c, g, path)
		k.nat(c, g, path)
		k.arrive(&g.Arrive, path+"arrive")
		k.stay(&g.Stay, path+"stay")
	}
	k.want(sources > 0, "group", `no group has role = "source": nobody has the video`)
	k.want(viewers > 0, "group", "no group has watches = true: nobody would ask for the video")
	k.want(total <= MaxNodes, "group", "%d nodes in all: want at most %d", total, MaxNodes)
	k.cycles(c)
	k.numbered("group", c.groupNames(), func(i int) uint32 { return c.Groups[i].Count })
}

// numbered checks that none of a list's names is that of one of several alike under another name: NAME-0, NAME-1 and so on.
// O(names).
func (k *checker) numbered(list string, names []string, count func(int) uint32) {
	at := make(map[string]int, len(names))
	for i, name := range names {
		at[name] = i
	}
	for i, name := range names {
		dash := strings.LastIndexByte(name, '-')
		if dash < 0 {
			continue
		}
		j, among := at[name[:dash]]
		n, err := strconv.ParseUint(name[dash+1:], 10, 32)
		if !among || err != nil || strconv.FormatUint(n, 10) != name[dash+1:] { // "a-01" is nobody's name.
			continue
		}
		k.want(count(j) < 2 || n >= uint64(count(j)), fmt.Sprintf("%s[%d].name", list, i),
			"name %q: number %d of the %d of %s %q is named so", name, n, count(j), list, names[j])
	}
}

func (k *checker) links(g *Group, path string) {
	k.wantOneOf(path+"role", "role", g.Role, "source", "")
	k.want(g.Count >= 1, path+"count", "count %d: want at least 1", g.Count)
	k.want(g.Slots < 1<<31, path+"slots", "slots %d: want fewer than 2^31", g.Slots)
	k.want(g.StoreChunks < 1<<31, path+"store_chunks", "store_chunks %d: want fewer than 2^31", g.StoreChunks)
	k.want(g.Loss <= netsim.MaxLoss, path+"loss", "loss %v: want at most %v", g.Loss, netsim.MaxLoss)
	k.want(g.MaxConns < 1<<31, path+"max_connections", "max_connections %d: want fewer than 2^31", g.MaxConns)
	if k.trace(g, path); g.Trace != (Trace{}) {
		return
	}
	given := len(g.Uplink.Spread)+len(g.Downlink.Spread) > 0
	if g.Access != "" {
		k.wantOneOf(path+"access", "access", g.Access, accessNames()...)
		k.want(!given, path+"access", "access %q and uplink or downlink: want one or the other", g.Access)
		return
	}
	const links = `: want a rate, such as "5Mbit/s", or "unlimited", or access = "regional"`
	k.want(len(g.Uplink.Spread) > 0, path+"uplink", "no uplink"+links)
	k.want(len(g.Downlink.Spread) > 0, path+"downlink", "no downlink"+links)
}

// nat checks that nobody has to dial the nodes of a group that nobody can dial.
func (k *checker) nat(c *Config, g *Group, path string) {
	if !g.NAT {
		return
	}
	k.want(g.Role != "source", path+"nat", "nat: a source must be dialled: want it at groups that have a master")
	k.want(g.Tree.Arity == 0, path+"nat", "nat: the nodes of a tree must be dialled by their children: want nat or tree, not both")
	for i := range c.Groups {
		o := &c.Groups[i]
		below := o != g && (c.master(o) >= 0 && &c.Groups[c.master(o)] == g || o.Supermaster == g.Name)
		k.want(!below, path+"nat", "nat: the nodes of %q have to dial those of %q: want a master and supermaster without nat", o.Name, g.Name)
	}
}

// parents checks where a group hangs.
func (k *checker) parents(c *Config, g *Group, path string) {
	if g.Role == "source" {
		k.want(g.Master == "" && g.Tree.Arity == 0 && g.Supermaster == "", path+"master", "a source has no master, tree or supermaster")
		return
	}
	master := c.master(g)
	switch {
	case g.Master == "auto":
		k.want(false, path+"master", `master "auto": the tree does not build itself: want a group's name, or tree = { arity = 4 }`)
	case master < 0 && g.Master != "":
		k.want(false, path+"master", "master %q: no such group%s", g.Master, didYouMean(g.Master, c.groupNames()))
	case master < 0 && g.Tree.Arity > 0:
		k.want(false, path+"tree", "tree: there is more than one source: want master = the group that is the root")
	case master < 0:
		k.want(false, path+"master", "names no parent: want master = a group's name, or tree = { arity = 4 }")
	case &c.Groups[master] == g:
		k.want(false, path+"master", "master %q: a group cannot be its own master: want tree = { arity = 4 } for a tree of its nodes", g.Master)
	case g.Tree.Arity > 0 && c.Groups[master].Count != 1:
		k.want(false, path+"tree", "tree: its root %q has %d nodes, want 1", c.Groups[master].Name, c.Groups[master].Count)
	}
	if s := g.Supermaster; s != "" && s != "none" {
		k.want(c.group(s) >= 0, path+"supermaster", "supermaster %q: no such group%s", s, didYouMean(s, c.groupNames()))
		k.want(s != g.Name, path+"supermaster", "supermaster %q: a group cannot be its own", s)
	}
}

// cycles finds groups whose masters lead back to themselves.
func (k *checker) cycles(c *Config) {
	for i := range c.Groups {
		at, names := i, []string{c.Groups[i].Name}
		for steps := 0; at >= 0 && steps <= len(c.Groups); steps++ {
			if at = c.master(&c.Groups[at]); at >= 0 {
				names = append(names, c.Groups[at].Name)
			}
			if at == i && len(names) > 2 {
				k.want(false, fmt.Sprintf("group[%d].master", i), "masters go round in a circle: %s", strings.Join(names, " -> "))
				break
			}
		}
	}
}

// master returns the index of the group that g hangs below, or -1. A tree hangs below the only source unless it says.
func (c *Config) master(g *Group) int {
	if g.Master != "" || g.Tree.Arity == 0 || g.Role == "source" {
		return c.group(g.Master)
	}
	source := -1
	for i := range c.Groups {
		if c.Groups[i].Role != "source" {
			continue
		}
		if source >= 0 {
			return -1
		}
		source = i
	}
	return source
}

// group returns the index of the group of a name, or -1.
func (c *Config) group(name string) int {
	for i := range c.Groups {
		if c.Groups[i].Name == name && name != "" {
			return i
		}
	}
	return -1
}

func (c *Config) groupNames() (names []string) {
	for i := range c.Groups {
		names = append(names, c.Groups[i].Name)
	}
	return names
}

func (k *checker) arrive(a *Arrive, path string) {
	if !k.wantOneOf(path+".kind", "kind", a.Kind, "once", "constant", "poisson", "flash") {
		return
	}
	switch a.Kind {
	case "constant", "poisson":
		k.want(a.Rate >= 0 && a.Rate <= 1e9, path+".rate", "rate %v: want 0 to 1e9 viewers per second", a.Rate)
		k.want((a.Rate > 0) != (a.Over > 0), path, "kind %q: want rate, in viewers per second, or over, such as \"1m\"", a.Kind)
		k.want(a.Tau == 0, path+".tau", "tau: only a flash crowd has it")
	case "flash":
		k.want(a.Tau > 0, path+".tau", "tau %v: want the time in which the crowd falls to 37 %%, such as \"20s\"", a.Tau)
		k.want(a.Rate == 0, path+".rate", "rate: the size of a flash crowd is its group's count")
	case "once":
		k.want(a.Rate == 0 && a.Over == 0 && a.Tau == 0, path, "kind \"once\": want no rate, over or tau")
	}
	k.want(a.At < core.Never && a.Over < core.Never && a.Tau < core.Never, path, "at, over and tau: want times, not never")
}

func (k *checker) stay(s *Stay, path string) {
	if !k.wantOneOf(path+".kind", "kind", s.Kind, "end", "constant", "exponential", "weibull", "lognormal") {
		return
	}
	needs := func(key string, given, needed bool) {
		k.want(given || !needed, path+"."+key, "kind %q: want %s above 0", s.Kind, key)
		k.want(!given || needed, path+"."+key, "kind %q has no %s", s.Kind, key)
	}
	needs("mean", s.Mean > 0, s.Kind == "constant" || s.Kind == "exponential")
	needs("shape", s.Shape > 0, s.Kind == "weibull")
	needs("scale", s.Scale > 0, s.Kind == "weibull")
	needs("median", s.Median > 0, s.Kind == "lognormal")
	needs("sigma", s.Sigma > 0, s.Kind == "lognormal")
}
