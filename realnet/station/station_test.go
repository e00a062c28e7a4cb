package station

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/playback"
)

const (
	chunk  = 64 * core.KiB
	rescan = 20 * time.Millisecond
	limit  = 20 * time.Second // for what takes no time on a machine that is not loaded
)

// start starts a station; with a master it keeps what it has seen in dir, else dir is its database.
func start(t *testing.T, name, dir string, master *Station) *Station {
	t.Helper()
	cfg := Config{Node: realnet.Config{Name: name, Listen: "127.0.0.1:0"}, Rescan: rescan,
		Viewers: playback.Options{GiveUp: limit}}
	if master == nil {
		cfg.Videos = dir
	} else {
		cfg.Chunks, cfg.Node.Master = dir, master.Node.Addr()
	}
	s, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// random returns n bytes that compress to nothing else.
func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	r.Read(b)
	return b
}

func split(t *testing.T, dir, name string, data []byte, replace bool) {
	t.Helper()
	_, err := library.Split(t.Context(), dir, name, bytes.NewReader(data), library.Options{ChunkSize: chunk, Replace: replace})
	if err != nil {
		t.Fatal(err)
	}
}

// until polls, as nobody tells when a directory has been read again.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	end := time.NewTimer(limit)
	defer end.Stop()
	for tick := time.NewTicker(rescan); !ok(); {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("after %v still not: %s", limit, what)
		}
	}
}

func read(t *testing.T, s *Station, name string) ([]byte, error) {
	t.Helper()
	x, err := s.Desk.Open(t.Context(), name)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	return io.ReadAll(x)
}

func mustRead(t *testing.T, s *Station, name string, want []byte) {
	t.Helper()
	got, err := read(t, s, name)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%q: %d bytes, %v; want the %d of the source", name, len(got), err, len(want))
	}
}

func names(s *Station) (list []string) {
	for _, v := range s.Videos() {
		list = append(list, v.Name)
	}
	return list
}

// TestVideosComeAndGo: a source takes over what is added to, replaced in and removed from its database while it runs, and
// two levels below all of it is listed, and played as it is now.
func TestVideosComeAndGo(t *testing.T) {
	db := t.TempDir()
	source := start(t, "source", db, nil)
	mit := start(t, "mit", t.TempDir(), source)
	ben := start(t, "ben", t.TempDir(), mit)
	hear := func() {
		t.Helper()
		for _, s := range []*Station{mit, ben} {
			if err := s.heard.Ask(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := read(t, ben, "movie"); !errors.Is(err, playback.ErrNoVideo) {
		t.Fatalf("before there is one: %v, want ErrNoVideo", err)
	}

	first, second := random(1, 700_000), random(2, 500_000)
	split(t, db, "movie", first, false)
	split(t, db, "movie~poster.jpg", []byte("a picture"), false)
	until(t, "the source has both", func() bool { return len(source.Node.Holdings()) == 2 })
	hear()
	v, ok := ben.Find("movie")
	if diff := cmp.Diff([]string{"movie"}, names(ben)); diff != "" || !ok || v.Length != 700_000 || !v.Poster || v.Here != 0 {
		t.Errorf("two levels below: %+v, listed (-want +got):\n%s", v, diff)
	}
	mustRead(t, ben, "movie", first)
	until(t, "it is whole at ben, who played it", func() bool { v, _ := ben.Find("movie"); return v.Whole() })

	split(t, db, "movie", second, true)
	until(t, "ben plays the new movie", func() bool {
		got, err := read(t, ben, "movie")
		return err == nil && bytes.Equal(got, second)
	})
	until(t, "the old one is gone from ben's disk", func() bool { return len(ben.Store.Manifests()) == 1 })

	if ok, err := ingest.Remove(db, "movie"); !ok || err != nil {
		t.Fatal(ok, err)
	}
	until(t, "nobody has it any more", func() bool {
		return len(source.Node.Holdings())+len(mit.Node.Holdings())+len(ben.Node.Holdings()) == 0
	})
	hear()
	if got := names(ben); len(got) > 0 {
		t.Errorf("ben lists %v, removed at the source", got)
	}
	if _, err := read(t, ben, "movie"); !errors.Is(err, playback.ErrNoVideo) {
		t.Errorf("removed: %v, want ErrNoVideo", err)
	}

	split(t, db, "movie", first, false) // the very same video as in the beginning
	until(t, "ben plays it again", func() bool {
		got, err := read(t, ben, "movie")
		return err == nil && bytes.Equal(got, first)
	})
}

// TestRemovedWhileItIsSent: a viewer of a video that is removed is told so, and so are those below.
func TestRemovedWhileItIsSent(t *testing.T) {
	db := t.TempDir()
	split(t, db, "movie", random(1, 40<<20), false)
	source := start(t, "source", db, nil)
	source.Node.Relink(80*core.Mbps, 0) // so that it lasts: 4 s
	ben := start(t, "ben", t.TempDir(), source)
	x, err := ben.Desk.Open(t.Context(), "movie")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if _, err := io.ReadFull(x, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Remove(db, "movie"); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, x); !errors.Is(err, playback.ErrNoVideo) {
		t.Errorf("read %d bytes more, then %v; want ErrNoVideo", n, err)
	}
	until(t, "the source sends nothing", func() bool { return source.Record().Streams == 0 })
}

// TestHalfAVideoIsPassedOver: a folder that is no whole video keeps nobody from the others, and counts when it is one.
func TestHalfAVideoIsPassedOver(t *testing.T) {
	db, other := t.TempDir(), t.TempDir()
	split(t, other, "late", random(1, 300_000), false)
	split(t, other, "good", random(2, 100_000), false)
	source := start(t, "source", db, nil)
	if err := os.Mkdir(filepath.Join(db, "late"), 0o755); err != nil {
		t.Fatal(err)
	}
	copyFile := func(name string) {
		data, err := os.ReadFile(filepath.Join(other, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(db, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	copyFile("late/manifest")
	if err := os.Rename(filepath.Join(other, "good"), filepath.Join(db, "good")); err != nil {
		t.Fatal(err)
	}
	until(t, "the good one is offered", func() bool { return cmp.Equal(names(source), []string{"good"}) })
	for _, name := range []string{"0", "1", "2", "3", "4", "pieces"} {
		copyFile("late/" + name)
	}
	until(t, "both are", func() bool { return cmp.Equal(names(source), []string{"good", "late"}) })
}

// TestCatalogueSurvives: a box lists at once after a restart, with its master away.
func TestCatalogueSurvives(t *testing.T) {
	db, chunks := t.TempDir(), t.TempDir()
	split(t, db, "movie", random(1, 100_000), false)
	source := start(t, "source", db, nil)
	ben := start(t, "ben", chunks, source)
	until(t, "ben has heard", func() bool { return len(names(ben)) == 1 })
	for _, s := range []*Station{ben, source} {
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	again := start(t, "ben", chunks, source)
	if diff := cmp.Diff([]string{"movie"}, names(again)); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
}

// TestMoreThanOneAbout: more videos than one answer lists come all the same.
func TestMoreThanOneAbout(t *testing.T) {
	db := t.TempDir()
	split(t, db, "video", []byte("bytes"), false)
	source := start(t, "source", db, nil)
	for i := range 300 {
		split(t, db, "v"+string(rune('a'+i/26/26))+string(rune('a'+i/26%26))+string(rune('a'+i%26)), []byte{byte(i), 1}, false)
	}
	until(t, "the source has all", func() bool { return len(names(source)) == 301 })
	ben := start(t, "ben", t.TempDir(), source)
	until(t, "ben has heard of all", func() bool { return len(names(ben)) == 301 })
}

// TestAhead: a viewer has as many chunks fetched as the operator says, and no more. The place elsewhere is asked for after all
// of those, so when it is here nothing of them is under way.
func TestAhead(t *testing.T) {
	dir := t.TempDir()
	split(t, dir, "movie", random(1, 40*int(chunk)), false)
	source := start(t, "source", dir, nil)
	for _, ahead := range []uint32{1, 3} {
		ben, err := Start(Config{Node: realnet.Config{Name: "ben", Listen: "127.0.0.1:0", Master: source.Node.Addr()}, Chunks: t.TempDir(),
			Ahead: ahead})
		if err != nil {
			t.Fatal(err)
		}
		x, err := ben.Desk.Open(t.Context(), "movie")
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int64{0, 20 * int64(chunk)} {
			if _, err := x.Seek(at, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if _, err := x.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			want := int(ahead)
			if at > 0 {
				want *= 2
			}
			whole := func() int { return int(ben.Node.Holdings()[0].Whole) }
			until(t, "what is ahead is here", func() bool { return whole() >= want })
			if n := whole(); n != want {
				t.Errorf("read ahead %d, read at %d: %d chunks here, want %d", ahead, at, n, want)
			}
		}
		x.Close()
		if err := ben.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if s, err := Start(Config{Node: realnet.Config{Name: "ben", Listen: "127.0.0.1:0"}, Ahead: core.MaxReadAhead + 1}); err == nil {
		s.Close(t.Context())
		t.Error("started with more ahead than there is room for")
	}
}
