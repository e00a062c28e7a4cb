package library

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noise returns n bytes that depend on name.
func noise(name string, n int) []byte {
	r := core.NewRand(1, name, 0)
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint64())
	}
	return data
}

func mustSplit(t testing.TB, dir, name string, data []byte, o Options) *manifest.Manifest {
	t.Helper()
	m, err := Split(context.Background(), dir, name, bytes.NewReader(data), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustOpen(t testing.TB, dir string) *Library {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// checkVideo fails the test unless r serves exactly data under m, in bytes and hashes.
func checkVideo(t testing.TB, r store.Reader, m *manifest.Manifest, data []byte) {
	t.Helper()
	info := m.Info()
	var got []byte
	for chunk := range info.Chunks() {
		k := store.Key{ID: m.ID(), Chunk: chunk}
		hashes, ok := r.Hashes(k)
		if err := m.VerifyHashes(chunk, hashes); !ok || err != nil {
			t.Errorf("chunk %d: hashes: %v, %v", chunk, ok, err)
			continue
		}
		for p := range info.Pieces(chunk) {
			at, end := info.Prefix(chunk, p), info.Prefix(chunk, p+1)
			buf := make([]byte, end-at)
			if err := r.ReadAt(k, int64(at), buf); err != nil {
				t.Error(err)
			} else if manifest.PieceHash(buf) != hashes[p] {
				t.Errorf("chunk %d piece %d does not fit its hash", chunk, p)
			}
			got = append(got, buf...)
		}
	}
	if !bytes.Equal(got, data) {
		t.Errorf("%d bytes came back, not the %d that went in", len(got), len(data))
	}
}

func TestSplitAndServe(t *testing.T) {
	dir := t.TempDir()
	a, b := noise("a", 10*5000+1), noise("b", 4096)
	ma := mustSplit(t, dir, "film a", a, Options{ChunkSize: 5000, PieceSize: 1024})
	mb := mustSplit(t, dir, "фильм.webm", b, Options{ChunkSize: 1024})
	l := mustOpen(t, dir)
	checkVideo(t, l, ma, a)
	checkVideo(t, l, mb, b)

	var names []string
	for _, m := range l.Manifests() {
		names = append(names, m.Name())
	}
	if diff := cmp.Diff([]string{"film a", "фильм.webm"}, names); diff != "" {
		t.Errorf("videos (-want +got):\n%s", diff)
	}
	if m, ok := l.Find("film a"); !ok || m.ID() != ma.ID() {
		t.Error("film a is not found")
	}
	if _, ok := l.Find("film"); ok {
		t.Error("a video is found by half its name")
	}
	f, err := l.File(store.Key{ID: ma.ID(), Chunk: 9})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := make([]byte, f.Size)
	if _, err := f.F.ReadAt(got, f.Offset); err != nil || !bytes.Equal(got, a[9*5000:10*5000]) {
		t.Errorf("chunk 9 through its file: %v", err)
	}
}

// The original's layout: a file for each chunk, called by its number.
func TestLayout(t *testing.T) {
	dir := t.TempDir()
	data := noise("v", 2500)
	mustSplit(t, dir, "v", data, Options{ChunkSize: 1024})
	for i, want := range [][]byte{data[:1024], data[1024:2048], data[2048:]} {
		got, err := os.ReadFile(filepath.Join(dir, "v", string(rune('0'+i))))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("chunk %d: %d bytes, %v", i, len(got), err)
		}
	}
	if diff := cmp.Diff([]string{"0", "1", "2", "manifest", "pieces"}, list(t, filepath.Join(dir, "v"))); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}

func list(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	m := mustSplit(t, dir, "v", noise("v", 2500), Options{ChunkSize: 1024})
	l := mustOpen(t, dir)
	for _, c := range []struct {
		name string
		k    store.Key
		off  int64
		n    int
		want error
	}{
		{"unknown video", store.Key{}, 0, 1, store.ErrVideo},
		{"chunk 3 of 3", store.Key{ID: m.ID(), Chunk: 3}, 0, 1, store.ErrChunk},
		{"chunk 2^32-1", store.Key{ID: m.ID(), Chunk: 1<<32 - 1}, 0, 1, store.ErrChunk},
		{"beyond the last chunk's end", store.Key{ID: m.ID(), Chunk: 2}, 452, 1, store.ErrChunk},
		{"before the beginning", store.Key{ID: m.ID(), Chunk: 0}, -1, 1, store.ErrChunk},
		{"nothing", store.Key{ID: m.ID(), Chunk: 2}, 452, 0, nil},
	} {
		if err := l.ReadAt(c.k, c.off, make([]byte, c.n)); !errors.Is(err, c.want) {
			t.Errorf("%s: read: %v, want %v", c.name, err, c.want)
		}
		if c.k.ID != m.ID() || c.k.Chunk > 2 {
			if _, err := l.File(c.k); !errors.Is(err, c.want) {
				t.Errorf("%s: file: %v, want %v", c.name, err, c.want)
			}
			if h, ok := l.Hashes(c.k); ok {
				t.Errorf("%s: hashes: %v", c.name, h)
			}
		}
	}
}

// What is wrong in the database is told with the file's name and what to do, all faults at once.
func TestOpenRefuses(t *testing.T) {
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
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
		name  string
		spoil func(t *testing.T, dir string)
		want  []string
	}{
		{"missing chunk", remove("v/1"), []string{`video "v"`, "1: no such file", "split the video again"}},
		{"short chunk", write("v/1", "x"), []string{`video "v"`, "1: has 1 bytes, not 1024"}},
		{"no manifest", remove("v/manifest"), []string{`video "v"`, "manifest: no such file", "split the video again"}},
		{"empty manifest", write("v/manifest", ""), []string{`video "v"`, "manifest: decode manifest:"}},
		{"no hashes", remove("v/pieces"), []string{`video "v"`, "pieces: no such file"}},
		{"short hashes", write("v/pieces", "x"), []string{`video "v"`, "pieces: has 1 bytes, not 96"}},
		{"wrong hashes", write("v/pieces", strings.Repeat("x", 96)), []string{"pieces: ", "do not match the manifest"}},
		{"another video's folder", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "v"), filepath.Join(dir, "w")); err != nil {
				t.Fatal(err)
			}
		}, []string{`video "w"`, `is of a video called "v"`}},
		{"a chunk that leads elsewhere", func(t *testing.T, dir string) {
			secret := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(secret, make([]byte, 1024), 0o644); err != nil {
				t.Fatal(err)
			}
			remove("v/1")(t, dir)
			if err := os.Symlink(secret, filepath.Join(dir, "v/1")); err != nil {
				t.Fatal(err)
			}
		}, []string{`video "v"`, "escapes"}},
		{"a folder for a chunk", func(t *testing.T, dir string) {
			remove("v/1")(t, dir)
			if err := os.Mkdir(filepath.Join(dir, "v/1"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, []string{`video "v"`, "1: is not a file"}},
		{"a stray file", write("movie.mp4", "x"), []string{`"movie.mp4" is not a folder: split it`}},
		{"a bad name", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "a\nb"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, []string{`name "a\nb": contains a control character: rename`}},
		{"two faults", func(t *testing.T, dir string) {
			write("movie.mp4", "x")(t, dir)
			remove("v/2")(t, dir)
		}, []string{"movie.mp4", "2: no such file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			mustSplit(t, dir, "v", noise("v", 2500), Options{ChunkSize: 1024})
			mustSplit(t, dir, "good", noise("good", 2500), Options{ChunkSize: 1024})
			c.spoil(t, dir)
			l, err := Open(dir)
			if err == nil {
				l.Close()
				t.Fatal("it opened")
			}
			for _, want := range append(c.want, "video database "+dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error is %q, want it to say %q", err, want)
				}
			}
		})
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := Open(missing); err == nil || !strings.Contains(err.Error(), "mkdir -p") {
		t.Errorf("a missing database: %v", err)
	}
}

// A chunk that is cut short behind the library's back is an error that says so, not zeros.
func TestChunkCutShortLater(t *testing.T) {
	dir := t.TempDir()
	m := mustSplit(t, dir, "v", noise("v", 2500), Options{ChunkSize: 1024})
	l := mustOpen(t, dir)
	if err := os.Truncate(filepath.Join(dir, "v", "1"), 10); err != nil {
		t.Fatal(err)
	}
	err := l.ReadAt(store.Key{ID: m.ID(), Chunk: 1}, 0, make([]byte, 1024))
	if err == nil || !strings.Contains(err.Error(), "v/1 was cut short") {
		t.Errorf("error is %v", err)
	}
}

func BenchmarkReadAt(b *testing.B) {
	dir := b.TempDir()
	m := mustSplit(b, dir, "v", noise("v", 4<<20), Options{})
	l := mustOpen(b, dir)
	buf := make([]byte, 64<<10)
	b.SetBytes(int64(len(buf)))
	for i := 0; b.Loop(); i++ {
		if err := l.ReadAt(store.Key{ID: m.ID(), Chunk: uint32(i / 16 % 4)}, int64(i%16)<<16, buf); err != nil {
			b.Fatal(err)
		}
	}
}
