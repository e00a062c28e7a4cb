package scenarios

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis"
)

// branched is crowd with variants of every kind: one in which nothing else happens, one whose fault comes with the very
// moment at which it parts, one that hits viewers who have not come yet, one that slows what is slowed already, one that
// lets a crashed node come back.
const branched = crowd + `
[[fault]]
kind = "slow"
group = "source"
at = "8s"
factor = 0.5
after = "30s"
[[fault]]
kind = "crash"
group = "viewer"
index = 8
at = "25s"
[[fault]]
kind = "partition"
group = "viewer"
index = 0
at = "2s"
after = "20s"

[[branch]]
name = "calm"
at = "9s"
[[branch]]
name = "at once"
at = "12s"
fault = [{ kind = "crash", group = "viewer", share = 0.3 }, { kind = "slow", group = "viewer", share = 1, uplink = "1Mbit/s..9Mbit/s" }]
[[branch]]
name = "before they come"
at = "2500ms"
fault = [{ kind = "crash", group = "viewer", share = 0.5, at = "3s" }]
[[branch]]
name = "twice slow"
at = "9s"
[[branch.fault]]
kind = "slow"
group = "source"
at = "20s"
factor = 0.2
after = "40s"
[[branch.fault]]
kind = "partition"
group = "viewer"
index = 2
at = "9s"
after = "3s"
[[branch]]
name = "back"
at = "30s"
fault = [{ kind = "restart", group = "viewer", index = 8, at = "31s" }]
`

func parsed(t *testing.T, text string, set ...string) *Config {
	t.Helper()
	c, err := Parse("branched.toml", []byte(text), set...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// grown runs all branches with the scenario's seed.
func grown(t *testing.T, c *Config, jobs int) []*analysis.Run {
	t.Helper()
	runs, err := runBranches(t.Context(), c, c.Seed, make(chan struct{}, jobs-1), forkableSimulation, func(float64) {})
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// inTree makes all nodes be there from the beginning, so that a crash can come before a viewer does, and what is back can
// still have one. Otherwise who has crashed may have left when it could come back.
var inTree = []string{"group.viewer.tree.arity=2", "group.viewer.arrive.tau=20s"}

// TestBranchIsAPlainRun compares each branch, forked, with a run from the beginning of the scenario that it means: history
// and records are the same to the last bit, whether branches run one after the other or beside each other.
func TestBranchIsAPlainRun(t *testing.T) {
	for _, set := range [][]string{nil, inTree} {
		for seed := range 3 {
			c := parsed(t, branched, append(set, "group.viewer.stay.mean=2m", fmt.Sprint("seed=", seed))...)
			var want []*analysis.Run
			digests := map[string]bool{}
			for _, name := range c.branchNames() {
				plain, err := c.Branch(name)
				if err != nil {
					t.Fatal(err)
				}
				r, err := Simulate(NewPlan(plain, c.Seed), nil)
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, r)
				digests[r.Digest] = true
			}
			if n := len(c.Branches); len(digests) < n-1 || set != nil && len(digests) < n {
				t.Errorf("%v, seed %d: %d branches have %d histories", set, seed, len(c.Branches), len(digests))
			}
			for _, jobs := range []int{1, 3} {
				got := grown(t, c, jobs)
				whole := 0 // branches that were simulated from the beginning, as the trunk
				for _, r := range got {
					if r.Copied == 0 {
						whole++
					}
					if r.Copied < 0 || r.Copied > r.Events {
						t.Errorf("%d of %d events are copied", r.Copied, r.Events)
					}
					r.Copied = 0
				}
				if whole != 1 {
					t.Errorf("%v, seed %d: the common part counts for %d branches, want 1", set, seed, whole)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%v, seed %d, %d at a time (-plain +forked):\n%s", set, seed, jobs, diff)
				}
			}
		}
	}
}
