package nodes

import "net"

// FreePort returns a port of the loopback that nobody listens on at the moment, for what must be known before it runs or be the
// same after a restart.
func FreePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
