package store

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// The same random calls go to a chunk store and to a map of pieces; they must always tell the same. A failing run
// prints the calls, shortened; -rapid.seed replays it.
func TestStoreAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "store")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		m := newModel(s)
		defer func() { m.s.Close() }()
		actions := m.actions()
		actions["reopen"] = func(t *rapid.T) {
			if err := m.s.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			m.s = s
			m.forgetPartial()
			if len(s.Held()) != len(m.pieces) || s.Bad() != 0 {
				t.Fatalf("%d chunks held, %d bad, want %d", len(s.Held()), s.Bad(), len(m.pieces))
			}
		}
		t.Repeat(actions)
	})
}

func TestMemoryAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { t.Repeat(newModel(&Memory{}).actions()) })
}

// modelFilms are two videos with chunks of 3, 3 and 1 pieces, and of 1 and 1.
var modelFilms = []*film{newFilm("model a", 7000, 3000, 1000), newFilm("model b", 1500, 1024, 1024)}

// model is what a chunk store should tell.
type model struct {
	s      Chunks
	known  map[*film]bool
	pieces map[Key]map[uint8]bool // of chunks begun
}

func newModel(s Chunks) *model {
	return &model{s: s, known: make(map[*film]bool), pieces: make(map[Key]map[uint8]bool)}
}

func (m *model) forgetPartial() {
	for k, have := range m.pieces {
		for _, f := range modelFilms {
			if f.m.ID() == k.ID && len(have) < int(f.m.Info().Pieces(k.Chunk)) {
				delete(m.pieces, k)
			}
		}
	}
}

// want returns the error that a call about a chunk should give.
func (m *model) want(f *film, k Key) error {
	switch {
	case !m.known[f]:
		return ErrVideo
	case m.pieces[k] == nil:
		return ErrAbsent
	}
	return nil
}

func (m *model) actions() map[string]func(*rapid.T) {
	draw := func(t *rapid.T) (*film, int, uint8) {
		f := rapid.SampledFrom(modelFilms).Draw(t, "film")
		chunk := rapid.IntRange(0, len(f.chunks)-1).Draw(t, "chunk")
		return f, chunk, uint8(rapid.IntRange(0, len(f.hashes[chunk])-1).Draw(t, "piece"))
	}
	check := func(t *rapid.T, what string, err, want error) {
		if !errors.Is(err, want) {
			t.Fatalf("%s: %v, want %v", what, err, want)
		}
	}
	return map[string]func(*rapid.T){
		"add": func(t *rapid.T) {
			f, _, _ := draw(t)
			check(t, "add", m.s.AddManifest(f.m), nil)
			m.known[f] = true
		},
		"begin": func(t *rapid.T) {
			f, chunk, _ := draw(t)
			k := f.key(chunk)
			err := m.s.Begin(k, f.hashes[chunk])
			if !m.known[f] {
				check(t, "begin", err, ErrVideo)
				return
			}
			check(t, "begin", err, nil)
			if m.pieces[k] == nil {
				m.pieces[k] = make(map[uint8]bool)
			}
		},
		"put": func(t *rapid.T) {
			f, chunk, piece := draw(t)
			k := f.key(chunk)
			want := m.want(f, k)
			check(t, "put", m.s.Put(k, piece, f.piece(chunk, piece)), want)
			if want == nil {
				m.pieces[k][piece] = true
			}
		},
		"fill": func(t *rapid.T) {
			f, chunk, _ := draw(t)
			k := f.key(chunk)
			if m.want(f, k) != nil {
				return
			}
			for p := range f.m.Info().Pieces(uint32(chunk)) {
				check(t, "fill", m.s.Put(k, p, f.piece(chunk, p)), nil)
				m.pieces[k][p] = true
			}
		},
		"read": func(t *rapid.T) {
			f, chunk, piece := draw(t)
			k := f.key(chunk)
			n := rapid.IntRange(1, 2).Draw(t, "pieces")
			info := f.m.Info()
			from := int(info.Prefix(k.Chunk, piece))
			to := int(info.Prefix(k.Chunk, piece+uint8(n)))
			want := m.want(f, k)
			for p := piece; want == nil && int(p) < min(int(piece)+n, len(f.hashes[chunk])); p++ {
				if !m.pieces[k][p] {
					want = ErrAbsent
				}
			}
			buf := make([]byte, to-from)
			check(t, "read", m.s.ReadAt(k, int64(from), buf), want)
			if want == nil && !bytes.Equal(buf, f.chunks[chunk][from:to]) {
				t.Fatal("read: other bytes")
			}
		},
		"drop": func(t *rapid.T) {
			f, chunk, _ := draw(t)
			check(t, "drop", m.s.Drop(f.key(chunk)), nil)
			delete(m.pieces, f.key(chunk))
		},
		"": func(t *rapid.T) { // after each of the others
			if got := len(m.s.Manifests()); got != len(m.known) {
				t.Fatalf("%d manifests, want %d", got, len(m.known))
			}
			for _, f := range modelFilms {
				for chunk := range f.chunks {
					k := f.key(chunk)
					have, whole := m.s.Have(k)
					n := len(m.pieces[k])
					if have.Count() != n || whole != (n == len(f.hashes[chunk])) {
						t.Fatalf("%s: have %v, whole %v, want %d of %d", k, have, whole, n, len(f.hashes[chunk]))
					}
					for p := range m.pieces[k] {
						if !have.Has(p) {
							t.Fatalf("%s: piece %d is missing", k, p)
						}
					}
					if _, ok := m.s.Hashes(k); ok != (m.pieces[k] != nil) {
						t.Fatalf("%s: hashes %v", k, ok)
					}
				}
			}
		},
	}
}
