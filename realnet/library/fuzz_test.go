package library

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
	"peerstreamer/realnet/store"
)

// countedReader counts what is read of a file.
type countedReader struct {
	*bytes.Reader
	calls int
}

func (r *countedReader) ReadAt(b []byte, off int64) (int, error) {
	r.calls++
	return r.Reader.ReadAt(b, off)
}

// FuzzMovieDuration: no file makes the reader of movie headers panic, go round in circles or take memory, and a duration is
// one.
func FuzzMovieDuration(f *testing.F) {
	f.Add(bytes.Join([][]byte{box("ftyp"), box("moov", mvhd0(1000, 2500))}, nil))
	f.Add(bytes.Join([][]byte{box("moov", mvhd1(1, 1<<40))}, nil))
	f.Add(bytes.Join([][]byte{box("moov", mvhd1(1, math.MaxUint64))}, nil))
	f.Add(append([]byte{0, 0, 0, 1}, "moov\xff\xff\xff\xff\xff\xff\xff\xff"...))
	f.Add(bytes.Repeat(box("free"), 20_000))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &countedReader{Reader: bytes.NewReader(data)}
		var d core.Time
		if got := usage.Allocated(func() { d = movieDuration(r, int64(len(data))) }); got > 64<<10+64*uint64(r.calls) {
			t.Errorf("%d bytes allocated in %d reads of %d bytes", got, r.calls, len(data))
		}
		if d < 0 || d == core.Never || r.calls > 2*maxBoxes+1 {
			t.Fatalf("duration %d after %d reads", d, r.calls)
		}
	})
}

// FuzzParseSize: a size that is read is not negative, and is what its number of bytes is read as.
func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"1m", "512k", "64 KiB", "9223372036854775807", "8796093022208m", "1MB", "", "k", "\x00", "0x10", "1_0", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSize(s)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "size ") || len(err.Error()) > 8*len(s)+200 {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if again, err := ParseSize(fmt.Sprint(int64(n))); err != nil || again != n || n < 0 {
			t.Errorf("%q is %d bytes, read as %d, %v", s, n, again, err)
		}
	})
}

// FuzzOpen: a video whose files are not as Split wrote them is refused by name, or is served with sizes and hashes that the
// manifest vouches for; and nothing outside its folder is.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	data := bytes.Repeat([]byte("video"), 700) // four chunks of which the last is short
	mustSplit(f, dir, "movie", data, Options{ChunkSize: 1 << 10, PieceSize: 256})
	files := map[string][]byte{}
	var total int
	entries, err := os.ReadDir(filepath.Join(dir, "movie"))
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, "movie", e.Name()))
		if err != nil {
			f.Fatal(err)
		}
		files[e.Name()] = b
		total += len(b)
		f.Add(e.Name(), b, "movie")
		f.Add(e.Name(), b[:len(b)/2], "movie")
		f.Add(e.Name(), append(bytes.Clone(b), 0), "movie")
	}
	f.Add("4", []byte("more"), "movie")
	f.Add("manifest", []byte("d21:Peerstreamer manifesti1e5:roots99999999:ee"), "movie")
	f.Add("0", []byte{}, "other")
	f.Fuzz(func(t *testing.T, name string, content []byte, video string) {
		if !filepath.IsLocal(video) || !filepath.IsLocal(name) || strings.ContainsAny(video+name, "/\\\x00") {
			return
		}
		dir := t.TempDir()
		if os.Mkdir(filepath.Join(dir, video), 0o755) != nil {
			return // too long
		}
		write := func(name string, b []byte) { _ = os.WriteFile(filepath.Join(dir, video, name), b, 0o644) }
		for n, b := range files {
			write(n, b)
		}
		write(name, content)
		var l *Library
		var err error
		most := 64*(total+len(content)) + 1<<20
		if got := usage.Allocated(func() { l, err = Open(dir) }); got > uint64(most) {
			t.Errorf("%d bytes allocated for %d: want at most %d", got, total+len(content), most)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "video database "+dir+": ") {
				t.Errorf("refused without its name: %v", err)
			}
			return
		}
		defer l.Close()
		for _, m := range l.Manifests() {
			for chunk := range m.Info().Chunks() {
				k := store.Key{ID: m.ID(), Chunk: chunk}
				if err := l.ReadAt(k, 0, make([]byte, m.Info().ChunkBytes(chunk))); err != nil {
					t.Errorf("opened, and chunk %d cannot be read: %v", chunk, err)
				}
				if hashes, ok := l.Hashes(k); !ok || m.VerifyHashes(chunk, hashes) != nil {
					t.Errorf("opened, and chunk %d has hashes that are not its own", chunk)
				}
			}
		}
	})
}
