package analysis

import (
	"testing"

	"peerstreamer/analysis/record"
	"peerstreamer/core"
)

const (
	mb  = core.Bytes(1_000_000)
	sec = core.Second
)

// three is a run small enough to work out by hand: a video of 8 MB and 64 s, a source, viewer a with two stalls, viewer b
// without, and c, who still waits 10 s after it came when the run ends.
func three() Run {
	return Run{
		Seed: 1, Digest: "00000000000000a1", End: 100 * sec, Events: 1000, Transfers: 20,
		Video:   Video{Length: 8 * mb, Duration: 64 * sec},
		Startup: mb,
		Groups:  []record.Group{{Name: "source", Count: 1}, {Name: "a", Count: 1}, {Name: "b", Count: 1}, {Name: "c", Count: 1}},
		Nodes: []Node{
			{Source: true, Uplink: 8e6, Downlink: 8e6, Stop: core.Never, Sent: 12 * mb, Control: 100_000},
			{Site: 1, Uplink: 4e6, Downlink: 16e6, Stop: core.Never, FromSource: 8 * mb, Sent: 6 * mb, Control: 20_000},
			{Site: 1, Uplink: 4e6, Downlink: 16e6, Start: 1 * sec, Stop: core.Never,
				FromSource: 2 * mb, FromSibling: 5 * mb, FromMaster: mb},
			{Uplink: 4e6, Downlink: 16e6, Start: 90 * sec, Stop: core.Never, FromSource: 2 * mb},
		},
		Sites:       []Site{{Name: "campus", Uplink: 4e6, PayloadIn: 10 * mb, ControlOut: 2000, ControlIn: 1000}},
		AcrossSites: 10 * mb,
		Viewers: []Viewer{
			{Node: 1, Last: core.Ended, First: 2 * sec, Until: 70 * sec,
				Stalls: 2, Stalled: 4 * sec, Played: 64 * sec, Due: 8, OnTime: 6},
			{Node: 2, Last: core.Ended, Arrival: 1 * sec, First: 2*sec + 1, Until: 66*sec + 1,
				Played: 64 * sec, Due: 8, OnTime: 8},
			{Node: 3, Last: core.Waiting, Arrival: 90 * sec, First: core.Never, Until: core.Never},
		},
		Samples: []Sample{
			{At: 0},
			{At: 50 * sec, SourceSent: 10 * mb, Playing: 1, Stalled: 1},
			{At: 100 * sec, SourceSent: 12 * mb, Waiting: 1, Ended: 2},
		},
	}
}

// four is three with another seed, in which the source sent 16 MB instead of 12: 2 copies instead of 1.5.
func four() Run {
	r := three()
	r.Seed, r.Digest = 2, "00000000000000a2"
	r.Nodes[0].Sent = 16 * mb
	return r
}

func claims(t *testing.T, texts ...string) (all []Claim) {
	t.Helper()
	for _, text := range texts {
		c, err := ParseClaim(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func result(t *testing.T, runs ...Run) Result {
	return Result{
		Command: "psim -scenario three.toml", Version: "v1", Commit: "abc", Go: "go1.26", Platform: "linux/amd64",
		Scenario: "three", Policy: "classic", Network: "sim", ConfigHash: "cafe", Config: "name = \"three\"\n",
		Claims: claims(t, "startup_latency.p95 < 5s", "source_copies <= 2"),
		Runs:   runs,
		Cost:   Cost{Wall: 1500 * core.Millisecond, CPU: sec, RunCPU: sec / 2, PeakRSS: 4096},
	}
}

func summarize(t *testing.T, r Result) *Summary {
	t.Helper()
	s, err := Summarize(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
