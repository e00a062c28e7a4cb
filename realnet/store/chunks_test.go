package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// onBoth runs a test on a Store, also one that commits all the time, and on a Memory.
func onBoth(t *testing.T, test func(t *testing.T, s Chunks)) {
	t.Run("Store", func(t *testing.T) { test(t, mustOpen(t, t.TempDir())) })
	t.Run("Store that commits", func(t *testing.T) {
		s, err := Open(t.TempDir(), Options{CommitAfter: time.Nanosecond})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		test(t, s)
	})
	t.Run("Memory", func(t *testing.T) { test(t, &Memory{}) })
}

// 3 chunks of 5000, 5000 and 1 bytes; pieces of 2000, 2000, 1000.
func small() *film { return newFilm("small", 10_001, 5000, 2000) }

func TestPiecesAreReadableAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s Chunks) {
		f := small()
		mustAdd(t, s, f)
		f.put(t, s, 0, 1)
		have, whole := s.Have(f.key(0))
		if have != (Pieces{1 << 1}) || whole {
			t.Errorf("after piece 1: have %v, whole %v", have, whole)
		}
		buf := make([]byte, 2000)
		if err := s.ReadAt(f.key(0), 2000, buf); err != nil || !bytes.Equal(buf, f.chunks[0][2000:4000]) {
			t.Errorf("piece 1 does not read back: %v", err)
		}
		for _, r := range []struct{ off, n int64 }{{0, 1}, {1999, 2}, {3999, 2}, {4999, 1}, {0, 5000}} {
			if err := s.ReadAt(f.key(0), r.off, make([]byte, r.n)); !errors.Is(err, ErrAbsent) {
				t.Errorf("%d bytes from %d, of pieces that were not put: %v", r.n, r.off, err)
			}
		}
		f.put(t, s, 0, 0, 2)
		if have, whole := s.Have(f.key(0)); have.Count() != 3 || !whole {
			t.Errorf("after all pieces: have %v, whole %v", have, whole)
		}
		f.check(t, s, 0)
		f.put(t, s, 2)
		f.check(t, s, 2)
	})
}

func TestRefusals(t *testing.T) {
	f, other := small(), newFilm("other", 3000, 2000, 1000)
	swapped := []manifest.Hash{f.hashes[0][1], f.hashes[0][0], f.hashes[0][2]}
	for _, c := range []struct {
		name string
		do   func(Chunks) error
		want error
	}{
		{"begin of an unknown video", func(s Chunks) error { return s.Begin(other.key(0), other.hashes[0]) }, ErrVideo},
		{"begin beyond the end", func(s Chunks) error { return s.Begin(f.key(3), f.hashes[0]) }, ErrChunk},
		{"begin with wrong hashes", func(s Chunks) error { return s.Begin(f.key(0), swapped) }, manifest.ErrHashes},
		{"begin with too few hashes", func(s Chunks) error { return s.Begin(f.key(0), swapped[:2]) }, manifest.ErrHashes},
		{"put of an unknown video", func(s Chunks) error { return s.Put(other.key(0), 0, other.piece(0, 0)) }, ErrVideo},
		{"put beyond the end", func(s Chunks) error { return s.Put(f.key(3), 0, f.piece(0, 0)) }, ErrChunk},
		{"put before begin", func(s Chunks) error { return s.Put(f.key(2), 0, f.piece(2, 0)) }, ErrAbsent},
		{"put of piece 3 of 3", func(s Chunks) error { return s.Put(f.key(1), 3, f.piece(1, 0)) }, ErrChunk},
		{"put of piece 255", func(s Chunks) error { return s.Put(f.key(1), 255, f.piece(1, 0)) }, ErrChunk},
		{"put of a short piece", func(s Chunks) error { return s.Put(f.key(1), 0, f.piece(1, 2)) }, ErrChunk},
		{"put of a long piece", func(s Chunks) error { return s.Put(f.key(1), 2, f.piece(1, 0)) }, ErrChunk},
		{"put of nothing", func(s Chunks) error { return s.Put(f.key(1), 0, nil) }, ErrChunk},
		{"read of an unknown video", func(s Chunks) error { return s.ReadAt(other.key(0), 0, make([]byte, 1)) }, ErrVideo},
		{"read beyond the video", func(s Chunks) error { return s.ReadAt(f.key(3), 0, make([]byte, 1)) }, ErrChunk},
		{"read before begin", func(s Chunks) error { return s.ReadAt(f.key(2), 0, make([]byte, 1)) }, ErrAbsent},
		{"read beyond the chunk", func(s Chunks) error { return s.ReadAt(f.key(0), 4999, make([]byte, 2)) }, ErrChunk},
		{"read before the chunk", func(s Chunks) error { return s.ReadAt(f.key(0), -1, make([]byte, 2)) }, ErrChunk},
		{"read far beyond", func(s Chunks) error { return s.ReadAt(f.key(0), 1<<63-1, make([]byte, 2)) }, ErrChunk},
		{"read of nothing at the end", func(s Chunks) error { return s.ReadAt(f.key(0), 5000, nil) }, nil},
		{"drop of an unknown video", func(s Chunks) error { return s.Drop(other.key(0)) }, nil},
		{"drop of what is not here", func(s Chunks) error { return s.Drop(f.key(2)) }, nil},
	} {
		onBoth(t, func(t *testing.T, s Chunks) {
			mustAdd(t, s, f)
			f.put(t, s, 0)
			if err := s.Begin(f.key(1), f.hashes[1]); err != nil {
				t.Fatal(err)
			}
			err := c.do(s)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "chunk store ") {
				t.Errorf("%s: %q does not say where", c.name, err)
			}
			f.check(t, s, 0)
		})
	}
}

func TestHashesAreCopied(t *testing.T) {
	onBoth(t, func(t *testing.T, s Chunks) {
		f := small()
		mustAdd(t, s, f)
		given := append([]manifest.Hash(nil), f.hashes[0]...)
		if err := s.Begin(f.key(0), given); err != nil {
			t.Fatal(err)
		}
		given[0] = manifest.Hash{}
		got, ok := s.Hashes(f.key(0))
		if !ok {
			t.Fatal("no hashes after Begin")
		}
		if diff := cmp.Diff(f.hashes[0], got); diff != "" {
			t.Errorf("hashes (-want +got):\n%s", diff)
		}
		got[1] = manifest.Hash{}
		f.put(t, s, 0)
		f.check(t, s, 0)
		if _, ok := s.Hashes(f.key(1)); ok {
			t.Error("hashes of a chunk that was not begun")
		}
	})
}

// Two flows may bring the same piece, and a chunk may be begun by each.
func TestPutAndBeginAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, s Chunks) {
		f := small()
		mustAdd(t, s, f, f)
		f.put(t, s, 0, 0, 1)
		f.put(t, s, 0, 1)
		if have, whole := s.Have(f.key(0)); have.Count() != 2 || whole {
			t.Errorf("have %v, whole %v: Begin again forgot pieces, or counted one twice", have, whole)
		}
		f.put(t, s, 0)
		f.put(t, s, 0)
		f.check(t, s, 0)
		if n := len(s.Manifests()); n != 1 {
			t.Errorf("%d manifests", n)
		}
	})
}

func TestDropAndFetchAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, s Chunks) {
		f := small()
		mustAdd(t, s, f)
		f.put(t, s, 0)
		f.put(t, s, 1, 0)
		for chunk := range 2 {
			if err := s.Drop(f.key(chunk)); err != nil {
				t.Fatal(err)
			}
			if have, whole := s.Have(f.key(chunk)); have != (Pieces{}) || whole {
				t.Errorf("chunk %d dropped: have %v, whole %v", chunk, have, whole)
			}
			if err := s.ReadAt(f.key(chunk), 0, make([]byte, 1)); !errors.Is(err, ErrAbsent) {
				t.Errorf("chunk %d dropped: read: %v", chunk, err)
			}
			if err := s.Put(f.key(chunk), 0, f.piece(chunk, 0)); !errors.Is(err, ErrAbsent) {
				t.Errorf("chunk %d dropped: put: %v", chunk, err)
			}
			f.put(t, s, chunk)
			f.check(t, s, chunk)
		}
	})
}

func TestManifestsByID(t *testing.T) {
	onBoth(t, func(t *testing.T, s Chunks) {
		for i := range 20 {
			mustAdd(t, s, newFilm(fmt.Sprint("film ", i), 10, 1024, 1024))
		}
		last := manifest.ID{}
		for _, m := range s.Manifests() {
			id := m.ID()
			if bytes.Compare(last[:], id[:]) >= 0 {
				t.Errorf("%s comes after %s", id, last)
			}
			last = id
		}
		if n := len(s.Manifests()); n != 20 {
			t.Errorf("%d manifests, want 20", n)
		}
	})
}

func TestClosed(t *testing.T) {
	onBoth(t, func(t *testing.T, s Chunks) {
		f := small()
		mustAdd(t, s, f)
		f.put(t, s, 0, 0)
		for range 2 {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		for name, err := range map[string]error{
			"add":   s.AddManifest(f.m),
			"begin": s.Begin(f.key(1), f.hashes[1]),
			"put":   s.Put(f.key(0), 1, f.piece(0, 1)),
			"read":  s.ReadAt(f.key(0), 0, make([]byte, 1)),
			"drop":  s.Drop(f.key(0)),
		} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s after Close: %v", name, err)
			}
		}
		if have, _ := s.Have(f.key(0)); have.Count() != 0 {
			t.Errorf("have %v after Close", have)
		}
	})
}

// Writers, readers and droppers at once, on few chunks so that they meet. What is readable must be right; at the end
// everything can be put and read. The race detector looks on in CI.
func TestAllAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s Chunks) {
		f := newFilm("busy", 8*16*1024, 16*1024, 1024)
		mustAdd(t, s, f)
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				r := core.NewRand(1, "busy", uint64(g))
				buf := make([]byte, 16*1024)
				for range 2000 {
					chunk, piece := int(r.Below(8)), uint8(r.Below(16))
					k := f.key(chunk)
					var err error
					switch r.Below(20) {
					case 0:
						err = s.Drop(k)
					case 1, 2, 3, 4:
						err = s.Begin(k, f.hashes[chunk])
					case 5, 6, 7:
						if err = s.ReadAt(k, int64(piece)*1024, buf[:1024]); err == nil && !bytes.Equal(buf[:1024], f.piece(chunk, piece)) {
							t.Errorf("chunk %d piece %d has other bytes", chunk, piece)
						}
					case 8:
						if err = s.ReadAt(k, 0, buf); err == nil && !bytes.Equal(buf, f.chunks[chunk]) {
							t.Errorf("chunk %d has other bytes", chunk)
						}
					case 9:
						if h, ok := s.Hashes(k); ok && f.m.VerifyHashes(uint32(chunk), h) != nil {
							t.Errorf("chunk %d has other hashes", chunk)
						}
					case 10:
						err = readWhole(s, k, f.chunks[chunk])
					default:
						err = s.Put(k, piece, f.piece(chunk, piece))
					}
					if err != nil && !errors.Is(err, ErrAbsent) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for chunk := range f.chunks {
			f.put(t, s, chunk)
			f.check(t, s, chunk)
		}
	})
}

// readWhole reads a whole chunk through File, where there is one, holding it while others drop.
func readWhole(s Chunks, k Key, want []byte) error {
	filer, ok := s.(Filer)
	if _, whole := s.Have(k); !ok || !whole {
		return nil
	}
	f, err := filer.File(k)
	if err != nil {
		return err
	}
	defer f.Close()
	// It may have been dropped and begun anew since Have: then not all is there again.
	if _, whole := s.Have(k); !whole {
		return nil
	}
	got := make([]byte, f.Size)
	if _, err := f.F.ReadAt(got, f.Offset); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: the file has other bytes", k)
	}
	return nil
}

func TestPieces(t *testing.T) {
	var p Pieces
	for _, i := range []uint8{0, 1, 2, 63, 64, 127} {
		p.Add(i)
	}
	if p.Count() != 6 || p.Prefix() != 3 || !p.Has(127) || p.Has(126) || p.Has(128) || p.Has(255) {
		t.Errorf("%v: count %d, prefix %d", p, p.Count(), p.Prefix())
	}
	p.Remove(1)
	if p.Count() != 5 || p.Prefix() != 1 || p.Has(1) {
		t.Errorf("%v: count %d, prefix %d", p, p.Count(), p.Prefix())
	}
	for _, n := range []uint8{0, 1, 63, 64, 65, 127, 128} {
		if all := AllPieces(n); all.Count() != int(n) || all.Prefix() != n {
			t.Errorf("all %d pieces: count %d, prefix %d", n, all.Count(), all.Prefix())
		}
	}
}
