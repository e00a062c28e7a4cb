package gateway

import (
	"net/http"
	"net/netip"
	"strings"
)

// viewer returns the address of who asks, the zero Addr if it cannot be told. A proxy's word about that is taken if the
// operator has named the proxy.
func (o *Options) viewer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a := plain(at.Addr())
	said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(said) - 1; i >= 0 && o.proxy(a); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(said[i]))
		if err != nil {
			break
		}
		a = plain(next)
	}
	return a
}

// proxy reports whether an address is one of the operator's proxies.
func (o *Options) proxy(a netip.Addr) bool {
	for _, p := range o.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// plain returns an address as rules are written: IPv4 as such, and no zone.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
