package store

import (
	"fmt"
	"testing"

	"peerstreamer/core"
)

// Put and ReadAt of 64 KiB pieces of chunks of 1 MiB, into the page cache. A cache of 16 chunks goes round, so Put pays
// for Begin, the journal and Drop as well.
func BenchmarkPut(b *testing.B) {
	f := newFilm("bench", 32<<20, 1<<20, 64<<10)
	for _, c := range []struct {
		name string
		s    Chunks
	}{{"Store", mustOpen(b, b.TempDir())}, {"Memory", &Memory{}}} {
		b.Run(c.name, func(b *testing.B) {
			mustAdd(b, c.s, f)
			b.SetBytes(64 << 10)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				chunk, piece := i/16%32, uint8(i%16)
				if piece == 0 {
					if err := c.s.Drop(f.key((chunk + 16) % 32)); err != nil {
						b.Fatal(err)
					}
					if err := c.s.Begin(f.key(chunk), f.hashes[chunk]); err != nil {
						b.Fatal(err)
					}
				}
				if err := c.s.Put(f.key(chunk), piece, f.piece(chunk, piece)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReadAt(b *testing.B) {
	f := newFilm("bench", 32<<20, 1<<20, 64<<10)
	for _, c := range []struct {
		name string
		s    Chunks
	}{{"Store", mustOpen(b, b.TempDir())}, {"Memory", &Memory{}}} {
		b.Run(c.name, func(b *testing.B) {
			mustAdd(b, c.s, f)
			for chunk := range 32 {
				f.put(b, c.s, chunk)
			}
			buf := make([]byte, 64<<10)
			b.SetBytes(64 << 10)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := c.s.ReadAt(f.key(i/16%32), int64(i%16)<<16, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// How long a killed node's directory takes to open: all that is held is hashed.
func BenchmarkOpen(b *testing.B) {
	for _, chunks := range []int{0, 50} {
		b.Run(fmt.Sprint(chunks, " chunks"), func(b *testing.B) {
			f := newFilm("bench", 50<<20, 1<<20, 64<<10)
			s := mustOpen(b, b.TempDir())
			mustAdd(b, s, f)
			for chunk := range chunks {
				f.put(b, s, chunk)
			}
			b.SetBytes(int64(chunks) << 20)
			for b.Loop() {
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				var err error
				if s, err = Open(s.dir, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// The paths that every piece takes do not allocate.
func TestPieceDoesNotAllocate(t *testing.T) {
	f := newFilm("f", 128<<10, 128<<10, 1<<10)
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	f.put(t, s, 0, 0)
	k, p := f.key(0), uint8(0)
	put := testing.AllocsPerRun(100, func() {
		p++
		if err := s.Put(k, p, f.piece(0, p)); err != nil {
			t.Fatal(err)
		}
	})
	buf := make([]byte, 1<<10)
	read := testing.AllocsPerRun(100, func() {
		if err := s.ReadAt(k, int64(core.KiB), buf); err != nil {
			t.Fatal(err)
		}
	})
	if put != 0 || read != 0 {
		t.Errorf("Put allocates %v times, ReadAt %v times", put, read)
	}
}
