package realnet

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

// shelf is a store of files that counts which are open, and may have lost some pieces.
type shelf struct {
	path   string
	open   int
	absent store.Pieces
}

var errNotCopied = errors.New("the payload would be copied")

func (*shelf) ReadAt(store.Key, int64, []byte) error        { return errNotCopied }
func (*shelf) Hashes(store.Key) ([]manifest.Hash, bool)     { return nil, false }
func (s *shelf) Have(store.Key) (have store.Pieces, _ bool) { return complement(s.absent), false }
func (s *shelf) File(store.Key) (*store.File, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	s.open++
	return store.NewFile(f, 0, 1, func() error { s.open--; return f.Close() }), nil
}

func complement(p store.Pieces) store.Pieces {
	for i := range p {
		p[i] = ^p[i]
	}
	return p
}

func newShelf(t testing.TB) *shelf {
	s := &shelf{path: filepath.Join(t.TempDir(), "file")}
	if err := os.WriteFile(s.path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPlaceOfAnAbsentPiece: what the store does not have is not sent, though the file may have bytes there.
func TestPlaceOfAnAbsentPiece(t *testing.T) {
	s := newShelf(t)
	s.absent.Add(2)
	b := &outbox{wake: make(chan struct{}, 1)}
	b.add(1, 0, 1, 2, 2).src = s
	for range 2 { // frames of piece 1
		j, _ := b.pick(true)
		if at, err := b.open(j); at == nil || err != nil {
			t.Fatalf("piece 1: %v", err)
		}
		b.wrote(j, false)
	}
	j, _ := b.pick(true)
	if _, err := b.open(j); !errors.Is(err, store.ErrAbsent) {
		t.Errorf("piece 2: %v: want %v", err, store.ErrAbsent)
	}
	if b.wrote(j, true); s.open != 0 {
		t.Errorf("%d files are open when the flow has failed", s.open)
	}
}

// TestPlaces: whatever happens to flows, and in whatever order, a connection has at most maxPlaces files open, the one
// that is being written among them, and none when its flows are over or its writer has gone.
func TestPlaces(t *testing.T) {
	path := newShelf(t).path
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{path: path}
		b := &outbox{wake: make(chan struct{}, 1)}
		var flows []*outflow
		var writing job
		any := func() *outflow { return flows[rapid.IntRange(0, len(flows)-1).Draw(t, "flow")] }
		write := func() {
			if writing.f != nil {
				return
			}
			j, ok := b.pick(true)
			if !ok {
				return
			}
			if _, err := b.open(j); err != nil {
				t.Fatal(err)
			}
			writing = j
		}
		settle := func(failed bool) {
			if writing.f != nil {
				b.wrote(writing, failed)
				writing = job{}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"start": func(t *rapid.T) {
				for range rapid.IntRange(1, maxPlaces).Draw(t, "flows") {
					f := b.add(uint32(len(flows)), rapid.Uint8Range(0, 1).Draw(t, "prio"), 0, 2, rapid.Uint8Range(0, 2).Draw(t, "avail"))
					f.src = s
					flows = append(flows, f)
				}
			},
			"write": func(*rapid.T) { write() },
			"turns": func(*rapid.T) {
				for range maxPlaces {
					write()
					settle(false)
				}
			},
			"wrote":  func(*rapid.T) { settle(false) },
			"failed": func(*rapid.T) { settle(true) },
			"cancel": func(t *rapid.T) {
				if len(flows) > 0 {
					b.cancel(any())
				}
			},
			"extend": func(t *rapid.T) {
				if len(flows) > 0 {
					b.extend(any(), 2)
				}
			},
			"": func(t *rapid.T) {
				open := 0
				for _, f := range flows {
					if f.place == nil {
						continue
					}
					if open++; !f.busy && (f.over || f.done || f.failed) {
						t.Fatalf("flow %d is over and its file is open", f.offer.Tag)
					}
				}
				if open > maxPlaces || open != s.open {
					t.Fatalf("%d places, %d files open: want at most %d", open, s.open, maxPlaces)
				}
				if writing.f != nil && writing.f.place == nil {
					t.Fatal("the file that is being sent is closed")
				}
			},
		})
		switch rapid.IntRange(0, 2).Draw(t, "end") {
		case 0: // the writer goes first, in the middle of a frame perhaps
			b.leave()
		case 1:
			settle(true)
			for _, f := range flows {
				b.abandon(f)
			}
		case 2:
			for _, f := range flows {
				b.abandon(f)
			}
			b.leave()
		}
		if s.open != 0 {
			t.Fatalf("%d files are open at the end", s.open)
		}
	})
}

// TestNoPlace: a store without files, such as memory, gives none.
func TestNoPlace(t *testing.T) {
	b := &outbox{wake: make(chan struct{}, 1)}
	b.add(1, 0, 0, 1, 1).src = &store.Memory{}
	j, _ := b.pick(true)
	if at, err := b.open(j); at != nil || err != nil {
		t.Errorf("got %v, %v: want no place and no error", at, err)
	}
}
