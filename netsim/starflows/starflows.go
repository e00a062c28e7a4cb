package starflows

import (
	"slices"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// Bytes is what each transfer moves.
const Bytes = 1 * core.MiB

// Workload is drawn by New. Running it fills in its ends.
type Workload struct {
	Up, Down []core.Rate // by host
	PerHost  int         // slots of a host: slot j belongs to host j / PerHost
	PerSlot  int         // transfers of a slot, one after another
	Epsilon  uint32      // parts per million, of Run; see maxmin.Net.SetEpsilon. 0: exact
	Start    []core.Time // by slot: when its first transfer starts

	// By slot, then transfer, in one piece: the engine is to be measured, not this table.
	transfers []transfer
}

type transfer struct {
	end    core.Time
	source int32
}

// Source returns the host from which slot j's transfer i fetches.
func (w *Workload) Source(j, i int) int { return int(w.transfers[j*w.PerSlot+i].source) }

// End returns when slot j's transfer i ended, 0 if it has not.
func (w *Workload) End(j, i int) core.Time { return w.transfers[j*w.PerSlot+i].end }

// New draws the workload of n hosts with perHost slots of k transfers each, in the order that defines it: classes of
// hosts, starts of slots, sources of transfers. n is at least 2.
func New(n, k int, seed uint64, perHost int) *Workload {
	rng := core.RandFrom(seed)
	below := func(m int) int { return int(rng.Uint64() % uint64(m)) }
	w := &Workload{PerHost: perHost, PerSlot: k}
	for range n {
		class := below(5)
		w.Up = append(w.Up, 8*[]core.Rate{125_000, 250_000, 625_000, 1_250_000, 12_500_000}[class])
		w.Down = append(w.Down, 8*[]core.Rate{1_000_000, 2_500_000, 6_250_000, 12_500_000, 12_500_000}[class])
	}
	for range n * perHost {
		w.Start = append(w.Start, core.Time(below(10_000_000))*core.Microsecond)
	}
	for j := range n * perHost {
		for range k {
			r := below(n - 1)
			if r >= j/perHost {
				r++
			}
			w.transfers = append(w.transfers, transfer{source: int32(r)})
		}
	}
	return w
}

// HubRate is the uplink that all transfers of a NewHub come from.
const HubRate = 1 * core.Gbps

// NewHub draws the workload of n hosts with one slot of k transfers each, all from one more host, the last, which has an
// uplink of HubRate. Classes of hosts and starts of slots, within ten seconds, are drawn as New does. n is at least 1.
// The uplink is the only bottleneck as soon as a hundred slots or so have started.
func NewHub(n, k int, seed uint64) *Workload {
	w := New(n+1, 0, seed, 1)
	w.PerSlot = k
	w.Up[n], w.Down[n] = HubRate, HubRate
	w.Start = w.Start[:n]
	w.transfers = slices.Repeat([]transfer{{source: int32(n)}}, n*k)
	return w
}

// Run carries the workload out on the bandwidth engine alone.
func (w *Workload) Run() {
	var fl maxmin.Fluid
	fl.SetEpsilon(w.Epsilon)
	var up, down []maxmin.Link
	for i := range w.Up {
		up = append(up, fl.AddLink(maxmin.ShareOf(w.Up[i])))
		down = append(down, fl.AddLink(maxmin.ShareOf(w.Down[i])))
	}
	next := make([]int32, len(w.Start)) // transfer of each slot
	begin := func(j, i int, now core.Time) {
		f := maxmin.Flow(j + 1)
		fl.Put(f, now, maxmin.WorkOf(Bytes), 0)
		fl.Join(f, now, maxmin.Path{up[w.Source(j, i)], down[j/w.PerHost]}, maxmin.Infinite)
	}
	starts := make([]int, len(w.Start))
	for j := range starts {
		starts[j] = j
	}
	slices.SortStableFunc(starts, func(a, b int) int { return int(w.Start[a] - w.Start[b]) })
	for {
		now := fl.Next()
		for len(starts) > 0 && w.Start[starts[0]] <= now {
			now = w.Start[starts[0]]
			begin(starts[0], 0, now)
			starts = starts[1:]
		}
		if now == core.Never {
			return
		}
		for f := fl.Pop(now); f != 0; f = fl.Pop(now) {
			j := int(f - 1)
			i := int(next[j])
			next[j]++
			w.transfers[j*w.PerSlot+i].end = now
			fl.Leave(f, now)
			if i+1 < w.PerSlot {
				begin(j, i+1, now)
			}
		}
		fl.Repair(now)
	}
}
