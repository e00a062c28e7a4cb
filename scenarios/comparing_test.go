package scenarios

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// twoBranches is behind a small scenario: calm, and one in which a viewer crashes at 2 s.
const twoBranches = `
[[branch]]
name = "calm"
at = "2s"
[[branch]]
name = "one is lost"
at = "2s"
fault = [{ kind = "crash", group = "viewer", index = 3 }]
[[claim]]
that = "finished == 10"
branch = "calm"
[[claim]]
that = "finished == 9"
branch = "one is lost"
[[claim]]
that = "viewers == 10"
`

// TestPsimBranches runs psim with two branches and looks at what is printed and written: a folder for each as of a run of
// it alone, and what compares them.
func TestPsimBranches(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, twoBranches)
	code, out, errs := psimIn(t, dir, "-scenario", file, "-out", "x")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s\n%s", code, errs, out)
	}
	for _, want := range []string{"calm:\n✓ finished == 10  got 10\n✓ viewers == 10   got 10\n", "one is lost:\n✓ finished == 9  got 9\n",
		"\nfigure", "  calm  one is lost ", "Δ  unit\n", " events, ", " M a CPU second", "x/report.html\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	for _, file := range []string{"summary.json", "branches.csv", "report.html", "scenario.toml", "plots/startup.csv", "branches/calm/summary.json",
		"branches/one-is-lost/viewers.csv", "branches/one-is-lost/report.html"} {
		if _, err := os.Stat(filepath.Join("x", filepath.FromSlash(file))); err != nil {
			t.Error(err)
		}
	}
	// The folder of a branch holds a scenario without branches; that, and -branch, have the same history.
	for _, again := range [][]string{{"-scenario", "x/branches/one-is-lost/scenario.toml", "-out", "y"}, {"-scenario", file, "-branch", "one is lost", "-out", "z"}} {
		if _, alone, errs := psimIn(t, dir, again...); !strings.Contains(out, digestIn(t, alone)) {
			t.Errorf("%v: %s\n%s", again, alone, errs)
		}
	}
}

// TestPsimBranchesJSON reads what -json prints: the difference is that of the figures.
func TestPsimBranchesJSON(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := psimIn(t, dir, "-scenario", small(t, dir, twoBranches), "-json", "-seeds", "1-3")
	type part struct {
		Name       string
		At         float64 `json:"at_s"`
		Difference map[string]any
		Summary    struct {
			Seeds    []uint64
			Finished float64
			CPU      *float64 `json:"cpu_s"`
		}
	}
	var got struct {
		Schema   int `json:"schema_version"`
		CPU      float64
		Branches []part
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || errs != "" {
		t.Fatalf("exit code %d, %v, %s:\n%s", code, err, errs, out)
	}
	if len(got.Branches) != 2 || got.Schema != 2 {
		t.Fatalf("%+v", got)
	}
	calm, lost := got.Branches[0], got.Branches[1]
	if calm.Name != "calm" || calm.Difference != nil || lost.At != 2 || lost.Difference["finished"] != -1.0 ||
		lost.Summary.Finished != 9 || len(lost.Summary.Seeds) != 3 || lost.Summary.CPU != nil {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff([]any{-1.0, -1.0}, lost.Difference["finished_ci95"]); diff != "" {
		t.Errorf("interval of the difference (-want +got):\n%s", diff)
	}
}

// TestPsimBranchesExitCodes: what cannot be done with branches is refused with what can, and claims of any branch count.
func TestPsimBranchesExitCodes(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, twoBranches)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-set", "claim=[{that=\"finished == 10\"}]"}, 3, "✗ finished == 10  got 9"},
		{[]string{"-set", "claim=[{that=\"finished == 10\", branch=\"clam\"}]"}, 1, `branch "clam": no such branch, did you mean "calm"?`},
		{[]string{"-branch", "clam"}, 1, `psim: -branch: branch "clam": no such branch, did you mean "calm"?`},
		{[]string{"-branch", "calm", "-set", "branch=[]", "-set", "claim=[]"}, 1, `psim: -branch: branch "calm": small has no branches`},
		{[]string{"-network", "tcp"}, 1, "psim: -network tcp: nothing but a simulation can be copied"},
		{[]string{"-network", "tcp", "-branch", "calm", "-check"}, 0, "small: fine: "},
		{[]string{"-trace", "t.json"}, 1, "psim: -trace: a trace is of one history, and small has 2: want one of its branches alone, such as -branch calm"},
		{[]string{"-trace", "t.json", "-branch", "one is lost", "-force", "-out", "t"}, 0, "✓ finished == 9"},
		{[]string{"-check"}, 0, ", 2 branches, about "},
		{[]string{"-verify", "-seeds", "1-2"}, 0, "seed 2, one is lost: two runs agree: digest "},
		{[]string{"-memory", "20MiB"}, 1, "2 times at once"},
	} {
		code, out, errs := psimIn(t, dir, append([]string{"-scenario", file}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%v: exit code %d, want %d; want %q in:\n%s%s", c.args, code, c.code, c.want, out, errs)
		}
	}
}

// TestBranchFaultsAreTold: every mistake in a branch is told with its place and its name.
func TestBranchFaultsAreTold(t *testing.T) {
	for _, c := range []struct{ branch, want string }{
		{`name = "a"`, `x.toml:16: branch "a": at 0s: want a moment after 0s, by the horizon, 1h`},
		{"name = \"a\"\nat = \"2h\"", `branch "a": at 2h: want a moment`},
		{"name = \"a/b\"\nat = \"1s\"", `name "a/b": want at most 40 letters, digits`},
		{"name = \" a\"\nat = \"1s\"", `name " a": want at most 40 letters, digits`},
		{"at = \"1s\"", `branch 0: name "": want at most 40`},
		{"name = \"a b\"\nat = \"1s\"\n[[branch]]\nname = \"A-b\"\nat = \"2s\"", `branch "A-b": name "A-b": there is another branch of this name`},
		{"name = \"a\"\nat = \"1m\"\nfault = [{ kind = \"crash\", group = \"source\", at = \"59s\" }]",
			`x.toml:19: branch "a": fault 0: at 59s: that is before the branch begins, at 1m`},
		{"name = \"a\"\nat = \"1m\"\nfault = [{ kind = \"crash\", group = \"source\", at = \"0s\" }]", `at 0s: that is before the branch begins`},
		{"name = \"a\"\nat = \"1m\"\n[[branch.fault]]\nkind = \"crash\"\ngroup = \"viewr\"", `branch "a": fault 0: group "viewr": no such group, did you mean "viewer"?`},
		{"name = \"a\"\nat = \"1m\"\nset = { horizon = \"2m\" }", `branch "a": unknown key "set": a branch has name, at and fault; what else could change`},
		{"name = \"a\"\nat = \"1m\"\n[[claim]]\nthat = \"stalls == 0\"\nbranch = \"b\"", `branch "b": no such branch`},
	} {
		_, err := Parse("x.toml", []byte(valid+"\n[[branch]]\n"+c.branch))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot  %v\nwant %s", c.branch, err, c.want)
		}
	}
}

// TestBranchesInTheFile: a fault without a time comes with its branch, what is written reads back as the same, and a
// scenario has the hash it has without a list of branches.
func TestBranchesInTheFile(t *testing.T) {
	c := parsed(t, valid+twoBranches)
	if at := c.Branches[1].Faults[0].At; at != 2*core.Second {
		t.Errorf("the fault comes at %v", at)
	}
	again, err := Parse("x.toml", []byte(c.TOML()))
	if err != nil || again.Hash() != c.Hash() {
		t.Errorf("read back it is another: %v\n%s", err, c.TOML())
	}
	plain, lost := parsed(t, valid), parsed(t, valid+twoBranches, "claim=[]")
	if v, err := lost.Branch("calm"); err != nil || v.Hash() != plain.Hash() {
		t.Errorf("a branch that adds nothing is config %s, without it %s: %v", v.Hash(), plain.Hash(), err)
	}
	if lost.Hash() == plain.Hash() {
		t.Error("branches are not in the hash")
	}
	if c := parsed(t, valid+twoBranches, "branch.calm.at=5s"); c.Branches[0].At != 5*core.Second {
		t.Errorf("-set branch.calm.at=5s: %v", c.Branches[0].At)
	}
}

// TestCopies: how many simulations are in memory at a time.
func TestCopies(t *testing.T) {
	for _, c := range []struct{ branches, seeds, jobs, want int }{
		{0, 1, 4, 1}, {0, 8, 4, 4}, {1, 1, 2, 1}, {1, 8, 2, 2}, {2, 1, 1, 2}, {2, 1, 2, 2}, {5, 1, 1, 2}, {5, 1, 2, 3}, {5, 4, 2, 4}, {5, 1, 8, 5},
	} {
		config := Config{Branches: make([]Branch, c.branches)}
		if got := config.copies(c.seeds, c.jobs); got != c.want {
			t.Errorf("%d branches, %d seeds, %d jobs: %d, want %d", c.branches, c.seeds, c.jobs, got, c.want)
		}
	}
}

// TestInterruptedBranches: interrupted in the common part, every branch has its partial records; interrupted in a branch,
// the ones before are whole.
func TestInterruptedBranches(t *testing.T) {
	c := parsed(t, valid+twoBranches, "video.duration=5s")
	for _, i := range []struct {
		at   core.Time
		want []bool // which are partial
	}{{core.Second, []bool{true, true}}, {3 * core.Second, []bool{true, true}}, {core.Hour, []bool{false, false}}} {
		ctx, stop := context.WithCancel(t.Context())
		start := func(ctx context.Context, p *Plan) (forkable, error) {
			s, err := simulationOf(ctx, p)
			if err != nil {
				return nil, err
			}
			s.sim.Call(min(i.at, 2*core.Second-1), 1, func(core.Network, core.NodeID) {
				if i.at < core.Hour {
					stop()
				}
			})
			return s, nil
		}
		runs, err := runBranches(ctx, c, 1, make(chan struct{}), start, func(float64) {})
		stop()
		if err != nil {
			t.Fatal(err)
		}
		for b, r := range runs {
			if r.Partial != i.want[b] {
				t.Errorf("interrupted at %v: branch %d is partial %t at %v", i.at, b, r.Partial, r.End)
			}
		}
		result, what := wholeBranches(c, [][]*analysis.Run{runs})
		if len(result) != 2 || len(result[1]) != 1 || (what != "") != i.want[0] {
			t.Errorf("interrupted at %v: %q", i.at, what)
		}
	}
}

// TestWhatIf derives what the embedded example shows. A viewer is 11 chunks of 2.1 s ahead of its position, and its master 11
// ahead of it: 46 s of media are below the source when it cannot be reached any more, and an outage of 15 s stalls nobody.
// After one of 45 s everybody stalls, though not before those 46 s, because masters try again when rejoin_max at most has
// passed; then their first chunk is there at once.
func TestWhatIf(t *testing.T) {
	c, err := Load("whatif")
	if err != nil {
		t.Fatal(err)
	}
	runs := grown(t, c, 1)
	chunk := c.Video.Bitrate.Time(c.Video.Chunk)
	lasts := core.Minute + 2*core.Time(c.Policy.ReadAhead)*chunk
	back := core.Minute + 45*core.Second + c.Policy.RejoinMax + 2*core.Second
	for i, name := range c.branchNames() {
		want := int32(0)
		if name == "long outage" {
			want = 1
		}
		for _, v := range runs[i].Viewers {
			if v.Last != core.Ended || v.Stalls != want {
				t.Errorf("%s: %s is %v after %d stalls, want %d", name, runs[i].Name(int(v.Node)), v.Last, v.Stalls, want)
			}
		}
		for _, s := range runs[i].Samples {
			if s.Stalled > 0 && (s.At < lasts-chunk || s.At > back) {
				t.Errorf("%s: %d viewers are stalled at %v, want none but from %v to %v", name, s.Stalled, s.At, lasts-chunk, back)
			}
		}
	}
}
