package realnet_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/store"
)

// hop is a link of a chain: it asks the node before it for all chunks of a video, a window at a time, and passes on each
// piece as it is verified. A first hop owns the video; a last hop has nobody to pass to.
type hop struct {
	core.Machine // the callbacks that a hop does not need
	window       uint32
	done         chan struct{} // closed when all chunks are here

	up       core.Conn
	v        core.Video
	info     core.VideoInfo
	curious  []core.Conn // who wants the manifest
	asked    uint32
	whole    uint32
	readable map[uint32]uint8                   // pieces of chunks that are here
	waiting  map[uint32][]core.Conn             // who asked for a chunk of which nothing is here
	flows    map[uint32]map[core.Conn]core.Flow // what is being passed on
	owner    bool
}

func (h *hop) OnStart(net core.Network, _ core.NodeID, b core.Boot) {
	h.readable, h.waiting, h.flows = map[uint32]uint8{}, map[uint32][]core.Conn{}, map[uint32]map[core.Conn]core.Flow{}
	if h.owner = len(b.Owns) > 0; h.owner {
		h.v, h.info = b.Owns[0].Video, b.Owns[0].Info
	}
	if b.Master != 0 {
		h.up = net.Dial(b.Master)
	}
}

func (h *hop) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID { return held }

// begin asks for the video; its handle comes from outside.
func (h *hop) begin(net core.Network, v core.Video) {
	net.Send(h.up, core.Msg{Kind: core.MsgResolve, Video: v})
}

func (h *hop) OnOpen(core.Network, core.NodeID, core.Conn, core.NodeID, core.PeerFlags) {}

func (h *hop) OnVideo(net core.Network, _ core.NodeID, _ core.Conn, v core.Video, info core.VideoInfo) {
	h.v, h.info = v, info
	for _, c := range h.curious {
		net.Describe(c, v)
	}
	h.ask(net)
}

// ask keeps a window of chunks on their way.
func (h *hop) ask(net core.Network) {
	for ; h.asked < h.info.Chunks() && h.asked < h.whole+h.window; h.asked++ {
		s := h.info.Whole(core.ChunkID{Video: h.v, Chunk: h.asked})
		net.Watch(h.up, s, 1)
		net.Send(h.up, core.Get(core.MsgGetOnce, s, 0))
	}
}

func (h *hop) OnMsg(net core.Network, _ core.NodeID, c core.Conn, m core.Msg) {
	switch m.Kind {
	case core.MsgResolve:
		h.curious = append(h.curious, c)
		net.Describe(c, h.v) // if it is known
	case core.MsgGetOnce:
		if h.owner {
			net.Transfer(c, core.Offer{Span: m.Span(), Avail: m.N, Tag: 1})
		} else if n := h.readable[m.Chunk]; n > 0 {
			h.pass(net, c, m.Chunk, n)
		} else {
			h.waiting[m.Chunk] = append(h.waiting[m.Chunk], c)
		}
	}
}

func (h *hop) pass(net core.Network, c core.Conn, chunk uint32, avail uint8) {
	s := h.info.Whole(core.ChunkID{Video: h.v, Chunk: chunk})
	if h.flows[chunk] == nil {
		h.flows[chunk] = map[core.Conn]core.Flow{}
	}
	h.flows[chunk][c] = net.Transfer(c, core.Offer{Span: s, Avail: avail, Tag: chunk + 1})
}

func (h *hop) OnFlow(net core.Network, _ core.NodeID, e core.FlowEvent) {
	if e.Tag != 0 {
		return
	}
	n := e.Span.End()
	h.readable[e.Span.Chunk] = n
	for _, f := range h.flows[e.Span.Chunk] {
		net.Extend(f, n)
	}
	for _, c := range h.waiting[e.Span.Chunk] {
		h.pass(net, c, e.Span.Chunk, n)
	}
	delete(h.waiting, e.Span.Chunk)
	if e.Kind != core.FlowDone {
		return
	}
	h.whole++
	h.ask(net)
	if h.whole == h.info.Chunks() {
		close(h.done)
	}
}

func (h *hop) OnTimer(core.Network, core.NodeID, core.Timer)             {}
func (h *hop) OnView(core.Network, core.NodeID, core.ViewEvent)          {}
func (h *hop) OnClose(core.Network, core.NodeID, core.Conn, core.Reason) {}

// cpu returns the processor time that this process has used.
func cpu() time.Duration {
	return time.Duration(usage.CPUSeconds() * 1e9)
}

// BenchmarkChain sends a 64 MB video along a chain of nodes on loopback, all in this process, each keeping what it gets
// in a store on disk. MB/s is the video's length over the time from the start of the last node to its last chunk.
func BenchmarkChain(b *testing.B) {
	const length = 64 << 20
	dir := b.TempDir()
	_, err := library.Split(context.Background(), dir, "movie", bytes.NewReader(coretest.Content("movie", length)), library.Options{})
	if err != nil {
		b.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	defer lib.Close()
	for _, hops := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("hops=%d", hops), func(b *testing.B) {
			var busy, wall time.Duration
			for b.Loop() {
				w, c := runChain(b, lib, hops)
				wall += w
				busy += c
			}
			gb := float64(b.N) * length / 1e9
			b.ReportMetric(gb*1e3/wall.Seconds(), "MB/s")
			b.ReportMetric(busy.Seconds()/gb, "cpu-s/GB")
			b.ReportMetric(busy.Seconds()/gb/float64(hops), "cpu-s/GB/hop")
		})
	}
}

// runChain sends the library's video over a fresh chain and returns the time and processor time that it took.
func runChain(b *testing.B, lib *library.Library, hops int) (wall, busy time.Duration) {
	var nodes []*realnet.Node
	var stores []*store.Store
	master := ""
	began, used := time.Now(), cpu()
	for i := range hops + 1 {
		cfg := realnet.Config{Name: fmt.Sprintf("n%d", i), Listen: "127.0.0.1:0", Master: master}
		h := &hop{window: 4, done: make(chan struct{})}
		if i == 0 {
			cfg.Library = lib
		} else {
			st, err := store.Open(b.TempDir(), store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			stores = append(stores, st)
			cfg.Store = st
		}
		n, err := realnet.Start(cfg, h)
		if err != nil {
			b.Fatal(err)
		}
		nodes = append(nodes, n)
		master = n.Addr()
		if v := n.Video("movie"); i > 0 {
			n.Do(func(net core.Network, _ core.NodeID) { h.begin(net, v) })
		}
		if i == hops {
			<-h.done
		}
	}
	wall, busy = time.Since(began), cpu()-used
	for _, n := range nodes {
		if err := n.Close(context.Background()); err != nil {
			b.Error(err)
		}
	}
	for _, st := range stores {
		st.Close()
	}
	return wall, busy
}
