package metrics

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/status"
)

// full is a report with different figures everywhere.
var full = status.Report{
	Upstream: status.Upstream{State: status.UpstreamFallback},
	Traffic: status.Traffic{Received: status.Received{Source: 1, Master: 2, Sibling: 3},
		Sent: status.Sent{Child: 4, Sibling: 5, Master: 6, Viewer: 7}, Control: status.Control{Sent: 8, Received: 9}, Saved: -10},
	Requests: status.Requests{Hits: 11, Misses: 12},
	Queues:   status.Queues{Bytes: 13, Uploading: 14, Waiting: 15, Streams: 16},
	Troubles: status.Troubles{Failovers: 17, Timeouts: 18, Verification: 19, BadPeers: 20, Bans: 21, FailedDials: 22},
	Store: &status.Store{Chunks: 23, Bytes: 24, Limit: 25, Dirty: 26, Lag: status.Seconds(1500 * time.Millisecond), Lost: 27, Full: true,
		Failing: true},
	Peers:   []status.Peer{{Role: "child", Open: true}, {Role: "child", Open: true}, {Role: "sibling"}, {Role: "source", Open: true}},
	Viewers: make([]status.Viewer, 3),
}

func watch(r status.Report) *Metrics {
	m := New(Build{"v1.2.0", "abc", "go1.26"})
	m.Watch(func() *status.Report { return &r }, func() audience.Totals {
		return audience.Totals{Viewings: 30, Stalls: 31, Stalled: 1250 * time.Millisecond}
	})
	m.Started(300 * time.Millisecond)
	return m
}

// TestNames: what is told has the names and values that operators' queries rely on, and no others.
func TestNames(t *testing.T) {
	w := httptest.NewRecorder()
	watch(full).Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var got []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "psnode_") && !strings.Contains(line, "_bucket") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := strings.Fields(`
		psnode_bans_total=21
		psnode_build_info{commit="abc",goversion="go1.26",version="v1.2.0"}=1
		psnode_cache_hits_total=11
		psnode_cache_misses_total=12
		psnode_control_received_bytes_total=9
		psnode_control_sent_bytes_total=8
		psnode_failed_dials_total=22
		psnode_failovers_total=17
		psnode_peers{role="child"}=2
		psnode_peers{role="master"}=0
		psnode_peers{role="sibling"}=0
		psnode_peers{role="source"}=1
		psnode_peers{role="viewer"}=0
		psnode_playback_stalled_seconds_total=1.25
		psnode_playback_stalls_total=31
		psnode_playback_startup_seconds_sum=0.3
		psnode_playback_startup_seconds_count=1
		psnode_playback_viewings_total=30
		psnode_protocol_errors_total=20
		psnode_queue_bytes=13
		psnode_queue_requests=15
		psnode_received_bytes_total{from="master"}=2
		psnode_received_bytes_total{from="sibling"}=3
		psnode_received_bytes_total{from="source"}=1
		psnode_request_timeouts_total=18
		psnode_sent_bytes_total{to="child"}=4
		psnode_sent_bytes_total{to="master"}=6
		psnode_sent_bytes_total{to="sibling"}=5
		psnode_sent_bytes_total{to="viewer"}=7
		psnode_store_bytes=24
		psnode_store_chunks=23
		psnode_store_commit_lag_seconds=1.5
		psnode_store_failing=1
		psnode_store_full=1
		psnode_store_limit_bytes=25
		psnode_store_lost_chunks_total=27
		psnode_store_uncommitted_bytes=26
		psnode_streams=16
		psnode_uplink_saved_bytes=-10
		psnode_uploads=14
		psnode_upstream_fallback=1
		psnode_upstream_up=1
		psnode_verification_failures_total=19
		psnode_viewers=3`)
	for i := range got {
		name, value, _ := strings.Cut(got[i], " ")
		got[i] = name + "=" + value
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestSource: a source needs no upstream and has no store.
func TestSource(t *testing.T) {
	r := full
	r.Upstream.State, r.Store = status.UpstreamNone, nil
	m := watch(r)
	if n, err := testutil.GatherAndCount(m.Gatherer(), "psnode_store_bytes"); err != nil || n != 0 {
		t.Errorf("%d stores, %v", n, err)
	}
	if err := testutil.GatherAndCompare(m.Gatherer(), strings.NewReader(`
# HELP psnode_upstream_up Whether master or supermaster serves; 1 at a source, which needs none.
# TYPE psnode_upstream_up gauge
psnode_upstream_up 1
`), "psnode_upstream_up"); err != nil {
		t.Error(err)
	}
}

// TestLint: names, units and help texts are as Prometheus's own linter wants them.
func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(watch(full).Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "psnode_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// TestSeriesDoNotGrow: more peers and viewers are no more series.
func TestSeriesDoNotGrow(t *testing.T) {
	count := func(r status.Report) int {
		n, err := testutil.GatherAndCount(watch(r).Gatherer())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	many := full
	many.Peers, many.Viewers = make([]status.Peer, 1000), make([]status.Viewer, 1000)
	if few, more := count(full), count(many); few != more {
		t.Errorf("%d series, and %d with more peers and viewers", few, more)
	}
}

// TestDashboard: docs/deploy/grafana.json asks for metrics and labels that exist, and docs/status.md names all that do.
func TestDashboard(t *testing.T) {
	families, err := watch(full).Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string][]string{}
	for _, f := range families {
		all := []string{"instance", "job", "le"}
		for _, l := range f.GetMetric()[0].GetLabel() {
			all = append(all, l.GetName())
		}
		labels[f.GetName()] = all
	}
	text, err := os.ReadFile("../../docs/deploy/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	metric := regexp.MustCompile(`\b((?:psnode|process|go)_\w+)(?:\{([^}]*)\})?`)
	matcher := regexp.MustCompile(`(\w+)\s*(?:=~|!=|!~|=)`)
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("panel %q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			found := metric.FindAllStringSubmatch(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("panel %q: %s has no metric", p.Title, target.Expr)
			}
			for _, m := range found {
				name := strings.TrimSuffix(m[1], "_bucket")
				known, ok := labels[name]
				if !ok {
					t.Errorf("panel %q: there is no metric %s", p.Title, name)
				}
				for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
					if ok && !slices.Contains(known, l[1]) {
						t.Errorf("panel %q: %s has no label %s", p.Title, name, l[1])
					}
				}
			}
		}
	}
	doc, err := os.ReadFile("../../docs/status.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range labels {
		if !strings.HasPrefix(name, "psnode_") {
			continue
		}
		if !strings.Contains(string(doc), name) {
			t.Errorf("docs/status.md says nothing of %s", name)
		}
	}
}
