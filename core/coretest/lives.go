package coretest

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// lifeChecks are about starting, killing and starting again: Boot, OnStop, and what a store keeps.
var lifeChecks = []check{
	{"Boot/HasHandlesOfTheNames", checkBoot},
	{"Kill/PeersHearOneLatencyLater", checkKill},
	{"Restart/KeepsStore", checkRestartKept},
	{"Restart/WithoutStore", checkRestartEmpty},
}

func checkBoot(b *bench) {
	b.add(NodeSpec{Name: "master"})
	b.add(NodeSpec{Name: "super", IsSource: true, Owns: []VideoSpec{movie}})
	x := b.start(NodeSpec{Name: "x", Master: "master", Supermaster: "super", Source: "super"})
	boot := x.last(OnStart).Boot
	want(b, "name", core.HashName("x"), boot.Name)
	want(b, "master", b.w.Peer("x", "master"), boot.Master)
	want(b, "supermaster", b.w.Peer("x", "super"), boot.Supermaster)
	want(b, "source", b.w.Peer("x", "super"), boot.Source)
	want(b, "whether it is a source", false, boot.IsSource)
	want(b, "videos and chunks of a first life", 0, len(boot.Owns)+len(boot.Knows)+len(boot.Held))
	b.w.Start("super")
	boot = b.nodes[1].last(OnStart).Boot
	want(b, "a root's master", 0, boot.Master+boot.Supermaster)
	want(b, "whether super is a source", true, boot.IsSource)
	b.w.Start("master")
	x.connect(b.nodes[0]) // handles given before a node started are good
	want(b, "the master's handle in its OnOpen", x.last(OnStart).Boot.Master, x.last(OnOpen).Peer)
}

// checkKill kills a node with three peers, one of them by way of its own dial.
func checkKill(b *bench) {
	x := b.start(NodeSpec{Name: "x"})
	peers := []*node{b.start(NodeSpec{Name: "p"}), b.start(NodeSpec{Name: "q"}), b.start(NodeSpec{Name: "r"})}
	peers[0].connect(x)
	peers[1].connect(x)
	x.connect(peers[2])
	at := x.now()
	before := len(x.rec.Log())
	b.w.Kill("x")
	for _, p := range peers {
		b.until("OnClose at "+p.name, func() bool { return p.count(OnClose) == 1 })
		want(b, "the connection", p.last(OnOpen).Conn, p.last(OnClose).Conn)
		want(b, "why it closed", core.Lost, p.last(OnClose).Why)
		if latency := b.w.Latency(); latency > 0 {
			want(b, "time from the kill to OnClose", latency, p.last(OnClose).At-at)
		}
	}
	b.settle()
	for _, e := range x.rec.Log()[before:] {
		want(b, "callbacks of a killed node besides OnStop", OnStop, e.Kind)
	}
}

// restarted returns a rig whose dst got chunks 2 and 0 of movie and half of chunk 1, and was then restarted.
func restarted(b *bench, keepStore bool) *rig {
	b.t.Helper()
	r := newRig(b, 0)
	for i, p := range []piece{r.whole("movie", 2), r.whole("movie", 0), {"movie", 1, 0, 8}} {
		r.transfer(r.watch(p, 0), uint32(i+1))
		b.until("done", func() bool { return len(r.dst.kinds(0)) == i+1 && len(r.src.kinds(uint32(i+1))) == 1 })
	}
	b.w.Kill("dst")
	b.until("OnClose at the source", func() bool { return r.src.count(OnClose) == 1 })
	b.w.Restart("dst", keepStore)
	return r
}

// checkRestartKept reads from a store that outlived its node, with no help from outside.
func checkRestartKept(b *bench) {
	r := restarted(b, true)
	v := r.dst.video("movie")
	boot := r.dst.last(OnStart).Boot
	slices.SortFunc(boot.Held, func(a, c core.ChunkID) int { return int(a.Chunk) - int(c.Chunk) })
	if diff := cmp.Diff([]core.ChunkID{{Video: v, Chunk: 0}, {Video: v, Chunk: 2}}, boot.Held); diff != "" {
		b.fatalf("chunks held at the restart (-want +got):\n%s", diff)
	}
	want(b, "name", core.HashName("dst"), boot.Name)
	if i := slices.IndexFunc(boot.Knows, func(d core.VideoDesc) bool { return d.Video == v }); i < 0 {
		b.fatalf("the manifest of movie is not among what the restarted node knows: %v", boot.Knows)
	} else {
		want(b, "the manifest's facts", movie.Info(), boot.Knows[i].Info)
	}
	want(b, "payload received in both lives", 2*movie.ChunkSize+8*movie.PieceSize, b.w.Traffic("dst").PayloadReceived)
	p := r.whole("movie", 2)
	end, out, _ := r.third(p, 0)
	s := p.at(r.dst)
	r.dst.do(func(net core.Network) { net.Transfer(out, core.Offer{Span: s, Avail: s.N, Tag: 5}) })
	b.until("a kept chunk at a third node", func() bool { return kindsText(end.kinds(0)) == "done" })
	r.check(end, p)
}

func checkRestartEmpty(b *bench) {
	r := restarted(b, false)
	boot := r.dst.last(OnStart).Boot
	want(b, "chunks held and videos known after a restart without its store", 0, len(boot.Held)+len(boot.Knows))
	r.out, r.in = r.src.connect(r.dst) // at its old address
	r.src.describe(r.out, r.dst, "movie")
	p := r.whole("movie", 2)
	r.transfer(r.watch(p, 0), 9)
	b.until("the chunk again", func() bool { return len(r.dst.kinds(0)) == 4 })
	r.check(r.dst, p)
}
