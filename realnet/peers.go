package realnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"peerstreamer/core"
)

// ParseAddr checks host:port or tcp://host:port and returns host:port. Nothing is looked up.
func ParseAddr(s string) (string, error) {
	rest := s
	if scheme, after, ok := strings.Cut(s, "://"); ok {
		if scheme != "tcp" {
			return "", fmt.Errorf("address %q: scheme %q: want tcp://host:port or host:port", s, scheme)
		}
		rest = after
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		return "", fmt.Errorf("address %q: want tcp://host:port or host:port, with an IPv6 host in brackets", s)
	}
	if n, err := net.LookupPort("tcp", port); err != nil || n < 0 || port == "" {
		return "", fmt.Errorf("address %q: port %q: want 0..65535", s, port)
	}
	if strings.ContainsAny(host, "/ @") {
		return "", fmt.Errorf("address %q: host %q: want a name or an IP", s, host)
	}
	return net.JoinHostPort(host, port), nil
}

// resolve returns the IP and port that an address means. It may ask the name service.
func resolve(s string) (netip.AddrPort, error) {
	hostport, err := ParseAddr(s)
	if err != nil {
		return netip.AddrPort{}, err
	}
	a, err := net.ResolveTCPAddr("tcp", hostport)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("address %q: %w", s, err)
	}
	ap := canonical(a.AddrPort())
	if !ap.IsValid() || ap.Addr().IsUnspecified() || ap.Port() == 0 {
		return netip.AddrPort{}, fmt.Errorf("address %q: want a host and a port that can be dialled", s)
	}
	return ap, nil
}

// canonical gives each IPv4 address one form.
func canonical(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// errTooManyPeers is returned when the address book is full.
var errTooManyPeers = errors.New("too many addresses")

// addressAge is how long nobody has to speak of an address before its handle may mean another one. The Machine is not told,
// so it is long for a protocol that asks a peer within seconds of hearing of it.
const addressAge = 10 * time.Minute

// peers is the node's address book: dense handles for addresses, 1 the node itself. When it is full, the handle of an
// address is used again that has no connection and of which nobody has spoken for addressAge. Handles of clients, which
// have no address, are used again in any case. At most about 100 bytes for each of most.
type peers struct {
	mu     sync.RWMutex
	most   int
	now    func() time.Time
	began  time.Time
	addr   []netip.AddrPort // by handle; the zero value for a client
	held   []uint32         // by handle: connections; kept for ever if keepPeer is added
	spoken []int64          // by handle: when somebody last spoke of it, in seconds from the beginning; atomic
	id     map[netip.AddrPort]core.NodeID
	free   []core.NodeID // clients' handles, the longest unused first
	hand   int           // where the search for a handle to use again goes on
	barren int64         // when that search last came to nothing, in seconds
}

// keepPeer marks the handles of those whom the operator has named.
const keepPeer = 1 << 31

// init makes handle 1 the node's own, at self or without an address.
func (p *peers) init(self netip.AddrPort, most int) {
	p.most = most
	if p.now == nil {
		p.now = time.Now
	}
	p.began = p.now()
	p.barren = -1
	p.addr = make([]netip.AddrPort, 2, 16)
	p.held = []uint32{keepPeer, keepPeer}
	p.spoken = make([]int64, 2)
	p.id = map[netip.AddrPort]core.NodeID{}
	if self.IsValid() {
		p.addr[1] = self
		p.id[self] = 1
	}
}

// intern returns the handle of an address, 0 for the zero address.
func (p *peers) intern(a netip.AddrPort) (core.NodeID, error) {
	if !a.IsValid() {
		return 0, nil
	}
	p.mu.RLock()
	id := p.id[a]
	if id != 0 {
		atomic.StoreInt64(&p.spoken[id], p.seconds())
	}
	p.mu.RUnlock()
	if id != 0 {
		return id, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id := p.id[a]; id != 0 {
		return id, nil
	}
	id, err := p.add(a)
	if err == nil {
		p.id[a] = id
	}
	return id, err
}

// seconds returns how long the book has been there.
func (p *peers) seconds() int64 { return int64(p.now().Sub(p.began) / time.Second) }

// client returns a handle for a node without an address.
func (p *peers) client() (core.NodeID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) > 0 {
		id := p.free[0]
		p.free = p.free[1:]
		return id, nil
	}
	return p.add(netip.AddrPort{})
}

// add gives an address, or a client, a handle.
func (p *peers) add(a netip.AddrPort) (core.NodeID, error) {
	now := p.seconds()
	if len(p.addr) > p.most {
		id := p.reclaim(now)
		if id == 0 {
			return 0, errTooManyPeers
		}
		p.addr[id], p.spoken[id] = a, now
		return id, nil
	}
	p.addr = append(p.addr, a)
	p.held = append(p.held, 0)
	p.spoken = append(p.spoken, now)
	return core.NodeID(len(p.addr) - 1), nil
}

// reclaim takes back the handle of an address, 0 if all are in use. O(most) at worst, and that at most once a second.
func (p *peers) reclaim(now int64) core.NodeID {
	if now == p.barren {
		return 0
	}
	for range p.addr {
		p.hand = (p.hand + 1) % len(p.addr)
		id := p.hand
		if p.held[id] == 0 && p.addr[id].IsValid() && now-p.spoken[id] >= int64(addressAge/time.Second) {
			delete(p.id, p.addr[id])
			return core.NodeID(id)
		}
	}
	p.barren = now
	return 0
}

// hold says that there is a connection more (1) or less (-1) with a peer.
func (p *peers) hold(id core.NodeID, by int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if int(id) < len(p.held) {
		p.held[id] += uint32(by)
		atomic.StoreInt64(&p.spoken[id], p.seconds())
	}
}

// keep says that a handle is for ever.
func (p *peers) keep(id core.NodeID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[id] |= keepPeer
}

// release takes back a client's handle.
func (p *peers) release(id core.NodeID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, id)
}

// at returns a handle's address, the zero value if it has none.
func (p *peers) at(id core.NodeID) netip.AddrPort {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if int(id) >= len(p.addr) {
		return netip.AddrPort{}
	}
	return p.addr[id]
}
