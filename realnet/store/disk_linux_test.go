package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// full replaces an open file by one on which every write fails because the disk is full.
func full(t *testing.T, f *file) (restore func()) {
	t.Helper()
	dev, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	old := *f
	*f = osFile{dev}
	return func() {
		*f = old
		dev.Close()
	}
}

// Wherever the disk runs full, the error comes back, nothing is promised that is not there, and when there is room again
// the same piece completes the chunk.
func TestDiskFull(t *testing.T) {
	for _, c := range []struct {
		name string
		file func(*Store, *video) *file
	}{
		{"data", func(_ *Store, v *video) *file { return &v.data }},
		{"hashes", func(_ *Store, v *video) *file { return &v.pieces }},
		{"journal", func(s *Store, _ *video) *file { return &s.journal.f }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := small()
			s := mustOpen(t, t.TempDir())
			mustAdd(t, s, f)
			f.put(t, s, 1)
			f.put(t, s, 0, 0, 2)
			restore := full(t, c.file(s, s.videos[f.m.ID()]))
			err := s.Put(f.key(0), 1, f.piece(0, 1))
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("put on a full disk: %v", err)
			}
			have, whole := s.Have(f.key(0))
			if have != (Pieces{1<<0 | 1<<2}) || whole {
				t.Errorf("after a failed put: have %v, whole %v", have, whole)
			}
			if err := s.ReadAt(f.key(0), 2000, make([]byte, 1)); !errors.Is(err, ErrAbsent) {
				t.Errorf("read of the piece that failed: %v", err)
			}
			restore()
			f.check(t, s, 1)
			f.put(t, s, 0, 1)
			f.check(t, s, 0)
			s = restart(t, s)
			if len(s.Held()) != 2 || s.Bad() != 0 {
				t.Errorf("after the restart %d chunks are held, %d bad", len(s.Held()), s.Bad())
			}
		})
	}
}

// A drop that cannot be recorded is an error, and the chunk stays.
func TestDropOnFullDisk(t *testing.T) {
	f := small()
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	f.put(t, s, 0)
	restore := full(t, &s.journal.f)
	if err := s.Drop(f.key(0)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("drop on a full disk: %v", err)
	}
	f.check(t, s, 0) // reading works, although its use cannot be recorded
	restore()
	if err := s.Drop(f.key(0)); err != nil {
		t.Fatal(err)
	}
	if s = restart(t, s); len(s.Held()) != 0 {
		t.Errorf("held %v", s.Held())
	}
}

// The files of a video cannot be made: begin says so and leaves no half of them open.
func TestBeginOnBrokenDisk(t *testing.T) {
	f := small()
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	path := filepath.Join(s.dir, f.m.ID().String()+piecesExt)
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	for range 3 {
		if err := s.Begin(f.key(0), f.hashes[0]); !errors.Is(err, syscall.EISDIR) {
			t.Errorf("begin: %v", err)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f.put(t, s, 0)
	f.check(t, s, 0)
}

// descriptors returns how many files this process has open.
func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// An Open that fails half way gives back the lock and all that it opened.
func TestOpenOnBrokenDisk(t *testing.T) {
	f, g := small(), newFilm("g", 2000, 2000, 2000)
	dir := t.TempDir()
	s := mustOpen(t, dir)
	mustAdd(t, s, f, g)
	f.put(t, s, 0)
	g.put(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, g.m.ID().String()+dataExt)
	if err := errors.Join(os.Rename(path, path+".aside"), os.Mkdir(path, 0o755)); err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	for range 3 {
		if _, err := Open(dir, Options{}); !errors.Is(err, syscall.EISDIR) {
			t.Errorf("open: %v", err)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	if err := errors.Join(os.Remove(path), os.Rename(path+".aside", path)); err != nil {
		t.Fatal(err)
	}
	if s = mustOpen(t, dir); len(s.Held()) != 2 {
		t.Errorf("held %v", s.Held())
	}
}

func TestNoDescriptorIsLeft(t *testing.T) {
	f := small()
	dir, other := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "format"), []byte("of old"), 0o644); err != nil {
		t.Fatal(err)
	}
	cycle := func() {
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
			t.Fatal(err)
		}
		if _, err := Open(other, Options{}); !errors.Is(err, ErrFormat) {
			t.Fatal(err)
		}
		mustAdd(t, s, f)
		f.put(t, s, 0)
		f.put(t, s, 1, 1)
		file, err := s.File(f.key(0))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Drop(f.key(0)); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(file.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
	}
	cycle()
	before := descriptors(t)
	for range 50 {
		cycle()
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before 50 cycles, %d after", before, after)
	}
}

// extentTree is what a file in many parts may take in addition, to say where they lie.
const extentTree = 4096

// blocks returns the bytes that a file takes on the disk.
func blocks(t testing.TB, path string) int64 {
	t.Helper()
	var st syscall.Stat_t
	if err := syscall.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Blocks * 512
}

// A dropped chunk's bytes go back to the disk with a commit: the next one, or that after the last who sends them has
// ended. Partial ones, too, which have all their room from the beginning.
func TestDropFreesTheDisk(t *testing.T) {
	const chunk = 256 << 10
	f := newFilm("f", 4*chunk, chunk, chunk/4)
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	for n := range 3 {
		f.put(t, s, n)
	}
	f.put(t, s, 3, 0, 1)
	data := filepath.Join(s.dir, f.m.ID().String()+dataExt)
	want := int64(4 * chunk)
	step := func(what string, less int64) {
		t.Helper()
		want -= less
		if err := s.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := blocks(t, data); got < want || got > want+extentTree {
			t.Errorf("%s: %d bytes on the disk, want %d, and perhaps %d", what, got, want, extentTree)
		}
	}
	step("all", 0)
	drop := func(n int) {
		t.Helper()
		if err := s.Drop(f.key(n)); err != nil {
			t.Fatal(err)
		}
	}
	drop(0)
	step("chunk 0 dropped", chunk)
	drop(3)
	step("half of chunk 3 dropped", chunk)

	sending, err := s.File(f.key(1))
	if err != nil {
		t.Fatal(err)
	}
	drop(1)
	step("chunk 1 dropped while it is sent", 0)
	buf := make([]byte, sending.Size)
	if _, err := sending.F.ReadAt(buf, sending.Offset); err != nil || !bytes.Equal(buf, f.chunks[1]) {
		t.Errorf("a chunk dropped while it is sent has other bytes: %v", err)
	}
	if err := sending.Close(); err != nil {
		t.Error(err)
	}
	step("chunk 1 sent", chunk)

	// Closed twice: that must not count as the end of another's sending.
	if sending, err = s.File(f.key(2)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(sending.Close(), sending.Close()); err != nil {
		t.Error(err)
	}
	// Begun anew while the old one is still sent: the place is the new one's, and is not freed under it.
	if sending, err = s.File(f.key(2)); err != nil {
		t.Fatal(err)
	}
	drop(2)
	step("chunk 2 dropped while it is sent", 0)
	f.put(t, s, 2)
	if err := sending.Close(); err != nil {
		t.Error(err)
	}
	step("chunk 2 fetched again while it was sent", 0)
	f.check(t, s, 2)
	s = restart(t, s)
	f.check(t, s, 2)
	drop(2)
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the last chunk is dropped and the file is still there: %v", err)
	}
}

// What is not whole when the process ends takes no room afterwards: Close frees it, and if there was none, the next Open's
// background goroutine.
func TestPartialChunksAreFreed(t *testing.T) {
	const chunk = 256 << 10
	f := newFilm("f", 4*chunk, chunk, chunk/4)
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	f.put(t, s, 1)
	s = restart(t, s)
	f.put(t, s, 0, 0, 1)
	f.put(t, s, 3, 2)
	data := filepath.Join(s.dir, f.m.ID().String()+dataExt)
	copied := t.TempDir()
	if err := errors.Join(os.CopyFS(copied, os.DirFS(s.dir)), s.Close()); err != nil {
		t.Fatal(err)
	}
	if got := blocks(t, data); got > chunk+extentTree {
		t.Errorf("closed: %d bytes on the disk for one chunk of %d", got, chunk)
	}

	// The copy is what a killed process would have left.
	s = mustOpen(t, copied)
	if !s.doubts.untidy {
		t.Error("the copy passes for a directory that was closed")
	}
	f.put(t, s, 2, 0)
	data = filepath.Join(s.dir, f.m.ID().String()+dataExt)
	if before := blocks(t, data); before < 3*chunk+extentTree {
		t.Fatalf("the copy has only %d bytes on the disk", before)
	}
	s.tidy(newPause(nil))
	if got := blocks(t, data); got > 2*chunk+extentTree {
		t.Errorf("tidied: %d bytes on the disk for two chunks of %d", got, chunk)
	}
	f.check(t, s, 1)
	f.put(t, s, 2)
	f.check(t, s, 2)
}
