package scenarios

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// psimIn runs psim in a directory.
func psimIn(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Chdir(dir)
	var out, errs bytes.Buffer
	code = Main(args, &out, &errs)
	return code, out.String(), errs.String()
}

// small writes a scenario that runs at once and returns its file.
func small(t *testing.T, dir string, more string) string {
	t.Helper()
	file := filepath.Join(dir, "small.toml")
	text := "horizon = \"2m\"\n[video]\nduration = \"5s\"\n" + valid + more
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPsimPrintsATable(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := psimIn(t, dir, "-scenario", small(t, dir, "[[claim]]\nthat = \"finished == 10\"\n"))
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d, stderr:\n%s", code, errs)
	}
	for _, want := range []string{"✓ finished == 10  got 10\n", "startup latency p95", "small, policy classic, config ", "digest ", "report.html"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	folders, err := filepath.Glob(filepath.Join(dir, "results", "small-*-s1"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("results are in %v, %v", folders, err)
	}
	for _, file := range []string{"summary.json", "viewers.csv", "report.html", "scenario.toml"} {
		if _, err := os.Stat(filepath.Join(folders[0], file)); err != nil {
			t.Error(err)
		}
	}
	// What was written as the scenario is the scenario.
	c, err := Load(filepath.Join(folders[0], "scenario.toml"))
	if err != nil || !strings.Contains(folders[0], c.Hash()) {
		t.Errorf("config %s is in %s: %v", c.Hash(), folders[0], err)
	}
}

func TestPsimExitCodes(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, "[[claim]]\nthat = \"finished > 10\"\n")
	for _, c := range []struct {
		args string
		code int
		want string // in what is printed on either
	}{
		{"-scenario " + file, 3, "✗ finished > 10  got 10"},
		{"-scenario " + file + " -set claim=[]", 0, "finished"},
		{"-scenario nowhere.toml", 1, "psim: load scenario: open nowhere.toml: no such file or directory; embedded are"},
		{"-scenario " + file + " -set polcy.name=direct", 1, `small.toml: -set polcy.name=direct: unknown key "polcy", did you mean "policy"?`},
		{"-scenario " + file + " -policy nobody", 1, `no policy is named "nobody": want classic, direct or early, or run the program`},
		{"-scenario " + file + " -until tomorrow", 1, `-set horizon=tomorrow: horizon "tomorrow"`},
		{"-scenario " + file + " -seed one", 1, "psim: -seed one: want numbers and ranges from 0"},
		{"-scenario " + file + " -seed 1-2", 1, "psim: -seed 1-2: want one number; -seeds takes several"},
		{"-scenario " + file + " -seeds 2-1", 1, "psim: -seeds 2-1: want numbers and ranges"},
		{"-scenario " + file + " -seeds=", 1, "psim: -seeds: want a value"},
		{"-scenario " + file + " -seeds 1,1", 1, "psim: -seeds 1,1: seed 1 is there twice"},
		{"-scenario " + file + " -seeds 1-1000000", 1, "want at most 10000 seeds"},
		{"-scenario " + file + " -seed 1 -seeds 2", 1, "psim: -seed and -seeds: want one or the other"},
		{"-scenario " + file + " -jobs 0", 1, "psim: -jobs 0: want at least 1"},
		{"-scenario " + file + " -network udp", 1, `psim: -network "udp": want `},
		{"-scenario " + file + " -colour", 1, "psim: flag provided but not defined: -colour; psim -help shows the flags"},
		{"-scenario " + file + " more", 1, `psim: "more" is no flag`},
		{"", 1, "psim: -scenario is missing: want one of campus"},
		{"-help", 0, "examples:\n"},
		{"-list", 0, "  tree1000     1,000 viewers in a tree"},
		{"-list", 0, "  direct       the client-server baseline"},
		{"-scenario " + file + " -check", 0, "small: fine: 11 nodes, 10 viewers, 5s of 5Mbit/s in 3 chunks, config "},
		{"-scenario " + file + " -check -set group.source.uplink=1Mbps", 0,
			`psim: warning: group "source": its uplink 1Mbit/s is below the video's 5Mbit/s: every viewer will stall`},
		{"-scenario " + file + " -check -network tcp -set group.viewer.count=100000", 1,
			"psim: -network tcp: want fewer nodes, such as -set group.viewer.count=20, or -network sim"},
		{"version", 0, "psim "},
		{"init", 0, "[[group]]"},
		{"init now", 1, "psim: init takes no arguments"},
		{"explain video.piece", 0, "video.piece (bytes, default \"64KiB\")"},
		{"explain video.pieces", 1, `psim: explain: unknown key "video.pieces", did you mean "video.piece"?`},
		{"explain a b", 1, "psim: explain takes one key"},
	} {
		t.Run(c.args, func(t *testing.T) {
			code, out, errs := psimIn(t, dir, strings.Fields(c.args)...)
			if code != c.code || !strings.Contains(out+errs, c.want) {
				t.Errorf("exit code %d, want %d; want %q in:\n%s\n%s", code, c.code, c.want, out, errs)
			}
			if code == 1 && out != "" {
				t.Errorf("an error, and yet on standard output:\n%s", out)
			}
		})
	}
}

// TestPsimOutputIsRepeatable runs the same command twice: every file is the same to the byte, but for what the machine
// spent.
func TestPsimOutputIsRepeatable(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, "")
	spent := regexp.MustCompile(`(?m)^  "(wall_s|cpu_s|run_cpu_s|peak_rss_bytes|bytes_per_node|events_per_cpu_s|cpu_us_per_chunk)": .*$|<tr><th>(wall time|CPU time.*|peak memory|memory per node|events per CPU second)</th>.*</tr>`)
	files := func() map[string]string {
		code, _, errs := psimIn(t, dir, "-scenario", file, "-seeds", "3,1-2", "-jobs", "2")
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, errs)
		}
		all := map[string]string{}
		err := filepath.WalkDir(filepath.Join(dir, "results"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			all[path] = string(data)
			if strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".html") {
				all[path] = spent.ReplaceAllString(all[path], "")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	first, second := files(), files()
	if len(first) < 10 {
		t.Errorf("only %d files", len(first))
	}
	for _, path := range sortedKeys(first) {
		if first[path] != second[path] {
			t.Errorf("%s differs from run to run:\n%s", path, cmp.Diff(first[path], second[path]))
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d files, then %d", len(first), len(second))
	}
}

func TestPsimJSON(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := psimIn(t, dir, "-scenario", small(t, dir, ""), "-json", "-seed", "7")
	var summary struct {
		Schema  int      `json:"schema_version"`
		Command string   `json:"command"`
		Seeds   []uint64 `json:"seeds"`
		Digest  []string `json:"digest"`
		Viewers float64  `json:"viewers"`
		CPU     float64  `json:"cpu_s"`
	}
	if err := json.Unmarshal([]byte(out), &summary); err != nil || code != 0 || errs != "" {
		t.Fatalf("exit code %d, %v, stderr %s, stdout:\n%s", code, err, errs, out)
	}
	if summary.Schema != 2 || !slices.Equal(summary.Seeds, []uint64{7}) || len(summary.Digest) != 1 || summary.Viewers != 10 ||
		!strings.HasPrefix(summary.Command, "psim -scenario ") || summary.CPU <= 0 {
		t.Errorf("summary is %+v", summary)
	}
}

func TestPsimOut(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, "")
	if code, _, errs := psimIn(t, dir, "-scenario", file, "-out", "mine/deep"); code != 0 {
		t.Fatalf("into a missing directory: %s", errs)
	}
	if _, err := os.Stat("mine/deep/summary.json"); err != nil {
		t.Error(err)
	}
	code, _, errs := psimIn(t, dir, "-scenario", file, "-out", "mine/deep")
	if code != 1 || errs != "psim: -out mine/deep: there is something in it already: want an empty directory, or -force\n" {
		t.Errorf("into a directory that is not empty: exit code %d, %s", code, errs)
	}
	if code, _, errs := psimIn(t, dir, "-scenario", file, "-out", "mine/deep", "-force"); code != 0 {
		t.Errorf("with -force: %s", errs)
	}
	if code, _, errs := psimIn(t, dir, "-scenario", file, "-out", file); code != 1 || !strings.Contains(errs, "-out: ") {
		t.Errorf("into a file: exit code %d, %s", code, errs)
	}
	if err := os.Symlink("nowhere/at/all", "dangling"); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := psimIn(t, dir, "-scenario", file, "-out", "dangling"); code != 1 || out != "" || !strings.HasPrefix(errs, "psim: -out: mkdir ") {
		t.Errorf("where no directory can be made: exit code %d, %s", code, errs)
	}
	if _, err := os.Stat("results"); err == nil {
		t.Error("-out was given and results/ was written too")
	}
}

// TestSeedsAreIndependent checks that running seeds together, or another beside them, changes none of their histories.
func TestSeedsAreIndependent(t *testing.T) {
	c, err := Parse("x.toml", []byte(valid), "video.duration=5s")
	if err != nil {
		t.Fatal(err)
	}
	digests := func(jobs int, seeds ...uint64) (list []string) {
		runs, err := runSeeds(t.Context(), c, seeds, jobs, interruptible, func(int, float64) {})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range runs {
			if r.Seed != seeds[i] {
				t.Errorf("run %d is of seed %d, want %d", i, r.Seed, seeds[i])
			}
			list = append(list, r.Digest)
		}
		return list
	}
	together := digests(4, 1, 2, 3)
	alone := slices.Concat(digests(1, 1), digests(1, 2), digests(1, 3))
	if diff := cmp.Diff(alone, together); diff != "" {
		t.Errorf("(-alone +together):\n%s", diff)
	}
}

// TestRegisteredPolicy has a policy of one's own take its parameters from the command line.
func TestRegisteredPolicy(t *testing.T) {
	var got []any
	Register("own", "for this test", func(p *Params) (core.Policy, error) {
		got = []any{p.Int("fanout", 3, "peers asked at once"), p.Float("alpha", 0.5, "greed"), p.Bool("hedge", false, "ask twice"),
			p.Time("patience", core.Second, "before asking elsewhere"), p.Text("order", "rarest", "of chunks", "rarest", "next")}
		return core.NewDirect(), nil
	})
	dir := t.TempDir()
	file := small(t, dir, "")
	if code, _, errs := psimIn(t, dir, "-scenario", file, "-policy", "own", "-set", "policy.fanout=5", "-set", "policy.alpha=2",
		"-set", "policy.hedge=true", "-set", "policy.patience=80ms", "-set", "policy.order=next"); code != 0 {
		t.Fatal(errs)
	}
	if diff := cmp.Diff([]any{5, 2.0, true, 80 * core.Millisecond, "next"}, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	for _, c := range []struct{ set, want string }{
		{"policy.fanuot=5", `unknown key "fanuot", did you mean "fanout"?`},
		{"policy.fanout=-5", `fanout is -5: want a whole number`},
		{"policy.order=last", `order is "last": want rarest or next`},
		{"policy.patience=80", `patience is 80: want a time in quotes`},
	} {
		if code, _, errs := psimIn(t, dir, "-scenario", file, "-policy", "own", "-set", c.set); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit code %d, %s", c.set, code, errs)
		}
	}
	if _, out, _ := psimIn(t, dir, "explain", "policy.fanout"); out != "policy.fanout (whole number, default 3)\n    policy own: peers asked at once\n" {
		t.Errorf("explain says %q", out)
	}
}

func TestSeedsText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"1", "1"}, {"1-20", "1-20"}, {"1,2", "1-2"}, {"3,1-2", "3+1-2"}, {"1,4,7-9", "1+4+7-9"},
		{"1,3,5,7,9,11,13,15,17,19,21,23,25", "1-25-fdad5521"},
	} {
		seeds, err := parseSeeds("-seeds", c.in)
		if got := seedsText(seeds); err != nil || got != c.want {
			t.Errorf("seeds %s are named %s, want %s, %v", c.in, got, c.want, err)
		}
	}
}

func TestCommandLineCanBeTypedAgain(t *testing.T) {
	p := psim{args: []string{"-scenario", "my file.toml", "-set", `claim=[{that="stalls == 0"}]`, "-set", "video.name=it's"}}
	want := `psim -scenario 'my file.toml' -set 'claim=[{that="stalls == 0"}]' -set 'video.name=it'\''s'`
	if got := p.commandLine(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPsimSaysThatRatesAreApproximate: a run with an epsilon says so wherever its result is, one without is exact.
func TestPsimSaysThatRatesAreApproximate(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, "")
	for set, want := range map[string]struct {
		line  bool
		value float64
	}{"net.epsilon=0%": {false, 0}, "net.epsilon=0.5%": {true, 0.005}} {
		code, out, errs := psimIn(t, dir, "-scenario", file, "-set", set)
		if code != 0 {
			t.Fatalf("%s: exit code %d: %s", set, code, errs)
		}
		if got := strings.Contains(out, "\nrates are approximate: net.epsilon is 0.5%\n"); got != want.line {
			t.Errorf("%s: says that rates are approximate: %v, want %v:\n%s", set, got, want.line, out)
		}
		code, out, errs = psimIn(t, dir, "-scenario", file, "-set", set, "-json")
		var summary struct{ Epsilon float64 }
		if err := json.Unmarshal([]byte(out), &summary); err != nil || code != 0 {
			t.Fatalf("%s: %v, exit code %d: %s", set, err, code, errs)
		}
		if summary.Epsilon != want.value {
			t.Errorf("%s: summary.json has epsilon %v, want %v", set, summary.Epsilon, want.value)
		}
	}
	if _, _, errs := psimIn(t, dir, "-scenario", file, "-set", "net.epsilon=11%"); !strings.Contains(errs, "net.epsilon") {
		t.Errorf("an epsilon of 11%%: %q, want a fault of net.epsilon", errs)
	}
}
