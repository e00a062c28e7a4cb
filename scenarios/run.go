package scenarios

import (
	"context"
	"errors"
	"fmt"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// network carries out a plan. Nodes and viewers go by their index in the plan.
type network interface {
	// advance lets the plan's events and all that follows from them happen until a moment, the moment included.
	advance(until core.Time) error

	// view returns what has become of a viewer so far. Before it has pressed play it is nothing but Waiting.
	view(viewer int) core.ViewRecord

	// node returns a node's account so far.
	node(node int) account

	// total returns what is counted for the network as a whole.
	total() totals

	// close frees what the network holds. It is called once, when the records have been read.
	close() error
}

// account is what a node received and sent.
type account struct {
	core.NodeRecord
	sent, control core.Bytes // payload that left it, and all else that left it
}

// totals are figures of a network as a whole; what it does not count is zero.
type totals struct {
	digest    string
	events    int64
	transfers int64
	delays    bool // whether the plan's delays are in force
}

// Progress is told now and then how far a run is.
type Progress func(now, horizon core.Time, done, viewers int)

// Simulate carries out a plan in the simulator and returns its records. progress may be nil. A policy or a machine that
// breaks a rule is an error for which IsBroken is true.
func Simulate(p *Plan, progress Progress) (*analysis.Run, error) {
	policy, err := p.Config.Policy.New()
	if err != nil {
		return nil, err
	}
	return run(p, newSimulation(p, policy), progress)
}

// Deploy carries out a plan with real nodes and sockets on this machine, in real time, and returns its records. It
// refuses, before anything starts, what the machine cannot hold. progress may be nil.
func Deploy(ctx context.Context, p *Plan, progress Progress) (*analysis.Run, error) {
	d, err := deploy(ctx, p)
	if err != nil {
		return nil, err
	}
	return run(p, d, progress)
}

// run drives a network to the end of a plan: to the first sample after the last viewer is done, or to the horizon. When
// it ends is decided at the samples alone, so that it depends on the scenario and nothing else.
func run(p *Plan, n network, progress Progress) (r *analysis.Run, err error) {
	defer func() { err = errors.Join(err, n.close()) }()
	c := p.Config
	w := newWatchers(p)
	var samples []analysis.Sample
	for now := core.Time(0); ; {
		now = min(now.After(c.Sample), c.Horizon)
		if err := n.advance(now); err != nil {
			return nil, fmt.Errorf("run %s with seed %d: %w", c.Name, p.Seed, err)
		}
		samples = append(samples, w.sample(n, now))
		if progress != nil {
			progress(now, c.Horizon, w.done(), len(p.Viewers))
		}
		if w.done() == len(p.Viewers) || now >= c.Horizon {
			return record(p, n, now, samples), nil
		}
	}
}

// watchers follows the viewers that are not done, so that a sample costs no more than there are of them.
type watchers struct {
	plan        *Plan
	watching    []int // viewers that have not ended or left
	sources     []int
	ended, gone int
}

func newWatchers(p *Plan) *watchers {
	w := &watchers{plan: p}
	for i := range p.Viewers {
		w.watching = append(w.watching, i)
	}
	for i := range p.Nodes {
		if p.Nodes[i].Master == None {
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
		switch n.view(i).State {
		case core.Waiting:
			if w.plan.Nodes[w.plan.Viewers[i]].Watch <= now {
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
	c, total := p.Config, n.total()
	r := &analysis.Run{
		Seed: p.Seed, Digest: total.digest, End: end, Events: total.events, Transfers: total.transfers,
		Video:   analysis.Video{Length: p.Video.Length, Duration: p.Video.Duration},
		Startup: min(p.Video.Bitrate().In(c.Player.StartupBuffer), p.Video.Length),
		Nodes:   make([]analysis.Node, len(p.Nodes)),
		Samples: samples,
	}
	least := core.Never // access delay of any node
	for i := range p.Nodes {
		from, a := &p.Nodes[i], n.node(i)
		least = min(least, from.Latency)
		r.Nodes[i] = analysis.Node{
			Name: p.Name(i), Source: from.Master == None, Relay: from.Relay,
			Uplink: from.Uplink, Downlink: from.Downlink, Start: from.Start, Stop: core.Never,
			FromSource: a.FromSource, FromMaster: a.FromMaster, FromSibling: a.FromSibling,
			Sent: a.sent, Control: a.control,
		}
	}
	for _, e := range p.Events {
		switch e.Kind {
		case CrashNode, LeaveNode:
			if e.At <= end {
				r.Nodes[e.Node].Stop = e.At
			}
		case RestartNode:
			if e.At <= end {
				r.Nodes[e.Node].Stop = core.Never
			}
		}
	}
	for i, node := range p.Viewers {
		from, v := &p.Nodes[node], n.view(i)
		viewer := analysis.Viewer{
			Name: p.Name(int(node)), Node: int(node), Last: v.State,
			Arrival: from.Watch, First: v.First, Until: v.Until,
			Stalls: int(v.Stalls), Stalled: v.Stalled, Played: v.Played, Due: int(v.Due), OnTime: int(v.OnTime),
		}
		if total.delays && !from.Relay && from.Master != None { // what others fetched through a relay may be there already
			viewer.Delay = 2 * (from.Latency + c.Net.Latency.Min + least)
		}
		r.Viewers = append(r.Viewers, viewer)
	}
	return r
}
