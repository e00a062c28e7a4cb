package ingest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/realnet/library"
	"peerstreamer/realnet/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAddAsIs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(file, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Add(t.Context(), dir, file, Options{AsIs: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Video.Name() + " " + r.Video.MediaType(); got != "notes text/plain; charset=utf-8" {
		t.Errorf("added %s", got)
	}
	if _, err := Add(t.Context(), dir, file, Options{AsIs: true}); !errors.Is(err, library.ErrExists) {
		t.Errorf("again: %v, want ErrExists", err)
	}
	if _, err := Add(t.Context(), dir, file, Options{AsIs: true, Name: "a~b"}); err == nil {
		t.Error("a companion's name is taken for a video's")
	}
	got, err := library.Names(dir)
	if diff := cmp.Diff([]string{"notes"}, got); err != nil || diff != "" {
		t.Errorf("names: %v (-want +got):\n%s", err, diff)
	}
}

// TestWithoutTools: where ffmpeg is not installed, the error says how to get it.
func TestWithoutTools(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	_, err := Add(t.Context(), dir, "film.mkv", Options{})
	if entries, _ := os.ReadDir(dir); !errors.Is(err, media.ErrTools) || len(entries) > 0 {
		t.Errorf("%v, left %v; want ErrTools and nothing left", err, entries)
	}
}
