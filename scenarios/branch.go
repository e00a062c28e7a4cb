package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"peerstreamer/core"
)

// Branch is a variant of a scenario: what else happens from a moment on. A run with branches simulates what is before that
// moment once, and each branch from a copy of the simulation; its history is that of a run of Config.Branch.
//
// Only faults can be added. Links, arrivals and the policy are decided before the first message, and another choice would
// be another history from the beginning: that is another scenario. A fault of kind slow changes links in either direction.
type Branch struct {
	Name   string    `toml:"name" doc:"of the variant: letters, digits, spaces, hyphens and underscores"`
	At     core.Time `toml:"at" doc:"when it parts from the others; nothing that it adds is earlier"`
	Faults []Fault   `toml:"fault" doc:"what goes wrong in this variant besides the scenario's own faults; without at, when the branch begins"`
}

// maxBranches bounds the variants of a scenario.
const maxBranches = 100

// limit says why a branch has no more keys.
func (*Branch) limit(string, string) string {
	return ": a branch has name, at and fault; what else could change is decided before the first message: want another scenario, " +
		"or a fault of kind \"slow\" for links"
}

// Branch returns the scenario that a branch of a name means: the same with the branch's faults behind the others, with the
// claims that are about the branch, and without branches.
func (c *Config) Branch(name string) (*Config, error) {
	i := slices.Index(c.branchNames(), name)
	switch {
	case len(c.Branches) == 0:
		return nil, fmt.Errorf("branch %q: %s has no branches", name, c.Name)
	case i < 0:
		return nil, fmt.Errorf("branch %q: no such branch%s", name, didYouMean(name, c.branchNames()))
	}
	return c.variant(i), nil
}

// variant is Branch by number.
func (c *Config) variant(i int) *Config {
	plain := *c
	plain.Branches, plain.Claims = nil, nil
	plain.Faults = slices.Concat(c.Faults, c.Branches[i].Faults)
	for _, claim := range c.Claims {
		if claim.Branch == "" || claim.Branch == c.Branches[i].Name {
			plain.Claims = append(plain.Claims, Claim{That: claim.That})
		}
	}
	return &plain
}

func (c *Config) branchNames() (names []string) {
	for i := range c.Branches {
		names = append(names, c.Branches[i].Name)
	}
	return names
}

// folder returns the name of the folder of a branch's results.
func (b *Branch) folder() string { return strings.ReplaceAll(b.Name, " ", "-") }

// inherit gives the faults of branches that say no time their branch's. root is the file's tree, of the right types.
func (c *Config) inherit(root map[string]any) {
	branches, _ := root["branch"].([]any)
	for i := range min(len(branches), len(c.Branches)) {
		branch, _ := branches[i].(map[string]any)
		faults, _ := branch["fault"].([]any)
		for j := range min(len(faults), len(c.Branches[i].Faults)) {
			fault, _ := faults[j].(map[string]any)
			if _, given := fault["at"]; !given {
				c.Branches[i].Faults[j].At = c.Branches[i].At
			}
		}
	}
}

// branches checks all branches.
func (k *checker) branches(c *Config) {
	k.want(len(c.Branches) <= maxBranches, "branch", "%d branches: want at most %d", len(c.Branches), maxBranches)
	seen := map[string]bool{}
	for i := range c.Branches {
		b, path := &c.Branches[i], fmt.Sprintf("branch[%d].", i)
		k.want(isPhrase(b.Name), path+"name",
			"name %q: want at most 40 letters, digits, spaces, hyphens and underscores, a letter or digit first and last", b.Name)
		folder := strings.ToLower(b.folder()) // Some file systems do not tell large letters from small.
		k.want(!seen[folder], path+"name", "name %q: there is another branch of this name", b.Name)
		seen[folder] = true
		k.want(b.At > 0 && b.At <= c.Horizon, path+"at", "at %v: want a moment after 0s, by the horizon, %v", b.At, c.Horizon)
		for j := range b.Faults {
			at := fmt.Sprintf("%sfault[%d].", path, j)
			k.want(b.Faults[j].At >= b.At, at+"at", "at %v: that is before the branch begins, at %v", b.Faults[j].At, b.At)
			k.fault(c, &b.Faults[j], at)
		}
	}
}

// branchOf checks that a claim is about a branch that there is.
func (k *checker) branchOf(c *Config, claim Claim, path string) {
	names := c.branchNames()
	switch {
	case claim.Branch == "" || slices.Contains(names, claim.Branch):
	case len(names) == 0:
		k.want(false, path, "branch %q: there are no branches", claim.Branch)
	default:
		k.want(false, path, "branch %q: no such branch%s", claim.Branch, didYouMean(claim.Branch, names))
	}
}

// isPhrase accepts what can be a folder's name once spaces are hyphens.
func isPhrase(s string) bool {
	inner := func(r rune) bool { return r == ' ' || r == '-' || r == '_' }
	for i, r := range s {
		ok := r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) || i > 0 && i < len(s)-1 && inner(r)
		if !ok {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// order returns the numbers of the branches by the moments at which they part.
func (c *Config) order() []int {
	list := make([]int, len(c.Branches))
	for i := range list {
		list[i] = i
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(c.Branches[a].At, c.Branches[b].At) })
	return list
}

// copies returns how many simulations are in memory at a time when so many seeds run, so many jobs at a time: for each
// seed the common part and a branch, another branch for each job that is left, and no more than there are branches, since
// the last branch of a seed is what was the common part.
func (c *Config) copies(seeds, jobs int) int {
	running := min(seeds, jobs)
	if len(c.Branches) == 0 {
		return running
	}
	return min(running*len(c.Branches), running+jobs)
}
