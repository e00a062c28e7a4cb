package netsim_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/netsim"
)

func TestRelay(t *testing.T) { coretest.TestRelay(t, newWorld) }

// TestChainAddsPieces: down a chain of D links with latency L, the first byte of a video that nobody knows takes D times
// (6 L and a piece): up and down for the manifest, up and down for whom to ask, up for the get and down with a piece. The
// last byte of the first chunk follows the first piece by the others' time, however long the chain: each further hop adds
// one piece time and not a chunk's.
func TestChainAddsPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		links := rapid.IntRange(1, 6).Draw(t, "links")
		pieces := rapid.IntRange(1, 16).Draw(t, "pieces of a chunk")
		size := core.Bytes(rapid.IntRange(1, 64).Draw(t, "KiB of a piece")) * core.KiB
		latency := core.Time(rapid.IntRange(0, 50).Draw(t, "ms of latency")) * core.Millisecond
		rate := 8 * core.Mbps // A byte takes a microsecond.
		piece := rate.Time(size)

		swarm := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
		sim := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(latency)}, swarm)
		info := core.VideoInfo{Length: 3 * core.Bytes(pieces) * size, ChunkSize: core.Bytes(pieces) * size, PieceSize: size}
		video := sim.AddVideo("movie", info)
		for i := range links + 1 {
			n := sim.AddNode(fmt.Sprint("node", i), netsim.Link{Uplink: rate, Downlink: rate})
			boot := core.Boot{Name: uint64(i + 1), Master: core.NodeID(i)}
			if i == 0 {
				boot.IsSource, boot.Owns = true, []core.VideoDesc{{Video: video, Info: info}}
			}
			sim.Start(core.Time(i)*core.Second, n, boot)
		}
		first, chunk := core.Never, core.Never
		sim.OnDeliver(func(_ core.NodeID, _ core.View, d core.Delivery) {
			if first == core.Never && (d.Pieces > 0 || d.Chunk > 0) {
				first = sim.Now()
			}
			if chunk == core.Never && d.Chunk > 0 {
				chunk = sim.Now()
			}
		})
		const asked = core.Minute
		sim.View(asked, core.NodeID(links+1), core.ViewEvent{Kind: core.ViewOpen, Player: core.Pull, View: 1, Video: video})
		sim.Run(asked + 30*core.Second)
		wantFirst := asked + core.Time(links)*(6*latency+piece)
		wantChunk := wantFirst + core.Time(pieces-1)*piece
		if first != wantFirst || chunk != wantChunk {
			t.Fatalf("first piece at %v, want %v; first chunk at %v, want %v", first, wantFirst, chunk, wantChunk)
		}
	})
}
