package wire

import (
	"encoding/hex"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

var update = flag.Bool("update", false, "rewrite the test vectors in docs/wire.md")

const document = "../../docs/wire.md"

// seq returns n bytes from, from+1, ...
func seq(from byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

var vectorHello = Hello{
	Version: Version, Flags: FlagSource, Name: "mit", Addr: netip.MustParseAddrPort("192.0.2.7:9101"),
	Session: Session(seq(0xA0, 16)), Dial: 3,
}

var vectorSpan = core.Span{Video: 7, Chunk: 300, First: 1, N: 1}

// vectors are the frames that docs/wire.md shows.
func vectors() map[string][]byte {
	v4, v6 := netip.MustParseAddrPort("192.0.2.7:9101"), netip.MustParseAddrPort("[2001:db8::1]:80")
	peersMsg := core.Msg{Kind: core.MsgPeers, NIDs: 2, N: 3, Video: 7, Chunk: 300, Aux: 5, Mask: [4]uint32{0x00010003}}
	get := core.Get(core.MsgGet, vectorSpan, 9)
	get.Video = 7
	no := core.No(get, core.NotHere)
	name := core.Msg{Kind: core.MsgRegister, Mask: [4]uint32{1, 2}}
	policy := core.Msg{Kind: core.MsgPolicy + 1, Video: 7, Chunk: 8, First: 1, N: 2, Aux: 3, Mask: [4]uint32{4, 5, 6, 7}}
	data := append(make([]byte, DataSize), "payload"...)
	PutData(data, 2, len("payload"))
	return map[string][]byte{
		"hello":      AppendHello(nil, vectorHello),
		"close":      AppendClose(nil, Close{Why: core.BadPeer, Text: "why"}),
		"video":      AppendVideo(nil, Video{Handle: 7, ID: Hash(seq(0, 32)), Name: "movie"}),
		"manifest":   AppendManifest(nil, 7, []byte("d...e")),
		"begin":      AppendBegin(nil, 2, vectorSpan, []Hash{Hash(seq(0x20, 32)), Hash(seq(0x40, 32))}),
		"data":       data,
		"end done":   AppendEnd(nil, 2, Done),
		"end cut":    AppendEnd(nil, 2, Cut),
		"refuse":     AppendRefuse(nil, 2),
		"forget":     AppendForget(nil, vectorSpan),
		"forgot":     AppendForgot(nil, vectorSpan),
		"get":        AppendMsg(nil, &get, &Peers{}),
		"no":         AppendMsg(nil, &no, &Peers{}),
		"register":   AppendMsg(nil, &name, &Peers{}),
		"registered": AppendMsg(nil, &core.Msg{Kind: core.MsgRegistered}, &Peers{}),
		"peers":      AppendMsg(nil, &peersMsg, &Peers{v4, v6}),
		"policy+1":   AppendMsg(nil, &policy, &Peers{}),
	}
}

var vectorLine = regexp.MustCompile(`(?m)^    ([a-z0-9+ ]+):((?: [0-9a-f]+)*)$`)

// TestVectors compares the document with the encoders. Run it with -update after a change of the format, which also
// needs a new Version.
func TestVectors(t *testing.T) {
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	want := vectors()
	if *update {
		doc = vectorLine.ReplaceAllFunc(doc, func(line []byte) []byte {
			name := string(vectorLine.FindSubmatch(line)[1])
			return []byte("    " + name + ": " + spaced(want[name]))
		})
		if err := os.WriteFile(document, doc, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string][]byte{}
	for _, m := range vectorLine.FindAllSubmatch(doc, -1) {
		b, err := hex.DecodeString(string(slices.DeleteFunc(m[2], func(c byte) bool { return c == ' ' })))
		if err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
		got[string(m[1])] = b
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-code +document):\n%s", document, diff)
	}
}

// spaced writes a frame with its header and body apart.
func spaced(b []byte) string {
	parts := fmt.Sprintf("%x %x %x", b[:1], b[1:HeaderSize], b[HeaderSize:])
	return strings.TrimSpace(parts)
}

// TestVectorsDecode reads the same frames back.
func TestVectorsDecode(t *testing.T) {
	for name, b := range vectors() {
		h, err := ParseHeader(b)
		if err != nil || h.Len != len(b)-HeaderSize {
			t.Errorf("%s: header %+v, %v: want %d bytes of body", name, h, err, len(b)-HeaderSize)
			continue
		}
		if again := reencode(t, h.Type, b[HeaderSize:]); !cmp.Equal(b, again) {
			t.Errorf("%s: decoded and encoded again it is another frame:\n%s", name, cmp.Diff(b, again))
		}
	}
}

// reencode decodes a body and encodes the result; nil if it is refused.
func reencode(t testing.TB, typ Type, body []byte) []byte {
	switch typ {
	case TypeHello:
		h, err := ParseHello(body)
		if err != nil {
			return nil
		}
		return AppendHello(nil, h)
	case TypeClose:
		c, err := ParseClose(body)
		if err != nil {
			return nil
		}
		return AppendClose(nil, c)
	case TypeVideo:
		v, err := ParseVideo(body)
		if err != nil {
			return nil
		}
		return AppendVideo(nil, v)
	case TypeManifest:
		p, err := ParsePart(body)
		if err != nil {
			return nil
		}
		if len(p.Data) != p.Total {
			return append(appendHeader(nil, typ, len(body)), body...) // one of several parts
		}
		return AppendManifest(nil, p.Video, p.Data)
	case TypeBegin:
		g, err := ParseBegin(body)
		if err != nil {
			return nil
		}
		var hashes []Hash
		for i := 0; i < len(g.Hashes); i += core.HashOnWire {
			hashes = append(hashes, Hash(g.Hashes[i:]))
		}
		return AppendBegin(nil, g.Flow, g.Span, hashes)
	case TypeData:
		flow, payload, err := ParseData(body)
		if err != nil {
			return nil
		}
		b := append(make([]byte, DataSize), payload...)
		PutData(b, flow, len(payload))
		return b
	case TypeEnd:
		flow, how, err := ParseEnd(body)
		if err != nil {
			return nil
		}
		return AppendEnd(nil, flow, how)
	case TypeRefuse:
		flow, err := ParseRefuse(body)
		if err != nil {
			return nil
		}
		return AppendRefuse(nil, flow)
	case TypeForget, TypeForgot:
		s, err := ParseSpan(typ, body)
		if err != nil {
			return nil
		}
		return appendSpan(appendHeader(nil, typ, spanSize), s)
	}
	var peers Peers
	m, err := ParseMsg(core.MsgKind(typ), body, &peers)
	if _, known := m.Kind.Fields(); err != nil || !known {
		return nil
	}
	return AppendMsg(nil, &m, &peers)
}

var kindLine = regexp.MustCompile(`(?m)^\| (\d+)(?:\.\.191)? \| ([a-z-]+)[^|]*\| ([a-z0-9+ ]*)\|$`)

// TestKindTable compares the document's table of messages with what core says of each kind.
func TestKindTable(t *testing.T) {
	doc, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	words := []struct {
		field core.Field
		word  string
	}{{core.FieldVideo, "video"}, {core.FieldChunk, "chunk"}, {core.FieldSpan, "first+n"}, {core.FieldAux, "aux"},
		{core.FieldIDs, "peers"}, {core.FieldMask, "mask"}}
	want, got := map[string]string{}, map[string]string{}
	for kind := range core.MsgPolicy + 1 {
		fields, known := kind.Fields()
		if !known {
			continue
		}
		var in []string
		for _, w := range words {
			if fields&w.field != 0 {
				in = append(in, w.word)
			}
		}
		name := kind.String()
		if kind == core.MsgPolicy {
			name = "a"
		}
		want[fmt.Sprint(uint8(kind))+" "+name] = strings.Join(in, " ")
	}
	for _, m := range kindLine.FindAllSubmatch(doc, -1) {
		got[string(m[1])+" "+string(m[2])] = strings.TrimSpace(string(m[3]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-code +document):\n%s", document, diff)
	}
}
