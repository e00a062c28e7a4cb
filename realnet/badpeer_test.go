package realnet_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/trust"
	"peerstreamer/realnet/wire"
)

// TestBadFirstWords: whoever does not begin with a proper hello is told why it is sent away, and the Machine hears
// nothing of it.
func TestBadFirstWords(t *testing.T) {
	for _, c := range []struct {
		name, words string
		why         core.Reason
		text        string
	}{
		{"garbage", "GET / HTTP/1.1\r\n\r\n", core.BadPeer, "unknown kind 71 frame"},
		{"oversized", "\xc0\xff\xff\xff", core.BadPeer, "hello frame of 16777215 bytes: want at most 1024"},
		{"message first", "\x0f\x00\x00\x00", core.BadPeer, "ping frame: want a hello first"},
		{"not bencode", "\xc0\x00\x00\x03abc", core.BadPeer, "hello: "},
		{"newer version", string(frameOf(wire.TypeHello, "d5:magic12:peerstreamer7:versioni3ee")), core.Refused,
			"the peer speaks version 3, this node 2"},
		{"itself", "", core.Refused, "dialled itself"},
		{"silent", "", core.TimedOut, "no word from the peer"},
		{"stalls", "\xc0\x00\x00\x10d5:ma", core.BadPeer, "no whole hello in time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begin(t, realnet.Config{Limits: realnet.Limits{Handshake: 100 * time.Millisecond}})
			p := meet(t, s)
			if c.name == "itself" { // say what the node said
				p.send(hello("first"))
				echo, err := wire.ParseHello(p.expect(wire.TypeHello))
				if err != nil {
					t.Fatal(err)
				}
				p = meet(t, s)
				c.words = string(wire.AppendHello(nil, echo))
			}
			p.send([]byte(c.words))
			got := p.expectClose()
			if got.Why != c.why || !strings.Contains(got.Text, c.text) {
				t.Errorf("closed because %v, %q: want %v, %q", got.Why, got.Text, c.why, c.text)
			}
			want := realnet.Counters{Refused: 1, Accepted: s.Counters().Accepted}
			if c.why == core.BadPeer {
				want.BadPeers = 1
			}
			if got := s.Counters(); got != want {
				t.Errorf("counted %+v: want %+v", got, want)
			}
		})
	}
}

// frameOf returns a frame with any body.
func frameOf(typ wire.Type, body string) []byte {
	n := len(body)
	return append([]byte{byte(typ), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// TestBadFrames: a peer that breaks a rule is told which, logged and counted, and the Machine hears that it is gone.
func TestBadFrames(t *testing.T) {
	tp := newTape(t, "tape")
	other := newTape(t, "other")
	beginFlow := func(n wire.FlowNumber, s core.Span) []byte { return wire.AppendBegin(nil, n, s, tp.hashes[s.Chunk]) }
	span := tp.span(0, 0, 2)
	wrong := slices.Clone(tp.piece(0, 0))
	wrong[tapePiece/2] ^= 1
	for _, c := range []struct {
		name   string
		frames [][]byte
		why    core.Reason
		text   string
		flow   []core.FlowKind // what the Machine hears of the flow
	}{
		{"second hello", [][]byte{hello("again")}, core.BadPeer, "second hello", nil},
		{"unknown frame", [][]byte{frameOf(0xEE, "")}, core.BadPeer, "unknown frame type 0xee", nil},
		{"oversized", [][]byte{{byte(wire.TypeData), 0xff, 0xff, 0xff}}, core.BadPeer, "want at most 65540", nil},
		{"short message", [][]byte{frameOf(wire.Type(core.MsgGet), "x")}, core.BadPeer, "get frame of 1 bytes", nil},
		{"handle not introduced", [][]byte{frameOf(wire.Type(core.MsgResolve), "\x00\x00\x00\x05")}, core.BadPeer,
			"video handle 5, which was not introduced", nil},
		{"handle twice", [][]byte{tp.intro(), tp.intro()}, core.BadPeer, "introduced twice", nil},
		{"path as a name", [][]byte{wire.AppendVideo(nil, wire.Video{Handle: 1, Name: "../../etc"})}, core.BadPeer, "slash", nil},
		{"control character", [][]byte{wire.AppendVideo(nil, wire.Video{Handle: 1, Name: "a\x00b"})}, core.BadPeer, "control", nil},
		{"manifest too large", [][]byte{frameOf(wire.TypeManifest, "\x00\x00\x00\x09\x7f\x00\x00\x00"+strings.Repeat("x", wire.MaxPart))},
			core.BadPeer, "manifest of 2130706432 bytes", nil},
		{"manifest malformed", [][]byte{wire.AppendManifest(nil, 9, []byte("d3:fooe"))}, core.BadData, "not a manifest", nil},
		{"manifest of another video", [][]byte{wire.AppendManifest(nil, 9, other.m.Encoded())}, core.BadData, `"other" sent for another`, nil},
		{"manifests mixed", [][]byte{wire.AppendManifest(nil, 9, make([]byte, 2*wire.MaxPart))[:wire.HeaderSize+wire.MaxBody],
			wire.AppendManifest(nil, 9, []byte("x"))}, core.BadPeer, "do not belong together", nil},
		{"data without flow", [][]byte{payload(7, []byte("x"))}, core.BadPeer, "flow 7, which has not begun", nil},
		{"end without flow", [][]byte{wire.AppendEnd(nil, 7, wire.Done)}, core.BadPeer, "flow 7, which has not begun", nil},
		{"flow twice", [][]byte{beginFlow(1, span), beginFlow(1, span)}, core.BadPeer, "begins twice", []core.FlowKind{core.FlowCut}},
		{"hashes of another chunk", [][]byte{wire.AppendBegin(nil, 1, span, tp.hashes[1])}, core.BadData,
			"do not match the manifest", []core.FlowKind{core.FlowCorrupt}},
		{"too few hashes", [][]byte{wire.AppendBegin(nil, 1, span, tp.hashes[0][:2])}, core.BadData,
			"2 hashes, the chunk has 3 pieces", []core.FlowKind{core.FlowCorrupt}},
		{"data without hashes", [][]byte{wire.AppendBegin(nil, 1, span, nil), payload(1, []byte("x"))}, core.BadPeer,
			"began without hashes", []core.FlowKind{core.FlowCut}},
		{"wrong piece", [][]byte{beginFlow(1, span), payload(1, wrong)}, core.BadData, "does not match its hash",
			[]core.FlowKind{core.FlowCorrupt}},
		{"second piece wrong", [][]byte{beginFlow(1, span), payload(1, tp.piece(0, 0)), payload(1, wrong)}, core.BadData,
			"does not match its hash", []core.FlowKind{core.FlowPieces, core.FlowCorrupt}},
		{"frame across an edge", [][]byte{beginFlow(1, span), payload(1, append(slices.Clone(tp.piece(0, 0)), 'x'))}, core.BadPeer,
			"crosses the edge of piece 0", []core.FlowKind{core.FlowCut}},
		{"empty data", [][]byte{beginFlow(1, span), frameOf(wire.TypeData, "\x00\x00\x00\x01")}, core.BadPeer,
			"0 bytes crosses the edge", []core.FlowKind{core.FlowCut}},
		{"more than the span", [][]byte{beginFlow(1, span), payload(1, tp.piece(0, 0)), payload(1, tp.piece(0, 1)), payload(1, tp.piece(0, 2))},
			core.BadPeer, "more data than flow 1 has", []core.FlowKind{core.FlowPieces, core.FlowDone}},
		{"done too early", [][]byte{beginFlow(1, span), payload(1, tp.piece(0, 0)), wire.AppendEnd(nil, 1, wire.Done)},
			core.BadPeer, "done before all of it has come", []core.FlowKind{core.FlowPieces, core.FlowCut}},
		{"stalls in a frame", [][]byte{beginFlow(1, span), payload(1, tp.piece(0, 0))[:1000]}, core.BadPeer,
			"in the middle of a frame", []core.FlowKind{core.FlowCut}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, p, _, conn := lender(t, realnet.Config{Limits: realnet.Limits{Stall: 100 * time.Millisecond}}, span)
			p.send(c.frames...)
			got := p.expectClose()
			if got.Why != c.why || !strings.Contains(got.Text, c.text) {
				t.Errorf("closed because %v, %q: want %v, %q", got.Why, got.Text, c.why, c.text)
			}
			if e := s.await(coretest.OnClose, 1); e.Conn != conn || e.Why != c.why {
				t.Errorf("the Machine heard %v: want connection %d closed: %v", e, conn, c.why)
			}
			if got := s.flowsOf(); !slices.Equal(got, c.flow) {
				t.Errorf("flow events %v: want %v", got, c.flow)
			}
			want := realnet.Counters{Accepted: 1, BadPeers: 1}
			if c.why == core.BadData {
				want = realnet.Counters{Accepted: 1, BadData: 1}
			}
			if got := s.Counters(); got != want {
				t.Errorf("counted %+v: want %+v", got, want)
			}
			if slices.Contains(c.flow, core.FlowPieces) {
				return
			}
			buf := make([]byte, 1)
			if err := s.ReadAt(core.ChunkID{Video: s.Video("tape")}, 0, buf); !errors.Is(err, store.ErrAbsent) {
				t.Errorf("reading what was not verified: error %v: want ErrAbsent", err)
			}
		})
	}
}

// TestUnknownMessage: a message of a kind that this version does not know reaches the Machine as such, without content,
// and the connection goes on.
func TestUnknownMessage(t *testing.T) {
	s := begin(t, realnet.Config{})
	p := introduced(t, s)
	p.send(frameOf(100, "whatever"), frameOf(wire.Type(core.MsgPing), ""))
	want := core.Msg{Kind: 100}
	if e := s.await(coretest.OnMsg, 1); e.Msg != want {
		t.Errorf("got %+v: want %+v", e.Msg, want)
	}
	if e := s.await(coretest.OnMsg, 2); e.Msg.Kind != core.MsgPing {
		t.Errorf("got %+v: want a ping", e.Msg)
	}
}

// TestUnwatchedFlow: what nobody asked for is refused once, its bytes thrown away, and the connection goes on.
func TestUnwatchedFlow(t *testing.T) {
	s, p, tp, _ := lender(t, realnet.Config{})
	sp := tp.span(1, 0, 3)
	p.send(wire.AppendBegin(nil, 1, sp, tp.hashes[1]), payload(1, tp.piece(1, 0)), payload(1, []byte("anything")))
	if flow, err := wire.ParseRefuse(p.expect(wire.TypeRefuse)); flow != 1 || err != nil {
		t.Errorf("refused flow %d, %v: want 1", flow, err)
	}
	p.send(wire.AppendEnd(nil, 1, wire.Cut), frameOf(wire.Type(core.MsgPing), ""))
	s.await(coretest.OnMsg, 1)
	if got := s.flowsOf(); got != nil {
		t.Errorf("flow events %v: want none", got)
	}
	if err := s.ReadAt(core.ChunkID{Video: s.Video("tape"), Chunk: 1}, 0, make([]byte, 1)); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("reading what nobody asked for: error %v: want ErrAbsent", err)
	}
}

// TestForget follows a request that was given up before its flow began and made again: the flow that answers the first
// is refused though the same span is watched, the one that answers the second is taken.
func TestForget(t *testing.T) {
	span := core.Span{N: 3}
	s, p, tp, conn := lender(t, realnet.Config{}, span)
	span.Video = s.Video("tape")
	s.do(func(net core.Network) {
		net.Refuse(conn, span)
		net.Watch(conn, span, 0)
	})
	forget := p.expect(wire.TypeForget) // before this frame the node has introduced its handle
	theirs := tp.span(0, 0, 3)
	p.send(wire.AppendBegin(nil, 1, theirs, tp.hashes[0]))
	if flow, _ := wire.ParseRefuse(p.expect(wire.TypeRefuse)); flow != 1 {
		t.Errorf("refused flow %d: want 1", flow)
	}
	if _, err := wire.ParseSpan(wire.TypeForget, forget); err != nil {
		t.Fatal(err)
	}
	p.send(wire.AppendEnd(nil, 1, wire.Cut), wire.AppendForgot(nil, theirs), wire.AppendBegin(nil, 2, theirs, tp.hashes[0]))
	for i := range uint8(3) {
		p.send(payload(2, tp.piece(0, i)))
	}
	p.send(wire.AppendEnd(nil, 2, wire.Done))
	s.await(coretest.OnFlow, 1)
	if got := s.flowsOf(); !slices.Equal(got, []core.FlowKind{core.FlowDone}) {
		t.Errorf("flow events %v: want done alone", got)
	}
}

// fullStore is a store with no room.
type fullStore struct{ store.Memory }

var errFull = errors.New("no space left on device")

func (*fullStore) Put(store.Key, uint8, []byte) error { return errFull }

// TestNoSpace: a piece that cannot be stored ends the flow, not the connection.
func TestNoSpace(t *testing.T) {
	span := core.Span{N: 3}
	s, p, tp, _ := lender(t, realnet.Config{Store: &fullStore{}}, span)
	p.send(wire.AppendBegin(nil, 1, tp.span(0, 0, 3), tp.hashes[0]), payload(1, tp.piece(0, 0)), payload(1, tp.piece(0, 1)))
	if e := s.await(coretest.OnFlow, 1); e.Flow.Kind != core.FlowNoSpace {
		t.Errorf("got %v: want no space", e)
	}
	if flow, _ := wire.ParseRefuse(p.expect(wire.TypeRefuse)); flow != 1 {
		t.Errorf("refused flow %d: want 1", flow)
	}
	p.send(wire.AppendEnd(nil, 1, wire.Cut), frameOf(wire.Type(core.MsgPing), ""))
	s.await(coretest.OnMsg, 1)
	if got := s.flowsOf(); len(got) != 1 {
		t.Errorf("flow events %v: want one", got)
	}
}

// lostStore forgets a chunk between the offer and the sending.
type lostStore struct{ store.Memory }

func (*lostStore) ReadAt(store.Key, int64, []byte) error { return errors.New("input/output error") }

// TestUnreadable: a chunk that the sender's store cannot read is cut at both ends.
func TestUnreadable(t *testing.T) {
	span := core.Span{N: 3}
	s, p, tp, conn := lender(t, realnet.Config{Store: &lostStore{}}, span)
	p.send(wire.AppendBegin(nil, 1, tp.span(0, 0, 3), tp.hashes[0]))
	for i := range uint8(3) {
		p.send(payload(1, tp.piece(0, i)))
	}
	s.await(coretest.OnFlow, 3) // now the chunk is here
	span.Video = s.Video("tape")
	s.do(func(net core.Network) { net.Transfer(conn, core.Offer{Span: span, Avail: 3, Tag: 5}) })
	if e := s.await(coretest.OnFlow, 4); e.Flow.Kind != core.FlowCut || e.Flow.Tag != 5 {
		t.Errorf("got %v: want our flow cut", e)
	}
	b, err := wire.ParseBegin(p.expect(wire.TypeBegin))
	if err != nil || len(b.Hashes) != 0 {
		t.Errorf("begin %+v, %v: want one without hashes", b, err)
	}
	if flow, how, err := wire.ParseEnd(p.expect(wire.TypeEnd)); flow != b.Flow || how != wire.Cut || err != nil {
		t.Errorf("end of flow %d, how %d, %v: want flow %d cut", flow, how, err, b.Flow)
	}
}

// TestFloodOfFlows: a peer may not have more than so many flows open.
func TestFloodOfFlows(t *testing.T) {
	_, p, tp, _ := lender(t, realnet.Config{Limits: realnet.Limits{MaxFlows: 3}})
	for i := range wire.FlowNumber(4) {
		p.send(wire.AppendBegin(nil, i+1, tp.span(0, 0, 1), tp.hashes[0]))
	}
	if c := p.expectClose(); c.Why != core.TooMany || c.Text != "too many flows at a time" {
		t.Errorf("closed: %+v", c)
	}
}

// TestFloodOfNames: strangers cannot make the table of videos' names larger than it may be, and who comes when it is full is
// not held to be the one who has filled it: its videos are none, and what it says of others counts.
func TestFloodOfNames(t *testing.T) {
	s := begin(t, realnet.Config{Limits: realnet.Limits{MaxVideos: 3}})
	flood, late := meet(t, s), meet(t, s)
	flood.send(hello("flood"))
	for j := range core.Video(3) {
		flood.send(wire.AppendVideo(nil, wire.Video{Handle: j + 1, Name: strings.Repeat("x", 1+int(j))}))
	}
	flood.send(frameOf(wire.Type(core.MsgPing), ""))
	s.await(coretest.OnMsg, 1)

	tp := newTape(t, "tape")
	late.send(hello("late"), tp.intro(), frameOf(wire.Type(core.MsgResolve), "\x00\x00\x00\x09"),
		wire.AppendVideo(nil, wire.Video{Handle: 1, Name: "x"}), frameOf(wire.Type(core.MsgResolve), "\x00\x00\x00\x01"))
	if e := s.await(coretest.OnMsg, 2); e.Msg.Video != 0 {
		t.Errorf("a name too many is video %d", e.Msg.Video)
	}
	if e := s.await(coretest.OnMsg, 3); e.Msg.Video != s.Video("x") {
		t.Errorf("a name that has room is video %d", e.Msg.Video)
	}
	if got := s.Counters(); got.BadPeers != 0 || got.Banned != 0 {
		t.Errorf("counted %+v: the late one broke no rule", got)
	}

	flood.send(wire.AppendVideo(nil, wire.Video{Handle: 4, Name: "y"}))
	if c := flood.expectClose(); c.Why != core.TooMany {
		t.Errorf("who has introduced more than there may be was closed because %v", c.Why)
	}
}

// TestFloodOfManifests: a peer that describes a name again and again fills no disk.
func TestFloodOfManifests(t *testing.T) {
	st := &store.Memory{}
	s, p, tp, _ := lender(t, realnet.Config{Store: st})
	for n := range core.Bytes(20) {
		m, err := manifest.New("tape", "video/mp4", core.VideoInfo{Length: 1 + n, ChunkSize: core.MinChunkSize, PieceSize: core.MinChunkSize},
			make([]manifest.Hash, 1))
		if err != nil {
			t.Fatal(err)
		}
		p.send(wire.AppendManifest(nil, 9, m.Encoded()))
	}
	p.send(frameOf(wire.Type(core.MsgPing), ""))
	s.await(coretest.OnMsg, 1)
	if got := st.Manifests(); len(got) != 1 || got[0].ID() != tp.m.ID() {
		t.Errorf("the store has %d manifests, want the first alone", len(got))
	}
}

// TestManifestsAreBounded: manifests that peers send are kept up to a limit for all of them together, and so are the parts
// of those that never become whole. Nobody is banned for what others have sent.
func TestManifestsAreBounded(t *testing.T) {
	roots := make([]manifest.Hash, 4096)
	describe := func(name string) []byte {
		m, err := manifest.New(name, "video/mp4", core.VideoInfo{Length: core.Bytes(len(roots)) * core.MinChunkSize,
			ChunkSize: core.MinChunkSize, PieceSize: core.MinChunkSize}, roots)
		if err != nil {
			t.Fatal(err)
		}
		return m.Encoded()
	}
	n := core.Bytes(len(describe("1")))
	st := &store.Memory{}
	s := begin(t, realnet.Config{Store: st, Limits: realnet.Limits{MaxManifests: 3 * n}})
	p := introduced(t, s)
	for i := range core.Video(4) {
		name := fmt.Sprint(i)
		p.send(wire.AppendVideo(nil, wire.Video{Handle: 1 + i, Name: name}), wire.AppendManifest(nil, 1+i, describe(name)))
	}
	if e := s.await(coretest.OnMsg, 1); e.Msg.Kind != core.MsgNo || e.Msg.Video != s.Video("3") || e.Msg.Why() != core.NoVideo {
		t.Errorf("the Machine heard %+v of the fourth of three, want that there is none", e.Msg)
	}
	if got := len(st.Manifests()); got != 3 {
		t.Errorf("%d manifests are stored, want 3", got)
	}

	most := 3 * n / core.Bytes(wire.MaxPart)
	part := make([]byte, wire.HeaderSize+wire.MaxBody)
	copy(part, wire.AppendManifest(nil, 1, make([]byte, 2*wire.MaxPart)))
	var hoarders []*stranger
	for i := range most + 1 {
		h := meet(t, s)
		h.send(hello(fmt.Sprint(i, " hoards")), wire.AppendVideo(nil, wire.Video{Handle: 1, Name: "x"}), part, frameOf(wire.Type(core.MsgPing), ""))
		hoarders = append(hoarders, h)
		if i < most {
			s.await(coretest.OnMsg, 2+int(i))
		}
	}
	if c := hoarders[most].expectClose(); c.Why != core.NoSpace {
		t.Errorf("who brings too much was closed because %v, want no space", c.Why)
	}
	hoarders[0].sock.Close()
	s.await(coretest.OnClose, 2)
	last := meet(t, s)
	last.send(hello("last"), wire.AppendVideo(nil, wire.Video{Handle: 1, Name: "x"}), part, frameOf(wire.Type(core.MsgPing), ""))
	s.await(coretest.OnMsg, 2+int(most))
	if got := s.Counters(); got.BadPeers+got.BadData+got.Banned != 0 {
		t.Errorf("counted %+v: nobody broke a rule", got)
	}
}

// TestSignedLater: a manifest that came without its signature, as from a member that has cut it off, takes on the signature
// when that comes, and keeps it.
func TestSignedLater(t *testing.T) {
	st := &store.Memory{}
	s, p, tp, _ := lender(t, realnet.Config{Store: st})
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.send(wire.AppendManifest(nil, 9, tp.m.Sign(key).Encoded()), wire.AppendManifest(nil, 9, tp.m.Encoded()),
		frameOf(wire.Type(core.MsgPing), ""))
	s.await(coretest.OnMsg, 1)
	for what, m := range map[string]*manifest.Manifest{"told": s.Manifest(s.Video("tape")), "stored": st.Manifests()[0]} {
		if !m.Signer().Equal(key.Public()) {
			t.Errorf("the manifest that is %s is signed by %x", what, m.Signer())
		}
	}
}

// TestStoreIsBelievedAsPeersAre: what an earlier life has stored is known and announced if its signer is believed now, and
// gone if not.
func TestStoreIsBelievedAsPeersAre(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir, tp := t.TempDir(), newTape(t, "tape")
	for _, life := range []struct {
		what string
		pin  ed25519.PublicKey
		held int
	}{{"the signer is pinned", public, 1}, {"another is pinned", other, 0}, {"the signer is pinned again", public, 0}} {
		st, err := store.Open(dir, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(st.Manifests()) == 0 {
			if err := st.AddManifest(tp.m.Sign(key)); err != nil {
				t.Fatal(err)
			}
			k := store.Key{ID: tp.m.ID()}
			if err := st.Begin(k, tp.hashes[0]); err != nil {
				t.Fatal(err)
			}
			for piece := range uint8(3) {
				if err := st.Put(k, piece, tp.piece(0, piece)); err != nil {
					t.Fatal(err)
				}
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			if st, err = store.Open(dir, store.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		s := begin(t, realnet.Config{Store: st, Trust: trust.New(life.pin)})
		b, knows := s.rec.Log()[0].Boot, 0
		if life.pin.Equal(public) {
			knows = 1
		}
		if len(b.Knows) != knows || len(b.Held) != life.held {
			t.Errorf("%s: the Machine knows %d videos and holds %d chunks, want %d and %d", life.what, len(b.Knows), len(b.Held), knows, life.held)
		}
		s.Kill()
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDialledPeerIsBad: the other end of a dial can be as bad.
func TestDialledPeerIsBad(t *testing.T) {
	for _, c := range []struct {
		name, words string
		why         core.Reason
	}{
		{"garbage", "SSH-2.0-OpenSSH_9.2p1\r\n", core.BadPeer},
		{"other version", string(frameOf(wire.TypeHello, "d5:magic12:peerstreamer7:versioni0ee")), core.Refused},
		{"refusal", string(wire.AppendClose(nil, wire.Close{Why: core.TooMany, Text: "full"})), core.TooMany},
		{"hangs up", "", core.Lost},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			s := begin(t, realnet.Config{})
			var conn core.Conn
			peer := s.Peer(l.Addr().String())
			s.do(func(net core.Network) { conn = net.Dial(peer) })
			sock, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			p := &stranger{t, sock.(*net.TCPConn)}
			p.expect(wire.TypeHello)
			p.send([]byte(c.words))
			sock.(*net.TCPConn).CloseWrite()
			if e := s.await(coretest.OnClose, 1); e.Conn != conn || e.Why != c.why {
				t.Errorf("got %v: want connection %d closed: %v", e, conn, c.why)
			}
			sock.Close()
			if got := s.Counters(); got != (realnet.Counters{DialsFailed: 1}) {
				t.Errorf("counted %+v", got)
			}
		})
	}
}

// TestNothingAfterClose: messages that have arrived when the Machine closes the connection are not news any more. The
// Audit sees those that come nevertheless.
func TestNothingAfterClose(t *testing.T) {
	s := begin(t, realnet.Config{})
	s.rec.React(func(net core.Network, _ core.NodeID, e coretest.Event) {
		if e.Kind == coretest.OnMsg {
			net.Close(e.Conn, core.BadCall)
		}
	})
	p := introduced(t, s)
	p.send(bytes.Repeat(frameOf(wire.Type(core.MsgPing), ""), 500))
	if c := p.expectClose(); c.Why != core.BadCall {
		t.Errorf("closed: %v: want bad call", c.Why)
	}
}

// TestOldFlowHandle: a flow's handle does not reach the next flow in its slot.
func TestOldFlowHandle(t *testing.T) {
	s, _, _, conn := lender(t, realnet.Config{})
	offer := core.Offer{Span: core.Span{Video: s.Video("tape"), N: 3}, Tag: 1}
	s.do(func(net core.Network) {
		old := net.Transfer(conn, offer)
		net.Cancel(old)
		f := net.Transfer(conn, offer)
		net.Cancel(old)
		if _, ok := net.Sent(old); ok || old == f {
			t.Errorf("flow %#x is over, but goes on as %#x", old, f)
		}
		if _, ok := net.Sent(f); !ok {
			t.Errorf("flow %#x was ended by the handle of flow %#x", f, old)
		}
	})
}
