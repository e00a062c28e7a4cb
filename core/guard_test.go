package core_test

import (
	"fmt"
	"runtime"
	"testing"
	"unsafe"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// tree builds a swarm of n classic viewers in a k-ary tree below a source, all started at once, with links that carry it.
func tree(n, k int, duration core.Time) (*netsim.Sim, *core.Swarm) {
	swarm := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	sim := netsim.New(netsim.Config{Seed: 1}, swarm)
	info := core.VideoInfo{Length: (5 * core.Mbps).In(duration), ChunkSize: core.MiB, PieceSize: 64 * core.KiB, Duration: duration}
	video := sim.AddVideo("movie", info)
	ids := make([]core.NodeID, n+1)
	for i := range ids {
		name := fmt.Sprint("node-", i)
		ids[i] = sim.AddNode(name, netsim.Link{Uplink: 30 * core.Mbps, Downlink: 50 * core.Mbps,
			Latency: core.Time(i%7+1) * core.Millisecond, StoreChunks: 50})
		boot := core.Boot{Name: core.HashName(name), Source: ids[0]}
		if i == 0 {
			boot.IsSource, boot.Owns = true, []core.VideoDesc{{Video: video, Info: info}}
		} else {
			boot.Master = ids[(i-1)/k]
		}
		at := core.Time(i) * core.Millisecond
		sim.Start(at, ids[i], boot)
		if i > 0 {
			sim.View(at, ids[i], core.ViewEvent{Kind: core.ViewOpen, View: core.View(i), Video: video})
		}
	}
	return sim, swarm
}

// TestSteadyStateAllocatesNothing lets 400 nodes fill their caches, then counts what 100,000 events and more allocate, at
// the collector's default settings.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	sim, _ := tree(400, 4, 10*core.Minute)
	now := sim.Run(4 * core.Minute)
	before, collections := sim.Events(), numGC()
	allocs := testing.AllocsPerRun(1, func() {
		for from := sim.Events(); sim.Events()-from < 100_000; {
			now += core.Second
			sim.Run(now)
		}
	})
	if events := sim.Events() - before; events < 200_000 || now > 9*core.Minute {
		t.Fatalf("%d events until %v s: not the steady state", events, now.Seconds())
	}
	if allocs > 0 {
		t.Errorf("%v allocations in 100,000 events, want none", allocs)
	}
	if n := numGC() - collections; n > 0 {
		t.Errorf("the collector ran %d times", n)
	}
}

func numGC() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

// TestForkIsIndependent forks the machine alone and lets the original run on.
func TestForkIsIndependent(t *testing.T) {
	sim, swarm := tree(20, 4, core.Minute)
	sim.Run(10 * core.Second)
	fork := swarm.Fork().(*core.Swarm)
	at := sim.Now()
	var before []core.ViewRecord
	for _, w := range fork.Views() {
		before = append(before, fork.View(w, at))
	}
	sim.Run(90 * core.Second)
	for i, w := range fork.Views() {
		if got := fork.View(w, at); got != before[i] {
			t.Fatalf("viewer %d of the fork changed while the original ran on:\n%+v\n%+v", w, before[i], got)
		}
		if got := swarm.View(w, sim.Now()); got.State != core.Ended {
			t.Fatalf("viewer %d of the original is %v after the end", w, got.State)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, most uintptr
	}{
		{"FlowEvent", unsafe.Sizeof(core.FlowEvent{}), 40},
		{"Offer", unsafe.Sizeof(core.Offer{}), 20},
		{"Playout", unsafe.Sizeof(core.Playout{}), 88},
	} {
		if c.got > c.most {
			t.Errorf("%s has %d bytes, want at most %d", c.name, c.got, c.most)
		}
	}
}
