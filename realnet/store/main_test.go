package store

import (
	"bytes"
	"os"
	"testing"

	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		writeUntilKilled(dir)
	}
	goleak.VerifyTestMain(m)
}

// film is a video for tests: its manifest, and its bytes and piece hashes by chunk.
type film struct {
	m      *manifest.Manifest
	chunks [][]byte
	hashes [][]manifest.Hash
}

// newFilm makes a film whose bytes depend on its name.
func newFilm(name string, length, chunk, piece core.Bytes) *film {
	f := &film{}
	r := core.NewRand(1, name, 0)
	data := make([]byte, length)
	for i := range data {
		data[i] = byte(r.Uint64())
	}
	var roots []manifest.Hash
	for at := core.Bytes(0); at < length; at += chunk {
		c := data[at:min(at+chunk, length)]
		var hashes []manifest.Hash
		for p := core.Bytes(0); p < core.Bytes(len(c)); p += piece {
			hashes = append(hashes, manifest.PieceHash(c[p:min(p+piece, core.Bytes(len(c)))]))
		}
		f.chunks = append(f.chunks, c)
		f.hashes = append(f.hashes, hashes)
		roots = append(roots, manifest.Root(hashes))
	}
	m, err := manifest.New(name, "video/mp4", core.VideoInfo{Length: length, ChunkSize: chunk, PieceSize: piece}, roots)
	if err != nil {
		panic(err)
	}
	f.m = m
	return f
}

func (f *film) key(chunk int) Key { return Key{f.m.ID(), uint32(chunk)} }

// piece returns the bytes of a piece.
func (f *film) piece(chunk int, piece uint8) []byte {
	info := f.m.Info()
	return f.chunks[chunk][info.Prefix(uint32(chunk), piece):info.Prefix(uint32(chunk), piece+1)]
}

// put begins a chunk and puts the given pieces of it, all if none is given.
func (f *film) put(t testing.TB, s Chunks, chunk int, pieces ...uint8) {
	t.Helper()
	if err := s.Begin(f.key(chunk), f.hashes[chunk]); err != nil {
		t.Fatal(err)
	}
	if pieces == nil {
		for p := range f.m.Info().Pieces(uint32(chunk)) {
			pieces = append(pieces, p)
		}
	}
	for _, p := range pieces {
		if err := s.Put(f.key(chunk), p, f.piece(chunk, p)); err != nil {
			t.Fatal(err)
		}
	}
}

// check fails the test unless s has the whole chunk, byte for byte.
func (f *film) check(t testing.TB, s Reader, chunk int) {
	t.Helper()
	buf := make([]byte, len(f.chunks[chunk]))
	if err := s.ReadAt(f.key(chunk), 0, buf); err != nil {
		t.Error(err)
	} else if !bytes.Equal(buf, f.chunks[chunk]) {
		t.Errorf("chunk %d has other bytes", chunk)
	}
	hashes, ok := s.Hashes(f.key(chunk))
	if !ok || f.m.VerifyHashes(uint32(chunk), hashes) != nil {
		t.Errorf("chunk %d has hashes %x, %v", chunk, hashes, ok)
	}
}

// mustOpen opens a Store that is closed at the test's end.
func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// mustAdd makes films known.
func mustAdd(t testing.TB, s Chunks, films ...*film) {
	t.Helper()
	for _, f := range films {
		if err := s.AddManifest(f.m); err != nil {
			t.Fatal(err)
		}
	}
}
