package bounds

import (
	"fmt"
	"math"

	"peerstreamer/analysis/record"
	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// For returns the bounds that hold for a run, in the order of a table. What a run does not meet is left out:
//
//   - startup_latency quantiles: of each viewer's own bound (see Startup). Quantiles keep order: if each viewer is
//     bounded from below, so is each quantile. Left out where they are 0.
//   - source_copies and offload: over the nodes whose viewers played everything. Every one of them received the whole
//     file by the last finish, and what other nodes can have uploaded until then, helpers and quitters included, bounds
//     what the sources must have sent. Others' bytes only add to the sources', so partial viewing does no harm. Offload
//     follows with all bytes received in the run: 1 - copies*F/received. Left out if nobody finished.
//   - completion: the same nodes; the last of them cannot be done before Completion, nor before what their sites' shared
//     links allow. Left out unless analysis defines the figure: nobody may be watching still.
//   - sustainable_rate and source_egress: notes, for all viewers' nodes at once; the first takes account of sites' links, the
//     second does not, so that it is a little low where those are narrow.
//
// A Warm run has only the notes. A viewer at a source's own node needs no network and counts nowhere.
func For(r *record.Run) []Bound {
	var out []Bound
	add := func(name string, value float64, unit string, side Side) {
		if !math.IsInf(value, 0) && value > 0 {
			out = append(out, Bound{name, value, unit, side})
		}
	}
	if !r.Warm {
		qs := []float64{0.50, 0.95, 0.99, 1}
		for i, q := range stats.Quantiles(Startup(r), qs...) {
			if x, ok := q.Get(); ok {
				add("startup_latency."+[]string{"p50", "p95", "p99", "max"}[i], x, "s", AtLeast)
			}
		}
		wants, last := finished(r)
		if s := swarm(r, wants); len(s.Viewers) > 0 && s.File > 0 {
			copies := Copies(s, last)
			add("source_copies", copies, "copies", AtLeast)
			if got := received(r); got > 0 {
				add("offload", 1-copies*float64(s.File)/float64(got), "", AtMost)
			}
			if !watching(r) {
				add("completion", max(Completion(s), throughSites(r, wants)), "s", AtLeast)
			}
		}
	}
	if s := everybody(r); len(s.Viewers) > 0 {
		add("sustainable_rate", min(SustainableRate(s), rateThroughSites(r, viewing(r))), "bit/s", Note)
		add("source_egress", SourceEgress(r.Video.Bitrate(), s), "bit/s", Note)
	}
	return out
}

// Startup returns for each viewer the least seconds that it can have waited, in the order of Run.Viewers.
//
// The startup bytes must come through the viewer's downlink after it asked, and, for the first viewer, out of the
// sources: later ones may be served by peers with faster uplinks. A viewer whose node may hold the bytes already is
// bounded by 0: a relay's, or not the node's first, unless it was among the run's first and nothing moved before. One
// that left, or was cut off by the end of the run, before its bound waited for just as long as it did. All 0 if the run
// is Warm.
func Startup(r *record.Run) []float64 {
	out := make([]float64, len(r.Viewers))
	first, _ := r.FirstArrival()
	source := sourceRate(r)
	earliest := firstAtNode(r)
	for i, v := range r.Viewers {
		n := node(r, v)
		if r.Warm || n.Source || v.Arrival > first && (n.Relay || v.Arrival > earliest[v.Node]) {
			continue
		}
		out[i] = StartupLatency(v.Delay, r.Startup, n.Downlink, 0)
		// Nothing moves before the first arrival, so nobody has the bytes before they can have left a source.
		out[i] = max(out[i], StartupLatency(0, r.Startup, 0, source)-(v.Arrival-first).Seconds())
		if waited, censored := v.Waited(r.End); censored {
			out[i] = min(out[i], waited.Seconds())
		}
	}
	return out
}

// finished returns for each node whose viewer played everything from when on it wanted that, Never for all others, and
// when the last of them was done.
func finished(r *record.Run) (wants []core.Time, last core.Time) {
	wants = nobody(r)
	first, _ := r.FirstArrival()
	earliest := firstAtNode(r)
	for _, v := range r.Viewers {
		n := node(r, v)
		if !v.Finished() || n.Source {
			continue
		}
		last = max(last, v.Until)
		wants[v.Node] = earliest[v.Node]
		if n.Relay {
			wants[v.Node] = first // Its children may have made it fetch before its own viewer came.
		}
	}
	return wants, last
}

// everybody returns the swarm of all viewers' nodes, whatever became of them.
func everybody(r *record.Run) Swarm { return swarm(r, viewing(r)) }

// viewing returns for each node when its viewer asked, Never for those without, and for sources.
func viewing(r *record.Run) []core.Time {
	wants := nobody(r)
	for _, v := range r.Viewers {
		if !node(r, v).Source {
			wants[v.Node] = v.Arrival
		}
	}
	return wants
}

// nobody returns Never for each node.
func nobody(r *record.Run) []core.Time {
	all := make([]core.Time, len(r.Nodes))
	for i := range all {
		all[i] = core.Never
	}
	return all
}

// swarm returns the run's nodes as a Swarm whose viewers are those that want something.
func swarm(r *record.Run, wants []core.Time) Swarm {
	s := Swarm{File: r.Video.Length, Source: sourceRate(r)}
	s.T0, _ = r.FirstArrival()
	viewers, helpers := 0, 0
	for i := range r.Nodes {
		switch {
		case r.Nodes[i].Source:
		case wants[i] != core.Never:
			viewers++
		default:
			helpers++
		}
	}
	s.Viewers, s.Helpers = make([]Peer, 0, viewers), make([]Peer, 0, helpers)
	for i, n := range r.Nodes {
		if n.Source {
			continue
		}
		p := Peer{Uplink: n.Uplink, Downlink: n.Downlink, From: n.Start, To: n.Stop}
		if wants[i] != core.Never {
			p.Want = wants[i]
			s.Viewers = append(s.Viewers, p)
		} else {
			s.Helpers = append(s.Helpers, p)
		}
	}
	return s
}

// sourceRate returns the sum of the sources' uplinks, 0 if one is not limited.
func sourceRate(r *record.Run) (sum core.Rate) {
	for _, n := range r.Nodes {
		if n.Source {
			if n.Uplink == 0 {
				return 0
			}
			sum += n.Uplink
		}
	}
	return sum
}

// firstAtNode returns when the first viewer of each node asked, Never if none did.
func firstAtNode(r *record.Run) []core.Time {
	first := nobody(r)
	for _, v := range r.Viewers {
		node(r, v)
		first[v.Node] = min(first[v.Node], v.Arrival)
	}
	return first
}

// received returns the payload that all nodes received.
func received(r *record.Run) (sum core.Bytes) {
	for _, n := range r.Nodes {
		sum += n.Received()
	}
	return sum
}

// watching reports whether some viewer was neither done nor gone at the end.
func watching(r *record.Run) bool {
	for _, v := range r.Viewers {
		if v.Until == core.Never {
			return true
		}
	}
	return false
}

// node returns a viewer's node. It panics where analysis would have refused the record.
func node(r *record.Run, v record.Viewer) *record.Node {
	if v.Node < 0 || int(v.Node) >= len(r.Nodes) {
		panic(fmt.Sprintf("bounds: seed %d: a viewer is at node %d of %d", r.Seed, v.Node, len(r.Nodes)))
	}
	return &r.Nodes[v.Node]
}
