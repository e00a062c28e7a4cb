package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/status"
)

// Bounds on those who scrape.
const (
	maxScrapes   = 4 // at a time
	scrapeWithin = 10 * time.Second
)

// startupBuckets are seconds: a page feels instant below a tenth, viewers begin to leave after two.
var startupBuckets = []float64{.05, .1, .2, .35, .5, .75, 1, 1.5, 2, 3, 5, 10, 20, 60}

// Build says what was built.
type Build struct{ Version, Commit, Go string }

// Metrics is what one node tells.
type Metrics struct {
	registry *prometheus.Registry
	startup  prometheus.Histogram
}

// New returns metrics of a build and a process, and of nothing else yet.
func New(b Build) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		startup: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "psnode_playback_startup_seconds",
			Help: "Time from a viewer's first request to the first frame.", Buckets: startupBuckets}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "psnode_build_info", Help: "What was built; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "goversion": b.Go}})
	build.Set(1)
	m.registry.MustRegister(m.startup, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Started counts a viewer's startup latency: audience.Config.OnStart.
func (m *Metrics) Started(d time.Duration) { m.startup.Observe(d.Seconds()) }

// Watch has a node's reports told from now on. Once.
func (m *Metrics) Watch(report func() *status.Report, people func() audience.Totals) {
	m.registry.MustRegister(&node{report, people})
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes, Timeout: scrapeWithin})
}

// Gatherer is for tests.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }
