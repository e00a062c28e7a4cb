package netsim

import "fmt"

// Leaks says what is still in use, "" if nothing is: after all nodes have stopped and the last event has come there must
// be nothing.
func (s *Sim) Leaks() string {
	found := ""
	for _, l := range []struct {
		what string
		rows int
	}{
		{"ends", s.ends.live()}, {"letters", s.letters.live()}, {"watches", s.watches.live()}, {"flows", s.flows.live()},
		{"intros", s.intros.live()}, {"parked", s.parked.live()}, {"boots", s.boots.live()}, {"views", s.views.live()},
		{"calls", s.calls.live()}, {"links", s.links.live()}, {"pairs", s.pairs.used}, {"events", s.queue.len()},
	} {
		if l.rows != 0 {
			found += fmt.Sprintf("%d %s ", l.rows, l.what)
		}
	}
	for i := range s.nodes[1:] {
		n := &s.nodes[i+1]
		if s.fluid.Degree(n.up) != 0 || s.fluid.Degree(n.down) != 0 || n.ends != 0 || n.parked != 0 {
			found += fmt.Sprintf("node %d ", i+1)
		}
	}
	return found
}

// Queued returns how many events wait.
func (s *Sim) Queued() int { return s.queue.len() }
