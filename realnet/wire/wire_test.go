package wire

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// TestSizes equates the encoders with the sizes that core computes with and a simulation charges.
func TestSizes(t *testing.T) {
	var peers Peers
	for kind := range 256 {
		k := core.MsgKind(kind)
		f, known := k.Fields()
		if !known || Type(k) >= FirstTransport {
			continue
		}
		m := core.Msg{Kind: k}
		for n := range uint8(core.MaxPeers + 1) {
			if f&core.FieldIDs != 0 {
				m.NIDs = n
			}
			if got := len(AppendMsg(nil, &m, &peers)); core.Bytes(got) != m.WireSize() {
				t.Errorf("%v with %d peers has %d bytes: WireSize says %d", k, m.NIDs, got, m.WireSize())
			}
		}
	}
	if got, want := len(AppendVideo(nil, Video{Handle: 1, Name: "movie"})), core.VideoIntroSize(5); core.Bytes(got) != want {
		t.Errorf("an introduction has %d bytes: VideoIntroSize says %d", got, want)
	}
	info := core.VideoInfo{Length: 300 * core.KiB, ChunkSize: 200 * core.KiB, PieceSize: 90 * core.KiB}
	for _, s := range []core.Span{{N: 3}, {First: 1, N: 2}, {Chunk: 1, N: 2}, {Chunk: 1, N: 1}} {
		if got, want := flowSize(info, s), core.FlowOverhead(info, s); got != want {
			t.Errorf("a flow of %v has %d bytes besides its payload: FlowOverhead says %d", s, got, want)
		}
	}
}

// flowSize encodes a flow as a sender does and returns the bytes that are not payload.
func flowSize(info core.VideoInfo, s core.Span) core.Bytes {
	b := AppendBegin(nil, 1, s, make([]Hash, info.Pieces(s.Chunk)))
	b = AppendEnd(b, 1, Done)
	n := core.Bytes(len(b))
	for p := s.First; p < s.End(); p++ {
		for left := info.Prefix(s.Chunk, p+1) - info.Prefix(s.Chunk, p); left > 0; left -= core.FrameMax {
			n += DataSize
		}
	}
	return n
}

func TestParseHeader(t *testing.T) {
	for _, c := range []struct {
		header string
		want   Header
		err    string
	}{
		{"\x01\x00\x00\x04", Header{1, 4}, ""},
		{"\x01\x00\x00\x05", Header{}, "resolve frame of 5 bytes: want at most 4"},
		{"\xc5\x01\x00\x04", Header{TypeData, 4 + 64<<10}, ""},
		{"\xc5\x01\x00\x05", Header{}, "data frame of 65541 bytes: want at most 65540"},
		{"\x7f\x00\x04\x00", Header{0x7f, 1024}, ""},
		{"\x7f\x00\x04\x01", Header{}, "unknown kind 127 frame of 1025 bytes: want at most 1024"},
		{"\x00\x00\x00\x00", Header{}, "unknown frame type 0x0"},
		{"\xcb\x00\x00\x00", Header{}, "unknown frame type 0xcb"},
		{"GET ", Header{}, "unknown kind 71 frame of 4543520 bytes: want at most 1024"},
		{"\xc0\xff\xff\xff", Header{}, "hello frame of 16777215 bytes: want at most 1024"},
		{"\xbf\x00\x00\xaf", Header{0xbf, 175}, ""},
		{"\xbf\x00\x00\xb0", Header{}, "policy+63 frame of 176 bytes: want at most 175"},
	} {
		got, err := ParseHeader([]byte(c.header))
		if text := errText(err); text != c.err || err == nil && got != c.want {
			t.Errorf("header %q: got %+v, %q: want %+v, %q", c.header, got, text, c.want, c.err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestMsgRoundTrip(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("127.0.0.1:9101"), netip.MustParseAddrPort("[2001:db8::1]:65535")
	want := core.Msg{
		Kind: core.MsgPeers, NIDs: 3, First: 1, N: 16, Video: 1 << 31, Chunk: core.MaxChunks, Aux: 1<<32 - 1,
		Mask: [4]uint32{1, 2, 3, 1 << 31},
	}
	peers := Peers{v4, {}, v6}
	b := AppendMsg(nil, &want, &peers)
	var gotPeers Peers
	got, err := ParseMsg(core.MsgPeers, b[HeaderSize:], &gotPeers)
	if err != nil {
		t.Fatal(err)
	}
	if got != want || gotPeers != peers {
		t.Errorf("got %+v %v: want %+v %v", got, gotPeers, want, peers)
	}
	if n := testing.AllocsPerRun(100, func() {
		b = AppendMsg(b[:0], &want, &peers)
		_, _ = ParseMsg(core.MsgPeers, b[HeaderSize:], &gotPeers)
	}); n != 0 {
		t.Errorf("%v allocations for a message there and back: want 0", n)
	}
}

// TestRefused gives each parser bodies that are not what they should be.
func TestRefused(t *testing.T) {
	span := string(appendSpan(nil, core.Span{Video: 1, N: 1}))
	hello := func(change func(*Hello), from, to string) string {
		h := vectorHello
		if change != nil {
			change(&h)
		}
		return strings.Replace(string(AppendHello(nil, h)[HeaderSize:]), from, to, 1)
	}
	for _, c := range []struct {
		typ  Type
		body string
		want string // part of the error
	}{
		{Type(core.MsgPing), "x", "ping frame of 1 bytes: want 0"},
		{Type(core.MsgGet), strings.Repeat("x", 13), "get frame of 13 bytes: want 14"},
		{Type(core.MsgPeers), strings.Repeat("\x00", 30), "peers frame of 30 bytes: want 31"},
		{Type(core.MsgPeers), strings.Repeat("\x00", 14) + "\x09" + strings.Repeat("\x00", 16), "9 peers: want at most 8"},
		{Type(core.MsgPeers), strings.Repeat("\x00", 14) + "\x01" + strings.Repeat("\x00", 16), "31 bytes: want 49"},
		{TypeClose, "", "close frame of 0 bytes"},
		{TypeVideo, strings.Repeat("\x00", 36), "video frame of 36 bytes: want 38"},
		{TypeVideo, strings.Repeat("\x01", 36) + "\x02a", "video frame of 38 bytes: want 39"},
		{TypeVideo, strings.Repeat("\x00", 36) + "\x01a", "handle 0"},
		{TypeManifest, strings.Repeat("\x00", 8), "manifest frame of 8 bytes"},
		{TypeManifest, "\x00\x00\x00\x01\x00\x00\x00\x02abc", "3 bytes of 2"},
		{TypeManifest, "\x00\x00\x00\x01\x00\x01\x00\x00abc", "3 bytes of 65536"},
		{TypeBegin, "\x00\x00\x00\x01", "begin frame of 4 bytes"},
		{TypeBegin, "\x00\x00\x00\x01" + span + "x", "begin frame of 15 bytes"},
		{TypeBegin, "\x00\x00\x00\x01" + span[:8] + "\x00\x00", "pieces 0+0"},
		{TypeBegin, "\x00\x00\x00\x01" + span[:8] + "\xff\xff", "pieces 255+255"},
		{TypeData, "\x00\x00\x01", "data frame of 3 bytes"},
		{TypeEnd, "\x00\x00\x00\x01", "end frame of 4 bytes: want 5"},
		{TypeEnd, "\x00\x00\x00\x01\x03", "end frame says 3"},
		{TypeRefuse, "\x00", "refuse frame of 1 bytes: want 4"},
		{TypeForget, span + "x", "forget frame of 11 bytes: want 10"},
		{TypeForgot, span[:8] + "\x7f\x02", "pieces 127+2"},
		{TypeHello, "hello", "hello: "},
		{TypeHello, "de", `magic ""`},
		{TypeHello, hello(nil, "peerstreamer", "peerstreamxx"), `magic "peerstreamxx"`},
		{TypeHello, hello(nil, "7:versioni2e", "7:versioni3e"), "the peer speaks version 3, this node 2"},
		{TypeHello, hello(nil, "7:session16:", "7:session15:"), "hello: "},
		{TypeHello, hello(nil, "192.0.2.7:9101", "192.0.2.7:9xyz"), "want ip:port"},
		{TypeHello, hello(nil, "192.0.2.7:9101", "host.test:9101"), "want ip:port"},
		{TypeHello, hello(nil, "192.0.2.7:9101", "192.0.2.7:0000"), "want ip:port"},
		{TypeHello, hello(nil, "flagsi1e", "flagsi-1e"), "flags -1"},
		{TypeHello, hello(nil, "7:versioni2e", "7:versioni2e3:webi65536e"), "web 65536: want a port"},
		{TypeHello, hello(nil, "7:versioni2e", "7:versioni2e3:webi-1e"), "web -1: want a port"},
	} {
		if err := parse(c.typ, []byte(c.body)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %q: error %v: want %q", c.typ, c.body, err, c.want)
		}
	}
}

// parse returns the error of a type's parser.
func parse(typ Type, body []byte) (err error) {
	switch typ {
	case TypeHello:
		_, err = ParseHello(body)
	case TypeClose:
		_, err = ParseClose(body)
	case TypeVideo:
		_, err = ParseVideo(body)
	case TypeManifest:
		_, err = ParsePart(body)
	case TypeBegin:
		_, err = ParseBegin(body)
	case TypeData:
		_, _, err = ParseData(body)
	case TypeEnd:
		_, _, err = ParseEnd(body)
	case TypeRefuse:
		_, err = ParseRefuse(body)
	case TypeForget, TypeForgot:
		_, err = ParseSpan(typ, body)
	default:
		var peers Peers
		_, err = ParseMsg(core.MsgKind(typ), body, &peers)
	}
	return err
}

// TestOtherVersions reads hellos of which only magic and version are as this version has them.
func TestOtherVersions(t *testing.T) {
	for _, body := range []string{
		"d5:magic12:peerstreamer7:versioni0ee",
		"d3:newl4:liste5:magic12:peerstreamer7:sessioni7e7:versioni99ee",
	} {
		if h, err := ParseHello([]byte(body)); !errors.Is(err, ErrVersion) {
			t.Errorf("%q: got %+v, %v: want ErrVersion", body, h, err)
		}
	}
	// Within a version, keys that are not known are no error.
	more := "d4:addr0:4:diali1e5:flagsi6e5:magic12:peerstreamer4:name1:x6:secondi1e7:session16:0123456789abcdef7:versioni2ee"
	got, err := ParseHello([]byte(more))
	want := Hello{Version: Version, Flags: 6, Name: "x", Session: Session([]byte("0123456789abcdef")), Dial: 1}
	if err != nil || got != want {
		t.Errorf("got %+v, %v: want %+v", got, err, want)
	}
}

// TestHelloTellsTheWebPort: the port of a web server comes through, and nobody without one says anything of it.
func TestHelloTellsTheWebPort(t *testing.T) {
	for _, port := range []uint16{0, 1, 65535} {
		want := Hello{Version: Version, Flags: FlagViewer, Name: "x", Session: Session([]byte("0123456789abcdef")), Web: port}
		body := AppendHello(nil, want)[HeaderSize:]
		if got, err := ParseHello(body); err != nil || got != want {
			t.Errorf("got %+v, %v: want %+v", got, err, want)
		}
		if said := strings.Contains(string(body), "3:web"); said != (port != 0) {
			t.Errorf("port %d: %q", port, body)
		}
	}
}

// TestManifestParts cuts a manifest that is longer than a frame and puts it together again.
func TestManifestParts(t *testing.T) {
	for _, size := range []int{1, MaxPart - 1, MaxPart, MaxPart + 1, 3*MaxPart + 5} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i)
		}
		var got []byte
		for b := AppendManifest(nil, 3, want); len(b) > 0; {
			h, err := ParseHeader(b)
			if err != nil {
				t.Fatal(err)
			}
			p, err := ParsePart(b[HeaderSize : HeaderSize+h.Len])
			if err != nil || p.Video != 3 || p.Total != size {
				t.Fatalf("%d bytes: part %d of %d for %d, %v", size, len(p.Data), p.Total, p.Video, err)
			}
			got = append(got, p.Data...)
			b = b[HeaderSize+h.Len:]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d bytes: %s", size, diff)
		}
	}
}
