package analysis

import (
	"strings"

	"peerstreamer/analysis/record"
	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// Run is what one run with one seed left behind; see package record.
type (
	Run    = record.Run
	Video  = record.Video
	Group  = record.Group
	Node   = record.Node
	Viewer = record.Viewer
	Sample = record.Sample
	Site   = record.Site
)

// Unit is what a figure is measured in.
type Unit string

const (
	Seconds Unit = "s"
	Bytes   Unit = "bytes"
	Share   Unit = "share"  // 0..1, printed as a percentage
	Count   Unit = "count"  // of viewers, stalls, events
	Copies  Unit = "copies" // of the video
)

// Metric is the definition of one figure. A figure without a value for a run is absent, never 0.
type Metric struct {
	Name  string // as claims write it: group, or group.statistic
	Title string // in tables
	Unit  Unit
	Doc   string // formula, domain, source
}

// Column returns the metric's name as a CSV column, its unit last unless the name begins with it.
func (m Metric) Column() string {
	name := strings.ReplaceAll(m.Name, ".", "_")
	switch {
	case strings.HasPrefix(name, string(m.Unit)+"_"): // bytes_across_sites says it already.
	case m.Unit == Seconds, m.Unit == Bytes:
		return name + "_" + string(m.Unit)
	}
	return name
}

// group is metrics that are measured together, for the price of one pass or one sort.
type group struct {
	metrics []Metric
	measure func(*Run) []stats.Value // as long as metrics
}

var groups = []group{
	{[]Metric{
		{"viewers", "viewers", Count, "viewers that pressed play"},
		{"finished", "finished", Count, "viewers that played the whole video"},
		{"censored", "censored startups", Count, "viewers without a first frame when they left or the run ended"},
	}, viewerCounts},
	{[]Metric{
		{"startup_latency.p50", "startup latency p50", Seconds, startupDoc},
		{"startup_latency.p95", "startup latency p95", Seconds, startupDoc},
		{"startup_latency.p99", "startup latency p99", Seconds, startupDoc},
		{"startup_latency.max", "startup latency max", Seconds, startupDoc},
	}, startupLatency},
	{[]Metric{
		{"rebuffering_ratio.mean", "rebuffering ratio mean", Share, rebufferingDoc},
		{"rebuffering_ratio.p95", "rebuffering ratio p95", Share, rebufferingDoc},
	}, rebufferingRatio},
	{[]Metric{
		{"stalls", "stalls", Count, "stalls of all viewers: playback stopped after the first frame because a chunk was missing"},
		{"stall_length.mean", "stall length mean", Seconds, "time stalled of all viewers / stalls; absent without a stall"},
	}, stalls},
	{[]Metric{
		{"continuity_index.mean", "continuity index mean", Share, continuityDoc},
		{"continuity_index.min", "continuity index min", Share, continuityDoc},
	}, continuityIndex},
	{[]Metric{
		{"source_copies", "source copies", Copies, "payload that left the sources / video length"},
		{"source_sent", "source sent", Bytes, "payload that left the sources, in cancelled transfers too"},
		{"offload", "offload", Share, "payload that nodes received from other nodes than sources / payload that nodes " +
			"received; absent if none was received"},
		{"control_overhead", "control overhead", Share, "bytes sent that are not payload (messages, frame headers, piece " +
			"hashes) / payload bytes sent, over all nodes; absent if no payload was sent"},
		{"upload_fairness", "upload fairness", Share, "(sum x)^2 / (n sum x^2) over the payload x that each of the n nodes " +
			"other than sources sent: 1 if all sent the same, 1/n if one sent everything; absent if none did. Source: Jain, " +
			"Chiu and Hawe, A quantitative measure of fairness, DEC TR-301, 1984"},
	}, traffic},
	{[]Metric{
		{"bytes_across_sites", "bytes across sites", Bytes, "payload that was sent from a node at one site to a node at another, " +
			"in cancelled transfers too, the open internet counting as one site; absent without sites"},
		{"share_across_sites", "share across sites", Share, "bytes_across_sites / payload bytes sent; absent without sites, or " +
			"if no payload was sent"},
	}, acrossSites},
	{[]Metric{
		{"completion", "completion", Seconds, "time from the first arrival until the last viewer that finished did; absent " +
			"if nobody finished or somebody was still watching at the end"},
	}, completion},
	{[]Metric{
		{"sim_time", "time in the network", Seconds, "the network's clock when the run ended"},
		{"events", "events", Count, "events that the simulator processed; absent over real sockets"},
		{"transfers", "transfers", Count, "bulk transfers that were started"},
	}, size},
}

const (
	startupDoc = "time from pressing play to the first frame, which needs startup_buffer of media in a row; a viewer " +
		"without a first frame counts with the time it waited until it left or the run ended (right-censored, never " +
		"dropped); nearest-rank quantiles over all viewers"
	rebufferingDoc = "time stalled / (time stalled + media time played), after the first frame; mean and nearest-rank p95 " +
		"over the viewers that started. Source: Dobrian et al., Understanding the impact of video quality on user " +
		"engagement, SIGCOMM 2011"
	continuityDoc = "chunks on time / chunks due, where chunk i of duration d is on time if it is whole by first frame + " +
		"(i+1)*d, whatever stalls follow; mean and minimum over the viewers with a chunk due. Source: Zhang, Liu, Li and " +
		"Yum, CoolStreaming/DONet, INFOCOM 2005"
)

// Metrics returns all metrics in the order of tables.
func Metrics() (all []Metric) {
	for _, g := range groups {
		all = append(all, g.metrics...)
	}
	return all
}

// measure returns the run's figures in the order of Metrics. O(n log n) in viewers.
func measure(r *Run) (all []stats.Value) {
	for _, g := range groups {
		all = append(all, g.measure(r)...)
	}
	return all
}

func count[T ~int | ~int64](n T) stats.Value { return stats.Some(float64(n)) }

func viewerCounts(r *Run) []stats.Value {
	finished, censored := 0, 0
	for _, v := range r.Viewers {
		if v.Finished() {
			finished++
		}
		if !v.Started() {
			censored++
		}
	}
	return []stats.Value{count(len(r.Viewers)), count(finished), count(censored)}
}

func startupLatency(r *Run) []stats.Value {
	waits := make([]float64, len(r.Viewers))
	for i, v := range r.Viewers {
		d, _ := v.Waited(r.End)
		waits[i] = d.Seconds()
	}
	return stats.Quantiles(waits, 0.50, 0.95, 0.99, 1)
}

func rebufferingRatio(r *Run) []stats.Value {
	var ratios []float64
	for _, v := range r.Viewers {
		if x, ok := stats.Over(float64(v.Stalled), float64(v.Stalled+v.Played)).Get(); ok {
			ratios = append(ratios, x)
		}
	}
	return []stats.Value{stats.Mean(ratios), stats.Quantile(ratios, 0.95)}
}

func stalls(r *Run) []stats.Value {
	n, stalled := 0, core.Time(0)
	for _, v := range r.Viewers {
		n += int(v.Stalls)
		stalled += v.Stalled
	}
	return []stats.Value{count(n), stats.Over(stalled.Seconds(), float64(n))}
}

func continuityIndex(r *Run) []stats.Value {
	var index []float64
	for _, v := range r.Viewers {
		if x, ok := stats.Over(float64(v.OnTime), float64(v.Due)).Get(); ok {
			index = append(index, x)
		}
	}
	return []stats.Value{stats.Mean(index), stats.Quantile(index, 0)}
}

func traffic(r *Run) []stats.Value {
	var source, peers, sent, control core.Bytes
	var uploads, squares, n float64
	for _, node := range r.Nodes {
		source += node.FromSource
		peers += node.FromMaster + node.FromSibling
		sent += node.Sent
		control += node.Control
		if !node.Source {
			n++
			uploads += float64(node.Sent)
			squares += float64(node.Sent) * float64(node.Sent)
		}
	}
	return []stats.Value{
		stats.Over(float64(r.SourceSent()), float64(r.Video.Length)),
		count(r.SourceSent()),
		stats.Over(float64(peers), float64(source+peers)),
		stats.Over(float64(control), float64(sent)),
		stats.Over(uploads*uploads, n*squares),
	}
}

func acrossSites(r *Run) []stats.Value {
	if len(r.Sites) == 0 {
		return []stats.Value{stats.None, stats.None}
	}
	var sent core.Bytes
	for i := range r.Nodes {
		sent += r.Nodes[i].Sent
	}
	return []stats.Value{count(r.AcrossSites), stats.Over(float64(r.AcrossSites), float64(sent))}
}

func completion(r *Run) []stats.Value {
	first, _ := r.FirstArrival()
	last := core.Time(-1)
	for _, v := range r.Viewers {
		if v.Until == core.Never {
			return []stats.Value{stats.None}
		}
		if v.Finished() {
			last = max(last, v.Until)
		}
	}
	if last < 0 {
		return []stats.Value{stats.None}
	}
	return []stats.Value{stats.Some((last - first).Seconds())}
}

func size(r *Run) []stats.Value {
	events := stats.None
	if r.Events > 0 {
		events = count(r.Events)
	}
	return []stats.Value{stats.Some(r.End.Seconds()), events, count(r.Transfers)}
}
