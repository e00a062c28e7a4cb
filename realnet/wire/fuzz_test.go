package wire

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
)

// What a body may make its parser allocate, in bytes: a frame's own (a begin's hashes alias it, texts are copied), and for
// a hello what a general decoder of bencode needs, run twice: a list of empty strings takes 290 for each of its bytes.
const (
	allocPerByte = 512
	allocFixed   = 32 << 10
)

// maxError bounds what a refusal may say of the frame, in bytes: it goes into a log and back to the peer.
const maxError = 512

// refusedWell fails the test if an error is too long to be told.
func refusedWell(t *testing.T, err error) {
	t.Helper()
	if text := errText(err); err != nil && (text == "" || len(text) > maxError) {
		t.Errorf("the refusal has %d bytes: want 1..%d: %.600s", len(text), maxError, text)
	}
}

// FuzzHeader: four bytes are a header or none, whatever they are; what passes has a length that its type allows, and no
// other encoding.
func FuzzHeader(f *testing.F) {
	for _, b := range vectors() {
		f.Add(b[:HeaderSize])
	}
	f.Add([]byte("GET "))
	f.Add([]byte{byte(TypeData), 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < HeaderSize {
			return
		}
		h, err := ParseHeader(b)
		refusedWell(t, err)
		if err != nil {
			return
		}
		if h.Len > MaxBody {
			t.Errorf("%v frame of %d bytes passes: no frame has more than %d", h.Type, h.Len, MaxBody)
		}
		if again := appendHeader(nil, h.Type, h.Len); !bytes.Equal(again, b[:HeaderSize]) {
			t.Errorf("header %x is encoded again as %x", b[:HeaderSize], again)
		}
	})
}

// FuzzBody: a body that its parser accepts has one encoding, and costs no more memory than its length allows.
func FuzzBody(f *testing.F) {
	for _, b := range vectors() {
		f.Add(b[0], b[HeaderSize:])
	}
	f.Add(byte(TypeHello), []byte("d5:magic12:peerstreamer4:name99999999:x7:versioni2ee"))
	f.Add(byte(TypeHello), append(append([]byte("d1:al"), bytes.Repeat([]byte("0:"), 400)...), "ee"...))
	f.Add(byte(TypeHello), append([]byte("d1:ai"), bytes.Repeat([]byte("9"), 1000)...))
	f.Add(byte(core.MsgPeers), bytes.Repeat([]byte{8}, 175))
	f.Fuzz(func(t *testing.T, typ byte, body []byte) {
		h, err := ParseHeader(appendHeader(nil, Type(typ), len(body)&0xffffff))
		if err != nil || h.Len != len(body) {
			return // A reader never sees this body.
		}
		var refusal error
		if got, most := usage.Allocated(func() { refusal = parse(h.Type, body) }), allocPerByte*len(body)+allocFixed; got > uint64(most) {
			t.Errorf("%v frame of %d bytes makes its parser allocate %d: want at most %d", h.Type, len(body), got, most)
		}
		refusedWell(t, refusal)
		again := reencode(t, h.Type, body)
		switch {
		case again == nil:
		case h.Type == TypeHello || h.Type < FirstTransport:
			// A hello is read once and may say more than this version understands; addresses without a port lose their IP. So
			// the second encoding stands for the first, and is its own.
			if err := parse(h.Type, again[HeaderSize:]); err != nil {
				t.Errorf("%v frame %x gives %x, which is refused: %v", h.Type, body, again, err)
			} else if third := reencode(t, h.Type, again[HeaderSize:]); !bytes.Equal(third, again) {
				t.Errorf("%v frame %x gives %x, and that %x", h.Type, body, again, third)
			}
			if _, err := ParseHeader(again); err != nil {
				t.Errorf("%v frame %x gives one that does not travel: %v", h.Type, body, err)
			}
		case !bytes.Equal(again[HeaderSize:], body):
			t.Errorf("%v frame %x is encoded again as %x", h.Type, body, again[HeaderSize:])
		}
	})
}

// FuzzHello: what a node says of itself is what its peer hears; and a hello is of another version exactly if the error says
// so.
func FuzzHello(f *testing.F) {
	f.Add(1, byte(1), "mit", "192.0.2.7:9101", seq(0xA0, 16), uint64(3))
	f.Add(2, byte(0), "", "", []byte{}, uint64(0))
	f.Add(1, byte(255), "\xff\x00:i1e", "[fe80::1%eth0]:1", seq(0, 16), ^uint64(0))
	f.Fuzz(func(t *testing.T, version int, flags byte, name, addr string, session []byte, dial uint64) {
		want := Hello{Version: version, Flags: Flags(flags), Name: name[:min(len(name), core.MaxName)], Dial: dial}
		copy(want.Session[:], session)
		if a, err := netip.ParseAddrPort(addr); err == nil && a.Port() != 0 && a.Addr().Zone() == "" {
			want.Addr = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
		}
		b := AppendHello(nil, want)
		if h, err := ParseHeader(b); err != nil || h != (Header{TypeHello, len(b) - HeaderSize}) {
			t.Fatalf("the hello of %+v has header %+v, %v", want, h, err)
		}
		got, err := ParseHello(b[HeaderSize:])
		if version != Version {
			if !errors.Is(err, ErrVersion) || got != (Hello{Version: version}) {
				t.Errorf("a hello of version %d: got %+v, %v: want ErrVersion and nothing else of it", version, got, err)
			}
			return
		}
		if err != nil || got != want {
			t.Errorf("got %+v, %v: want %+v", got, err, want)
		}
	})
}

// FuzzMsg: every message of every kind that can travel arrives as it was, as far as its kind's fields go.
func FuzzMsg(f *testing.F) {
	f.Add(byte(core.MsgGet), uint32(7), uint32(300), byte(1), byte(1), uint32(9), byte(0), []byte{}, uint32(0), uint32(0))
	f.Add(byte(core.MsgPeers), uint32(7), uint32(300), byte(0), byte(3), uint32(5), byte(2), seq(1, 36), uint32(0x10003), uint32(0))
	f.Add(byte(core.MsgPolicyLast), uint32(1), uint32(2), byte(3), byte(4), uint32(5), byte(8), seq(9, 144), uint32(6), uint32(7))
	f.Fuzz(func(t *testing.T, kind byte, video, chunk uint32, first, n byte, aux uint32, nids byte, addrs []byte, mask0, mask3 uint32) {
		fields, known := core.MsgKind(kind).Fields()
		if !known {
			return
		}
		want, wantPeers := core.Msg{Kind: core.MsgKind(kind)}, Peers{}
		set := func(field core.Field, f func()) {
			if fields&field != 0 {
				f()
			}
		}
		set(core.FieldVideo, func() { want.Video = core.Video(video) })
		set(core.FieldChunk, func() { want.Chunk = chunk })
		set(core.FieldSpan, func() { want.First, want.N = first, n })
		set(core.FieldAux, func() { want.Aux = aux })
		set(core.FieldMask, func() { want.Mask[0], want.Mask[3] = mask0, mask3 })
		set(core.FieldIDs, func() {
			want.NIDs = nids % (core.MaxPeers + 1)
			for i := range int(want.NIDs) {
				if len(addrs) >= core.PeerOnWire {
					wantPeers[i] = takeAddr(&addrs)
				}
			}
		})
		b := AppendMsg(nil, &want, &wantPeers)
		h, err := ParseHeader(b)
		if err != nil || h.Len != len(b)-HeaderSize || core.Bytes(len(b)) != want.WireSize() {
			t.Fatalf("%+v: %d bytes with header %+v, %v: WireSize says %d", want, len(b), h, err, want.WireSize())
		}
		var peers Peers
		got, err := ParseMsg(core.MsgKind(h.Type), b[HeaderSize:], &peers)
		if err != nil || got != want || peers != wantPeers {
			t.Errorf("got %+v %v, %v: want %+v %v", got, peers, err, want, wantPeers)
		}
	})
}

// FuzzTransport: every frame of the transport arrives as it was sent.
func FuzzTransport(f *testing.F) {
	for typ := TypeClose; typ < endOfTypes; typ++ {
		f.Add(byte(typ), uint32(2), uint32(7), uint32(300), byte(1), byte(1), seq(0x20, 64))
	}
	f.Add(byte(TypeManifest), uint32(0), uint32(1), uint32(0), byte(0), byte(0), make([]byte, MaxPart+1))
	f.Fuzz(func(t *testing.T, typ byte, number, video, chunk uint32, first, n byte, data []byte) {
		flow := FlowNumber(number)
		span := core.Span{Video: core.Video(video), Chunk: chunk, First: first, N: n}
		proper := n > 0 && int(first)+int(n) <= core.MaxPieces
		one := func(b []byte) []byte { // the body of the only frame in b
			h, err := ParseHeader(b)
			if err != nil || h.Type != Type(typ) || h.Len != len(b)-HeaderSize {
				t.Fatalf("header %+v, %v of a %v frame of %d bytes", h, err, Type(typ), len(b))
			}
			return b[HeaderSize:]
		}
		same := func(err error, want, got any) {
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v frame: %v (-sent +got):\n%s", Type(typ), err, diff)
			}
		}
		switch Type(typ) {
		case TypeClose:
			want := Close{Why: core.Reason(first), Text: string(data)}
			got, err := ParseClose(one(AppendClose(nil, want)))
			want.Text = want.Text[:min(len(want.Text), MaxText)]
			same(err, want, got)
		case TypeVideo:
			if video == 0 || len(data) > core.MaxName {
				return
			}
			want := Video{Handle: core.Video(video), Name: string(data)}
			copy(want.ID[:], data)
			got, err := ParseVideo(one(AppendVideo(nil, want)))
			same(err, want, got)
		case TypeManifest:
			var got []byte
			for b := AppendManifest(nil, core.Video(video), data); len(b) > 0; {
				h, err := ParseHeader(b)
				if err != nil {
					t.Fatal(err)
				}
				p, err := ParsePart(b[HeaderSize : HeaderSize+h.Len])
				if err != nil || p.Video != core.Video(video) || p.Total != len(data) {
					t.Fatalf("part %d of %d for %d, %v", len(p.Data), p.Total, p.Video, err)
				}
				got, b = append(got, p.Data...), b[HeaderSize+h.Len:]
			}
			same(nil, string(data), string(got))
		case TypeBegin:
			var hashes []Hash
			for b := data; len(b) >= core.HashOnWire && len(hashes) < core.MaxPieces; b = b[core.HashOnWire:] {
				hashes = append(hashes, Hash(b))
			}
			got, err := ParseBegin(one(AppendBegin(nil, flow, span, hashes)))
			if proper != (err == nil) {
				t.Errorf("%+v: error %v", span, err)
			} else if proper {
				same(err, Begin{flow, span, data[:core.HashOnWire*len(hashes)]}, Begin{got.Flow, got.Span, append([]byte{}, got.Hashes...)})
			}
		case TypeData:
			if len(data) > MaxPayload {
				return
			}
			b := append(make([]byte, DataSize), data...)
			PutData(b, flow, len(data))
			gotFlow, payload, err := ParseData(one(b))
			same(err, flow, gotFlow)
			same(err, string(data), string(payload))
		case TypeEnd:
			how := Done + How(first%2)
			gotFlow, gotHow, err := ParseEnd(one(AppendEnd(nil, flow, how)))
			same(err, flow, gotFlow)
			same(err, how, gotHow)
		case TypeRefuse:
			got, err := ParseRefuse(one(AppendRefuse(nil, flow)))
			same(err, flow, got)
		case TypeForget, TypeForgot:
			b := AppendForget(nil, span)
			if Type(typ) == TypeForgot {
				b = AppendForgot(nil, span)
			}
			got, err := ParseSpan(Type(typ), one(b))
			if proper != (err == nil) {
				t.Errorf("%+v: error %v", span, err)
			} else if proper {
				same(err, span, got)
			}
		}
	})
}
