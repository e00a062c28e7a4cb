package realnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// subject is a node under test with a recording Machine.
type subject struct {
	*realnet.Node
	t   testing.TB
	rec *coretest.Recorder
	aud *coretest.Audit
}

// begin starts a node on loopback with an empty store in memory, if cfg has none.
func begin(t testing.TB, cfg realnet.Config) *subject {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = "subject"
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.Store == nil {
		cfg.Store = &store.Memory{}
	}
	rec := &coretest.Recorder{}
	s := &subject{t: t, rec: rec, aud: coretest.NewAudit(rec)}
	var err error
	if s.Node, err = realnet.Start(cfg, s.aud); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		for _, f := range s.aud.Faults() {
			t.Error(f)
		}
	})
	return s
}

// do runs f as an audited callback.
func (s *subject) do(f func(core.Network)) {
	s.t.Helper()
	if !s.Do(func(net core.Network, self core.NodeID) {
		s.aud.Do(net, self, func(net core.Network, _ core.NodeID) { f(net) })
	}) {
		s.t.Fatal("the node has ended")
	}
}

// wait waits until cond holds.
func wait(t testing.TB, what string, cond func() bool) {
	t.Helper()
	end := time.After(patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-end:
			t.Fatalf("%s: did not happen", what)
		case <-tick.C:
		}
	}
}

// await returns the nth event of a kind, the first being 1, when it has come.
func (s *subject) await(kind coretest.EventKind, n int) (e coretest.Event) {
	s.t.Helper()
	wait(s.t, "an event", func() bool {
		seen := 0
		for _, e = range s.rec.Log() {
			if e.Kind == kind {
				if seen++; seen == n {
					return true
				}
			}
		}
		return false
	})
	return e
}

// stranger is a peer made by hand, frame by frame.
type stranger struct {
	t    testing.TB
	sock streamSocket
}

// streamSocket is a TCP connection, bare or under TLS.
type streamSocket interface {
	net.Conn
	CloseWrite() error
}

func meet(t testing.TB, s *subject) *stranger {
	t.Helper()
	sock, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close() })
	return &stranger{t, sock.(*net.TCPConn)}
}

func (p *stranger) send(frames ...[]byte) {
	p.t.Helper()
	if _, err := p.sock.Write(bytes.Join(frames, nil)); err != nil {
		p.t.Fatalf("the stranger cannot send: %v", err)
	}
}

// next returns the next frame from the node.
func (p *stranger) next() (wire.Header, []byte, error) {
	p.sock.SetReadDeadline(time.Now().Add(patience))
	var b [wire.HeaderSize]byte
	if _, err := io.ReadFull(p.sock, b[:]); err != nil {
		return wire.Header{}, nil, err
	}
	h, err := wire.ParseHeader(b[:])
	if err != nil {
		return h, nil, err
	}
	body := make([]byte, h.Len)
	_, err = io.ReadFull(p.sock, body)
	return h, body, err
}

// expect reads frames until one of the given type comes, and returns its body.
func (p *stranger) expect(typ wire.Type) []byte {
	p.t.Helper()
	for {
		h, body, err := p.next()
		if err != nil {
			p.t.Fatalf("waiting for a %v frame: %v", typ, err)
		}
		if h.Type == typ {
			return body
		}
		if h.Type == wire.TypeClose {
			c, _ := wire.ParseClose(body)
			p.t.Fatalf("waiting for a %v frame: the node closes: %v, %s", typ, c.Why, c.Text)
		}
	}
}

// expectClose reads until the node closes, and that its stream ends then.
func (p *stranger) expectClose() wire.Close {
	p.t.Helper()
	for {
		h, body, err := p.next()
		if err != nil {
			p.t.Fatalf("waiting for a close frame: %v", err)
		}
		if h.Type != wire.TypeClose {
			continue
		}
		c, err := wire.ParseClose(body)
		if err != nil {
			p.t.Fatal(err)
		}
		if _, _, err := p.next(); !errors.Is(err, io.EOF) {
			p.t.Fatalf("after its close frame the node goes on: %v", err)
		}
		return c
	}
}

// hello returns a stranger's hello: a client unless addr is given.
func hello(name string, change ...func(*wire.Hello)) []byte {
	h := wire.Hello{Version: wire.Version, Name: name, Dial: 1}
	copy(h.Session[:], "session of "+name)
	for _, f := range change {
		f(&h)
	}
	return wire.AppendHello(nil, h)
}

func at(addr string) func(*wire.Hello) {
	return func(h *wire.Hello) { h.Addr = netip.MustParseAddrPort(addr) }
}

// introduced returns a stranger with an open connection.
func introduced(t testing.TB, s *subject) *stranger {
	t.Helper()
	p := meet(t, s)
	p.send(hello("stranger"))
	p.expect(wire.TypeHello)
	return p
}

// tape is a video for strangers to send: two chunks of three pieces of 80,000 bytes, so that a piece takes two frames.
type tape struct {
	m      *manifest.Manifest
	bytes  []byte
	hashes [][]manifest.Hash
}

const tapePiece = 80_000

func newTape(t testing.TB, name string) *tape {
	t.Helper()
	tp := &tape{bytes: coretest.Content(name, 6*tapePiece)}
	var roots []manifest.Hash
	for chunk := range 2 {
		var hashes []manifest.Hash
		for piece := range 3 {
			hashes = append(hashes, manifest.PieceHash(tp.piece(uint32(chunk), uint8(piece))))
		}
		tp.hashes = append(tp.hashes, hashes)
		roots = append(roots, manifest.Root(hashes))
	}
	var err error
	tp.m, err = manifest.New(name, "video/mp4", core.VideoInfo{Length: 6 * tapePiece, ChunkSize: 3 * tapePiece, PieceSize: tapePiece}, roots)
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

func (tp *tape) piece(chunk uint32, piece uint8) []byte {
	from := (int(chunk)*3 + int(piece)) * tapePiece
	return tp.bytes[from : from+tapePiece]
}

// span returns pieces of a chunk under a stranger's handle, 9.
func (tp *tape) span(chunk uint32, first, n uint8) core.Span {
	return core.Span{Video: 9, Chunk: chunk, First: first, N: n}
}

// intro introduces the tape as handle 9 and describes it.
func (tp *tape) intro() []byte {
	return wire.AppendManifest(wire.AppendVideo(nil, wire.Video{Handle: 9, ID: tp.m.ID(), Name: tp.m.Name()}), 9, tp.m.Encoded())
}

// payload returns data frames of a flow for b, cut as pieces must be.
func payload(flow wire.FlowNumber, b []byte) (frames []byte) {
	for len(b) > 0 {
		n := min(len(b), wire.MaxPayload)
		frames = append(frames, make([]byte, wire.DataSize)...)
		wire.PutData(frames[len(frames)-wire.DataSize:], flow, n)
		frames = append(frames, b[:n]...)
		b = b[n:]
	}
	return frames
}

// lender returns a node that has the tape's manifest from a stranger and watches pieces of it.
func lender(t testing.TB, cfg realnet.Config, watch ...core.Span) (*subject, *stranger, *tape, core.Conn) {
	t.Helper()
	s := begin(t, cfg)
	tp := newTape(t, "tape")
	p := introduced(t, s)
	p.send(tp.intro())
	e := s.await(coretest.OnVideo, 1)
	s.do(func(net core.Network) {
		for _, w := range watch {
			w.Video = e.Video
			net.Watch(e.Conn, w, 1)
		}
	})
	return s, p, tp, e.Conn
}

// flowsOf returns the kinds of the flow events so far.
func (s *subject) flowsOf() (kinds []core.FlowKind) {
	for _, e := range s.rec.Log() {
		if e.Kind == coretest.OnFlow {
			kinds = append(kinds, e.Flow.Kind)
		}
	}
	return kinds
}
