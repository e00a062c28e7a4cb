package scenarios

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// simulation is the network of a plan in the simulator. Node i of the plan is NodeID i+1 there, viewer i is View i+1.
type simulation struct {
	ctx   context.Context // ends the run early, at the next look
	sim   *netsim.Sim
	swarm *core.Swarm
	plan  *Plan
	video core.Video
	next  *cursor // on the plan's events
}

// simulationOf returns the simulation of a plan with the policy that its scenario names.
func simulationOf(ctx context.Context, p *Plan) (*simulation, error) {
	policy, err := p.Config.Policy.New()
	if err != nil {
		return nil, err
	}
	return newSimulation(ctx, p, policy), nil
}

func newSimulation(ctx context.Context, p *Plan, policy core.Policy) *simulation {
	c := p.Config
	swarm := core.NewSwarm(c.Core(), policy)
	s := &simulation{ctx: ctx, plan: p, swarm: swarm, next: p.events()}
	s.sim = netsim.New(netsim.Config{Seed: p.Seed, Nodes: p.Len(), Latency: p.model(), Jitter: c.Net.Jitter, Loss: p.loss(),
		SlowStart: c.Net.SlowStart, Epsilon: c.Net.Epsilon, Name: s.nameOf}, swarm)
	s.addSites()
	s.video = s.sim.AddVideo(c.Video.Name, p.Video)
	for i := range p.Len() {
		s.sim.AddNode("", s.link(i))
	}
	s.changeLinks()
	s.sim.Follow((*script)(s))
	return s
}

// nameOf returns a node's name, or what can be said of a handle that is no node's.
func (s *simulation) nameOf(n core.NodeID) string {
	switch {
	case n == 0:
		return "nobody"
	case int(n) > s.plan.Len():
		return fmt.Sprintf("no node %d", n)
	}
	return s.plan.Name(int(n) - 1)
}

// script is a simulation as the netsim.Script of its plan's events.
type script simulation

func (s *script) Next() core.Time {
	if !s.next.ok {
		return core.Never
	}
	return s.next.event.At
}

func (s *script) Happen(sim *netsim.Sim) {
	e := s.next.event
	s.next.next()
	id := core.NodeID(e.Node + 1)
	switch e.Kind {
	case StartNode:
		sim.Start(e.At, id, s.boot(int(e.Node)))
	case RestartNode:
		sim.Restart(e.At, id, s.boot(int(e.Node)), e.KeepStore)
	case CrashNode:
		sim.Stop(e.At, id)
	case HangNode:
		sim.Hang(e.At, id)
	case ResumeNode:
		sim.Resume(e.At, id)
	case OpenView:
		w, _ := s.plan.viewer(e.Node)
		sim.View(e.At, id, core.ViewEvent{Kind: core.ViewOpen, Player: s.plan.Config.player(), View: core.View(w + 1), Video: s.video})
	case LeaveNode:
		if w, ok := s.plan.viewer(e.Node); ok {
			sim.View(e.At, id, core.ViewEvent{Kind: core.ViewClose, View: core.View(w + 1)})
		}
		sim.Stop(e.At, id)
	}
}

// player returns how viewers consume.
func (c *Config) player() core.PlayerKind {
	if c.Player.Kind == "download" {
		return core.Download
	}
	return core.Play
}

// boot returns what a node knows when it starts.
func (s *script) boot(node int) core.Boot {
	n := s.plan.Node(node)
	id := func(index int32) core.NodeID { return core.NodeID(index + 1) } // None becomes 0
	b := core.Boot{Name: s.plan.nameHash(node), Master: id(n.Master), Supermaster: id(n.Supermaster),
		Source: id(n.Source)}
	if n.Master == None {
		b.IsSource, b.Source = true, 0
		b.Owns = []core.VideoDesc{{Video: s.video, Info: s.plan.Video}}
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

// look is the simulated time after which a simulation looks whether it is to end early: no more than some tenths of a
// second of the machine's, even of a million viewers.
const look = 10 * core.Millisecond

func (s *simulation) advance(until core.Time) (reached core.Time, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case *netsim.Panic:
			err = &errBroken{v, string(debug.Stack())}
		default:
			panic(v)
		}
	}()
	for {
		reached = s.sim.Run(min(until, s.sim.Now()+look))
		if reached == until || s.ctx.Err() != nil {
			return reached, nil
		}
	}
}

func (s *simulation) view(viewer int) core.ViewRecord {
	if r := s.swarm.View(core.View(viewer+1), s.sim.Now()); r.View != 0 {
		return r
	}
	return core.ViewRecord{State: core.Waiting, First: core.Never, Until: core.Never}
}

func (s *simulation) state(viewer int) core.ViewState {
	return s.swarm.ViewState(core.View(viewer + 1))
}

func (s *simulation) node(node int) account {
	id := core.NodeID(node + 1)
	t := s.sim.Traffic(id)
	return account{s.swarm.Payload(id), t.PayloadSent, t.ControlSent}
}

func (s *simulation) total() totals {
	return totals{fmt.Sprintf("%016x", s.sim.Digest()), int64(s.sim.Events()), int64(s.sim.Transfers()), true, s.sim.Crossings()}
}

func (s *simulation) close() error { return nil }

// IsBroken reports whether an error is a broken invariant, and so a bug rather than a bad scenario.
func IsBroken(err error) bool {
	var broken *errBroken
	return errors.As(err, &broken)
}
