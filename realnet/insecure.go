package realnet

import (
	"errors"
	"fmt"
	"net"
)

// ErrBeyond says that an address is not on this machine.
var ErrBeyond = errors.New("is beyond this machine, and without keys connections are neither encrypted nor authenticated")

// OnlyLoopback returns nil if addr, host:port or tcp://host:port, means this machine alone, or is empty; ErrBeyond if it
// does not; and another error if it is no address or its host cannot be looked up.
func OnlyLoopback(addr string) error {
	if addr == "" {
		return nil
	}
	hostport, err := ParseAddr(addr)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return err
	}
	ips := []net.IP{net.ParseIP(host)}
	if ips[0] == nil {
		if ips, err = net.LookupIP(host); err != nil {
			return err
		}
	}
	for _, ip := range ips {
		if !ip.IsLoopback() {
			return fmt.Errorf("%s %w", addr, ErrBeyond)
		}
	}
	return nil
}
