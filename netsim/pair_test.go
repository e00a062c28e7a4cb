package netsim_test

import (
	"fmt"
	"testing"

	"peerstreamer/core"
)

// TestDialOfManyPeers: a node finds the connection that it has to a peer, and none that it has closed, whether it has a
// few connections, many, or a few again.
func TestDialOfManyPeers(t *testing.T) {
	for _, peers := range []core.NodeID{3, 15, 16, 17, 40} {
		t.Run(fmt.Sprint(peers), func(t *testing.T) {
			m := newTape(int(peers)+1, 0, core.Millisecond)
			conns := map[core.NodeID]core.Conn{}
			again := func(net core.Network) {
				t.Helper()
				for p, c := range conns {
					if got := net.Dial(p); got != c {
						t.Errorf("peer %d has connection %d, dialled again %d", p, c, got)
					}
				}
			}
			m.at(100, 1, func(net core.Network) {
				for p := core.NodeID(2); p <= peers+1; p++ {
					conns[p] = net.Dial(p)
					again(net)
				}
			})
			m.at(200, 1, func(net core.Network) {
				for p := core.NodeID(2); p <= peers; p++ {
					net.Close(conns[p], core.Cancelled)
					delete(conns, p)
					again(net)
				}
			})
			m.at(300, 1, func(net core.Network) {
				for p := core.NodeID(2); p <= peers; p++ {
					conns[p] = net.Dial(p)
					again(net)
				}
			})
			m.s.Stop(400*core.Millisecond, 1)
			m.s.Run(500 * core.Millisecond)
			for p := core.NodeID(1); p <= peers+1; p++ {
				m.s.Stop(500*core.Millisecond, p)
			}
			m.s.Run(core.Never)
			if leaks := m.s.Leaks(); leaks != "" {
				t.Errorf("left over: %s", leaks)
			}
		})
	}
}
