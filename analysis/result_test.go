package analysis

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis/bounds"
	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// 1.5 and 2 copies: mean 1.75, s = 0.5/sqrt(2), so 12.7062 * 0.5/sqrt(2)/sqrt(2) = 3.17655 to either side.
func TestFigureOverSeeds(t *testing.T) {
	s := summarize(t, result(t, three(), four()))
	f, ok := s.Figure("source_copies")
	if !ok {
		t.Fatal("no figure source_copies")
	}
	lo, _ := f.Lo.Get()
	hi, _ := f.Hi.Get()
	if f.Mean != stats.Some(1.75) || math.Abs(lo-(1.75-3.17655)) > 1e-4 || math.Abs(hi-(1.75+3.17655)) > 1e-4 {
		t.Errorf("source_copies = %v in %v..%v, want 1.75 +- 3.17655", f.Mean, lo, hi)
	}
	if diff := cmp.Diff([]stats.Value{stats.Some(1.5), stats.Some(2)}, f.PerSeed); diff != "" {
		t.Error(diff)
	}
}

func TestFigureNeedsAValueFromEverySeed(t *testing.T) {
	nobody := four()
	nobody.Viewers = nil
	s := summarize(t, result(t, three(), nobody))
	f, _ := s.Figure("startup_latency.p95")
	if f.Mean.Ok() || f.Lo.Ok() {
		t.Errorf("startup_latency.p95 = %v, though nobody came with seed 2", f.Mean)
	}
	if got, want := s.Verdicts[0], (Verdict{"startup_latency.p95 < 5s", "no value with seed 2", false}); got != want {
		t.Errorf("verdict %+v, want %+v", got, want)
	}
	for _, b := range s.Bounds {
		if strings.HasPrefix(b.Name, "startup_latency") {
			t.Errorf("%s is shown though it does not apply to all seeds", b.Name)
		}
	}
}

func TestBoundsOfASummary(t *testing.T) {
	s := summarize(t, result(t, three(), four()))
	var copies BoundFigure
	for _, b := range s.Bounds {
		if b.Name == "source_copies" {
			copies = b
		}
	}
	if copies.Value != 1 || copies.Figure != stats.Some(1.75) || copies.Ratio != stats.Some(1.75) || !copies.Hi.Ok() {
		t.Errorf("source_copies: %+v, want bound 1, figure and ratio 1.75 with an interval", copies)
	}
	if s.Err() != nil {
		t.Errorf("bounds hold, but: %v", s.Err())
	}
}

func TestViolatedBoundIsReported(t *testing.T) {
	bad := four()
	bad.Nodes[0].Sent = 4 * mb // a and b have 8 MB each, and nothing was there before
	s := summarize(t, result(t, three(), bad))
	var v *bounds.Violated
	if !errors.As(s.Err(), &v) || v.Bound.Name != "source_copies" || v.Figure != 0.5 {
		t.Fatalf("Err() = %v, want source_copies violated with 0.5", s.Err())
	}
	if !strings.HasPrefix(s.Err().Error(), "seed 2: source_copies is 0.5, below its bound of 1") {
		t.Errorf("Err() = %v", s.Err())
	}
}

func TestSummarizeRefusesImpossibleRecords(t *testing.T) {
	for _, c := range []struct {
		edit func(*Run)
		want string
	}{
		{func(r *Run) { r.Video.Length = 0 }, "video of 0 bytes"},
		{func(r *Run) { r.Viewers[0].Node = 9 }, `viewer 0 is at node 9 of 4`},
		{func(r *Run) { r.Viewers[2].Arrival = 101 * sec }, `viewer "c" arrived`},
		{func(r *Run) { r.Viewers[1].First = 0 }, "first frame before it arrived"},
		{func(r *Run) { r.Viewers[1].Until = 0 }, "ended before it arrived"},
		{func(r *Run) { r.Viewers[0].Until = core.Never }, `viewer "a" is ended at the end, but left at`},
		{func(r *Run) { r.Viewers[2].Until = 99 * sec }, `viewer "c" is waiting at the end, but left at`},
		{func(r *Run) { r.Viewers[0].OnTime = 9 }, "9 chunks on time of 8 due"},
		{func(r *Run) { r.Viewers[0].Stalled = -1 }, "negative"},
		{func(r *Run) { r.Samples[2].At = 50 * sec }, "sample 2 is not later"},
	} {
		r := three()
		c.edit(&r)
		_, err := Summarize(Result{Runs: []Run{r}})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "summarize: seed 1: ") {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := Summarize(Result{}); err == nil {
		t.Error("a result without runs was summarized")
	}
}
