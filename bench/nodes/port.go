package nodes

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// Ports that FreePort chooses from, below those that the kernel gives to outgoing connections: while a node with such a port is
// dead, who dials it must not be given its port, and so dial itself.
const (
	firstPort = 20_000
	ports     = 12_000
)

var asked atomic.Int32

// FreePort returns a port of the loopback that nobody listens on at the moment, another one at each call, for what must be known
// before it runs or be the same after a restart.
func FreePort() (string, error) {
	for range ports {
		port := firstPort + (os.Getpid()+int(asked.Add(1)))%ports
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return strconv.Itoa(port), l.Close()
		}
	}
	return "", fmt.Errorf("no port from %d to %d is free", firstPort, firstPort+ports-1)
}
