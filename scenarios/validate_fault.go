package scenarios

import (
	"fmt"
	"slices"

	"peerstreamer/core"
)

// keys of a fault that only some kinds have.
var faultKeys = []struct {
	key   string
	given func(*Fault) bool
	kinds []string
}{
	{"after", func(f *Fault) bool { return f.After != 0 }, []string{"crash", "hang", "slow", "partition"}},
	{"from", func(f *Fault) bool { return f.From != "" }, []string{"partition"}},
	{"keep_store", func(f *Fault) bool { return !f.KeepStore }, []string{"crash", "restart"}},
	{"uplink", func(f *Fault) bool { return len(f.Uplink.Spread) > 0 }, []string{"slow"}},
	{"downlink", func(f *Fault) bool { return len(f.Downlink.Spread) > 0 }, []string{"slow"}},
	{"factor", func(f *Fault) bool { return f.Factor != 0 }, []string{"slow"}},
}

// fault checks a fault that stands at a path, which ends in a dot.
func (k *checker) fault(c *Config, f *Fault, path string) {
	if !k.wantOneOf(path+"kind", "kind", f.Kind, "crash", "restart", "hang", "resume", "slow", "partition") {
		return
	}
	k.want(f.At <= c.Horizon, path+"at", "at %v: that is after the horizon, %v", f.At, c.Horizon)
	for _, key := range faultKeys {
		k.want(!key.given(f) || slices.Contains(key.kinds, f.Kind), path+key.key, "kind %q has no %s", f.Kind, key.key)
	}
	k.want(f.After < core.Never, path+"after", "after never: want 0 for never")
	if f.Kind == "slow" {
		k.slow(c, f, path)
	}
	nodes := k.target(c, f, path)
	if nodes < 0 || f.Kind == "slow" && f.Site != "" {
		return // The link of a site, or of nobody.
	}
	whose := fmt.Sprintf("group %q", f.Group)
	if f.Site != "" {
		whose = fmt.Sprintf("site %q", f.Site)
	}
	k.want(f.Index >= -1 && f.Index < nodes, path+"index", "index %d: %s has nodes 0 to %d", f.Index, whose, nodes-1)
	k.want(f.Share >= 0 && f.Share <= 1, path+"share", "share %v: want 0 to 1", f.Share)
	k.want(f.Index < 0 || f.Share == 0, path+"share", "index and share: want one or the other")
	all := nodes == 1 || f.Kind == "partition" || f.Site != ""
	k.want(f.Index >= 0 || f.Share > 0 || all, path+"index", "whom of the %d nodes of %q: want index, or share = 0 to 1", nodes, f.Group)
	if f.Kind == "partition" {
		k.partition(c, f, path)
	}
}

// target checks whom a fault hits and returns how many nodes that is at most, -1 if it names nobody.
func (k *checker) target(c *Config, f *Fault, path string) (nodes int) {
	switch {
	case f.Group != "" && f.Site != "":
		k.want(false, path+"site", "group and site: want one or the other")
		return -1
	case f.Site != "" && c.site(f.Site) < 0:
		k.want(false, path+"site", "site %q: no such site%s", f.Site, didYouMean(f.Site, c.siteNames()))
		return -1
	case f.Site == "" && c.group(f.Group) < 0:
		k.want(false, path+"group", "group %q: no such group%s", f.Group, didYouMean(f.Group, c.groupNames()))
		return -1
	}
	for _, g := range c.among(f.Group + f.Site) {
		nodes += int(c.Groups[g].Count)
	}
	return nodes
}

// among returns the groups that a group's or a site's name means.
func (c *Config) among(name string) (groups []int) {
	for i := range c.Groups {
		if g := &c.Groups[i]; g.Name == name || g.Site == name && name != "" {
			groups = append(groups, i)
		}
	}
	return groups
}

// slow checks what becomes of the rates.
func (k *checker) slow(c *Config, f *Fault, path string) {
	rates := len(f.Uplink.Spread)+len(f.Downlink.Spread) > 0
	k.want(rates || f.Factor != 0, path+"kind", `kind "slow": want uplink, downlink or both, or factor`)
	k.want(!rates || f.Factor == 0, path+"factor", "factor and uplink or downlink: want one or the other")
	k.want(f.Factor >= 0 && f.Factor <= 1000, path+"factor", "factor %v: want 0 to 1000", f.Factor)
	if f.Site != "" {
		k.want(f.Index == -1 && f.Share == 0, path+"site", `kind "slow" of a site is its shared link: want no index or share`)
		return
	}
	if g := c.group(f.Group); g >= 0 {
		k.want(c.Groups[g].Trace == (Trace{}), path+"group", "group %q follows a trace, which says all its rates", f.Group)
	}
}

// partition checks that nobody is on both sides.
func (k *checker) partition(c *Config, f *Fault, path string) {
	if f.From == "" {
		return
	}
	if c.group(f.From) < 0 && c.site(f.From) < 0 {
		k.want(false, path+"from", "from %q: no such group or site%s", f.From, didYouMean(f.From, append(c.groupNames(), c.siteNames()...)))
		return
	}
	here := c.among(f.Group + f.Site)
	for _, g := range c.among(f.From) {
		k.want(!slices.Contains(here, g), path+"from", "from %q: group %q would be on both sides", f.From, c.Groups[g].Name)
	}
}
