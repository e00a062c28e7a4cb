package core_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/netsim"
)

// frugal is a node whose store has a limit in bytes. A ViewSeek of view lose says that the store has lost a chunk.
type frugal struct {
	*core.Swarm
	bytes core.Bytes
}

const lose core.View = 99

// budget is a Network with another limit.
type budget struct {
	core.Network
	bytes core.Bytes
}

func (b budget) Limits() core.Limits {
	l := b.Network.Limits()
	l.StoreBytes = b.bytes
	return l
}

func (f frugal) OnStart(n core.Network, self core.NodeID, b core.Boot) {
	f.Swarm.OnStart(budget{n, f.bytes}, self, b)
}

func (f frugal) OnFlow(n core.Network, self core.NodeID, e core.FlowEvent) {
	f.Swarm.OnFlow(budget{n, f.bytes}, self, e)
}

func (f frugal) OnTimer(n core.Network, self core.NodeID, t core.Timer) {
	f.Swarm.OnTimer(budget{n, f.bytes}, self, t)
}

func (f frugal) OnView(n core.Network, self core.NodeID, e core.ViewEvent) {
	if e.View == lose {
		f.OnLost(budget{n, f.bytes}, self, core.ChunkID{Video: e.Video, Chunk: e.Chunk})
		return
	}
	f.Swarm.OnView(budget{n, f.bytes}, self, e)
}

func (f frugal) OnMsg(n core.Network, self core.NodeID, c core.Conn, m core.Msg) {
	f.Swarm.OnMsg(budget{n, f.bytes}, self, c, m)
}

// larder is a source with a video of 4 chunks of 1 MiB and one of 32 chunks of 64 KiB, and a frugal child.
type larder struct {
	t             *testing.T
	sim           *netsim.Sim
	source, child *core.Swarm
	mit, ben      core.NodeID
	big, small    core.Video
	views         core.View
}

func newLarder(t *testing.T, bytes core.Bytes) *larder {
	var mux coretest.Mux
	l := &larder{t: t, sim: netsim.New(netsim.Config{Seed: 1}, &mux)}
	infos := []core.VideoInfo{
		{Length: 4 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB, Duration: 8 * core.Second},
		{Length: 2 * core.MiB, ChunkSize: 64 * core.KiB, PieceSize: 64 * core.KiB, Duration: 4 * core.Second},
	}
	l.big, l.small = l.sim.AddVideo("big", infos[0]), l.sim.AddVideo("small", infos[1])
	link := netsim.Link{Uplink: 100 * core.Mbps, Downlink: 100 * core.Mbps, Latency: core.Millisecond}
	l.mit, l.ben = l.sim.AddNode("mit", link), l.sim.AddNode("ben", link)
	l.source = core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	l.child = core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	mux.Set(l.mit, l.source)
	mux.Set(l.ben, frugal{l.child, bytes})
	l.sim.Start(0, l.mit, core.Boot{Name: 1, IsSource: true,
		Owns: []core.VideoDesc{{Video: l.big, Info: infos[0]}, {Video: l.small, Info: infos[1]}}})
	l.sim.Start(0, l.ben, core.Boot{Name: 2, Master: l.mit})
	return l
}

// watch has the child download a video.
func (l *larder) watch(v core.Video) {
	l.t.Helper()
	l.views++
	l.sim.View(l.sim.Now(), l.ben, core.ViewEvent{Kind: core.ViewOpen, View: l.views, Video: v, Player: core.Download})
	l.sim.Run(l.sim.Now().After(core.Minute))
	if r := l.child.View(l.views, l.sim.Now()); r.State != core.Ended {
		l.t.Fatalf("view %d is %v after a minute", l.views, r.State)
	}
	l.audit()
}

func (l *larder) audit() {
	l.t.Helper()
	for _, fault := range l.child.Audit() {
		l.t.Error(fault)
	}
}

// want checks how many chunks the child holds and has announced, and how many it has fetched so far.
func (l *larder) want(held, fetched uint32) {
	l.t.Helper()
	r, m := l.child.Node(l.ben), l.source.Node(l.mit)
	if r.Cached != held || m.DirectoryEntries != held || r.ChunksFetched != fetched {
		l.t.Errorf("%d chunks are held, %d announced, %d were fetched; want %d, %d, %d",
			r.Cached, m.DirectoryEntries, r.ChunksFetched, held, held, fetched)
	}
}

// TestStoreBytes: chunks of a MiB make way for as many bytes of small ones, the least recently used first, and the reverse.
func TestStoreBytes(t *testing.T) {
	l := newLarder(t, 3*core.MiB)
	l.watch(l.big)
	l.want(3, 4)
	l.watch(l.small)
	l.want(1+32, 4+32)
	l.watch(l.small) // all of it is here
	l.want(1+32, 4+32)
	l.watch(l.big) // of which the last chunk is here, and stays because the viewer is about to read it
	l.want(3, 4+32+3)
}

// TestLostChunk: a chunk that the store has lost is taken back, and fetched again when somebody wants it.
func TestLostChunk(t *testing.T) {
	l := newLarder(t, 0)
	l.watch(l.big)
	l.want(4, 4)
	for range 2 { // the second time it is no news
		l.sim.View(l.sim.Now(), l.ben, core.ViewEvent{Kind: core.ViewSeek, View: lose, Video: l.big, Chunk: 2})
		l.sim.Run(l.sim.Now().After(core.Minute))
		l.audit()
		l.want(3, 4)
	}
	l.watch(l.big)
	l.want(4, 5)
}
