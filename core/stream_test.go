package core_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// planned writes down what a policy is told.
type planned struct {
	core.Policy
	events []core.EventKind
}

func (p *planned) Plan(s *core.Stream, e core.Event) {
	p.events = append(p.events, e.Kind)
	p.Policy.Plan(s, e)
}

// TestOpenedComesFirst: a policy hears that a stream is new before anything else about it, also where the first chunks are
// here and the reader moves on at once.
func TestOpenedComesFirst(t *testing.T) {
	p := &planned{Policy: core.NewClassic(core.DefaultClassic())}
	sim := netsim.New(netsim.Config{Seed: 1}, core.NewSwarm(core.DefaultConfig(), p))
	info := core.VideoInfo{Length: 4 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB, Duration: 8 * core.Second}
	video := sim.AddVideo("movie", info)
	desc := []core.VideoDesc{{Video: video, Info: info}}
	source, viewer := sim.AddNode("source", netsim.Link{}), sim.AddNode("viewer", netsim.Link{})
	sim.Start(0, source, core.Boot{Name: 1, IsSource: true, Owns: desc})
	sim.Start(0, viewer, core.Boot{Name: 2, Master: source, Knows: desc, Held: []core.ChunkID{{Video: video}}})
	sim.View(core.Second, viewer, core.ViewEvent{Kind: core.ViewOpen, Player: core.Download, View: 1, Video: video})
	sim.Run(core.Minute)
	if len(p.events) == 0 || p.events[0] != core.Opened {
		t.Errorf("events %v: want Opened, which is %d, first", p.events, core.Opened)
	}
}

// TestNumberBehindTheData: where jitter brings a chunk before the number of the stream that it was read from, the reader
// opens another for the next.
func TestNumberBehindTheData(t *testing.T) {
	for seed := range uint64(10) {
		swarm := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
		sim := netsim.New(netsim.Config{Seed: seed, Jitter: 200 * core.Millisecond}, swarm)
		info := core.VideoInfo{Length: 320 * core.KiB, ChunkSize: 16 * core.KiB, PieceSize: 16 * core.KiB, Duration: 20 * core.Second}
		video := sim.AddVideo("movie", info)
		link := netsim.Link{Uplink: core.Gbps, Latency: core.Millisecond}
		source, viewer := sim.AddNode("source", link), sim.AddNode("viewer", link)
		sim.Start(0, source, core.Boot{Name: 1, IsSource: true, Owns: []core.VideoDesc{{Video: video, Info: info}}})
		sim.Start(0, viewer, core.Boot{Name: 2, Master: source})
		sim.View(core.Second, viewer, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: video})
		sim.Run(2 * core.Minute)
		if r := swarm.View(1, sim.Now()); r.State != core.Ended {
			t.Errorf("seed %d: after two minutes the viewer is %v, having played %v", seed, r.State, r.Played)
		}
	}
}
