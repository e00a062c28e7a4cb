package realnet

import (
	"testing"

	"go.uber.org/zap"
	"golang.org/x/sys/unix"
)

// TestUnsent: a link's socket has the bound that the limits say.
func TestUnsent(t *testing.T) {
	p := newPipe(t)
	n := &Node{cfg: Config{Limits: Limits{Unsent: 77_000}.withDefaults()}, log: zap.NewNop()}
	n.newLink(p.from, true)
	raw, err := p.from.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		if got, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT); got != 77_000 || err != nil {
			t.Errorf("at most %d bytes unsent, %v: want 77000", got, err)
		}
	})
	p.from.Close()
	if err := limitUnsent(p.from, 1); err == nil {
		t.Error("a closed socket takes a bound")
	}
}
