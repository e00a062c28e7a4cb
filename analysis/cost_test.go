package analysis

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// TestCost: two runs of 1,000 events and 50 chunks that took half a CPU second, with four nodes each in 4,096 bytes.
func TestCost(t *testing.T) {
	half := core.Second / 2
	of := func(change func(*Result)) *Result {
		r := &Result{Runs: []Run{three(), four()}, Cost: Cost{CPU: core.Second, RunCPU: half, PeakRSS: 4096, AtOnce: 2}}
		r.Runs[0].Chunks, r.Runs[1].Chunks = 20, 30
		change(r)
		return r
	}
	for _, c := range []struct {
		name                   string
		change                 func(*Result)
		events, chunk, perNode stats.Value
	}{
		{"two seeds at once", func(*Result) {}, stats.Some(4000), stats.Some(0.01), stats.Some(512)},
		{"one after the other", func(r *Result) { r.AtOnce = 1 }, stats.Some(4000), stats.Some(0.01), stats.Some(1024)},
		{"over sockets", func(r *Result) { r.Runs[0].Events, r.Runs[1].Events = 0, 0 }, stats.None, stats.Some(0.01), stats.Some(512)},
		{"nothing delivered", func(r *Result) { r.Runs[0].Chunks, r.Runs[1].Chunks = 0, 0 }, stats.Some(4000), stats.None, stats.Some(512)},
		{"no time measured", func(r *Result) { r.RunCPU = 0 }, stats.None, stats.Some(0), stats.Some(512)},
	} {
		r := of(c.change)
		got := []stats.Value{r.EventsPerCPUSecond(), r.CPUPerChunk(), r.BytesPerNode()}
		if diff := cmp.Diff([]stats.Value{c.events, c.chunk, c.perNode}, got); diff != "" {
			t.Errorf("%s: events, chunk, node (-want +got):\n%s", c.name, diff)
		}
	}
	var out bytes.Buffer
	if err := PrintCost(&out, &Summary{Result: *of(func(*Result) {})}); err != nil {
		t.Fatal(err)
	}
	want := "runs 0.5 s CPU, 2000 events, 0.00 M a CPU second, 10000 us CPU a chunk, 512 bytes a node\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// TestPartialIsNotJudged: a partial result has no verdicts, and says that it is partial in every file a person looks at.
func TestPartialIsNotJudged(t *testing.T) {
	s, err := Summarize(Result{Runs: []Run{three()}, Claims: claims(t, "finished == 3"), Partial: "interrupted at 100.000 s of 5m"})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Verdicts) != 0 || s.Failed() != 0 {
		t.Errorf("verdicts %v", s.Verdicts)
	}
	dir := t.TempDir()
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	got := files(t, dir)
	for _, c := range []struct{ file, want string }{
		{"summary.json", `"partial": true`},
		{"report.html", "<b>Partial.</b> interrupted at 100.000 s of 5m; claims are not judged."},
		{"report.html", "over time; partial: interrupted at 100.000 s of 5m"},
		{"plots/timeline.svg", "time (s) \u2013 partial<"},
	} {
		if !strings.Contains(got[c.file], c.want) {
			t.Errorf("%s does not say %q", c.file, c.want)
		}
	}
}

// TestMeasure: what has been spent is asked for when everything is drawn, and stands in the summary and on the page.
func TestMeasure(t *testing.T) {
	s := summarize(t, result(t, three()))
	dir, calls := t.TempDir(), 0
	s.Measure = func() Cost {
		calls++
		if got := files(t, dir); got["viewers.csv"] == "" || got["plots/timeline-wide.pdf"] == "" || got["report.html"] != "" {
			t.Errorf("asked when there were %d files", len(got))
		}
		return Cost{CPU: 12 * sec, RunCPU: 3 * sec, PeakRSS: core.MiB}
	}
	if err := Write(dir, s); err != nil {
		t.Fatal(err)
	}
	got := files(t, dir)
	if calls != 1 || !strings.Contains(got["summary.json"], `"cpu_s": 12,`) || !strings.Contains(got["report.html"], ">12 s<") {
		t.Errorf("after %d calls the summary is\n%s", calls, got["summary.json"])
	}
}
