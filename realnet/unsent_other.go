//go:build !linux

package realnet

import "net"

// limitUnsent does nothing here: the send buffer is the only bound.
func limitUnsent(*net.TCPConn, int) error { return nil }
