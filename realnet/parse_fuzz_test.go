package realnet

import (
	"net"
	"strings"
	"testing"
)

// FuzzParseAddr: what is read as an address is a host and a port, and is read as the same again.
func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{"127.0.0.1:9101", "tcp://mit.example:1", "[::1]:80", ":0", "::1:80", "tcp://tcp://a:1", "a:http", "[fe80::1%eth0]:1",
		"a:-1", "a: 1", "://", "[]:1", "a\n:1", "a\x00:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		hostport, err := ParseAddr(s)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "address ") {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if again, err := ParseAddr(hostport); err != nil || again != hostport {
			t.Errorf("%q is %q, read as %q, %v", s, hostport, again, err)
		}
		if again, err := ParseAddr("tcp://" + hostport); err != nil || again != hostport {
			t.Errorf("%q is %q, read with its scheme as %q, %v", s, hostport, again, err)
		}
		if _, _, err := net.SplitHostPort(hostport); err != nil {
			t.Errorf("%q is %q: %v", s, hostport, err)
		}
	})
}
