package maxmin

import (
	"math/bits"

	"peerstreamer/core"
)

// Share is a rate in thousandths of a byte per second: fine enough that rounding down costs less than 1e-8 of a slow
// link's rate.
type Share int64

// Infinite is the level of a link that holds nobody back, and the rate of a flow that nothing holds back: 1.15e15
// bytes per second, at which the largest chunk takes 15 ns.
const Infinite Share = 1 << 60

// ShareOf returns a link's capacity. 0, no limit, becomes Infinite. The result is exact. It panics if r < 0.
func ShareOf(r core.Rate) Share {
	if r < 0 {
		panic("maxmin: negative rate")
	}
	if r == 0 || r >= core.Rate(Infinite/125) {
		return Infinite
	}
	return Share(r) * 125 // 1 bit/s is 0.125 B/s
}

// Work is an amount of data in 1e-12 bytes: one Share for one nanosecond.
type Work uint64

const workPerByte = 1e12

// The largest chunk fits into a Work; this does not compile otherwise.
const _ = Work(core.MaxChunkSize) * workPerByte

// WorkOf converts bytes, at most core.MaxChunkSize of them. It panics beyond.
func WorkOf(n core.Bytes) Work {
	if n < 0 || n > core.MaxChunkSize {
		panic("maxmin: more than a chunk in one flow")
	}
	return Work(n) * workPerByte
}

// Bytes returns the whole bytes in w, rounded down.
func (w Work) Bytes() core.Bytes { return core.Bytes(w / workPerByte) }

// after returns what is left of w when share r has worked for d, but not less than limit, which is at most w.
func (w Work) after(r Share, d core.Time, limit Work) Work {
	done := r.in(d)
	if done >= w-limit {
		return limit
	}
	return w - done
}

// in returns what share r does in d; the largest Work if it is more than that.
func (r Share) in(d core.Time) Work {
	hi, done := bits.Mul64(uint64(r), uint64(d))
	if hi != 0 {
		return ^Work(0)
	}
	return Work(done)
}

// time returns how long share r takes for w, rounded up to whole nanoseconds; Never if it does not end.
func (w Work) time(r Share) core.Time {
	if w == 0 {
		return 0
	}
	if r <= 0 {
		return core.Never
	}
	q := (uint64(w)-1)/uint64(r) + 1
	if q > uint64(core.Never) {
		return core.Never
	}
	return core.Time(q)
}
