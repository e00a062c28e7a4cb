package store

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/realnet/manifest"
)

// What cannot be a chunk directory is refused with a reason and a way out, and left as it was.
func TestOpenRefuses(t *testing.T) {
	file := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir string)
		path string // below a fresh directory
		o    Options
		is   error
		want string
	}{
		{name: "missing", path: "missing", want: "does not exist: create it with: mkdir -p"},
		{name: "a file", make: file("f", ""), path: "f", want: "is not a directory"},
		{name: "below a file", make: file("f", ""), path: "f/d", want: "not a directory"},
		{name: "to be made below a file", make: file("f", ""), path: "f/d", o: Options{Create: true}, want: "cannot be created"},
		{name: "somebody's home", make: file("thesis.tex", ""), want: `holds "thesis.tex": use an empty one`},
		{name: "another version", make: file("format", "peerstreamer chunk store 3\n"), is: ErrFormat, want: "use another directory"},
		{name: "a torn format", make: file("format", ""), is: ErrFormat, want: "use another directory"},
		{name: "no file can be written", make: func(t *testing.T, dir string) {
			// Tests may run as root, who may write everywhere; but nobody opens a directory for writing.
			if err := os.Mkdir(filepath.Join(dir, lockName), 0o755); err != nil {
				t.Fatal(err)
			}
		}, want: "is not writable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if c.make != nil {
				c.make(t, dir)
			}
			before := tree(t, dir)
			s, err := Open(filepath.Join(dir, c.path), c.o)
			if err == nil {
				s.Close()
				t.Fatal("it opened")
			}
			if c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) ||
				!strings.HasPrefix(err.Error(), "chunk directory "+filepath.Join(dir, c.path)+": ") {
				t.Errorf("error is %q, want it to say %q", err, c.want)
			}
			if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
				t.Errorf("the directory was changed (-before +after):\n%s", diff)
			}
		})
	}
}

// tree returns the content of every file below dir by its name.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCreate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	for range 2 {
		s, err := Open(dir, Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTwoOpens(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	_, err := Open(dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) ||
		!strings.Contains(err.Error(), "use another directory") {
		t.Errorf("a directory in use: %v", err)
	}
	// The one that was refused must not have hurt the one that runs.
	f := small()
	mustAdd(t, s, f)
	f.put(t, s, 0)
	f.check(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f.check(t, mustOpen(t, dir), 0)
}

// restart closes s and opens its directory again.
func restart(t testing.TB, s *Store) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, s.dir)
}

func chunksOf(keys []Key) []int {
	var chunks []int // nil if there are none
	for _, k := range keys {
		chunks = append(chunks, int(k.Chunk))
	}
	return chunks
}

func TestWholeChunksSurvive(t *testing.T) {
	f, g := newFilm("f", 10*1000, 1024, 512), newFilm("g", 3000, 2000, 2000)
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f, g)
	f.put(t, s, 9) // the last, shorter
	f.put(t, s, 3)
	f.put(t, s, 5, 0) // partial
	g.put(t, s, 1)
	f.put(t, s, 4)
	if err := s.Drop(f.key(4)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s = restart(t, s)
		if diff := cmp.Diff([]Key{f.key(9), f.key(3), g.key(1)}, s.Held()); diff != "" {
			t.Errorf("held (-want +got):\n%s", diff)
		}
		f.check(t, s, 9)
		f.check(t, s, 3)
		g.check(t, s, 1)
		for _, chunk := range []int{4, 5} {
			if have, whole := s.Have(f.key(chunk)); have.Count() != 0 || whole {
				t.Errorf("chunk %d: have %v, whole %v", chunk, have, whole)
			}
		}
		if len(s.Manifests()) != 2 || s.Bad() != 0 {
			t.Errorf("%d manifests, %d bad", len(s.Manifests()), s.Bad())
		}
	}
	f.put(t, s, 5)
	f.check(t, s, 5)
}

// The order of use survives: exactly where Used told it, and roughly where the store itself saw the reading.
func TestOrderOfUse(t *testing.T) {
	f := newFilm("f", 40*1024, 1024, 1024)
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	for chunk := range 12 {
		f.put(t, s, chunk)
	}
	f.check(t, s, 2)
	f.check(t, s, 0)
	records := s.journal.records
	for range 100 { // a chunk that many viewers read at once
		f.check(t, s, 0)
		f.check(t, s, 2)
	}
	if s.journal.records != records {
		t.Errorf("reading two of twelve chunks again and again wrote %d records", s.journal.records-records)
	}
	s = restart(t, s)
	if diff := cmp.Diff([]int{1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 2, 0}, chunksOf(s.Held())); diff != "" {
		t.Errorf("after reading 2 and 0 (-want +got):\n%s", diff)
	}
	if err := s.Used(f.key(11), f.key(39), f.key(10), f.key(9), Key{}); err != nil {
		t.Fatal(err)
	}
	s = restart(t, s)
	if diff := cmp.Diff([]int{1, 3, 4, 5, 6, 7, 8, 2, 0, 11, 10, 9}, chunksOf(s.Held())); diff != "" {
		t.Errorf("after Used 11, 10, 9 (-want +got):\n%s", diff)
	}
	for range 2000 { // so often that the journal is written anew
		if err := s.Used(f.key(1)); err != nil {
			t.Fatal(err)
		}
	}
	s = restart(t, s)
	if diff := cmp.Diff([]int{3, 4, 5, 6, 7, 8, 2, 0, 11, 10, 9, 1}, chunksOf(s.Held())); diff != "" {
		t.Errorf("after a new journal (-want +got):\n%s", diff)
	}
}

// A cache in use for long: the journal stays in proportion to what is held, and still tells it in order.
func TestJournalStaysSmall(t *testing.T) {
	f := newFilm("f", 64*1024, 1024, 1024)
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	for i := range 3000 {
		f.put(t, s, i%64)
		if i >= 10 {
			if err := s.Drop(f.key((i - 10) % 64)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(s.dir, journalName))
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(1024+8*11+1) * recordSize; info.Size() > most {
		t.Errorf("the journal has %d bytes, more than %d", info.Size(), most)
	}
	var want []int
	for i := 2990; i < 3000; i++ {
		want = append(want, i%64)
	}
	s = restart(t, s)
	if diff := cmp.Diff(want, chunksOf(s.Held())); diff != "" || s.Bad() != 0 {
		t.Errorf("held (-want +got), %d bad:\n%s", s.Bad(), diff)
	}
}

// Whatever becomes of the files of a closed store, only what is right stays, and the rest of the store works.
func TestDamage(t *testing.T) {
	f := newFilm("f", 8*1024, 1024, 256)
	id := f.m.ID().String()
	overwrite := func(name string, off int64) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			file, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.WriteAt([]byte{0xff, 0xfe}, off); err != nil {
				t.Fatal(err)
			}
		}
	}
	truncate := func(name string, size int64) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, name), size); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		damage func(*testing.T, string)
		held   []int
		bad    int
	}{
		{"none", func(*testing.T, string) {}, []int{0, 1, 2, 3}, 0},
		{"a byte of chunk 1", overwrite(id+dataExt, 1024+300), []int{0, 2, 3}, 1},
		{"a hash of chunk 2", overwrite(id+piecesExt, (2*4+3)*32), []int{0, 1, 3}, 1},
		{"a byte of chunk 1 and its hash", func(t *testing.T, dir string) {
			overwrite(id+dataExt, 1024+300)(t, dir)
			piece := append([]byte(nil), f.piece(1, 1)...)
			piece[300-256], piece[301-256] = 0xff, 0xfe
			h := manifest.PieceHash(piece)
			file, err := os.OpenFile(filepath.Join(dir, id+piecesExt), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.WriteAt(h[:], (1*4+1)*32); err != nil {
				t.Fatal(err)
			}
		}, []int{0, 2, 3}, 1},
		{"data cut short", truncate(id+dataExt, 3*1024), []int{0, 1, 2}, 1},
		{"data empty", truncate(id+dataExt, 0), nil, 4},
		{"no data", remove(id + dataExt), nil, 4},
		{"no hashes", remove(id + piecesExt), nil, 4},
		{"manifest empty", truncate(id+manifestExt, 0), nil, 4},
		{"another manifest", overwrite(id+manifestExt, 200), nil, 4},
		{"no manifest", remove(id + manifestExt), nil, 4},
		{"no journal", remove(journalName), nil, 0},
		{"journal torn in the fourth chunk's record", truncate(journalName, 5*recordSize-1), []int{0, 1, 2}, 0},
		{"journal wrong in the third chunk's record", overwrite(journalName, 3*recordSize+5), []int{0, 1}, 0},
		{"journal empty", truncate(journalName, 0), nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			mustAdd(t, s, f)
			for chunk := range 4 {
				f.put(t, s, chunk)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			c.damage(t, dir)
			s = mustOpen(t, dir)
			s.checkAll(newPause(nil))
			if bad := s.Bad() + int(s.Status().Lost); bad != c.bad {
				t.Errorf("%d bad, want %d", bad, c.bad)
			}
			if diff := cmp.Diff(c.held, chunksOf(s.Held())); diff != "" {
				t.Errorf("held (-want +got):\n%s", diff)
			}
			mustAdd(t, s, f)
			for chunk := range 8 {
				f.put(t, s, chunk)
				f.check(t, s, chunk)
			}
			s = restart(t, s)
			if len(s.Held()) != 8 || s.Bad() != 0 {
				t.Errorf("put again: %d held, %d bad", len(s.Held()), s.Bad())
			}
		})
	}
}

// A manifest that is known takes on a signature, in the next life too, and does not lose it to a copy without one.
func TestSignatureIsKept(t *testing.T) {
	dir := t.TempDir()
	f := small()
	signed := f.m.Sign(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	s := mustOpen(t, dir)
	mustAdd(t, s, f)
	f.put(t, s, 0)
	for _, m := range []*manifest.Manifest{signed, f.m} {
		if err := s.AddManifest(m); err != nil {
			t.Fatal(err)
		}
		if got := s.Manifests()[0]; got.Signer() == nil {
			t.Error("the signature is not told")
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir)
	if got := s.Manifests()[0]; got.Signer() == nil {
		t.Error("the signature is not on the disk")
	}
	f.check(t, s, 0)
}

// Open clears away what a killed process began, and nothing that is not the store's.
func TestOpenTidiesUp(t *testing.T) {
	dir := t.TempDir()
	f, g := small(), newFilm("g", 2000, 2000, 2000)
	s := mustOpen(t, dir)
	mustAdd(t, s, f, g)
	f.put(t, s, 0)
	g.put(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	stray := strings.Repeat("ab", 32)
	for _, name := range []string{tempPrefix + "123", stray + dataExt, stray + piecesExt, "notes.txt", "x.data"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s = mustOpen(t, dir)
	want := []string{"format", "journal", "lock", "notes.txt", "x.data"}
	for _, id := range []string{f.m.ID().String(), g.m.ID().String()} {
		want = append(want, id+manifestExt, id+dataExt, id+piecesExt)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	// With a video's last chunk its files go, and with RemoveManifest all of it.
	if err := s.RemoveManifest(g.m.ID()); err == nil {
		t.Error("a video in use was forgotten")
	}
	if err := errors.Join(s.Drop(g.key(0)), s.Commit()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.RemoveManifest(g.m.ID()); err != nil {
			t.Fatal(err)
		}
	}
	want = slices.DeleteFunc(want, func(n string) bool { return strings.HasPrefix(n, g.m.ID().String()) })
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("files after all of g went (-want +got):\n%s", diff)
	}
	if err := s.Begin(g.key(0), g.hashes[0]); !errors.Is(err, ErrVideo) {
		t.Errorf("begin of a forgotten video: %v", err)
	}
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}
