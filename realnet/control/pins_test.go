package control

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPins: names are pinned with what belongs to them, are known in the next life, and are so many at most.
func TestPins(t *testing.T) {
	dir := t.TempDir()
	load := func() *Pins {
		t.Helper()
		p, err := LoadPins(dir)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := load()
	for i := range MaxPins - 1 {
		p.names[fmt.Sprint("video ", i)] = true
	}
	if err := p.Set("movie", true); err != nil {
		t.Fatal(err)
	}
	if err := p.Set("more", true); err == nil || !strings.Contains(err.Error(), "4096 videos are pinned") || p.Has("more") {
		t.Errorf("one too many: %v", err)
	}
	for life, p := range map[string]*Pins{"this": p, "the next": load()} {
		for name, want := range map[string]bool{"movie": true, "movie~en.vtt": true, "video 7": true, "more": false, "movi": false, "more~en.vtt": false} {
			if p.Has(name) != want {
				t.Errorf("in %s life %q is pinned: %v", life, name, !want)
			}
		}
	}
	if err := p.Set("movie", false); err != nil || p.Has("movie") || load().Has("movie~en.vtt") {
		t.Errorf("after the end of a pin: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("files left: %v", files)
	}
}

// TestPinsThatAreNone: a file with what can name no video is told of rather than taken.
func TestPinsThatAreNone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, pinsName), []byte("movie\r\n\n../x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if p, err := LoadPins(dir); err == nil || !strings.Contains(err.Error(), pinsName) {
		t.Errorf("%v, %v; want an error that names the file", p, err)
	}
}
