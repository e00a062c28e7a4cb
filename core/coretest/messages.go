package coretest

import (
	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// messageChecks are about control messages and manifests: C2, and that handles mean the same at both ends.
var messageChecks = []check{
	{"Send/InOrder", checkOrder},
	{"Send/EveryKindArrivesWhole", checkKinds},
	{"Send/FromInsideAnyCallback", checkPingPong},
	{"Describe/BringsTheManifest", checkDescribe},
	{"View/ReachesTheMachineAndDeliverTheReader", checkView},
	{"Limits/AreWhatTheNodeWasGiven", checkLimits},
}

// checkOrder sends a thousand messages each way at the same time.
func checkOrder(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	here, there := x.connect(y)
	const count = 1000
	for _, e := range []struct {
		n *node
		c core.Conn
	}{{x, here}, {y, there}} {
		e.n.do(func(net core.Network) {
			for i := range uint32(count) {
				net.Send(e.c, core.Msg{Kind: core.MsgRelease, Aux: i})
			}
		})
	}
	b.until("all messages", func() bool { return x.count(OnMsg) == count && y.count(OnMsg) == count })
	for _, n := range []*node{x, y} {
		for i, e := range n.find(OnMsg) {
			if e.Msg.Aux != uint32(i) {
				b.fatalf("C2: %s got message %d as its message %d", n.name, e.Msg.Aux, i)
			}
		}
	}
}

// checkKinds sends one message of each kind with all the fields that travel, and the handles of a third node and of two
// videos, which differ between the nodes of a real World.
func checkKinds(b *bench) {
	x, y, z := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"}), b.start(NodeSpec{Name: "z"})
	y.connect(z) // y has heard of z before x tells it, and x has heard of no one but y
	y.video("movie")
	y.video("other")
	here, there := x.connect(y)
	message := func(n *node, k core.MsgKind, i int) core.Msg {
		fields, _ := k.Fields()
		m := core.Msg{Kind: k}
		if fields&core.FieldVideo != 0 {
			m.Video = n.video([]string{"other", "movie"}[i%2])
		}
		if fields&core.FieldChunk != 0 {
			m.Chunk = core.MaxChunks - 1 - uint32(i)
		}
		if fields&core.FieldSpan != 0 {
			m.First, m.N = uint8(i), 128-uint8(i)
		}
		if fields&core.FieldAux != 0 {
			m.Aux = 0xfedcba00 + uint32(i)
		}
		if fields&core.FieldIDs != 0 {
			m.NIDs = 3
			for j, name := range []string{"z", "x", "y"} {
				m.IDs[j] = b.w.Peer(n.name, name)
			}
		}
		if fields&core.FieldMask != 0 {
			m.Mask = [4]uint32{0x80000001, uint32(i), 0xffffffff, 7}
		}
		return m
	}
	var kinds []core.MsgKind
	for k := range core.MsgPolicy {
		if _, ok := k.Fields(); ok {
			kinds = append(kinds, k)
		}
	}
	kinds = append(kinds, core.MsgPolicy, core.MsgPolicy+9)
	for i, k := range kinds {
		x.send(here, message(x, k, i))
	}
	b.until("one message of each kind", func() bool { return y.count(OnMsg) == len(kinds) })
	for i, k := range kinds {
		e := y.find(OnMsg)[i]
		want(b, "the message's connection", there, e.Conn)
		if diff := cmp.Diff(message(y, k, i), e.Msg); diff != "" {
			b.fatalf("message %v is not what was sent (-sent +got):\n%s", k, diff)
		}
	}
}

// checkPingPong answers each message from inside OnMsg, which a Network that calls back at once would nest.
func checkPingPong(b *bench) {
	x, y := b.start(NodeSpec{Name: "x"}), b.start(NodeSpec{Name: "y"})
	const rallies = 200
	for _, n := range []*node{x, y} {
		n.rec.React(func(net core.Network, _ core.NodeID, e Event) {
			if e.Kind == OnMsg && e.Msg.Aux < rallies {
				m := e.Msg
				m.Aux++
				net.Send(e.Conn, m)
			}
		})
	}
	here, _ := x.connect(y)
	x.send(here, core.Msg{Kind: core.MsgRelease, Aux: 1})
	b.until("the last message", func() bool { return max(x.last(OnMsg).Msg.Aux, y.last(OnMsg).Msg.Aux) == rallies })
	want(b, "messages at both ends", rallies, x.count(OnMsg)+y.count(OnMsg))
}

func checkDescribe(b *bench) {
	src := b.start(NodeSpec{Name: "src", IsSource: true, Owns: []VideoSpec{movie, film}})
	mid, end := b.start(NodeSpec{Name: "mid"}), b.start(NodeSpec{Name: "end"})
	end.video("film") // so that handles of real nodes differ
	want(b, "videos that the source owns at its start", 2, len(src.last(OnStart).Boot.Owns))
	for _, d := range src.last(OnStart).Boot.Owns {
		if d.Video == src.video("movie") {
			want(b, "facts of movie at its source", movie.Info(), d.Info)
		}
	}
	out, _ := src.connect(mid)
	src.describe(out, mid, "movie")
	unknown := src.video("no such video")
	src.do(func(net core.Network) { net.Describe(out, unknown) })
	next, there := mid.connect(end) // a manifest is passed on by those who have it
	mid.describe(next, end, "movie")
	for _, n := range []*node{mid, end} {
		want(b, "manifests at "+n.name, 1, n.count(OnVideo))
		want(b, "the handle at "+n.name, n.video("movie"), n.last(OnVideo).Video)
		want(b, "the facts at "+n.name, movie.Info(), n.last(OnVideo).Info)
	}
	want(b, "the manifest's connection", there, end.last(OnVideo).Conn)
	b.settle()
	want(b, "manifests at mid after Describe of an unknown video", 1, mid.count(OnVideo))
}

func checkView(b *bench) {
	src := b.start(NodeSpec{Name: "src", IsSource: true, Owns: []VideoSpec{movie}})
	src.rec.React(func(net core.Network, _ core.NodeID, e Event) {
		if e.Kind == OnView {
			net.Deliver(e.View.View, core.Delivery{Chunk: e.View.Chunk, Pieces: 3, Why: core.End})
		}
	})
	ask := core.ViewEvent{Kind: core.ViewOpen, Player: core.Pull, View: 1, Video: src.video("movie"), Chunk: 2}
	b.w.View("src", ask)
	b.until("the delivery", func() bool { return src.count(OnDeliver) == 1 })
	want(b, "what the Machine was asked", ask, src.last(OnView).View)
	want(b, "the view delivered to", 1, src.last(OnDeliver).View.View)
	want(b, "the delivery", core.Delivery{Chunk: 2, Pieces: 3, Why: core.End}, src.last(OnDeliver).Delivery)
}

func checkLimits(b *bench) {
	x := b.start(NodeSpec{Name: "x", Uplink: 3 * core.Mbps, Downlink: 7 * core.Mbps, Slots: 5, StoreChunks: 50})
	x.do(func(net core.Network) {
		want(b, "limits", core.Limits{Uplink: 3 * core.Mbps, Downlink: 7 * core.Mbps, Slots: 5, StoreChunks: 50},
			net.Limits())
		if first, second := net.Rand(), net.Rand(); first == second {
			b.t.Error("Rand drew the same 64 bits twice")
		}
	})
}
