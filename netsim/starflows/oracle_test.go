package starflows

import (
	"container/heap"
	"math"
	"slices"
	"testing"
)

// oracle carries a workload out in real numbers, and knows nothing of clocks, levels or repairs: at every start and every
// end it shares the whole network out anew and moves every transfer on.
type oracle struct {
	*Workload
	capacity []float64 // bytes per second by link: host h's uplink is 2h, its downlink 2h+1
	rest     []float64 // of capacity, while filling
	users    [][]int   // by link: slots whose transfer crosses it
	open     []int     // by link: how many of those have no rate yet
	done     []int     // by slot: transfers that ended
	left     []float64 // by slot: bytes of the running transfer
	rate     []float64 // by slot
	running  []int     // slots
}

// bottleneck is a link and the rate that it had for each open user when it was put on the heap; that only rises.
type bottleneck struct {
	link int
	rate float64
}

type bottlenecks []bottleneck

func (b bottlenecks) Len() int           { return len(b) }
func (b bottlenecks) Less(i, j int) bool { return b[i].rate < b[j].rate }
func (b bottlenecks) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *bottlenecks) Push(v any)        { *b = append(*b, v.(bottleneck)) }
func (b *bottlenecks) Pop() any {
	last := (*b)[len(*b)-1]
	*b = (*b)[:len(*b)-1]
	return last
}

func newOracle(w *Workload) *oracle {
	o := &oracle{Workload: w, done: make([]int, len(w.Start)), left: make([]float64, len(w.Start)),
		rate: make([]float64, len(w.Start))}
	for h := range w.Up {
		o.capacity = append(o.capacity, float64(w.Up[h])/8, float64(w.Down[h])/8)
	}
	o.rest, o.users, o.open = slices.Clone(o.capacity), make([][]int, len(o.capacity)), make([]int, len(o.capacity))
	return o
}

// links returns the links of slot j's running transfer.
func (o *oracle) links(j int) [2]int { return [2]int{2 * o.Source(j, o.done[j]), 2*(j/o.PerHost) + 1} }

// fill is progressive filling: the link with the least for each open user fixes their rates, again and again.
func (o *oracle) fill() {
	copy(o.rest, o.capacity)
	var q bottlenecks
	for l, users := range o.users {
		if o.open[l] = len(users); len(users) > 0 {
			q = append(q, bottleneck{l, o.rest[l] / float64(len(users))})
		}
	}
	heap.Init(&q)
	for _, j := range o.running {
		o.rate[j] = 0
	}
	for len(q) > 0 {
		l := q[0].link
		if o.open[l] == 0 {
			heap.Pop(&q)
			continue
		}
		if rate := o.rest[l] / float64(o.open[l]); rate > q[0].rate {
			q[0].rate = rate
			heap.Fix(&q, 0)
			continue
		}
		rate := o.rest[l] / float64(o.open[l])
		for _, j := range o.users[l] {
			if o.rate[j] > 0 {
				continue
			}
			o.rate[j] = rate
			for _, m := range o.links(j) {
				o.rest[m] -= rate
				o.open[m]--
			}
		}
	}
}

func (o *oracle) begin(j int) {
	o.left[j] = float64(Bytes)
	o.running = append(o.running, j)
	for _, l := range o.links(j) {
		o.users[l] = append(o.users[l], j)
	}
}

func (o *oracle) end(j int) {
	is := func(k int) bool { return k == j }
	o.running = slices.DeleteFunc(o.running, is)
	for _, l := range o.links(j) {
		o.users[l] = slices.DeleteFunc(o.users[l], is)
	}
	o.done[j]++
}

// run returns the sum of all ends and the last.
func (o *oracle) run() (sum, last float64) {
	starts := make([]int, len(o.Start))
	for j := range starts {
		starts[j] = j
	}
	slices.SortFunc(starts, func(a, b int) int { return int(o.Start[a] - o.Start[b]) })
	for now := 0.0; len(starts) > 0 || len(o.running) > 0; {
		next, who := math.Inf(1), -1
		if len(starts) > 0 {
			next = o.Start[starts[0]].Seconds()
		}
		for _, j := range o.running {
			if at := now + o.left[j]/o.rate[j]; at < next {
				next, who = at, j
			}
		}
		for _, j := range o.running {
			o.left[j] -= (next - now) * o.rate[j]
		}
		now = next
		if who < 0 {
			o.begin(starts[0])
			starts = starts[1:]
		} else {
			o.end(who)
			sum, last = sum+now, max(last, now)
			if o.done[who] < o.PerSlot {
				o.begin(who)
			}
		}
		o.fill()
	}
	return sum, last
}

// TestAgainstOracle: with a thousand hosts and four transfers at a time each, the sum of all ends and the last agree with
// the oracle's to a millionth.
func TestAgainstOracle(t *testing.T) {
	w := New(1000, 1, 42, 4)
	w.Run()
	var sum, last float64
	for j := range w.Start {
		sum, last = sum+w.End(j, 0).Seconds(), max(last, w.End(j, 0).Seconds())
	}
	wantSum, wantLast := newOracle(w).run()
	t.Logf("sum %.9f s, oracle %.9f s; last %.9f s, oracle %.9f s", sum, wantSum, last, wantLast)
	if d := math.Abs(sum-wantSum) / wantSum; d > 1e-6 {
		t.Errorf("the sum of ends is %.9f s, want %.9f s: %.2g off", sum, wantSum, d)
	}
	if d := math.Abs(last-wantLast) / wantLast; d > 1e-6 {
		t.Errorf("the last end is at %.9f s, want %.9f s: %.2g off", last, wantLast, d)
	}
}
