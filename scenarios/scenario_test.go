package scenarios

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

var update = flag.Bool("update", false, "rewrite the digests in testdata and what README.md shows")

// outcome is a scenario's run and its figures.
type outcome struct {
	*analysis.Summary
	name   string
	replay string // the command that runs it again
}

// simulate runs an embedded scenario with its own seed. A bound that is beaten fails the test: it means a bug.
func simulate(t *testing.T, name string, set ...string) outcome {
	t.Helper()
	replay := "go run ./cmd/psim -scenario " + name
	for _, key := range set {
		replay += " -set " + key
	}
	c, err := Load(name, set...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Simulate(NewPlan(c, c.Seed), nil)
	if err != nil {
		t.Fatal(err)
	}
	result := analysis.Result{Scenario: name, Policy: c.Policy.Name, ConfigHash: c.Hash(), Runs: []analysis.Run{*r}}
	for _, claim := range c.Claims {
		if claim.Branch != "" {
			continue // TestWhatIf looks at those.
		}
		parsed, err := analysis.ParseClaim(claim.That)
		if err != nil {
			t.Fatal(err)
		}
		result.Claims = append(result.Claims, parsed)
	}
	s, err := analysis.Summarize(result)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Err(); err != nil {
		t.Errorf("%v\nreplay: %s", err, replay)
	}
	return outcome{s, name, replay}
}

// want checks a figure.
func (o outcome) want(t *testing.T, metric string, low, high float64) {
	t.Helper()
	f, ok := o.Figure(metric)
	if !ok {
		t.Fatalf("no metric %s", metric)
	}
	if got, ok := f.Mean.Get(); !ok || got < low || got > high {
		t.Errorf("%s is %v, want %v to %v\nreplay: %s", metric, got, low, high, o.replay)
	}
}

// wantDigest compares the history with the one that testdata pins: the same on every architecture and with every
// setting of the runtime.
func (o outcome) wantDigest(t *testing.T) {
	t.Helper()
	file, got := filepath.Join("testdata", o.name+".digest"), o.Runs[0].Digest
	if *update {
		if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || strings.TrimSpace(string(want)) != got {
		t.Errorf("the history of %s on %s/%s is %s, pinned is %s (%v)\nif it was meant to change: go test ./scenarios -update",
			o.name, runtime.GOOS, runtime.GOARCH, got, strings.TrimSpace(string(want)), err)
	}
}

// TestTree1000 derives what a perfect use of the tree takes. A node's four children share its 10 Mbit/s, so media comes at
// 2.5 Mbit/s: 1 s of it, 250 kB, takes 0.8 s. Each of the four hops below the first adds a piece, 64 KiB in 0.21 s. What is
// left are round trips of 2 x 30 ms.
func TestTree1000(t *testing.T) {
	o := simulate(t, "tree1000")
	rate := 10 * core.Mbps / 4
	data := rate.Time(250_000) + 4*rate.Time(64*core.KiB)
	o.want(t, "startup_latency.max", data.Seconds(), data.Seconds()+10*0.060)
	o.want(t, "finished", 1000, 1000)
	o.want(t, "stalls", 0, 0)
	o.want(t, "source_copies", 4, 4)
	o.want(t, "offload", 0.996, 0.996) // 4 of 1,000 copies come from the source
	o.wantDigest(t)
}

// TestTree1000WholeChunks has each of the five hops wait for a whole chunk: 1 MiB at 2.5 Mbit/s.
func TestTree1000WholeChunks(t *testing.T) {
	o := simulate(t, "tree1000", "policy.relay=chunk")
	hop := (10 * core.Mbps / 4).Time(core.MiB).Seconds()
	o.want(t, "startup_latency.max", 4*hop, 5*hop+10*0.060)
}

// TestDigestWhateverTheRuntime runs the tree with one and two processors, with the collector busy and off: it is the same
// history. Other architectures and the race detector are a matter of running TestTree1000 there.
func TestDigestWhateverTheRuntime(t *testing.T) {
	for _, procs := range []int{1, 2} {
		for _, percent := range []int{20, -1} {
			t.Run(fmt.Sprintf("GOMAXPROCS=%d,GOGC=%d", procs, percent), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				defer debug.SetGCPercent(debug.SetGCPercent(percent))
				simulate(t, "tree1000").wantDigest(t)
			})
		}
	}
}

// smaller is what makes the scenarios that are too large for a test small enough for one.
var smaller = map[string][]string{"million": {"group.viewer.count=2000", "horizon=60s"}}

// TestClaims runs every scenario and checks that it keeps its own claims, and that its history is the pinned one.
func TestClaims(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			o := simulate(t, name, smaller[name]...)
			if len(o.Verdicts) == 0 {
				t.Error("no claims")
			}
			for _, v := range o.Verdicts {
				if !v.OK {
					t.Errorf("%s: got %s\nreplay: %s", v.That, v.Got, o.replay)
				}
			}
			o.wantDigest(t)
			if name == "flashcrowd" {
				o.wantInReadme(t)
			}
		})
	}
}

// TestChain checks what a hop costs: the last of ten viewers waits for nine pieces more than the first, 64 KiB at
// 10 Mbit/s each, and for the requests on the way, at most three one-way delays of 14 ms for each hop.
func TestChain(t *testing.T) {
	o := simulate(t, "chain")
	viewers := o.Runs[0].Viewers
	first, last := viewers[0].First-viewers[0].Arrival, viewers[9].First-viewers[9].Arrival
	pieces := 9 * (10 * core.Mbps).Time(64*core.KiB)
	if extra := last - first; extra < pieces || extra > pieces+9*3*14*core.Millisecond {
		t.Errorf("the last viewer waits %v longer than the first, want %v and a little for latency", extra, pieces)
	}
}

// TestDirectIsClientServer checks the baseline against its formula: ten viewers who download 12.5 MB at once from 50 Mbit/s
// end after 10 x 12.5 MB / 50 Mbit/s = 20 s and the round trips before.
func TestDirectIsClientServer(t *testing.T) {
	c, err := Parse("direct.toml", []byte(valid), "policy.name=direct", "player.kind=download", "video.duration=20s",
		"net.latency=0s", "group.viewer.downlink=unlimited", "sample=100ms")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Simulate(NewPlan(c, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Viewers {
		if got := v.Until.Seconds(); math.Abs(got-20) > 1e-3 {
			t.Errorf("%s is done after %v s, want 20", r.Name(int(v.Node)), got)
		}
	}
	for i, n := range r.Nodes[1:] {
		if n.FromSource != c.Video.Info().Length || n.Sent != 0 {
			t.Errorf("%s received %v from the source and sent %v", r.Name(i+1), n.FromSource, n.Sent)
		}
	}
}
