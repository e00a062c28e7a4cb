package manifest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
)

// What Decode may allocate for data from anyone: as its comment says about three times the data, with room for a decoder
// that grows its buffers by doubling.
const (
	allocPerByte = 12
	allocFixed   = 32 << 10
)

// FuzzDecode: whatever the bytes, Decode costs memory in proportion to them, and what it accepts has one encoding and keeps
// all rules.
func FuzzDecode(f *testing.F) {
	for _, v := range vectors(f) {
		data, err := hex.DecodeString(v.Encoded)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("d21:Peerstreamer manifesti1ee"))
	f.Add([]byte("d21:Peerstreamer manifesti2ee"))
	f.Add([]byte("d21:Peerstreamer manifesti1e5:chunkl0:0:ee"))
	f.Add([]byte("d21:Peerstreamer manifesti1e5:roots67108864:ee"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var m *Manifest
		var err error
		if got, most := usage.Allocated(func() { m, err = Decode(data) }), allocPerByte*len(data)+allocFixed; got > uint64(most) {
			t.Errorf("%d bytes allocated for %d: want at most %d", got, len(data), most)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "decode manifest: ") || len(err.Error()) > 4*core.MaxName {
				t.Errorf("refused with %d bytes: %.600s", len(err.Error()), err)
			}
			return
		}
		if !bytes.Equal(m.Encoded(), data) {
			t.Fatalf("decoded and encoded again:\n%q\n%q", data, m.Encoded())
		}
		if err := errors.Join(CheckName(m.Name()), CheckMediaType(m.MediaType())); err != nil {
			t.Fatal(err)
		}
		roots := make([]Hash, m.Info().Chunks())
		for i := range roots {
			roots[i] = m.Root(uint32(i))
			if n := m.Info().Pieces(uint32(i)); n == 0 || n > core.MaxPieces {
				t.Fatalf("chunk %d has %d pieces", i, n)
			}
		}
		again, err := New(m.Name(), m.MediaType(), m.Info(), roots)
		if err != nil || again.ID() != m.ID() {
			t.Fatalf("New refuses what Decode took, or makes another of it: %v", err)
		}
	})
}

// FuzzNew: whatever New takes, Decode reads back as the same; and no sizes make either overflow.
func FuzzNew(f *testing.F) {
	f.Add("movie", "video/mp4", int64(300), int64(1024), int64(64), int64(5), []byte("roots"))
	f.Add("a", "x/y", int64(1)<<62, int64(1)<<24, int64(1)<<17, int64(-1), []byte{})
	f.Fuzz(func(t *testing.T, name, mediaType string, length, chunk, piece, duration int64, seed []byte) {
		info := core.VideoInfo{Length: core.Bytes(length), ChunkSize: core.Bytes(chunk), PieceSize: core.Bytes(piece), Duration: core.Time(duration)}
		n := uint32(1)
		if CheckSizes(info.Length, info.ChunkSize, info.PieceSize) == nil {
			n = info.Chunks()
		}
		if n > 1<<10 {
			return // A video of a terabyte is a manifest of megabytes: no news for the time it takes.
		}
		roots := make([]Hash, n)
		for i := range roots {
			copy(roots[i][:], seed[min(i, len(seed)):])
		}
		m, err := New(name, mediaType, info, roots)
		if err != nil {
			return
		}
		again, err := Decode(m.Encoded())
		if err != nil || again.ID() != m.ID() || again.Name() != name || again.MediaType() != mediaType || again.Info() != info {
			t.Errorf("New takes %q %q %+v and Decode says %v", name, mediaType, info, err)
		}
		total := core.Bytes(0)
		for i := range n {
			total += info.ChunkBytes(i)
		}
		if total != info.Length {
			t.Errorf("%+v: %d chunks have %d bytes", info, n, total)
		}
	})
}

// FuzzName: a name that passes is one component of a path, on any system, and cannot break a line of a log or a header.
func FuzzName(f *testing.F) {
	for _, s := range []string{"movie", "", ".", "..", "a/b", `a\b`, "a\x00b", "\xff", "é", "\u202e", "a\nb", strings.Repeat("x", 256)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := CheckName(s); err != nil {
			var rule *NameError
			if !errors.As(err, &rule) || rule.Name != s || len(err.Error()) > 8*core.MaxName {
				t.Errorf("%q is refused with %T, %d bytes", s, err, len(err.Error()))
			}
		} else if len(s) > core.MaxName || !filepath.IsLocal(s) || filepath.Base(s) != s || strings.ContainsAny(s, "/\\\x00\r\n") {
			t.Errorf("%q may be a name", s)
		}
		if CheckMediaType(s) == nil && (len(s) > MaxMediaType || strings.ContainsAny(s, "\r\n\x00") || !strings.Contains(s, "/")) {
			t.Errorf("%q may be a media type", s)
		}
		if id, err := ParseID(s); err == nil && id.String() != s {
			t.Errorf("%q is the id %v", s, id)
		}
	})
}

// FuzzHashes: of all lists of piece hashes for a chunk only the right one passes, and the others are refused by ErrHashes
// before anything is made of them.
func FuzzHashes(f *testing.F) {
	pieces := [][]byte{[]byte("one"), []byte("two"), []byte("three")}
	var right []byte
	var hashes []Hash
	for _, p := range pieces {
		h := PieceHash(p)
		hashes, right = append(hashes, h), append(right, h[:]...)
	}
	m, err := New("movie", "video/mp4", core.VideoInfo{Length: 1024, ChunkSize: 1024, PieceSize: 400}, []Hash{Root(hashes)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), right)
	f.Add(uint32(1), right)
	f.Add(uint32(0), right[:64])
	f.Add(uint32(0), append(bytes.Clone(right), right...))
	f.Fuzz(func(t *testing.T, chunk uint32, flat []byte) {
		var list []Hash
		for b := flat; len(b) >= len(Hash{}); b = b[len(Hash{}):] {
			list = append(list, Hash(b))
		}
		err := m.VerifyHashes(chunk, list)
		good := chunk == 0 && len(list) == len(pieces) && bytes.Equal(flat[:len(right)], right)
		if good != (err == nil) || err != nil && !errors.Is(err, ErrHashes) {
			t.Errorf("chunk %d, %d hashes: %v", chunk, len(list), err)
		}
	})
}
