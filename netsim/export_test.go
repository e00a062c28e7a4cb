package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// Leaks says what is still in use, "" if nothing is: after all nodes have stopped and the last event has come there must
// be nothing.
func (s *Sim) Leaks() string {
	found := ""
	for _, l := range []struct {
		what string
		rows int
	}{
		{"ends", s.ends.Live()}, {"letters", s.letters.Live()}, {"bodies", s.bodies.Live()}, {"watches", s.watches.Live()}, {"flows", s.flows.Live()},
		{"intros", s.intros.Live()}, {"parked", s.parked.Live()}, {"boots", s.boots.Live()}, {"views", s.views.Live()},
		{"calls", s.calls.Live()}, {"links", s.links.Live()}, {"far timers", s.far.Live()}, {"pairs", s.pairs.Len()}, {"events", s.queue.len()},
	} {
		if l.rows != 0 {
			found += fmt.Sprintf("%d %s ", l.rows, l.what)
		}
	}
	for i := range s.nodes[1:] {
		n := &s.nodes[i+1]
		if s.fluid.Degree(n.up) != 0 || s.fluid.Degree(n.down()) != 0 || n.ends != 0 || n.parked != 0 {
			found += fmt.Sprintf("node %d ", i+1)
		}
	}
	return found
}

// Queued returns how many events wait.
func (s *Sim) Queued() int { return s.queue.len() }

// Flowing returns how many flows there are.
func (s *Sim) Flowing() int { return s.flows.Live() }

// What tests of the models look at.
var (
	SquareRoot = squareRoot
	LossyRate  = lossyRate
)

// PathLoss returns the loss between two nodes.
func PathLoss(l *Loss, a, b core.NodeID) PPM { return l.between(a, b) }

// SetHubDegree sets how many flows make a link a hub of the bandwidth engine.
func (s *Sim) SetHubDegree(degree int) { s.fluid.SetHubDegree(degree) }
