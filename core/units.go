package core

import (
	"fmt"
	"math/bits"
)

// Time is a moment or a span in nanoseconds. A Network's clock starts at 0 when the Network starts.
type Time int64

const (
	Nanosecond  Time = 1
	Microsecond      = 1000 * Nanosecond
	Millisecond      = 1000 * Microsecond
	Second           = 1000 * Millisecond
	Minute           = 60 * Second
	Hour             = 60 * Minute

	// Never is later than every moment; a timer set to Never is cleared.
	Never Time = 1<<63 - 1
)

// Bytes is an amount of data in bytes.
type Bytes int64

const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
)

// Rate is a speed in bits per second, as links are sold. 0 means no limit wherever a limit is asked for.
type Rate int64

const (
	Kbps Rate = 1e3
	Mbps Rate = 1e6
	Gbps Rate = 1e9
)

// Seconds converts for people and for analysis; core itself never computes with the result.
func (t Time) Seconds() float64 { return float64(t) / float64(Second) }

// After returns t+d and stays at Never instead of overflowing. d must not be negative.
func (t Time) After(d Time) Time {
	if t > Never-d {
		return Never
	}
	return t + d
}

// Time returns how long n bytes take at rate r, rounded up to a whole nanosecond so that a flow never ends before its
// last byte, and Never where that does not fit. It panics if r <= 0 or n < 0. O(1), no allocation.
func (r Rate) Time(n Bytes) Time {
	if r <= 0 || n < 0 {
		panic(fmt.Sprintf("core: %d bytes at %d bit/s", n, r))
	}
	hi, lo := bits.Mul64(uint64(n), 8*uint64(Second))
	lo, carry := bits.Add64(lo, uint64(r)-1, 0)
	hi += carry
	if hi >= uint64(r) {
		return Never
	}
	q, _ := bits.Div64(hi, lo, uint64(r))
	if q > uint64(Never) {
		return Never
	}
	return Time(q)
}

// In returns how many whole bytes rate r moves in d, rounded down. It panics if r < 0 or d < 0. O(1), no allocation.
func (r Rate) In(d Time) Bytes {
	if r < 0 || d < 0 {
		panic(fmt.Sprintf("core: %d bit/s for %d ns", r, d))
	}
	hi, lo := bits.Mul64(uint64(r), uint64(d))
	const per = 8 * uint64(Second)
	if hi >= per {
		return Bytes(1<<63 - 1)
	}
	q, _ := bits.Div64(hi, lo, per)
	if q > 1<<63-1 {
		return Bytes(1<<63 - 1)
	}
	return Bytes(q)
}

// RateOf returns the rate in bit/s, rounded to nearest, at which n bytes last d: a video's bitrate from its length and
// duration. It returns 0 if d <= 0.
func RateOf(n Bytes, d Time) Rate {
	if d <= 0 || n < 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(n), 8*uint64(Second))
	lo, carry := bits.Add64(lo, uint64(d)/2, 0)
	hi += carry
	if hi >= uint64(d) {
		return Rate(1<<63 - 1)
	}
	q, _ := bits.Div64(hi, lo, uint64(d))
	return Rate(q)
}
