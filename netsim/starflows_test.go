package netsim_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/starflows"
)

// run is a starflows workload.
type run struct{ *starflows.Workload }

func newRun(n, k int, seed uint64, perHost int) run { return run{starflows.New(n, k, seed, perHost)} }

// compare checks every transfer's end against an independent simulator's.
func (w run) compare(t *testing.T, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := func(row []string, name string) float64 {
		v, err := strconv.ParseFloat(row[slices.Index(rows[0], name)], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	seen, worst := 0, 0.0
	for _, row := range rows[1:] {
		j := int(column(row, "dst"))*w.PerHost + int(column(row, "slot"))
		k := int(column(row, "k"))
		if src := int(column(row, "src")); src != w.Source(j, k) {
			t.Fatalf("slot %d transfer %d: source %d, want %d: not the same workload", j, k, w.Source(j, k), src)
		}
		want, got := column(row, "end_s"), w.End(j, k).Seconds()
		within(t, fmt.Sprintf("end of slot %d transfer %d", j, k), want, got)
		worst = max(worst, (got-want)/want, (want-got)/want)
		seen++
	}
	if want := len(w.Start) * w.PerSlot; seen != want {
		t.Errorf("%s has %d transfers, want %d", file, seen, want)
	}
	t.Logf("%d transfers, the worst %.2g off", seen, worst)
}

// runSim runs the workload through core.Network, at this latency.
func (w run) runSim(latency netsim.Latency) *netsim.Sim {
	m := starflows.NewMachine(w.Workload)
	s := netsim.New(netsim.Config{Seed: 1, Latency: latency}, m)
	m.Video = s.AddVideo("star", w.Info())
	for i := range w.Up {
		startAll(s, s.AddNode(fmt.Sprint("host", i), netsim.Link{Uplink: w.Up[i], Downlink: w.Down[i]}))
	}
	for j, at := range w.Start {
		s.Call(at, w.Node(j), func(net core.Network, _ core.NodeID) { m.Begin(net, j) })
	}
	s.Run(core.Never)
	return s
}

// TestStarflows compares all transfers with those of an independent simulator (testdata/reference_*.csv: SimGrid 3.32,
// pure max-min fairness, latency 0).
func TestStarflows(t *testing.T) {
	for _, c := range []struct {
		perHost int
		file    string
	}{{1, "testdata/reference_20x5.csv"}, {3, "testdata/reference_20x5_p3.csv"}} {
		t.Run(fmt.Sprintf("P=%d/fluid", c.perHost), func(t *testing.T) {
			w := newRun(20, 5, 42, c.perHost)
			w.Run()
			w.compare(t, c.file)
		})
		t.Run(fmt.Sprintf("P=%d/network", c.perHost), func(t *testing.T) {
			w := newRun(20, 5, 42, c.perHost)
			s := w.runSim(nil)
			w.compare(t, c.file)
			if got, want := s.Transfers(), uint64(20*5*c.perHost); got != want {
				t.Errorf("%d transfers, want %d", got, want)
			}
		})
	}
}
