//go:build !linux

package realnet

import (
	"syscall"
)

// zerocopy is not made here: frames are copied.
type zerocopy struct{}

func newZerocopy(socket) *zerocopy { return nil }

func (*zerocopy) send([]byte, syscall.RawConn, int64, int, []byte) error {
	panic("realnet: a system without sendfile")
}
