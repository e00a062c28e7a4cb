package netsim

import (
	"fmt"

	"peerstreamer/core"
	"peerstreamer/core/slab"
	"peerstreamer/netsim/maxmin"
)

// lane is what jitter and loss make of the way from an end to its peer. Only a Sim with one of them has lanes, of 32
// bytes each.
type lane struct {
	rand core.Rand    // the connection's own in this direction
	last core.Time    // when the last message arrives
	rate maxmin.Share // that its flows together do not exceed
	loss PPM
	wait uint32 // microseconds until a lost message is sent again
}

// lanes are the lanes of all ends, by their number.
type lanes struct {
	slab.Slab[lane]
	on bool // there are some
}

// maxRetries bounds how often one message is sent again.
const maxRetries = 8

func (c *Config) lanes() lanes {
	c.Loss.validate()
	if c.Jitter < 0 || c.Jitter > core.Minute {
		panic(fmt.Sprintf("netsim: jitter %d ns: want 0 to %d", c.Jitter, core.Minute))
	}
	return lanes{on: c.Jitter > 0 || c.Loss.any()}
}

// newLane prepares the lane of end i, whose connection begins now and whose peer's end has its latency. Its stream
// depends on the two nodes and the time alone: what others do changes nothing.
func (s *Sim) newLane(i uint32) {
	if !s.lanes.on {
		return
	}
	e := s.ends.At(i)
	loss := s.cfg.Loss.between(e.node, e.to)
	rtt := e.latency() + s.ends.At(e.peer).latency()
	wait := min(timeout(rtt)/core.Microsecond, 1<<32-1) // At twice maxLatency it does not fit by a little.
	rng := core.NewRand(s.cfg.Seed, "lane", pairKey(e.node, e.to))
	*s.lanes.Reach(i) = lane{rand: core.RandFrom(rng.Uint64() ^ uint64(s.now)), loss: loss,
		rate: lossyRate(rtt, loss, s.cfg.Loss.AckEach), wait: uint32(wait)}
}

// arrival returns when a message that end i sends now comes to the peer: one latency and its jitter later, plus a timeout
// that doubles for each time it is lost, and never before the message sent before it.
func (s *Sim) arrival(i uint32) core.Time {
	at := s.now.After(s.ends.At(i).latency())
	if !s.lanes.on {
		return at
	}
	l := s.lanes.At(i)
	if s.cfg.Jitter > 0 {
		at = at.After(l.rand.Between(0, s.cfg.Jitter))
	}
	if l.loss > 0 {
		wait := core.Time(l.wait) * core.Microsecond
		for k := 0; k < maxRetries && l.rand.Below(uint32(one)) < uint32(l.loss); k++ {
			at = at.After(wait)
			wait *= 2
		}
	}
	l.last = max(l.last, at)
	return l.last
}
