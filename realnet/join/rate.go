package join

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

const (
	// burst is how many attempts one address may make at once, and pause how long it takes until it has another one.
	burst = 5
	pause = 2 * time.Second

	// maxRated is how many addresses are watched at a time.
	maxRated = 4096
)

var errTooFast = errors.New("too many attempts from this address: wait a few seconds")

// rate limits attempts by the address they come from, IPv6 by its first 64 bits.
type rate struct {
	now func() time.Time

	mu  sync.Mutex
	due map[netip.Addr]time.Time // when all of an address's attempts will be paid for
}

// allow reports whether an address may try now, and counts that.
func (r *rate) allow(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if site, err := ip.Prefix(64); err == nil {
			ip = site.Addr()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	due, known := r.due[ip]
	if due.Before(now) {
		due = now
	}
	if due.Sub(now) > (burst-1)*pause {
		return false
	}
	if !known && len(r.due) >= maxRated {
		r.forget(now)
	}
	if !known && len(r.due) >= maxRated {
		return false
	}
	if r.due == nil {
		r.due = map[netip.Addr]time.Time{}
	}
	r.due[ip] = due.Add(pause)
	return true
}

// forget drops all that have paid.
func (r *rate) forget(now time.Time) {
	for ip, due := range r.due {
		if due.Before(now) {
			delete(r.due, ip)
		}
	}
}
