package realnet

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"peerstreamer/core"
)

const (
	// maxBans is how many culprits a node remembers.
	maxBans = 4096

	// maxDoublings is how often a ban grows twofold: 30 s, 1, 2, 4, 8 minutes with the default limit.
	maxDoublings = 4

	// banMemory is for how long after the end of a ban the next one is longer.
	banMemory = time.Hour

	// siteBits is how much of an IPv6 address is one customer's.
	siteBits = 64
)

// culprit is who is kept out: the name in a certificate, else an IP address, IPv6 by its first 64 bits. The zero value is
// nobody.
type culprit struct {
	name string
	ip   netip.Addr
}

// culprit returns whom to hold responsible for what the peer does. Peers without certificates that come from this
// machine are never banned: they share one address with all the others.
func (l *link) culprit() culprit {
	if l.who.Name != "" {
		return culprit{name: l.who.Name}
	}
	return culpritAt(l.remote())
}

// culpritAt returns whom to hold responsible for what comes from an address.
func culpritAt(ip netip.Addr) culprit {
	ip = ip.Unmap().WithZone("")
	if ip == netip.IPv6Loopback() || ip == netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		return culprit{}
	}
	if ip.Is6() {
		site, err := ip.Prefix(siteBits)
		if err != nil {
			return culprit{}
		}
		ip = site.Addr()
	}
	return culprit{ip: ip}
}

// bans is who is kept out, and until when. At most maxBans rows, of about 100 bytes.
type bans struct {
	first time.Duration // how long a first ban lasts
	now   func() time.Time

	mu   sync.Mutex
	rows map[culprit]ban
}

type ban struct {
	until time.Time
	count int // of bans, this one included
}

func (b *bans) init(first time.Duration, now func() time.Time) {
	b.first, b.now = first, now
	b.rows = map[culprit]ban{}
}

// add bans a culprit, for longer each time, and returns until when.
func (b *bans) add(who culprit) (until time.Time, banned bool) {
	if who == (culprit{}) {
		return time.Time{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	row, known := b.rows[who]
	if !known && len(b.rows) >= maxBans {
		b.makeRoom(now)
	}
	if known && now.After(row.until.Add(banMemory)) {
		row.count = 0
	}
	until = now.Add(b.first << min(row.count, maxDoublings))
	b.rows[who] = ban{until, row.count + 1}
	return until, true
}

// makeRoom forgets all bans that are over, or else the one that is over first. O(maxBans).
func (b *bans) makeRoom(now time.Time) {
	var soonest culprit
	for who, row := range b.rows {
		if now.After(row.until) {
			delete(b.rows, who)
			continue
		}
		if s, ok := b.rows[soonest]; !ok || row.until.Before(s.until) {
			soonest = who
		}
	}
	if len(b.rows) >= maxBans {
		delete(b.rows, soonest)
	}
}

// find returns until when a culprit is kept out, if it is.
func (b *bans) find(who culprit) (until time.Time, banned bool) {
	if who == (culprit{}) {
		return time.Time{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	row, ok := b.rows[who]
	return row.until, ok && b.now().Before(row.until)
}

// expel ends the connections of a member that is banned. The one over which it broke the rules ends by itself, with the
// reason.
func (o *owner) expel(name string) {
	until, is := o.bans.find(culprit{name: name})
	if !is {
		return
	}
	for _, c := range o.conns {
		if c != nil && c.link != nil && c.link.who.Name == name && !c.link.closing.Load() {
			o.lose(c, lost{core.Refused, bannedUntil(until)})
		}
	}
}

// bannedUntil says to whom it concerns that it is banned.
func bannedUntil(until time.Time) string {
	return fmt.Sprintf("banned until %s, for having broken the rules", until.UTC().Format(time.TimeOnly+" MST"))
}
