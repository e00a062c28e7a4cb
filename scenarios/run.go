package scenarios

import (
	"context"
	"errors"
	"runtime"

	"peerstreamer/analysis"
	"peerstreamer/core"
	"peerstreamer/netsim"
)

// network carries out a plan. Nodes and viewers go by their index in the plan.
type network interface {
	// advance lets the plan's events and all that follows from them happen until a moment, the moment included, and returns
	// how far it came: not that far if it was interrupted.
	advance(until core.Time) (core.Time, error)

	// view returns what has become of a viewer so far. Before it has pressed play it is nothing but Waiting.
	view(viewer int) core.ViewRecord

	// state returns what a viewer is doing, as view does, for little.
	state(viewer int) core.ViewState

	// node returns a node's account so far.
	node(node int) account

	// total returns what is counted for the network as a whole.
	total() totals

	// finish says that advance will not be called again, so that what only the future needs makes room for the records.
	finish()

	// close frees what the network holds. It is called once, when the records have been read.
	close() error
}

// account is what a node received and sent.
type account struct {
	core.Payload
	sent, control core.Bytes // payload that left it, and all else that left it
}

// totals are figures of a network as a whole; what it does not count is zero.
type totals struct {
	digest    string
	events    int64
	transfers int64
	delays    bool              // whether the plan's delays are in force
	crossings []netsim.Crossing // by site, the open internet first; nil if there are no sites
}

// Progress is told now and then how far a run is.
type Progress func(now, horizon core.Time, done, viewers int)

// Simulate carries out a plan in the simulator and returns its records. progress may be nil. A policy or a machine that
// breaks a rule is an error for which IsBroken is true.
func Simulate(p *Plan, progress Progress) (*analysis.Run, error) {
	return interruptible(context.Background(), p, progress)
}

// interruptible is Simulate that ends early, with a Partial record, when ctx is done.
func interruptible(ctx context.Context, p *Plan, progress Progress) (*analysis.Run, error) {
	reserve(p.Config.memory(1, 1))
	s, err := simulationOf(ctx, p)
	if err != nil {
		return nil, err
	}
	r, err := run(p, s, progress)
	runtime.GC() // Figures and pictures are to take the simulation's memory, not more. It holds few pointers: milliseconds.
	return r, err
}

// Deploy carries out a plan with real nodes and sockets on this machine, in real time, and returns its records. It
// refuses, before anything starts, what the machine cannot hold. When ctx is done it ends early, with a Partial record, or with
// ctx's error if nothing had started. progress may be nil.
func Deploy(ctx context.Context, p *Plan, progress Progress) (*analysis.Run, error) {
	d, err := deploy(ctx, p)
	if err != nil {
		return nil, err
	}
	return run(p, d, progress)
}

// run drives a network to the end of a plan and returns its records.
func run(p *Plan, n network, progress Progress) (r *analysis.Run, err error) {
	defer func() { err = errors.Join(err, n.close()) }()
	d := newDriver(p, n)
	if err := d.finish(progress); err != nil {
		return nil, err
	}
	n.finish()
	return d.record(), nil
}

// watchers follows the viewers that are not done, so that a sample costs no more than there are of them.
type watchers struct {
	plan        *Plan
	watching    []int32 // viewers that have not ended or left
	sources     []int
	ended, gone int
}

func newWatchers(p *Plan) *watchers {
	w := &watchers{plan: p, watching: make([]int32, len(p.Viewers))}
	for i := range w.watching {
		w.watching[i] = int32(i)
	}
	for i := range p.Len() {
		if p.IsSource(i) {
			w.sources = append(w.sources, i)
		}
	}
	return w
}

func (w *watchers) done() int { return w.ended + w.gone }

func (w *watchers) sample(n network, now core.Time) analysis.Sample {
	s := analysis.Sample{At: now}
	left := w.watching[:0]
	for _, i := range w.watching {
		switch n.state(int(i)) {
		case core.Waiting:
			if w.plan.comes(int(w.plan.Viewers[i])) <= now {
				s.Waiting++
			}
		case core.Playing:
			s.Playing++
		case core.Stalled:
			s.Stalled++
		case core.Ended:
			w.ended++
			continue
		case core.Gone:
			w.gone++
			continue
		}
		left = append(left, i)
	}
	w.watching = left
	s.Ended, s.Gone = w.ended, w.gone
	for _, i := range w.sources {
		s.SourceSent += n.node(i).sent
	}
	return s
}

// record fills in what a run leaves behind.
func record(p *Plan, n network, end core.Time, samples []analysis.Sample) *analysis.Run {
	total := n.total()
	r := &analysis.Run{
		Seed: p.Seed, Digest: total.digest, End: end, Events: total.events, Transfers: total.transfers,
		Video:   analysis.Video{Length: p.Video.Length, Duration: p.Video.Duration},
		Startup: min(p.Video.Bitrate().In(p.Config.Player.StartupBuffer), p.Video.Length),
		Groups:  make([]analysis.Group, len(p.Config.Groups)),
		Nodes:   make([]analysis.Node, p.Len()),
		Samples: samples,
	}
	for i := range p.Config.Groups {
		r.Groups[i] = analysis.Group{Name: p.Config.Groups[i].Name, Count: int(p.Config.Groups[i].Count)}
	}
	least := core.Never // access delay of any node
	for i := range r.Nodes {
		from, a := p.Node(i), n.node(i)
		least = min(least, from.Latency)
		r.Chunks += int64(a.ChunksFetched)
		r.Nodes[i] = analysis.Node{
			Source: from.Master == None, Relay: from.Relay,
			Uplink: from.Uplink, Downlink: from.Downlink, Start: from.Start, Stop: core.Never,
			FromSource: a.FromSource, FromMaster: a.FromMaster, FromSibling: a.FromSibling,
			Sent: a.sent, Control: a.control,
		}
	}
	recordLinks(p, r, total.crossings)
	recordStops(p, r)
	recordViewers(p, n, r, least, total.delays)
	return r
}

// recordStops says of each node when it was last stopped, if it did not start again.
func recordStops(p *Plan, r *analysis.Run) {
	if len(p.leaves) == 0 && len(p.faults) == 0 {
		return
	}
	for e := range p.Events() {
		switch {
		case e.At > r.End:
			return
		case e.Kind == CrashNode || e.Kind == LeaveNode:
			r.Nodes[e.Node].Stop = e.At
		case e.Kind == RestartNode:
			r.Nodes[e.Node].Stop = core.Never
		}
	}
}

// recordViewers records those who came before the end. least is the least access delay of any node; delays says whether
// the network has them.
func recordViewers(p *Plan, n network, r *analysis.Run, least core.Time, delays bool) {
	came := 0
	for _, node := range p.Viewers {
		if p.comes(int(node)) <= r.End {
			came++
		}
	}
	middle := p.Config.Net.least()
	r.Viewers = make([]analysis.Viewer, 0, came)
	for i, node := range p.Viewers {
		arrival := p.comes(int(node))
		if arrival > r.End {
			continue
		}
		v := n.view(i)
		viewer := analysis.Viewer{
			Node: node, Last: v.State, Arrival: arrival, First: v.First, Until: v.Until,
			Stalls: int32(v.Stalls), Stalled: v.Stalled, Played: v.Played, Due: int32(v.Due), OnTime: int32(v.OnTime),
		}
		if own := &r.Nodes[node]; delays && !own.Relay && !own.Source { // what others fetched through a relay may be there already
			viewer.Delay = 2 * (p.Node(int(node)).Latency + middle + least)
		}
		r.Viewers = append(r.Viewers, viewer)
	}
}
