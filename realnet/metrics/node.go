package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"peerstreamer/core"
	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/status"
)

// row is a metric and where it comes from.
type row struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*status.Report, audience.Totals) float64
	label []string // its value, if there is one
}

// family names a metric with one row for each value of a label.
func family(name, help string, kind prometheus.ValueType, label string, rows ...labelled) (all []row) {
	d := prometheus.NewDesc(name, help, []string{label}, nil)
	for _, r := range rows {
		all = append(all, row{d, kind, func(x *status.Report, _ audience.Totals) float64 { return r.value(x) }, []string{r.label}})
	}
	return all
}

// labelled is one row of a family.
type labelled struct {
	label string
	value func(*status.Report) float64
}

// single names a metric without labels.
func single(name, help string, kind prometheus.ValueType, value func(*status.Report) float64) row {
	return row{prometheus.NewDesc(name, help, nil, nil), kind,
		func(x *status.Report, _ audience.Totals) float64 { return value(x) }, nil}
}

// played names a metric of the viewers'.
func played(name, help string, value func(audience.Totals) float64) row {
	return row{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue,
		func(_ *status.Report, t audience.Totals) float64 { return value(t) }, nil}
}

// peers counts open connections of a role.
func peers(role core.Role) labelled {
	name := role.String()
	return labelled{name, func(r *status.Report) (n float64) {
		for _, p := range r.Peers {
			if p.Open && p.Role == name {
				n++
			}
		}
		return n
	}}
}

// truth is 1 for true.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// serves reports whether somebody serves as the node's master.
func serves(r *status.Report) float64 {
	return truth(r.Upstream.State == status.UpstreamMaster || r.Upstream.State == status.UpstreamFallback)
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// general is what every node has.
var general = concat(
	family("psnode_received_bytes_total", "Payload received, by who sent it.", counter, "from",
		labelled{"source", func(r *status.Report) float64 { return float64(r.Traffic.Received.Source) }},
		labelled{"master", func(r *status.Report) float64 { return float64(r.Traffic.Received.Master) }},
		labelled{"sibling", func(r *status.Report) float64 { return float64(r.Traffic.Received.Sibling) }}),
	family("psnode_sent_bytes_total", "Payload sent, by who got it.", counter, "to",
		labelled{"child", func(r *status.Report) float64 { return float64(r.Traffic.Sent.Child) }},
		labelled{"sibling", func(r *status.Report) float64 { return float64(r.Traffic.Sent.Sibling) }},
		labelled{"master", func(r *status.Report) float64 { return float64(r.Traffic.Sent.Master) }},
		labelled{"viewer", func(r *status.Report) float64 { return float64(r.Traffic.Sent.Viewer) }}),
	family("psnode_peers", "Open connections, by what the peer is.", gauge, "role",
		peers(core.RoleSource), peers(core.RoleMaster), peers(core.RoleSibling), peers(core.RoleChild), peers(core.RoleViewer)),
	[]row{
		single("psnode_control_received_bytes_total", "Bytes received that are no payload.", counter,
			func(r *status.Report) float64 { return float64(r.Traffic.Control.Received) }),
		single("psnode_control_sent_bytes_total", "Bytes sent that are no payload.", counter,
			func(r *status.Report) float64 { return float64(r.Traffic.Control.Sent) }),
		single("psnode_uplink_saved_bytes", "Payload for viewers and children that did not come from source or master.", gauge,
			func(r *status.Report) float64 { return float64(r.Traffic.Saved) }),
		single("psnode_cache_hits_total", "Requests of peers for chunks that were here.", counter,
			func(r *status.Report) float64 { return float64(r.Requests.Hits) }),
		single("psnode_cache_misses_total", "Requests of peers for chunks that were not here, or not all of them.", counter,
			func(r *status.Report) float64 { return float64(r.Requests.Misses) }),
		single("psnode_queue_bytes", "Bytes that wait for peers to take them.", gauge,
			func(r *status.Report) float64 { return float64(r.Queues.Bytes) }),
		single("psnode_queue_requests", "Requests of peers that wait for an upload slot.", gauge,
			func(r *status.Report) float64 { return float64(r.Queues.Waiting) }),
		single("psnode_uploads", "Requests of peers that are being answered.", gauge,
			func(r *status.Report) float64 { return float64(r.Queues.Uploading) }),
		single("psnode_streams", "Streams that peers and viewers read here.", gauge,
			func(r *status.Report) float64 { return float64(r.Queues.Streams) }),
		single("psnode_failovers_total", "Times that the supermaster took the master's place.", counter,
			func(r *status.Report) float64 { return float64(r.Troubles.Failovers) }),
		single("psnode_request_timeouts_total", "Requests to peers that timed out.", counter,
			func(r *status.Report) float64 { return float64(r.Troubles.Timeouts) }),
		single("psnode_verification_failures_total", "Connections closed for bytes that do not match the manifest.", counter,
			func(r *status.Report) float64 { return float64(r.Troubles.Verification) }),
		single("psnode_protocol_errors_total", "Connections closed for breaking the wire format.", counter,
			func(r *status.Report) float64 { return float64(r.Troubles.BadPeers) }),
		single("psnode_bans_total", "Bans of peers that did either.", counter,
			func(r *status.Report) float64 { return float64(r.Troubles.Bans) }),
		single("psnode_failed_dials_total", "Dials that ended without a connection.", counter,
			func(r *status.Report) float64 { return float64(r.Troubles.FailedDials) }),
		single("psnode_upstream_up", "Whether master or supermaster serves; 1 at a source, which needs none.", gauge,
			func(r *status.Report) float64 { return max(serves(r), truth(r.Upstream.State == status.UpstreamNone)) }),
		single("psnode_upstream_fallback", "Whether the supermaster serves in the master's place.", gauge,
			func(r *status.Report) float64 { return truth(r.Upstream.State == status.UpstreamFallback) }),
		single("psnode_viewers", "Viewers at this node's web server.", gauge,
			func(r *status.Report) float64 { return float64(len(r.Viewers)) }),
		played("psnode_playback_viewings_total", "Viewings that began at this node's web server.",
			func(t audience.Totals) float64 { return float64(t.Viewings) }),
		played("psnode_playback_stalls_total", "Times that a viewer's buffer ran dry.",
			func(t audience.Totals) float64 { return float64(t.Stalls) }),
		played("psnode_playback_stalled_seconds_total", "Time that viewers waited in stalls which are over.",
			func(t audience.Totals) float64 { return t.Stalled.Seconds() }),
	})

// stored is what a node with a chunk store has as well.
var stored = []row{
	single("psnode_store_bytes", "Bytes in whole chunks.", gauge, func(r *status.Report) float64 { return float64(r.Store.Bytes) }),
	single("psnode_store_chunks", "Whole chunks.", gauge, func(r *status.Report) float64 { return float64(r.Store.Chunks) }),
	single("psnode_store_limit_bytes", "Bytes that there is room for, those that are there included.", gauge,
		func(r *status.Report) float64 { return float64(r.Store.Limit) }),
	single("psnode_store_uncommitted_bytes", "Bytes that a power cut would lose.", gauge,
		func(r *status.Report) float64 { return float64(r.Store.Dirty) }),
	single("psnode_store_commit_lag_seconds", "Age of the oldest of them.", gauge,
		func(r *status.Report) float64 { return float64(r.Store.Lag) / 1e9 }),
	single("psnode_store_lost_chunks_total", "Chunks thrown away because they were damaged or could not be read.", counter,
		func(r *status.Report) float64 { return float64(r.Store.Lost) }),
	single("psnode_store_full", "Whether the disk was full at the last try.", gauge,
		func(r *status.Report) float64 { return truth(r.Store.Full) }),
	single("psnode_store_failing", "Whether the last commit failed.", gauge,
		func(r *status.Report) float64 { return truth(r.Store.Failing) }),
}

func concat(parts ...[]row) (all []row) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// node is a prometheus.Collector of one report.
type node struct {
	report func() *status.Report
	people func() audience.Totals
}

// Describe implements prometheus.Collector.
func (n *node) Describe(c chan<- *prometheus.Desc) {
	for _, rows := range [][]row{general, stored} {
		for i, r := range rows {
			if i == 0 || rows[i-1].desc != r.desc {
				c <- r.desc
			}
		}
	}
}

// Collect implements prometheus.Collector.
func (n *node) Collect(c chan<- prometheus.Metric) {
	r, t := n.report(), n.people()
	for _, x := range general {
		c <- prometheus.MustNewConstMetric(x.desc, x.kind, x.value(r, t), x.label...)
	}
	if r.Store == nil {
		return
	}
	for _, x := range stored {
		c <- prometheus.MustNewConstMetric(x.desc, x.kind, x.value(r, t), x.label...)
	}
}
