package analysis_test

import (
	"fmt"
	"os"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// A runner fills a Run for each seed; from there on it is the same for every network.
func Example() {
	run := analysis.Run{
		Seed: 1, End: 30 * core.Second,
		Video:   analysis.Video{Length: 2_500_000, Duration: 20 * core.Second}, // 1 Mbit/s
		Startup: 125_000,
		Nodes: []analysis.Node{
			{Source: true, Uplink: 2 * core.Mbps, Downlink: 2 * core.Mbps, Stop: core.Never, Sent: 2_500_000},
			{Uplink: 1 * core.Mbps, Downlink: 4 * core.Mbps, Stop: core.Never, FromSource: 2_500_000},
		},
		Viewers: []analysis.Viewer{{
			Node: 1, Last: core.Ended, First: 750 * core.Millisecond, Until: 20750 * core.Millisecond,
			Played: 20 * core.Second, Due: 20, OnTime: 20,
		}},
	}
	claim, err := analysis.ParseClaim("startup_latency.max < 1s")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := analysis.Summarize(analysis.Result{Claims: []analysis.Claim{claim}, Runs: []analysis.Run{run}})
	if err != nil {
		fmt.Println(err)
		return
	}
	analysis.PrintClaims(os.Stdout, s.Verdicts, false)
	latency, _ := s.Figure("startup_latency.p50")
	fmt.Println(latency.Title, latency.Mean, latency.Unit)
	for _, b := range s.Bounds[:1] {
		fmt.Println("bound", b.Value, "ratio", b.Ratio)
	}
	// Output:
	// ✓ startup_latency.max < 1s  got 0.75 s
	// startup latency p50 0.75 s
	// bound 0.5 ratio 1.5
}
