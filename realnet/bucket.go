package realnet

import (
	"sync"
	"time"

	"peerstreamer/core"
)

// burst is how far a link may be ahead of its rate before the one who uses it has to wait. It is long against the
// kernel's wake-up latency, so that a limited node does not pay one sleep per frame, and short against a viewer's patience.
const burst = 10 * time.Millisecond

// bucket limits a link that many goroutines share. A use of n bytes occupies the link for the time that they take at
// its rate; uses queue in the order in which they were reserved. The zero bucket does not limit.
type bucket struct {
	rate core.Rate
	mu   sync.Mutex
	free time.Time // when all that was reserved has passed
}

// reserve books n bytes and returns how long to wait before using them. A caller that is no more than a burst early need
// not wait; one that must wait waits until the link is free, which earns it the next burst.
func (b *bucket) reserve(now time.Time, n int) time.Duration {
	if b.rate == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free.Before(now) {
		b.free = now
	}
	ahead := b.free.Sub(now)
	b.free = b.free.Add(time.Duration(b.rate.Time(core.Bytes(n))))
	if ahead <= burst {
		return 0
	}
	return ahead
}

// adjust corrects a reservation by n bytes: more were used, or with a negative n fewer. It never waits.
func (b *bucket) adjust(now time.Time, n int) {
	if b.rate == 0 || n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if n < 0 {
		b.free = b.free.Add(-time.Duration(b.rate.Time(core.Bytes(-n))))
		return
	}
	if b.free.Before(now) {
		b.free = now
	}
	b.free = b.free.Add(time.Duration(b.rate.Time(core.Bytes(n))))
}
