package main

import (
	"fmt"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
	"peerstreamer/netsim"
)

// passed is what pass measured.
type passed struct {
	N            int     `json:"n"`
	Seed         uint64  `json:"seed"`
	Events       uint64  `json:"events"` // callbacks: all but a few are messages
	Simulated    float64 `json:"sim_s"`
	CPU          float64 `json:"cpu_s"`
	EventsPerCPU int64   `json:"events_per_cpu_s"`
	Collections  uint32  `json:"gc_cycles"` // while it was measured
	RSS          float64 `json:"rss_mb"`    // the process's peak
	Digest       string  `json:"digest"`
}

// pass measures messages: every node has a connection to another, drawn at random, and hands on there what comes. A
// message is on its way for 10 to 90 ms, and pushes back a deadline at each node that it comes to.
func pass(n int, seed uint64, ops int) (passed, error) {
	if n < 2 {
		return passed{}, fmt.Errorf("-messages -n %d: want 2 nodes or more", n)
	}
	m := newPasser(n, seed)
	middle := netsim.Range{Min: 10 * core.Millisecond, Max: 90 * core.Millisecond}
	s := netsim.New(netsim.Config{Seed: seed, Latency: middle}, m)
	for range n {
		id := s.AddNode("", netsim.Link{})
		s.Start(0, id, core.Boot{Name: uint64(id)})
	}
	s.Run(core.Second) // All connections are open, and all messages have gone some way.
	p := passed{N: n, Seed: seed}
	before, first, since := usage.Collections(), s.Events(), s.Now()
	begun := usage.CPUSeconds()
	for s.Events()-first < uint64(ops) {
		s.Run(s.Now() + core.Millisecond)
	}
	p.CPU = usage.CPUSeconds() - begun
	p.Events = s.Events() - first
	p.EventsPerCPU = per(int(p.Events), p.CPU)
	p.Simulated = (s.Now() - since).Seconds()
	p.Collections = usage.Collections() - before
	p.RSS = usage.PeakMB()
	p.Digest = fmt.Sprintf("%016x", s.Digest())
	return p, nil
}

// passer is the Machine of nodes that hand messages on.
type passer struct {
	to   []core.NodeID // by NodeID: whom it hands to
	next []core.Conn   // by NodeID: the connection there
}

// newPasser draws a cycle through all nodes, so that each sends to one other and hears from one other.
func newPasser(n int, seed uint64) *passer {
	rng := core.NewRand(seed, "cycle", 0)
	cycle := make([]core.NodeID, n)
	for i := range cycle {
		cycle[i] = core.NodeID(i + 1)
	}
	core.Shuffle(&rng, cycle)
	m := &passer{to: make([]core.NodeID, n+1), next: make([]core.Conn, n+1)}
	for i, node := range cycle {
		m.to[node] = cycle[(i+1)%n]
	}
	return m
}

// patience is the timer that every message pushes back.
const patience core.Timer = 0

func (m *passer) OnStart(net core.Network, self core.NodeID, _ core.Boot) {
	m.next[self] = net.Dial(m.to[self])
	net.Send(m.next[self], core.Msg{Kind: core.MsgPing})
}

func (m *passer) OnMsg(net core.Network, self core.NodeID, _ core.Conn, msg core.Msg) {
	net.SetTimer(patience, net.Now()+3*core.Second)
	net.Send(m.next[self], msg)
}

func (m *passer) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID { return held }

func (m *passer) OnOpen(core.Network, core.NodeID, core.Conn, core.NodeID, core.PeerFlags) {}

func (m *passer) OnFlow(core.Network, core.NodeID, core.FlowEvent) {}

func (m *passer) OnTimer(core.Network, core.NodeID, core.Timer) {}

func (m *passer) OnView(core.Network, core.NodeID, core.ViewEvent) {}

func (m *passer) OnVideo(core.Network, core.NodeID, core.Conn, core.Video, core.VideoInfo) {}

func (m *passer) OnClose(core.Network, core.NodeID, core.Conn, core.Reason) {}

// Fork returns a copy. The cycle never changes, so both can use it.
func (m *passer) Fork() core.Machine {
	return &passer{to: m.to, next: append([]core.Conn(nil), m.next...)}
}
