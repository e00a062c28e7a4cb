package realnet

import (
	"net"
	"testing"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// TestReceivingAllocatesNothing: once a flow has begun, a piece is read, checked, stored and made known without a byte of
// garbage, whether a piece is a frame or more.
func TestReceivingAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		piece core.Bytes
		runs  int
	}{{"a piece to a frame", core.FrameMax, 100}, {"several frames to a piece", 3*core.FrameMax - 1, 20}} {
		t.Run(c.name, func(t *testing.T) {
			info := core.VideoInfo{Length: core.Bytes(c.runs+3) * c.piece, ChunkSize: core.Bytes(c.runs+3) * c.piece, PieceSize: c.piece}
			piece := make([]byte, c.piece)
			hashes := make([]manifest.Hash, info.Pieces(0))
			for i := range hashes {
				hashes[i] = manifest.PieceHash(piece)
			}
			r, to := newReader(t, info, hashes)
			span := core.Span{Video: 1, N: info.Pieces(0)}
			w := &watch{c: r.c, span: span}
			r.c.in.watches = append(r.c.in.watches, w)
			go func() {
				to.Write(wire.AppendBegin(nil, 1, span, hashes))
				var head [wire.DataSize]byte // once: what this goroutine allocates is counted too
				for range hashes {
					for rest := piece; len(rest) > 0; {
						n := min(len(rest), wire.MaxPayload)
						wire.PutData(head[:], 1, n)
						to.Write(head[:])
						if _, err := to.Write(rest[:n]); err != nil {
							return // the test has ended
						}
						rest = rest[n:]
					}
				}
			}()
			take := func() {
				h, body, err := r.next()
				if err == nil {
					err = r.frame(h, body)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			takePiece := func() {
				for n := w.verified; w.verified == n; {
					take()
				}
			}
			take()      // begin
			takePiece() // takes the buffers
			if n := testing.AllocsPerRun(c.runs, takePiece); n != 0 {
				t.Errorf("%v allocations a piece", n)
			}
			if have, _ := r.n.cfg.Store.Have(store.Key{ID: r.n.videos.at(1).id}); have.Count() != c.runs+2 {
				t.Errorf("%d pieces are in the store: want %d", have.Count(), c.runs+2)
			}
		})
	}
}

// newReader returns the reader of an open link whose peer has introduced a video of one chunk as handle 1, and the peer's
// socket.
func newReader(t *testing.T, info core.VideoInfo, hashes []manifest.Hash) (*reader, net.Conn) {
	t.Helper()
	st, err := store.Open(t.TempDir(), store.Options{CommitAfter: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	m, err := manifest.New("movie", "video/mp4", info, []manifest.Hash{manifest.Root(hashes)})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AddManifest(m); err != nil {
		t.Fatal(err)
	}
	n := &Node{cfg: Config{Store: st, Limits: DefaultLimits()}, log: zap.NewNop(), mail: make(chan event, mailboxSize)}
	n.videos.init(1)
	v, err := n.videos.intern(m.Name(), m.ID())
	if err != nil || !n.videos.bind(v, m, false) {
		t.Fatalf("no handle for the video: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	from, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	c := &conn{id: 1, peer: 2, state: connOpen}
	c.out.wake = make(chan struct{}, 1)
	k := n.newLink(from.(*net.TCPConn), true)
	k.c = c
	r := &reader{link: k, videos: map[core.Video]core.Video{1: v}, flows: map[wire.FlowNumber]*inflow{}}
	k.reader = r
	t.Cleanup(r.frames.drop)
	return r, to
}
