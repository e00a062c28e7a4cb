package ingest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNoRoom: a file that is larger than what the database's disk has left is refused before anything is written.
func TestNoRoom(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "film.mkv")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	left, err := free(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, left+left/8+1<<30); err != nil { // sparse
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = Add(ctx, dir, file, Options{AsIs: true})
	if !errors.Is(err, ErrRoom) || !strings.Contains(err.Error(), dir) {
		t.Errorf("%v, want ErrRoom with the database's name", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v; want nothing", entries, err)
	}
	if err := fits(dir, 1); err != nil {
		t.Errorf("a byte: %v", err)
	}
}
