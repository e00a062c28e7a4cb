package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// Latency is the one-way delay of the middle of the network, drawn once for each pair of nodes, uniformly between Min
// and Max, both included, and the same in both directions. Equal bounds make it constant.
type Latency struct{ Min, Max core.Time }

// Constant returns a latency that is the same for all pairs.
func Constant(t core.Time) Latency { return Latency{t, t} }

func (l Latency) validate() {
	if l.Min < 0 || l.Max < l.Min || l.Max == core.Never {
		panic(fmt.Sprintf("netsim: latency %d..%d ns: want 0 <= min <= max", l.Min, l.Max))
	}
}

// between returns the middle's delay for a pair. It depends on the seed and the pair alone, not on who asks when.
func (l Latency) between(seed uint64, a, b core.NodeID) core.Time {
	if l.Min == l.Max {
		return l.Min
	}
	rng := core.NewRand(seed, "latency", pairKey(min(a, b), max(a, b)))
	return rng.Between(l.Min, l.Max)
}

// Latency returns the one-way delay between two nodes: both access links and the middle.
func (s *Sim) Latency(a, b core.NodeID) core.Time {
	return s.nodes[a].link.Latency + s.cfg.Latency.between(s.cfg.Seed, a, b) + s.nodes[b].link.Latency
}
