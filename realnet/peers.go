package realnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

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

// peers is the node's address book: dense handles for addresses, 1 the node itself. Handles of addresses are for ever;
// handles of clients, which have no address, are used again.
type peers struct {
	mu   sync.RWMutex
	most int
	addr []netip.AddrPort // by handle; the zero value for a client
	id   map[netip.AddrPort]core.NodeID
	free []core.NodeID // clients' handles, the longest unused first
}

// init makes handle 1 the node's own, at self or without an address.
func (p *peers) init(self netip.AddrPort, most int) {
	p.most = most
	p.addr = make([]netip.AddrPort, 2, 16)
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

func (p *peers) add(a netip.AddrPort) (core.NodeID, error) {
	if len(p.addr) > p.most {
		return 0, errTooManyPeers
	}
	p.addr = append(p.addr, a)
	return core.NodeID(len(p.addr) - 1), nil
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
