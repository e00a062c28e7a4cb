package scenarios

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// simulation is the network of a plan in the simulator. Node i of the plan is NodeID i+1 there.
type simulation struct {
	ctx   context.Context // ends the run early, at the next look
	sim   *netsim.Sim
	swarm *core.Swarm
	plan  *Plan
	video core.Video

	next            *cursor // on the plan's events
	changed, parted int     // how many of the plan's changes and cuts have happened
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
		SlowStart: c.Net.SlowStart, Epsilon: c.Net.Epsilon, Name: p.nameOf}, swarm)
	s.addSites()
	s.video = s.sim.AddVideo(c.Video.Name, p.Video)
	for i := range p.Len() {
		s.sim.AddNode("", s.link(i))
	}
	s.followTraces()
	s.sim.Follow((*script)(s))
	return s
}

// player returns how viewers consume.
func (c *Config) player() core.PlayerKind {
	if c.Player.Kind == "download" {
		return core.Download
	}
	return core.Play
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
	if r := s.swarm.View(s.plan.view(int(s.plan.Viewers[viewer])), s.sim.Now()); r.View != 0 {
		return r
	}
	return core.ViewRecord{State: core.Waiting, First: core.Never, Until: core.Never}
}

func (s *simulation) state(viewer int) core.ViewState {
	return s.swarm.ViewState(s.plan.view(int(s.plan.Viewers[viewer])))
}

func (s *simulation) node(node int) account {
	id := core.NodeID(node + 1)
	t := s.sim.Traffic(id)
	return account{s.swarm.Payload(id), t.PayloadSent, t.ControlSent}
}

func (s *simulation) total() totals {
	return totals{fmt.Sprintf("%016x", s.sim.Digest()), int64(s.sim.Events()), int64(s.sim.Transfers()), true, s.sim.Crossings()}
}

func (s *simulation) finish() {
	s.sim.Finish()
	runtime.GC() // It holds few pointers: milliseconds.
}

func (s *simulation) close() error { return nil }

// IsBroken reports whether an error is a broken invariant, and so a bug rather than a bad scenario.
func IsBroken(err error) bool {
	var broken *errBroken
	return errors.As(err, &broken)
}
