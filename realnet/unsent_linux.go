package realnet

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// limitUnsent bounds what the kernel may hold of tcp that has not left yet, retransmissions apart.
func limitUnsent(tcp *net.TCPConn, n int) error {
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		set = os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, n))
	})
	if err == nil {
		err = set
	}
	return err
}
