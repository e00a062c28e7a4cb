package realnet_test

import (
	"net"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/store"
)

// operatedNode is a node as psnode runs it, with the classic policy.
type operatedNode struct {
	*realnet.Node
	swarm *core.Swarm
}

// operated starts a node with a store in memory; speed divides its timers.
func operated(t testing.TB, cfg realnet.Config, speed core.Time) *operatedNode {
	t.Helper()
	cfg.Listen, cfg.Store = "127.0.0.1:0", &store.Memory{}
	swarm := core.NewSwarm(core.DefaultConfig().Scale(speed), core.NewClassic(core.DefaultClassic()))
	n, err := realnet.Start(cfg, swarm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Kill)
	return &operatedNode{n, swarm}
}

// record returns what the node's Machine says of itself.
func (n *operatedNode) record() (r core.NodeRecord) {
	n.Do(func(_ core.Network, self core.NodeID) { r = n.swarm.Node(self) })
	return r
}

// dialled returns a stranger with a TCP connection to a node.
func dialled(t testing.TB, addr string) *stranger {
	t.Helper()
	sock, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close() })
	return &stranger{t, sock.(*net.TCPConn)}
}
