package netsim_test

import (
	"fmt"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// BenchmarkStarflows runs the reference workload at larger sizes: everything of a transfer is in it, a get, a flow and
// its rates. ns/op is per transfer.
func BenchmarkStarflows(b *testing.B) {
	for _, c := range []struct{ hosts, perHost int }{{1000, 1}, {10_000, 1}, {1000, 4}} {
		b.Run(fmt.Sprintf("N=%d/P=%d", c.hosts, c.perHost), func(b *testing.B) {
			transfers := 0
			for transfers < b.N {
				b.StopTimer()
				w := newRun(c.hosts, 5, 42, c.perHost)
				b.StartTimer()
				s := w.runSim(nil)
				transfers += int(s.Transfers())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(transfers), "ns/transfer")
		})
	}
}

// BenchmarkHub lets one source send to all clients at the same time, so every end concerns all others.
func BenchmarkHub(b *testing.B) {
	for _, clients := range []int{100, 1000, 3000} {
		b.Run(fmt.Sprint("clients=", clients), func(b *testing.B) {
			for b.Loop() {
				runHub(clients)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*clients), "ns/transfer")
		})
	}
}

func runHub(clients int) *netsim.Sim {
	children := make([][]core.NodeID, 2+clients)
	for i := range clients {
		children[1] = append(children[1], core.NodeID(i+2))
	}
	m := newPusher(children, false)
	m.chunks = 1
	s := netsim.New(netsim.Config{Seed: 1}, m)
	m.video = s.AddVideo("push", core.VideoInfo{Length: pushChunk, ChunkSize: pushChunk, PieceSize: 64 * core.KiB})
	for n := core.NodeID(1); int(n) < len(children); n++ {
		startAll(s, s.AddNode("n", netsim.Link{Uplink: pushRate, Downlink: core.Rate(n) * core.Kbps}))
	}
	s.Run(core.Second)
	s.Call(core.Second, 1, func(net core.Network, self core.NodeID) { m.give(net, self, 0) })
	s.Run(core.Never)
	return s
}

// relay is a Machine whose nodes pass a message around a ring for ever.
type relay struct {
	idle
	nodes uint32
	next  []core.Conn
}

func (m *relay) OnStart(net core.Network, self core.NodeID, _ core.Boot) {
	m.next[self] = net.Dial(self%core.NodeID(m.nodes) + 1)
	net.Send(m.next[self], core.Msg{Kind: core.MsgPing})
	net.SetTimer(1, core.Second)
}

func (m *relay) OnMsg(net core.Network, self core.NodeID, _ core.Conn, msg core.Msg) {
	net.SetTimer(0, net.Now()+3*core.Second) // a timeout that is always pushed back
	net.Send(m.next[self], msg)
}

func (m *relay) OnTimer(net core.Network, _ core.NodeID, t core.Timer) {
	net.SetTimer(t, net.Now()+core.Second)
}

func newRing(nodes int) *netsim.Sim {
	m := &relay{nodes: uint32(nodes), next: make([]core.Conn, nodes+1)}
	middle := netsim.Range{Min: 10 * core.Millisecond, Max: 90 * core.Millisecond}
	s := netsim.New(netsim.Config{Seed: 1, Latency: middle}, m)
	for range nodes {
		startAll(s, s.AddNode("n", netsim.Link{}))
	}
	s.Run(core.Second)
	return s
}

// BenchmarkMessages passes messages around rings. ns/event is what a message, its timer and its digest cost.
func BenchmarkMessages(b *testing.B) {
	for _, nodes := range []int{1000, 100_000} {
		b.Run(fmt.Sprint("nodes=", nodes), func(b *testing.B) {
			s := newRing(nodes)
			before := s.Events()
			b.ReportAllocs()
			b.ResetTimer()
			for s.Events()-before < uint64(b.N) {
				s.Run(s.Now() + 10*core.Millisecond)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.Events()-before), "ns/event")
		})
	}
}
