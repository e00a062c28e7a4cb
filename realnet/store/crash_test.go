package store

import (
	"bytes"
	"maps"
	"slices"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// The store on a disk that fails in every way that disks do, against what was promised: random calls, of which some fail
// and one may be the last of the process or the machine; then the directory is opened again, which may end in the same
// way, any number of times. Whatever happens it opens, nothing wrong is ever read, what was whole survives a kill, and
// what was durable a power cut.
func TestPowerCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWitness(t)
		for range rapid.IntRange(1, 4).Draw(t, "lives") {
			w.open()
			for range rapid.IntRange(0, 30).Draw(t, "calls") {
				w.call()
			}
			w.end()
		}
		w.open()
	})
}

// crashFilms have chunks of 3, 3 and 1 pieces of 700 bytes, so that chunks share sectors, and of 1 and 1.
var crashFilms = []*film{newFilm("crash a", 4900, 2100, 700), newFilm("crash b", 1500, 1024, 1024)}

// witness knows what the store has promised.
type witness struct {
	t *rapid.T
	d *faultyDisk
	r core.Rand
	s *Store

	known   map[manifest.ID]bool // AddManifest has returned
	whole   map[Key]bool         // the last Put has returned, nobody has dropped it, and it was not reported lost
	durable map[Key]bool         // and a commit has returned since
	rotten  bool                 // the disk has changed bytes on its own
}

func newWitness(t *rapid.T) *witness {
	w := &witness{t: t, known: map[manifest.ID]bool{}, whole: map[Key]bool{}, durable: map[Key]bool{}}
	w.r = core.NewRand(rapid.Uint64().Draw(t, "seed"), "disk", 0)
	w.d = newFaultyDisk(func(n int, _ string) int { return int(w.r.Below(uint32(n))) })
	return w
}

// open opens the directory, after some attempts that end early, and looks at what it holds.
func (w *witness) open() {
	for range rapid.IntRange(0, 2).Draw(w.t, "attempts cut") {
		w.d.cutAt = w.d.calls + rapid.IntRange(1, 40).Draw(w.t, "call")
		if s, err := openDisk(w.d, "disk", Options{byHand: true}); err == nil {
			w.s = s
			s.OnLost(w.lost)
			_ = s.Commit()
		}
		w.crash()
	}
	bad := 0
	if w.t.Failed() {
		return
	}
	s, err := openDisk(w.d, "disk", Options{byHand: true})
	if err != nil {
		w.t.Fatalf("the directory does not open: %v", err)
	}
	w.s = s
	s.OnLost(func(k Key) { bad++; w.lost(k) })
	held := s.Held()
	for k := range w.whole {
		if !slices.Contains(held, k) {
			w.t.Fatalf("chunk %v was promised and is not held", k)
		}
	}
	s.checkAll(newPause(nil))
	s.tidy(newPause(nil))
	if bad > 0 && !w.rotten {
		w.t.Fatalf("%d chunks were held that the disk does not have", bad)
	}
	w.readAll()
	for k := range w.whole {
		if _, whole := s.Have(k); !whole {
			w.t.Fatalf("chunk %v was promised and is gone", k)
		}
	}
	for _, k := range s.Held() {
		w.whole[k] = true
	}
	for id := range w.known {
		if !slices.ContainsFunc(s.Manifests(), func(m *manifest.Manifest) bool { return m.ID() == id }) && !w.rotten {
			w.t.Fatalf("video %v was added and is not known", id)
		}
	}
	s.OnLost(w.lost)
	if w.rotten {
		if err := s.Commit(); err != nil { // so that what was damaged is gone for good
			w.t.Fatal(err)
		}
		w.rotten = false
	}
	w.d.fail = w.faults()
	if rapid.Bool().Draw(w.t, "cut this life") {
		w.d.cutAt = w.d.calls + rapid.IntRange(1, 150).Draw(w.t, "call")
	}
}

// faults returns which calls fail, and how.
func (w *witness) faults() func(int) error {
	most := rapid.SampledFrom([]uint32{0, 0, 3, 20}).Draw(w.t, "calls of 100 that fail")
	full := rapid.Bool().Draw(w.t, "the disk is full")
	return func(int) error {
		if w.r.Below(100) >= most {
			return nil
		}
		if full {
			return syscall.ENOSPC
		}
		return syscall.EIO
	}
}

// call makes a random call.
func (w *witness) call() {
	f := crashFilms[rapid.IntRange(0, len(crashFilms)-1).Draw(w.t, "film")]
	chunk := rapid.IntRange(0, len(f.chunks)-1).Draw(w.t, "chunk")
	k := f.key(chunk)
	switch rapid.SampledFrom([]string{"fill", "fill", "fill", "put", "drop", "commit", "read", "used", "forget"}).Draw(w.t, "call") {
	case "fill":
		w.add(f)
		ok := w.s.Begin(k, f.hashes[chunk]) == nil
		for p := range f.hashes[chunk] {
			ok = ok && w.s.Put(k, uint8(p), f.piece(chunk, uint8(p))) == nil
		}
		if ok && !w.d.off() {
			w.whole[k] = true
		}
	case "put":
		w.add(f)
		if _, whole := w.s.Have(k); !whole {
			_ = w.s.Begin(k, f.hashes[chunk])
			_ = w.s.Put(k, 0, f.piece(chunk, 0))
			if _, whole := w.s.Have(k); whole && !w.d.off() {
				w.whole[k] = true
			}
		}
	case "drop":
		w.lost(k) // whatever it returns, nobody counts on the chunk any more
		_ = w.s.Drop(k)
	case "commit":
		whole := maps.Clone(w.whole)
		if w.s.Commit() == nil && !w.d.off() {
			w.durable = whole
		}
	case "read":
		w.read(f, chunk)
	case "used":
		_ = w.s.Used(k)
	case "forget":
		if _, c, _ := w.s.find(k); c == nil {
			delete(w.known, f.m.ID())
			_ = w.s.RemoveManifest(f.m.ID())
		}
	}
}

func (w *witness) add(f *film) {
	if w.s.AddManifest(f.m) == nil && !w.d.off() {
		w.known[f.m.ID()] = true
	}
}

func (w *witness) lost(k Key) {
	delete(w.whole, k)
	delete(w.durable, k)
}

// read reads what can be read of a chunk, piece by piece. None of it is wrong.
func (w *witness) read(f *film, chunk int) {
	for p := range f.hashes[chunk] {
		want := f.piece(chunk, uint8(p))
		got := make([]byte, len(want))
		off := int64(f.m.Info().Prefix(uint32(chunk), uint8(p)))
		if err := w.s.ReadAt(f.key(chunk), off, got); err == nil && !bytes.Equal(got, want) {
			w.t.Fatalf("chunk %v piece %d is read, and is wrong", f.key(chunk), p)
		}
	}
}

func (w *witness) readAll() {
	for _, f := range crashFilms {
		for chunk := range f.chunks {
			w.read(f, chunk)
		}
	}
}

// end ends a life: in order, by a kill or by a power cut, after which the disk may have damaged something.
func (w *witness) end() {
	whole := maps.Clone(w.whole)
	if rapid.Bool().Draw(w.t, "close") && w.s.Close() == nil && !w.d.off() {
		w.durable = whole
		maps.DeleteFunc(w.durable, func(k Key, _ bool) bool { return !w.whole[k] })
	}
	w.crash()
	if rapid.IntRange(0, 3).Draw(w.t, "damage") == 0 {
		w.rot()
	}
}

// crash ends a life without a word. If a sync has failed and the process is killed before its journal could say what that
// cost, the next one cannot know: the system says that all is written. That is damage like any other, found by hashing.
func (w *witness) crash() {
	forsaken := w.d.kill()
	if rapid.Bool().Draw(w.t, "power cut") {
		w.d.powerCut()
		w.whole = maps.Clone(w.durable)
	} else if forsaken {
		w.damaged()
	}
}

// rot changes a byte of a file on the disk. What the file is for is not promised any more.
func (w *witness) rot() {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(w.d.names)), func(name string) bool {
		return name == formatName || name == lockName // refused, with a message: see TestOpenRefuses
	})
	if len(names) == 0 {
		return
	}
	n := w.d.names[names[w.d.choose(len(names), "file")]]
	for _, i := range slices.Sorted(maps.Keys(n.sectors)) {
		if s := n.now(i); s != nil && w.d.choose(2, "sector") == 0 {
			s = slices.Clone(s)
			s[w.d.choose(sectorSize, "byte")] ^= 1 << w.d.choose(8, "bit")
			n.sectors[i] = [][]byte{s}
		}
	}
	w.damaged()
}

// damaged takes back all that was promised: from here on, only what is read is right.
func (w *witness) damaged() {
	w.rotten = true
	clear(w.whole)
	clear(w.durable)
	clear(w.known)
}
