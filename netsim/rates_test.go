package netsim_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/starflows"
)

// star is a drawn network and workload, from which as many simulations as a test needs are built.
type star struct {
	hosts, perHost, perSlot int
	seed                    uint64
	up, down                []core.Rate
	latency                 core.Time
}

func drawStar(t *rapid.T) *star {
	rate := rapid.SampledFrom([]core.Rate{0, 1 * core.Mbps, 8 * core.Mbps, 8 * core.Mbps, 33333337, 100 * core.Mbps})
	s := &star{
		hosts: rapid.IntRange(2, 10).Draw(t, "hosts"), perHost: rapid.IntRange(1, 4).Draw(t, "slots of a host"),
		perSlot: rapid.IntRange(1, 3).Draw(t, "transfers of a slot"), seed: rapid.Uint64().Draw(t, "seed"),
		latency: core.Time(rapid.Int64Range(0, int64(core.Second)/5).Draw(t, "latency")),
	}
	for range s.hosts {
		s.up = append(s.up, rate.Draw(t, "uplink"))
		s.down = append(s.down, rate.Draw(t, "downlink"))
	}
	return s
}

// build returns a simulation of the star before its beginning, with idle nodes more than it needs.
func (s *star) build(idle int) (*netsim.Sim, *starflows.Workload) {
	w := starflows.New(s.hosts, s.perSlot, s.seed, s.perHost)
	m := starflows.NewMachine(w)
	sim := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(s.latency)}, m)
	m.Video = sim.AddVideo("star", w.Info())
	for h := range s.hosts {
		startAll(sim, sim.AddNode(fmt.Sprint("host", h), netsim.Link{Uplink: s.up[h], Downlink: s.down[h]}))
	}
	for i := range idle {
		sim.AddNode(fmt.Sprint("idle", i), netsim.Link{Uplink: core.Mbps})
	}
	for j, at := range w.Start {
		sim.Call(at, w.Node(j), func(net core.Network, _ core.NodeID) { m.Begin(net, j) })
	}
	return sim, w
}

// TestLinksCarryWhatTheyCan: in no stretch of time does a node send or receive more than its links carry, and in the end
// all that was sent was received.
func TestLinksCarryWhatTheyCan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		star := drawStar(t)
		sim, w := star.build(0)
		before := make([]netsim.Traffic, star.hosts)
		step := core.Time(rapid.Int64Range(1e6, 5e9).Draw(t, "step"))
		for !sim.Idle() {
			sim.Run(sim.Now() + step)
			for h := range star.hosts {
				is, was := sim.Traffic(core.NodeID(h+1)), before[h]
				before[h] = is
				// Each flow's bytes are rounded down, so a stretch may show one more of each than there was.
				slack := core.Bytes(len(w.Start))
				if got, most := is.PayloadSent-was.PayloadSent, star.up[h].In(step)+slack; star.up[h] > 0 && got > most {
					t.Fatalf("until %v host %d sends %d B in %v, want at most %d", sim.Now(), h, got, step, most)
				}
				if got, most := is.PayloadReceived-was.PayloadReceived, star.down[h].In(step)+slack; star.down[h] > 0 && got > most {
					t.Fatalf("until %v host %d receives %d B in %v, want at most %d", sim.Now(), h, got, step, most)
				}
			}
		}
		var sent, received core.Bytes
		for _, traffic := range before {
			sent += traffic.PayloadSent
			received += traffic.PayloadReceived
		}
		if want := core.Bytes(len(w.Start)*w.PerSlot) * starflows.Bytes; sent != want || received != want {
			t.Errorf("%d B sent, %d received, want %d of both", sent, received, want)
		}
	})
}

// TestHistoryIsOfTheNetworkAlone: neither the steps in which a run is made, nor nodes that do nothing, nor how the engine
// looks after links of many flows change what happens.
func TestHistoryIsOfTheNetworkAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		star := drawStar(t)
		plain, _ := star.build(0)
		plain.SetHubDegree(math.MaxUint16)
		plain.Run(core.Never)
		step, idle := core.Time(rapid.Int64Range(1e6, 5e9).Draw(t, "step")), rapid.IntRange(1, 5).Draw(t, "idle")
		for what, vary := range map[string]func() *netsim.Sim{
			"hubs everywhere": func() *netsim.Sim {
				s, _ := star.build(0)
				s.SetHubDegree(1)
				return s
			},
			"idle nodes": func() *netsim.Sim {
				s, _ := star.build(idle)
				return s
			},
			"steps": func() *netsim.Sim {
				s, _ := star.build(0)
				for !s.Idle() {
					s.Run(s.Now() + step)
				}
				return s
			},
		} {
			s := vary()
			s.Run(core.Never)
			if s.Digest() != plain.Digest() || s.Events() != plain.Events() {
				t.Errorf("%s: digest %016x after %d events, want %016x after %d", what, s.Digest(), s.Events(), plain.Digest(),
					plain.Events())
			}
		}
	})
}
