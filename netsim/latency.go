package netsim

import (
	"fmt"
	"math/bits"

	"peerstreamer/core"
	"peerstreamer/netsim/topology"
)

// Latency is the one-way delay of the middle of the network for each ordered pair of nodes: a Range, Places or
// Coordinates. It is a pure function of the run's seed and the pair, asked once for each connection and never changed by
// a run, so several Sims may share one.
type Latency interface {
	// between returns the delay from a to b. It allocates nothing.
	between(seed uint64, a, b core.NodeID) core.Time

	// validate panics if the model is not one.
	validate()
}

// Range draws a pair's delay uniformly between Min and Max, both included; it is the same in both directions. Equal
// bounds make it constant.
type Range struct{ Min, Max core.Time }

// Constant returns a latency that is the same for all pairs.
func Constant(t core.Time) Latency { return Range{t, t} }

func (l Range) validate() {
	if l.Min < 0 || l.Max < l.Min || l.Max == core.Never {
		panic(fmt.Sprintf("netsim: latency %d..%d ns: want 0 <= min <= max", l.Min, l.Max))
	}
}

func (l Range) between(seed uint64, a, b core.NodeID) core.Time {
	if l.Min == l.Max {
		return l.Min
	}
	return drawPair(seed, "latency", a, b, l.Min, l.Max)
}

// drawPair draws a time for a pair of nodes, the same whichever of them asks.
func drawPair(seed uint64, purpose string, a, b core.NodeID, lo, hi core.Time) core.Time {
	rng := core.NewRand(seed, purpose, pairKey(min(a, b), max(a, b)))
	return rng.Between(lo, hi)
}

// Places puts every node at a place and takes the delays between places from a table: regions of the world, hosts of a
// measured matrix, routers of a graph.
type Places struct {
	Delays *topology.Matrix
	At     []uint16  // the place of each node, by NodeID; element 0 is nobody's
	Spread core.Time // each pair has an extra delay drawn uniformly between 0 and this, the same in both directions
}

func (l *Places) validate() {
	if l.Spread < 0 || l.Spread == core.Never {
		panic(fmt.Sprintf("netsim: latency with a spread of %d ns: want 0 or more", l.Spread))
	}
	for n, p := range l.At {
		if int(p) >= l.Delays.Len() {
			panic(fmt.Sprintf("netsim: node %d is at place %d of %d", n, p, l.Delays.Len()))
		}
	}
}

func (l *Places) between(seed uint64, a, b core.NodeID) core.Time {
	d := l.Delays.At(int(l.At[a]), int(l.At[b]))
	if l.Spread > 0 {
		d += drawPair(seed, "spread", a, b, 0, l.Spread)
	}
	return d
}

// Coordinates draws for each node a point in a square and a height above it. The delay of a pair is the distance of
// their points plus both heights, in both directions: the part that grows with distance, and what each has between itself
// and the core of the network. It is the model that Vivaldi fits to measurements (Dabek, Cox, Kaashoek, Morris: Vivaldi,
// SIGCOMM 2004, height vectors), here for one way instead of a round trip. Points of a uniform square are 0.52 sides
// apart on average.
type Coordinates struct {
	Side                 core.Time // of the square: from 0 to MaxSide
	MinHeight, MaxHeight core.Time // bounds of the height, which is uniform between them
}

// MaxSide bounds the square of Coordinates, so that squares of distances fit into 64 bits.
const MaxSide = 2 * core.Second

func (l Coordinates) validate() {
	if l.Side < 0 || l.Side > MaxSide || l.MinHeight < 0 || l.MaxHeight < l.MinHeight || l.MaxHeight > core.Minute {
		panic(fmt.Sprintf("netsim: coordinates %+v ns: want a side of 0 to %d and 0 <= min <= max height <= %d",
			l, MaxSide, core.Minute))
	}
}

func (l Coordinates) between(seed uint64, a, b core.NodeID) core.Time {
	xa, ya, ha := l.of(seed, a)
	xb, yb, hb := l.of(seed, b)
	dx, dy := xa-xb, ya-yb
	return ha + core.Time(squareRoot(uint64(dx*dx)+uint64(dy*dy))) + hb
}

// of returns a node's point and height. They are drawn anew each time: it costs less than the memory to keep them.
func (l Coordinates) of(seed uint64, n core.NodeID) (x, y, height core.Time) {
	rng := core.NewRand(seed, "coordinates", uint64(n))
	return rng.Between(0, l.Side), rng.Between(0, l.Side), rng.Between(l.MinHeight, l.MaxHeight)
}

// squareRoot returns the square root of v, rounded down, by Newton's method from above.
func squareRoot(v uint64) uint64 {
	if v < 2 {
		return v
	}
	r := uint64(1) << ((bits.Len64(v) + 1) / 2) // at least the root
	for {
		next := (r + v/r) / 2
		if next >= r {
			return r
		}
		r = next
	}
}

// Latency returns the one-way delay from a to b: both access links and the middle.
func (s *Sim) Latency(a, b core.NodeID) core.Time {
	return s.nodes[a].latency + s.cfg.Latency.between(s.cfg.Seed, a, b) + s.nodes[b].latency
}
