package library

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		o            Options
		chunk, piece core.Bytes
	}{
		{Options{}, 1 * core.MiB, 64 * core.KiB},
		{Options{ChunkSize: 8 * core.MiB}, 8 * core.MiB, 64 * core.KiB}, // 128 pieces
		{Options{ChunkSize: 8*core.MiB + 1}, 8*core.MiB + 1, 128 * core.KiB},
		{Options{ChunkSize: 16 * core.MiB}, 16 * core.MiB, 128 * core.KiB},
		{Options{ChunkSize: 1024}, 1024, 1024},
		{Options{ChunkSize: 65 * core.KiB}, 65 * core.KiB, 64 * core.KiB},
		{Options{ChunkSize: 4096, PieceSize: 100}, 4096, 100},
	} {
		chunk, piece := c.o.sizes()
		if chunk != c.chunk || piece != c.piece {
			t.Errorf("%+v: chunk %d, piece %d; want %d, %d", c.o, chunk, piece, c.chunk, c.piece)
		}
		if err := manifest.CheckSizes(1, chunk, piece); err != nil {
			t.Errorf("%+v: %v", c.o, err)
		}
	}
}

// The edges of chunks and pieces, and a reader that gives a byte at a time.
func TestSplitEdges(t *testing.T) {
	for _, length := range []int{1, 99, 100, 101, 1023, 1024, 1025, 2047, 2048, 2049, 5000} {
		data := noise("edge", length)
		dir := t.TempDir()
		m, err := Split(context.Background(), dir, "v", iotest.OneByteReader(bytes.NewReader(data)),
			Options{ChunkSize: 1024, PieceSize: 100})
		if err != nil {
			t.Errorf("%d bytes: %v", length, err)
			continue
		}
		if m.Info().Length != core.Bytes(length) {
			t.Errorf("%d bytes: the manifest says %d", length, m.Info().Length)
		}
		checkVideo(t, mustOpen(t, dir), m, data)
	}
}

// The id depends on the bytes and the cutting, not on the machine, the time or how the bytes came.
func TestSplitIsReproducible(t *testing.T) {
	data := noise("v", 100_000)
	o := Options{ChunkSize: 10_000}
	a := mustSplit(t, t.TempDir(), "v", data, o)
	b, err := Split(context.Background(), t.TempDir(), "v", iotest.HalfReader(bytes.NewReader(data)), o)
	if err != nil {
		t.Fatal(err)
	}
	if a.ID() != b.ID() {
		t.Error("two splits of the same bytes have two ids")
	}
}

func TestProgress(t *testing.T) {
	var got []core.Bytes
	mustSplit(t, t.TempDir(), "v", noise("v", 2500), Options{
		ChunkSize: 1024, Progress: func(done core.Bytes) { got = append(got, done) }})
	if diff := cmp.Diff([]core.Bytes{1024, 2048, 2500}, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

// Whatever stops a split, nothing is left of it, and what was there before still is.
func TestSplitRefuses(t *testing.T) {
	disk := errors.New("the disk is on fire")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		as   string
		r    io.Reader
		o    Options
		want []string
	}{
		{"taken name, told before reading", nil, "taken", iotest.ErrReader(disk), Options{}, []string{`"taken"`, "already"}},
		{"path as name", nil, "../v", nil, Options{}, []string{`name "../v": contains a slash`}},
		{"dots", nil, "..", nil, Options{}, []string{`name "..": begins with a dot`}},
		{"control character", nil, "a\x00", nil, Options{}, []string{`name "a\x00"`}},
		{"empty input", nil, "v", strings.NewReader(""), Options{}, []string{"nothing to split"}},
		{"empty replacement", nil, "taken", strings.NewReader(""), Options{Replace: true}, []string{"nothing to split"}},
		{"broken input", nil, "v", io.MultiReader(bytes.NewReader(noise("v", 3000)), iotest.ErrReader(disk)),
			Options{ChunkSize: 1024}, []string{"read byte 3000", "on fire"}},
		{"broken replacement", nil, "taken", iotest.ErrReader(disk), Options{Replace: true}, []string{"on fire"}},
		{"cancelled", cancelled, "v", nil, Options{}, []string{"context canceled"}},
		{"tiny chunks", nil, "v", nil, Options{ChunkSize: 1023}, []string{"chunk size of 1023"}},
		{"huge chunks", nil, "v", nil, Options{ChunkSize: 16*core.MiB + 1}, []string{"chunk size of 16777217"}},
		{"tiny pieces", nil, "v", nil, Options{ChunkSize: 4096, PieceSize: 1}, []string{"piece size of 1"}},
		{"bad media type", nil, "v", nil, Options{MediaType: "video/mp4\r\n"}, []string{"media type"}},
		{"negative duration", nil, "v", nil, Options{Duration: -1}, []string{"duration"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			before := noise("taken", 2000)
			taken := mustSplit(t, dir, "taken", before, Options{ChunkSize: 1024})
			if c.ctx == nil {
				c.ctx = context.Background()
			}
			if c.r == nil {
				c.r = bytes.NewReader(noise("v", 3000))
			}
			_, err := Split(c.ctx, dir, c.as, c.r, c.o)
			if err == nil {
				t.Fatal("it was split")
			}
			for _, want := range append(c.want, "split into "+dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error is %q, want it to say %q", err, want)
				}
			}
			if diff := cmp.Diff([]string{"taken"}, list(t, dir)); diff != "" {
				t.Errorf("directory (-want +got):\n%s", diff)
			}
			checkVideo(t, mustOpen(t, dir), taken, before)
		})
	}
	_, err := Split(context.Background(), filepath.Join(t.TempDir(), "missing"), "v", strings.NewReader("x"), Options{})
	if err == nil || !strings.Contains(err.Error(), "mkdir -p") {
		t.Errorf("a missing directory: %v", err)
	}
}

// Until the last moment the video is not there, and what a crash leaves does not disturb.
func TestSplitAppearsAtOnce(t *testing.T) {
	dir := t.TempDir()
	half, rest := noise("v", 2000), noise("w", 1000)
	open := func() {
		l, err := Open(dir)
		if err != nil {
			t.Errorf("in the middle of a split: %v", err)
			return
		}
		defer l.Close()
		if n := len(l.Manifests()); n != 0 {
			t.Errorf("in the middle of a split the database has %d videos", n)
		}
		if diff := cmp.Diff(1, len(list(t, dir))); diff != "" {
			t.Errorf("entries (-want +got):\n%s", diff)
		}
	}
	middle := iotest.ErrReader(io.EOF)
	r := io.MultiReader(bytes.NewReader(half), readFunc(func(b []byte) (int, error) { open(); return middle.Read(b) }),
		bytes.NewReader(rest))
	m, err := Split(context.Background(), dir, "v", r, Options{ChunkSize: 1024})
	if err != nil {
		t.Fatal(err)
	}
	checkVideo(t, mustOpen(t, dir), m, append(half, rest...))
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	old, new := noise("old", 3000), noise("new", 3000)
	mOld := mustSplit(t, dir, "v", old, Options{ChunkSize: 1024})
	running := mustOpen(t, dir)
	mNew := mustSplit(t, dir, "v", new, Options{ChunkSize: 1024, Replace: true})
	if diff := cmp.Diff([]string{"v"}, list(t, dir)); diff != "" {
		t.Errorf("directory (-want +got):\n%s", diff)
	}
	checkVideo(t, mustOpen(t, dir), mNew, new)
	// The sizes are equal, so only the folder's handle keeps the running source from serving the new video as the old.
	k := store.Key{ID: mOld.ID(), Chunk: 1}
	if err := running.ReadAt(k, 0, make([]byte, 1024)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a chunk of the replaced video: %v", err)
	}
	if _, err := running.File(k); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a chunk's file of the replaced video: %v", err)
	}
	mustSplit(t, dir, "w", new, Options{Replace: true}) // nothing to replace is no fault
}

// Split holds a piece, not the video: what it allocates for 64 MiB stands for what it could hold.
func TestSplitStreams(t *testing.T) {
	const length = 64 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := Split(context.Background(), t.TempDir(), "v", io.LimitReader(zeros{}, length), Options{})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; m.Info().Length != length || got > 2<<20 {
		t.Errorf("%d bytes split with %d bytes of memory", m.Info().Length, got)
	}
}

func BenchmarkSplit(b *testing.B) {
	dir := b.TempDir()
	b.SetBytes(64 << 20)
	for b.Loop() {
		if _, err := Split(context.Background(), dir, "v", io.LimitReader(zeros{}, 64<<20), Options{Replace: true}); err != nil {
			b.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
