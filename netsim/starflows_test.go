package netsim_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/maxmin"
)

// starflows is a workload of hosts on a star: slots of each host fetch a megabyte after another from random others.
type starflows struct {
	up, down []core.Rate   // by host
	start    []core.Time   // by slot
	source   [][]int       // by slot, by transfer
	perHost  int           // slots
	ends     [][]core.Time // by slot, by transfer: what a simulation found
}

const starBytes = 1 * core.MiB

// newStarflows draws the workload "starflows n k seed perHost" in the order that defines it.
func newStarflows(n, k int, seed uint64, perHost int) *starflows {
	rng := core.RandFrom(seed)
	below := func(m int) int { return int(rng.Uint64() % uint64(m)) }
	w := &starflows{perHost: perHost}
	for range n {
		class := below(5)
		w.up = append(w.up, 8*[]core.Rate{125_000, 250_000, 625_000, 1_250_000, 12_500_000}[class])
		w.down = append(w.down, 8*[]core.Rate{1_000_000, 2_500_000, 6_250_000, 12_500_000, 12_500_000}[class])
	}
	for range n * perHost {
		w.start = append(w.start, core.Time(below(10_000_000))*core.Microsecond)
	}
	for j := range n * perHost {
		var sources []int
		for range k {
			r := below(n - 1)
			if r >= j/perHost {
				r++
			}
			sources = append(sources, r)
		}
		w.source = append(w.source, sources)
		w.ends = append(w.ends, make([]core.Time, k))
	}
	return w
}

// compare checks every transfer's end against an independent simulator's.
func (w *starflows) compare(t *testing.T, file string) {
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
		j := int(column(row, "dst"))*w.perHost + int(column(row, "slot"))
		k := int(column(row, "k"))
		if src := int(column(row, "src")); src != w.source[j][k] {
			t.Fatalf("slot %d transfer %d: source %d, want %d: not the same workload", j, k, w.source[j][k], src)
		}
		want, got := column(row, "end_s"), w.ends[j][k].Seconds()
		within(t, fmt.Sprintf("end of slot %d transfer %d", j, k), want, got)
		worst = max(worst, (got-want)/want, (want-got)/want)
		seen++
	}
	if want := len(w.source) * len(w.source[0]); seen != want {
		t.Errorf("%s has %d transfers, want %d", file, seen, want)
	}
	t.Logf("%d transfers, the worst %.2g off", seen, worst)
}

// runFluid runs the workload on the bandwidth engine alone.
func (w *starflows) runFluid() {
	var fl maxmin.Fluid
	var up, down []maxmin.Link
	for i := range w.up {
		up = append(up, fl.AddLink(maxmin.ShareOf(w.up[i])))
		down = append(down, fl.AddLink(maxmin.ShareOf(w.down[i])))
	}
	next := make([]int, len(w.start)) // transfer of each slot
	begin := func(j int, now core.Time) {
		f := maxmin.Flow(j + 1)
		fl.Put(f, now, maxmin.WorkOf(starBytes), 0)
		fl.Join(f, now, maxmin.Path{up[w.source[j][next[j]]], down[j/w.perHost]}, maxmin.Infinite)
	}
	var starts []int
	for j := range w.start {
		starts = append(starts, j)
	}
	slices.SortStableFunc(starts, func(a, b int) int { return cmp.Compare(w.start[a], w.start[b]) })
	for {
		now := fl.Next()
		for len(starts) > 0 && w.start[starts[0]] <= now {
			now = w.start[starts[0]]
			begin(starts[0], now)
			starts = starts[1:]
		}
		if now == core.Never {
			return
		}
		for f := fl.Pop(now); f != 0; f = fl.Pop(now) {
			j := int(f - 1)
			fl.Leave(f, now)
			w.ends[j][next[j]] = now
			if next[j]++; next[j] < len(w.source[j]) {
				begin(j, now)
			}
		}
		fl.Repair(now)
	}
}

// fetcher is the Machine of starflows: a get names the slot in its stream and the transfer in its chunk.
type fetcher struct {
	idle
	w     *starflows
	video core.Video
	next  []int
}

func (m *fetcher) fetch(net core.Network, j int) {
	k := uint32(len(m.w.source[j]))
	s := core.Span{Video: m.video, Chunk: uint32(j)*k + uint32(m.next[j]), N: 1}
	c := net.Dial(core.NodeID(m.w.source[j][m.next[j]] + 1))
	net.Watch(c, s, 0)
	net.Send(c, core.Get(core.MsgGetHere, s, 0))
}

func (m *fetcher) OnMsg(net core.Network, _ core.NodeID, c core.Conn, msg core.Msg) {
	net.Transfer(c, core.Offer{Span: msg.Span(), Avail: 1, Tag: 1})
}

func (m *fetcher) OnFlow(net core.Network, _ core.NodeID, e core.FlowEvent) {
	if e.Tag != 0 {
		return
	}
	k := len(m.w.source[0])
	j := int(e.Span.Chunk) / k
	m.w.ends[j][m.next[j]] = net.Now()
	if m.next[j]++; m.next[j] < k {
		m.fetch(net, j)
	}
}

// runSim runs the workload through core.Network, at this latency.
func (w *starflows) runSim(latency netsim.Latency) *netsim.Sim {
	m := &fetcher{w: w, next: make([]int, len(w.start))}
	s := netsim.New(netsim.Config{Seed: 1, Latency: latency}, m)
	chunks := core.Bytes(len(w.source) * len(w.source[0]))
	m.video = s.AddVideo("star", core.VideoInfo{Length: chunks * starBytes, ChunkSize: starBytes, PieceSize: starBytes})
	for i := range w.up {
		startAll(s, s.AddNode(fmt.Sprint("host", i), netsim.Link{Uplink: w.up[i], Downlink: w.down[i]}))
	}
	for j, at := range w.start {
		s.Call(at, core.NodeID(j/w.perHost+1), func(net core.Network, _ core.NodeID) { m.fetch(net, j) })
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
			w := newStarflows(20, 5, 42, c.perHost)
			w.runFluid()
			w.compare(t, c.file)
		})
		t.Run(fmt.Sprintf("P=%d/network", c.perHost), func(t *testing.T) {
			w := newStarflows(20, 5, 42, c.perHost)
			s := w.runSim(netsim.Latency{})
			w.compare(t, c.file)
			if got, want := s.Transfers(), uint64(20*5*c.perHost); got != want {
				t.Errorf("%d transfers, want %d", got, want)
			}
		})
	}
}
