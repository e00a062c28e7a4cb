package realnet

import (
	"sync"
	"sync/atomic"
	"time"

	"peerstreamer/core"
)

// burst is how far a link may be ahead of its rate before the one who uses it has to wait. It is long against the
// kernel's wake-up latency, so that a limited node does not pay one sleep per frame, and short against a viewer's patience.
const burst = 10 * time.Millisecond

// bucket limits a link that many goroutines share. A use of n bytes occupies the link for the time that they take at
// its rate; uses queue in the order in which they were reserved. The zero bucket does not limit.
type bucket struct {
	limit  atomic.Int64 // bit/s; 0: none
	mu     sync.Mutex
	free   time.Time // when all that was reserved has passed
	wanted time.Time // when something was last reserved that is not for later
}

// rate returns the link's rate; 0: not limited.
func (b *bucket) rate() core.Rate { return core.Rate(b.limit.Load()) }

// set changes the rate. What is reserved and has not passed takes as long as it does at the new one, but who waits for
// such a reservation waits as long as it was told.
func (b *bucket) set(now time.Time, rate core.Rate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.rate(); old != 0 && b.free.After(now) {
		left := old.In(core.Time(b.free.Sub(now)))
		b.free = now
		if rate != 0 {
			b.free = now.Add(time.Duration(rate.Time(left)))
		}
	}
	b.limit.Store(int64(rate))
}

// reserve books n bytes and returns how long to wait before using them. A caller that is no more than a burst early need
// not wait; one that must wait waits until the link is free, which earns it the next burst.
func (b *bucket) reserve(now time.Time, n int) time.Duration { return b.book(now, n, true) }

// calm is how long nobody must have wanted the link before what is for later may be ahead of its rate.
const calm = 100 * time.Millisecond

// spare books n bytes of what is for later, if nothing else wants the link: then it returns how long to wait before using
// them. Else it books nothing and returns when to ask again.
func (b *bucket) spare(now time.Time, n int) (wait time.Duration, booked bool) {
	if b.rate() == 0 {
		return 0, true
	}
	b.mu.Lock()
	ahead, quiet := b.free.Sub(now), now.Sub(b.wanted) > calm
	b.mu.Unlock()
	if ahead > 0 && !quiet {
		return ahead, false
	}
	return b.book(now, n, false), true
}

func (b *bucket) book(now time.Time, n int, wanted bool) time.Duration {
	if b.rate() == 0 {
		return 0 // Without a lock for the many nodes that have no limit.
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	rate := b.rate()
	if rate == 0 {
		return 0
	}
	if b.free.Before(now) {
		b.free = now
	}
	if wanted {
		b.wanted = now
	}
	ahead := b.free.Sub(now)
	b.free = b.free.Add(time.Duration(rate.Time(core.Bytes(n))))
	if ahead <= burst {
		return 0
	}
	return ahead
}

// adjust corrects a reservation by n bytes: more were used, or with a negative n fewer. It never waits.
func (b *bucket) adjust(now time.Time, n int) {
	if b.rate() == 0 || n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	rate := b.rate()
	if rate == 0 {
		return
	}
	if n < 0 {
		b.free = b.free.Add(-time.Duration(rate.Time(core.Bytes(-n))))
		return
	}
	if b.free.Before(now) {
		b.free = now
	}
	b.free = b.free.Add(time.Duration(rate.Time(core.Bytes(n))))
}
