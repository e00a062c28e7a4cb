package main

import (
	"fmt"
	"math/bits"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
	"peerstreamer/netsim/wheel"
)

// held is what hold measured.
type held struct {
	N             int     `json:"n"`
	Seed          uint64  `json:"seed"`
	Payload       int     `json:"payload"`
	Steps         string  `json:"steps"`
	Ops           int     `json:"ops"` // each a pop and a push
	CPU           float64 `json:"cpu_s"`
	OpsPerCPU     int64   `json:"ops_per_cpu_s"`
	BytesPerEvent float64 `json:"bytes_per_event"` // all that the queue holds, over n
	Collections   uint32  `json:"gc_cycles"`       // while it was measured
	Times         string  `json:"times"`           // hash of the times that came: the same for every right queue
}

// Payloads of so many bytes. The fields of a small struct travel in registers, as those of an array do not. They are
// exported, or they would count as unused.
type (
	bytes8  struct{ A uint64 }
	bytes16 struct{ A, B uint64 }
	bytes24 struct{ A, B, C uint64 }
	bytes32 struct{ A, B, C, D uint64 }
)

// hold measures a queue in the hold model: n events are pending, and the first is pushed again a random step later.
func hold(n int, seed uint64, ops, payload int, steps string) (held, error) {
	h := held{N: n, Seed: seed, Payload: payload, Steps: steps, Ops: ops}
	list, err := drawSteps(seed, steps)
	if err != nil {
		return h, err
	}
	switch payload {
	case 8:
		measureHold[bytes8](&h, list)
	case 16:
		measureHold[bytes16](&h, list)
	case 24:
		measureHold[bytes24](&h, list)
	case 32:
		measureHold[bytes32](&h, list)
	default:
		return h, fmt.Errorf("-payload %d: want 8, 16, 24 or 32", payload)
	}
	return h, nil
}

// stepsLen is how many steps are drawn, to be used again and again; a power of two.
const stepsLen = 1 << 20

// drawSteps returns random steps with a mean of a second.
func drawSteps(seed uint64, kind string) (*[stepsLen]core.Time, error) {
	rng := core.NewRand(seed, "events", 0)
	list := new([stepsLen]core.Time)
	for i := range list {
		switch kind {
		case "exponential":
			list[i] = rng.Exponential(core.Second)
		case "uniform":
			list[i] = rng.Between(0, 2*core.Second)
		default:
			return nil, fmt.Errorf("-steps %s: want exponential or uniform", kind)
		}
	}
	return list, nil
}

// measureHold fills in h. Before it measures, every event has been popped about once, so that the queue is as it stays.
func measureHold[P any](h *held, steps *[stepsLen]core.Time) {
	var q wheel.Queue[P]
	var p P
	for i := range h.N {
		q.Push(steps[i%stepsLen], p)
	}
	turn(&q, steps, h.N)
	before := usage.Collections()
	begun := usage.CPUSeconds()
	times := turn(&q, steps, h.Ops)
	h.CPU = usage.CPUSeconds() - begun
	h.OpsPerCPU = per(h.Ops, h.CPU)
	h.BytesPerEvent = float64(q.Footprint()) / float64(h.N)
	h.Collections = usage.Collections() - before
	h.Times = fmt.Sprintf("%016x", times)
}

// turn pops and pushes ops times and returns a hash of the times popped.
func turn[P any](q *wheel.Queue[P], steps *[stepsLen]core.Time, ops int) (times uint64) {
	for i := range ops {
		at, p := q.Pop()
		q.Push(at+steps[i%stepsLen], p)
		times = bits.RotateLeft64(times^uint64(at), 29) * 0x9E3779B97F4A7C15
	}
	return times
}
