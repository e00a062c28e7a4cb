package scenarios

import (
	"errors"
	"fmt"
	"runtime/debug"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// simulation is the network of a plan in the simulator. Node i of the plan is NodeID i+1 there, viewer i is View i+1.
type simulation struct {
	sim    *netsim.Sim
	swarm  *core.Swarm
	plan   *Plan
	opened []bool // viewers that have pressed play
	seen   int    // how many of the swarm's views are marked in opened
}

func newSimulation(p *Plan, policy core.Policy) *simulation {
	c := p.Config
	swarm := core.NewSwarm(c.Core(), policy)
	s := &simulation{plan: p, swarm: swarm, opened: make([]bool, len(p.Viewers)),
		sim: netsim.New(netsim.Config{Seed: p.Seed, Latency: netsim.Latency(c.Net.Latency)}, swarm)}
	video := s.sim.AddVideo(c.Video.Name, p.Video)
	for i := range p.Nodes {
		n := &p.Nodes[i]
		s.sim.AddNode(p.Name(i), netsim.Link{Uplink: n.Uplink, Downlink: n.Downlink, Latency: n.Latency,
			Slots: n.Slots, StoreChunks: n.StoreChunks})
	}
	viewOf := make(map[int32]core.View, len(p.Viewers))
	for i, node := range p.Viewers {
		viewOf[node] = core.View(i + 1)
	}
	for _, e := range p.Events {
		id := core.NodeID(e.Node + 1)
		switch e.Kind {
		case StartNode:
			s.sim.Start(e.At, id, s.boot(int(e.Node), video))
		case RestartNode:
			s.sim.Restart(e.At, id, s.boot(int(e.Node), video), e.KeepStore)
		case CrashNode:
			s.sim.Stop(e.At, id)
		case HangNode:
			s.sim.Hang(e.At, id)
		case ResumeNode:
			s.sim.Resume(e.At, id)
		case OpenView:
			s.sim.View(e.At, id, core.ViewEvent{Kind: core.ViewOpen, Player: c.player(), View: viewOf[e.Node], Video: video})
		case LeaveNode:
			if w, ok := viewOf[e.Node]; ok {
				s.sim.View(e.At, id, core.ViewEvent{Kind: core.ViewClose, View: w})
			}
			s.sim.Stop(e.At, id)
		}
	}
	return s
}

// player returns how viewers consume.
func (c *Config) player() core.PlayerKind {
	if c.Player.Kind == "download" {
		return core.Download
	}
	return core.Play
}

// boot returns what a node knows when it starts.
func (s *simulation) boot(node int, video core.Video) core.Boot {
	n := &s.plan.Nodes[node]
	id := func(index int32) core.NodeID { return core.NodeID(index + 1) } // None becomes 0
	b := core.Boot{Name: core.HashName(s.plan.Name(node)), Master: id(n.Master), Supermaster: id(n.Supermaster),
		Source: id(n.Source)}
	if n.Master == None {
		b.IsSource, b.Source = true, 0
		b.Owns = []core.VideoDesc{{Video: video, Info: s.plan.Video}}
	}
	return b
}

// errBroken is a broken invariant: a mistake in a policy, in core or in the simulator.
type errBroken struct {
	at    *netsim.Panic
	stack string
}

func (e *errBroken) Error() string {
	return fmt.Sprintf("a rule was broken: %v\n%s", e.at, e.stack)
}

func (s *simulation) advance(until core.Time) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *netsim.Panic:
			err = &errBroken{v, string(debug.Stack())}
		default:
			panic(v)
		}
	}()
	s.sim.Run(until)
	for _, w := range s.swarm.Views()[s.seen:] {
		s.opened[w-1] = true
		s.seen++
	}
	return nil
}

func (s *simulation) view(viewer int) core.ViewRecord {
	if s.opened[viewer] {
		return s.swarm.View(core.View(viewer+1), s.sim.Now())
	}
	return core.ViewRecord{State: core.Waiting, First: core.Never, Until: core.Never}
}

func (s *simulation) node(node int) account {
	id := core.NodeID(node + 1)
	t := s.sim.Traffic(id)
	return account{s.swarm.Node(id), t.PayloadSent, t.ControlSent}
}

func (s *simulation) total() totals {
	return totals{fmt.Sprintf("%016x", s.sim.Digest()), int64(s.sim.Events()), int64(s.sim.Transfers()), true}
}

func (s *simulation) close() error { return nil }

// IsBroken reports whether an error is a broken invariant, and so a bug rather than a bad scenario.
func IsBroken(err error) bool {
	var broken *errBroken
	return errors.As(err, &broken)
}
