// Command classic measures nodes of the classic policy in the simulator, all in: a scenario's run with its sampling and
// records, in CPU seconds of this process.
//
//	go run ./bench/classic -n 10000                 million.toml with 10,000 viewers, to 180 s
//	go run ./bench/classic -n 1000000 -relay piece  all of it, chunks passed on piece by piece
//
// It prints one line of JSON. The crowd of million.toml arrives in the first 60 s; what is counted "after the crowd" is
// from then on. The same seed gives the same digest.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"time"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
	"peerstreamer/scenarios"
)

// result is what run measured. CPU is that of the whole run but for drawing the plan.
type result struct {
	N            int     `json:"n"`
	Seed         uint64  `json:"seed"`
	Relay        string  `json:"relay"`
	Simulated    float64 `json:"sim_s"`
	Wall         float64 `json:"wall_s"`
	CPU          float64 `json:"cpu_s"`
	Chunks       int64   `json:"chunks"`
	PerChunk     float64 `json:"us_per_chunk"` // CPU microseconds
	Events       int64   `json:"events"`
	EventsPerCPU int64   `json:"events_per_cpu_s"`
	Speed        float64 `json:"sim_s_per_cpu_s_after_crowd"`
	Collections  uint32  `json:"gc_cycles_after_crowd"`
	RSS          float64 `json:"rss_mb"` // the process's peak
	PerNode      int64   `json:"bytes_per_node"`
	Digest       string  `json:"digest"`
}

// crowd is when the crowd of the scenario has arrived.
const crowd = 60 * core.Second

func main() {
	n := flag.Int("n", 10_000, "viewers")
	until := flag.String("until", "180s", "simulated time")
	relay := flag.String("relay", "chunk", "chunk: whole chunks are passed on; piece: pieces as they come")
	seed := flag.Uint64("seed", 1, "of the run")
	scenario := flag.String("scenario", "million", "a scenario with a group viewer")
	profile := flag.String("cpuprofile", "", "write a CPU profile to a file")
	flag.Parse()
	r, err := run(*scenario, *n, *until, *relay, *seed, *profile)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "classic:", err)
		os.Exit(1)
	}
}

func run(scenario string, n int, until, relay string, seed uint64, profile string) (result, error) {
	c, err := scenarios.Load(scenario, fmt.Sprint("group.viewer.count=", n), "horizon="+until, "policy.relay="+relay)
	if err != nil {
		return result{}, err
	}
	plan := scenarios.NewPlan(c, seed)
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return result{}, err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return result{}, err
		}
		defer pprof.StopCPUProfile()
	}
	r := result{N: n, Seed: seed, Relay: relay}
	begun, wall := usage.CPUSeconds(), time.Now()
	var since, came, last float64 // CPU and simulated time when the crowd had come, and simulated time now
	var collections uint32
	runs, err := scenarios.Simulate(plan, func(now, _ core.Time, _, _ int) {
		if now >= crowd && came == 0 {
			since, came, collections = usage.CPUSeconds(), now.Seconds(), usage.Collections()
		}
		if last = now.Seconds(); now < c.Horizon {
			return
		}
		if took := usage.CPUSeconds() - since; came > 0 && took > 0 {
			r.Speed, r.Collections = (last-came)/took, usage.Collections()-collections
		}
	})
	if err != nil {
		return r, err
	}
	r.CPU, r.Wall = usage.CPUSeconds()-begun, time.Since(wall).Seconds()
	r.Simulated, r.Chunks, r.Events, r.Digest = runs.End.Seconds(), runs.Transfers, runs.Events, runs.Digest
	r.PerChunk = 1e6 * r.CPU / float64(max(r.Chunks, 1))
	if r.CPU > 0 {
		r.EventsPerCPU = int64(float64(r.Events) / r.CPU)
	}
	r.RSS = usage.PeakMB()
	r.PerNode = int64(1e6 * r.RSS / float64(n))
	return r, nil
}
