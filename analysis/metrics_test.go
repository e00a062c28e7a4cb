package analysis

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

func figures(r Run) map[string]stats.Value {
	out := make(map[string]stats.Value)
	values := measure(&r)
	for i, m := range Metrics() {
		out[m.Name] = values[i]
	}
	return out
}

func TestMetricsByHand(t *testing.T) {
	want := map[string]stats.Value{
		"viewers":                stats.Some(3),
		"finished":               stats.Some(2),
		"censored":               stats.Some(1),
		"startup_latency.p50":    stats.Some(2), // of 1.000000001, 2 and 10 (still waiting)
		"startup_latency.p95":    stats.Some(10),
		"startup_latency.p99":    stats.Some(10),
		"startup_latency.max":    stats.Some(10),
		"rebuffering_ratio.mean": stats.Some(4.0 / 68 / 2), // 4/(4+64) and 0; c has not started
		"rebuffering_ratio.p95":  stats.Some(4.0 / 68),
		"stalls":                 stats.Some(2),
		"stall_length.mean":      stats.Some(2),
		"continuity_index.mean":  stats.Some((0.75 + 1) / 2),
		"continuity_index.min":   stats.Some(0.75),
		"source_copies":          stats.Some(1.5), // 12/8
		"source_sent":            stats.Some(12e6),
		"offload":                stats.Some(6.0 / 18),
		"control_overhead":       stats.Some(0.12 / 18),
		"upload_fairness":        stats.Some(1.0 / 3), // a alone sent
		"bytes_across_sites":     stats.Some(10e6),
		"share_across_sites":     stats.Some(10.0 / 18),
		"completion":             stats.None, // c still waits
		"sim_time":               stats.Some(100),
		"events":                 stats.Some(1000),
		"transfers":              stats.Some(20),
	}
	if diff := cmp.Diff(want, figures(three())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMetricsWithoutValueAreAbsent(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(*Run)
		absent string
	}{
		{"nobody came", func(r *Run) { r.Viewers = nil }, "startup_latency.p50 startup_latency.p95 startup_latency.p99 " +
			"startup_latency.max rebuffering_ratio.mean rebuffering_ratio.p95 stall_length.mean continuity_index.mean " +
			"continuity_index.min completion"},
		{"nobody started", func(r *Run) { r.Viewers = r.Viewers[2:] }, "rebuffering_ratio.mean rebuffering_ratio.p95 " +
			"stall_length.mean continuity_index.mean continuity_index.min completion"},
		{"nothing was sent", func(r *Run) {
			for i := range r.Nodes {
				r.Nodes[i] = Node{Source: i == 0, Stop: core.Never}
			}
		}, "offload control_overhead upload_fairness share_across_sites completion"},
		{"no sites", func(r *Run) { r.Sites = nil }, "bytes_across_sites share_across_sites completion"},
		{"a real network counts no events", func(r *Run) { r.Events = 0 }, "completion events"},
		{"all are through", func(r *Run) { r.Viewers = r.Viewers[:2] }, ""},
		{"one left, nobody finished", func(r *Run) {
			v := r.Viewers[2]
			v.Last, v.Until = core.Gone, 95*sec
			r.Viewers = []Viewer{v}
		}, "rebuffering_ratio.mean rebuffering_ratio.p95 stall_length.mean continuity_index.mean continuity_index.min completion"},
	} {
		r := three()
		c.edit(&r)
		got := figures(r)
		var absent []string
		for _, m := range Metrics() {
			if !got[m.Name].Ok() {
				absent = append(absent, m.Name)
			}
		}
		if diff := cmp.Diff(c.absent, strings.Join(absent, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestStartupOfWhoLeftIsTheTimeWaited(t *testing.T) {
	r := three()
	r.Viewers[2].Last, r.Viewers[2].Until = core.Gone, 93*sec
	got := figures(r)
	if diff := cmp.Diff(stats.Some(3), got["startup_latency.max"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(stats.Some(1), got["censored"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(stats.Some(70), got["completion"]); diff != "" { // from 0 to a's end
		t.Error(diff)
	}
}

func TestCompletionCountsFromTheFirstArrival(t *testing.T) {
	r := three()
	r.Viewers = r.Viewers[1:2] // b came after 1 s and ended after 66 s and a nanosecond
	if diff := cmp.Diff(stats.Some(65.000000001), figures(r)["completion"]); diff != "" {
		t.Error(diff)
	}
}

func TestEveryMetricIsDefined(t *testing.T) {
	seen := make(map[string]bool)
	for _, g := range groups {
		r := three()
		if got := len(g.measure(&r)); got != len(g.metrics) {
			t.Errorf("group of %s: %d values for %d metrics", g.metrics[0].Name, got, len(g.metrics))
		}
		for _, m := range g.metrics {
			if seen[m.Name] || m.Doc == "" || m.Title == "" || m.Unit == "" {
				t.Errorf("metric %+v is incomplete or not the only one of its name", m)
			}
			seen[m.Name] = true
		}
	}
}

// A million viewers must not take long: every metric is one pass or one sort.
func BenchmarkMeasure(b *testing.B) {
	r := three()
	for len(r.Viewers) < 100_000 {
		r.Viewers = append(r.Viewers, r.Viewers[len(r.Viewers)%3])
	}
	for b.Loop() {
		measure(&r)
	}
}
