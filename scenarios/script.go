package scenarios

import (
	"fmt"
	"slices"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// script is a simulation as the netsim.Script of what its plan says: the events of nodes, and at the same moment after
// them the changes of links and then the partitions.
type script simulation

func (s *script) Next() core.Time {
	at := core.Never
	if s.next.ok {
		at = s.next.event.At
	}
	if s.changed < len(s.plan.changes) {
		at = min(at, s.plan.changes[s.changed].at)
	}
	if s.parted < len(s.plan.cuts) {
		at = min(at, s.plan.cuts[s.parted].at)
	}
	return at
}

func (s *script) Happen(sim *netsim.Sim) {
	p := s.plan
	switch now := sim.Now(); {
	case s.next.ok && s.next.event.At == now:
		e := s.next.event
		s.next.next()
		s.carryOut(sim, &e)
	case s.changed < len(p.changes) && p.changes[s.changed].at == now:
		s.changed++
		(*simulation)(s).relink(sim, &p.changes[s.changed-1])
	default:
		c := &p.cuts[s.parted]
		s.parted++
		sim.Partition(c.at, c.until, ids(c.a), ids(c.b))
	}
}

// carryOut lets an event happen to its node.
func (s *script) carryOut(sim *netsim.Sim, e *Event) {
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
		sim.View(e.At, id, core.ViewEvent{Kind: core.ViewOpen, Player: s.plan.Config.player(), View: s.plan.view(int(e.Node)),
			Video: s.video})
	case LeaveNode:
		if _, came := slices.BinarySearch(s.plan.Viewers, e.Node); came {
			sim.View(e.At, id, core.ViewEvent{Kind: core.ViewClose, View: s.plan.view(int(e.Node))})
		}
		sim.Stop(e.At, id)
	}
}

// skip goes past all that has happened by a moment.
func (s *script) skip(by core.Time) {
	for s.next.ok && s.next.event.At <= by {
		s.next.next()
	}
	for s.changed < len(s.plan.changes) && s.plan.changes[s.changed].at <= by {
		s.changed++
	}
	for s.parted < len(s.plan.cuts) && s.plan.cuts[s.parted].at <= by {
		s.parted++
	}
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

// nameOf returns the name of a node of the simulator, or what can be said of a handle that is no node's.
func (p *Plan) nameOf(n core.NodeID) string {
	switch {
	case n == 0:
		return "nobody"
	case int(n) > p.Len():
		return fmt.Sprintf("no node %d", n)
	}
	return p.Name(int(n) - 1)
}
