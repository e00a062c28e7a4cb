package wheel_test

import (
	"fmt"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim/wheel"
)

type pair struct{ a, b uint64 }

// holder is a queue under the hold model.
type holder interface {
	Push(at core.Time, payload pair)
	Pop() (core.Time, pair)
}

// BenchmarkHold keeps n events pending: the first is popped and pushed again, a random time of a second's mean later.
// ns/op is a pop and a push.
func BenchmarkHold(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000, 300_000, 1_000_000} {
		b.Run(fmt.Sprint("wheel/n=", n), func(b *testing.B) { hold(b, n, new(wheel.Queue[pair])) })
		b.Run(fmt.Sprint("heap/n=", n), func(b *testing.B) { hold(b, n, new(heap[pair])) })
	}
}

func hold(b *testing.B, n int, q holder) {
	rng := core.NewRand(1, "hold", 0)
	steps := make([]core.Time, 1<<20)
	for i := range steps {
		steps[i] = rng.Exponential(core.Second)
	}
	for i := range n {
		q.Push(steps[i%len(steps)], pair{uint64(i), 0})
	}
	step := 0
	run := func(ops int) {
		for range ops {
			at, p := q.Pop()
			q.Push(at+steps[step%len(steps)], p)
			step++
		}
	}
	run(2 * n)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
}
