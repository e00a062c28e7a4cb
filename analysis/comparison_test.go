package analysis

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// compared is two branches with two seeds: "calm" sends 1.5 and 2 copies, "busy" 2 copies with both.
func compared(t *testing.T) *Comparison {
	t.Helper()
	calm := summarize(t, result(t, three(), four()))
	a, b := four(), four()
	a.Seed = 1
	busy := summarize(t, result(t, a, b))
	r := result(t)
	r.Claims = nil
	c, err := Compare(r, []Branch{{"calm", 20 * sec, "branches/calm", calm}, {"busy", 30 * sec, "branches/busy", busy}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDifference: seed by seed busy sends 0.5 and 0 copies more, 0.25 in the mean. The interval of two values is the mean
// +- t(1, 0.975) = 12.706 times half their distance.
func TestDifference(t *testing.T) {
	c := compared(t)
	for f := range c.Branches[1].Figures {
		if c.Branches[1].Figures[f].Name != "source_copies" {
			continue
		}
		mean, lo, hi := c.difference(1, f)
		if m, _ := mean.Get(); m != 0.25 {
			t.Errorf("mean %v, want 0.25", m)
		}
		l, _ := lo.Get()
		h, _ := hi.Get()
		if want := 12.706 * 0.25; l < 0.25-want-0.001 || l > 0.25-want+0.001 || h < 0.25+want-0.001 || h > 0.25+want+0.001 {
			t.Errorf("interval %v to %v, want 0.25 +- %v", l, h, want)
		}
	}
	if _, err := Compare(c.Result, []Branch{c.Branches[0], {Name: "one", Summary: summarize(t, result(t, three()))}}); err == nil {
		t.Error("branches of other seeds are compared")
	}
	if _, err := Compare(c.Result, nil); err == nil {
		t.Error("no branches are compared")
	}
}

// TestInterruptedComparison: what was interrupted at one moment and what at another have no difference, in no file.
func TestInterruptedComparison(t *testing.T) {
	for cut := range 2 {
		c := compared(t)
		c.Branches[cut].Runs[1].Partial = true
		for f := range c.Branches[1].Figures {
			if mean, lo, hi := c.difference(1, f); mean.Ok() || lo.Ok() || hi.Ok() {
				t.Errorf("%s: difference %v (%v to %v)", c.Branches[1].Figures[f].Name, mean, lo, hi)
			}
		}
		var table, summary strings.Builder
		if err := errors.Join(PrintComparison(&table, c, false), WriteComparisonSummary(&summary, c)); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(table.String(), "\n")
		if at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "source copies") }); at < 0 ||
			strings.Join(strings.Fields(lines[at]), " ") != "source copies 1.75 3.177 2 0 – copies" {
			t.Errorf("branch %d interrupted: printed\n%s", cut, table.String())
		}
		if !strings.Contains(summary.String(), `"source_copies": null`) {
			t.Errorf("branch %d interrupted: summary.json is\n%s", cut, summary.String())
		}
	}
}

// TestPrintComparison looks at lines of the table: both figures, the difference with its sign, one unit for all.
func TestPrintComparison(t *testing.T) {
	c := compared(t)
	lines := func() (list []string) {
		var b strings.Builder
		if err := PrintComparison(&b, c, false); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if strings.HasPrefix(line, "figure") || strings.HasPrefix(line, "source") {
				list = append(list, strings.Join(strings.Fields(line), " "))
			}
		}
		return list
	}
	want := []string{"figure calm ±95% busy ±95% Δ ±95% unit", "source copies 1.75 3.177 2 0 +0.25 3.177 copies", "source sent 14 25.41 16 0 +2 25.41 MB"}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range 4 {
		c.Branches = append(c.Branches, c.Branches[1])
	}
	titles := 0
	for _, line := range lines() {
		if strings.HasPrefix(line, "figure calm ") {
			titles++
		}
	}
	if titles < 2 {
		t.Errorf("six branches stand in %d tables", titles)
	}
	var b strings.Builder
	if err := PrintComparison(&b, c, false); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if runes(line) > tableWidth+1 {
			t.Errorf("%d characters in %q", runes(line), line)
		}
	}
}

// TestWriteComparison: the files are there, the page has both branches, a row in branches.csv is a branch and a seed.
func TestWriteComparison(t *testing.T) {
	c, dir := compared(t), t.TempDir()
	if err := WriteComparison(dir, c); err != nil {
		t.Fatal(err)
	}
	got := files(t, dir)
	rows := strings.Split(strings.TrimSpace(got["branches.csv"]), "\n")
	if len(rows) != 5 || !strings.HasPrefix(rows[0], "branch,at_s,seed,digest,viewers,") || !strings.HasPrefix(rows[4], "busy,30,2,00000000000000a2,3,") {
		t.Errorf("branches.csv is\n%s", got["branches.csv"])
	}
	for _, want := range []string{`<a href="branches/busy/report.html">busy</a>`, ">&#43;0.25<", "from 30s", "source copies", "data:image/svg"} {
		if !strings.Contains(got["report.html"], want) {
			t.Errorf("report.html does not have %s", want)
		}
	}
	for _, chart := range []string{"startup", "stuck", "egress"} {
		points, err := os.ReadFile(filepath.Join(dir, "plots", chart+".csv"))
		if err != nil || !strings.Contains(string(points), "\ncalm,") || !strings.Contains(string(points), "\nbusy,") {
			t.Errorf("%s.csv: %v\n%s", chart, err, points)
		}
	}
	if points := got["plots/stuck.csv"]; !strings.Contains(points, "parting at 20s,20,0") || !strings.Contains(points, "parting at 30s,30,0") {
		t.Errorf("where branches part is not in\n%s", points)
	}
}
