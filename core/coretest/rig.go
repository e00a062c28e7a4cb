package coretest

import (
	"fmt"

	"peerstreamer/core"
)

// movie has four chunks of 16 pieces; the last has 5 pieces and 100 bytes.
var movie = VideoSpec{
	Name: "movie", Length: 3*64*core.KiB + 5*4*core.KiB + 100, ChunkSize: 64 * core.KiB, PieceSize: 4 * core.KiB,
	Duration: 8 * core.Second,
}

// film has two chunks of 64 pieces, large enough that something can happen in the middle of one.
var film = VideoSpec{Name: "film", Length: 4 * core.MiB, ChunkSize: 2 * core.MiB, PieceSize: 32 * core.KiB}

var specs = map[string]VideoSpec{movie.Name: movie, film.Name: film}

// slow is an uplink at which a chunk of film takes 1 s.
const slow = 16 * core.Mbps

// rig is a source of movie and film and a node connected to it that has their manifests.
type rig struct {
	*bench
	src, dst *node
	out, in  core.Conn // the ends at src and at dst
}

func newRig(b *bench, uplink core.Rate) *rig {
	b.t.Helper()
	r := &rig{bench: b}
	r.src = b.start(NodeSpec{Name: "src", IsSource: true, Owns: []VideoSpec{movie, film}, Uplink: uplink})
	r.dst = b.start(NodeSpec{Name: "dst"})
	r.out, r.in = r.src.connect(r.dst)
	r.src.describe(r.out, r.dst, "movie", "film")
	return r
}

// describe sends manifests and waits until the peer has them.
func (n *node) describe(c core.Conn, to *node, videos ...string) {
	n.b.t.Helper()
	seen := to.count(OnVideo)
	for _, name := range videos {
		v := n.video(name)
		n.do(func(net core.Network) { net.Describe(c, v) })
	}
	n.b.until(fmt.Sprintf("manifests of %v at %s", videos, to.name), func() bool {
		return to.count(OnVideo) == seen+len(videos)
	})
}

// piece names pieces of a chunk of a video by name, since handles differ from node to node.
type piece struct {
	video    string
	chunk    uint32
	first, n uint8
}

func (p piece) at(n *node) core.Span {
	return core.Span{Video: n.video(p.video), Chunk: p.chunk, First: p.first, N: p.n}
}

func (p piece) bytes() core.Bytes {
	return specs[p.video].Info().SpanBytes(core.Span{Chunk: p.chunk, First: p.first, N: p.n})
}

// whole returns all pieces of a chunk.
func (r *rig) whole(video string, chunk uint32) piece {
	return piece{video: video, chunk: chunk, n: specs[video].Info().Pieces(chunk)}
}

// watch makes dst expect p, of which it must have nothing yet, and returns p.
func (r *rig) watch(p piece, step uint8) piece {
	r.t.Helper()
	want(r.bench, "pieces readable before the transfer", 0, r.rewatch(p, step))
	return p
}

// rewatch calls Watch at dst.
func (r *rig) rewatch(p piece, step uint8) (readable uint8) {
	r.t.Helper()
	s := p.at(r.dst)
	r.dst.do(func(net core.Network) { readable = net.Watch(r.in, s, step) })
	return readable
}

// transfer makes src send p, all of it available.
func (r *rig) transfer(p piece, tag uint32) core.Flow {
	r.t.Helper()
	return r.offer(p, core.Offer{Avail: p.n, Tag: tag})
}

// offer makes src send p as o says.
func (r *rig) offer(p piece, o core.Offer) (f core.Flow) {
	r.t.Helper()
	o.Span = p.at(r.src)
	r.src.do(func(net core.Network) { f = net.Transfer(r.out, o) })
	if f == 0 {
		r.fatalf("Transfer on an open connection returned flow 0")
	}
	return f
}

// received calls Received at dst.
func (r *rig) received(p piece) (n core.Bytes) {
	r.t.Helper()
	s := p.at(r.dst)
	r.dst.do(func(net core.Network) { n = net.Received(r.in, s) })
	return n
}

// middle waits until some of p but not all has arrived.
func (r *rig) middle(p piece) {
	r.t.Helper()
	r.until("the middle of the transfer", func() bool { return r.received(p) >= p.bytes()/16 })
	if r.received(p) == p.bytes() {
		r.fatalf("all of %v arrived at once: the uplink of src is not limited", p)
	}
}

// ended waits until dst has had the given events as receiver and the sender of tag the same terminal event.
func (r *rig) ended(kinds string, tag uint32) {
	r.t.Helper()
	r.until(kinds+" at the receiver", func() bool { return kindsText(r.dst.kinds(0)) == kinds })
	r.until("the sender's terminal event", func() bool {
		got := r.src.kinds(tag)
		return len(got) > 0 && got[len(got)-1] != core.FlowDry
	})
}

// check fails the test unless dst can read the chunk and it is right.
func (r *rig) check(at *node, p piece) {
	r.t.Helper()
	if err := r.w.Check(at.name, p.video, p.chunk); err != nil {
		r.fatalf("%s's store: %v", at.name, err)
	}
}

// now returns the node's clock.
func (n *node) now() (at core.Time) {
	n.b.t.Helper()
	n.do(func(net core.Network) { at = net.Now() })
	return at
}
