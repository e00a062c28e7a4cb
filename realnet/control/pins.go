package control

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/media"
)

// pinsName is the file in a chunk directory with the names of pinned videos, one a line.
const pinsName = ".pinned"

// MaxPins bounds the names.
const MaxPins = 4096

// Pins are the names of the videos that a node is to keep, kept in its chunk directory. Its methods may be called from any
// goroutine.
type Pins struct {
	path string

	mu    sync.Mutex
	names map[string]bool
}

// LoadPins reads a chunk directory's; no file is none.
func LoadPins(dir string) (*Pins, error) {
	p := &Pins{path: filepath.Join(dir, pinsName), names: map[string]bool{}}
	data, err := os.ReadFile(p.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("pinned videos: %w", err)
	}
	for line := range bytes.Lines(data) {
		name := strings.TrimRight(string(line), "\r\n")
		switch err := manifest.CheckName(name); {
		case name == "":
		case err != nil:
			return nil, fmt.Errorf("pinned videos, %s: %w", p.path, err)
		default:
			p.names[name] = true
		}
	}
	return p, nil
}

// Has reports whether a video of that name, or the one that it is a companion of, is pinned.
func (p *Pins) Has(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	video, _, companion := media.Parse(name)
	return p.names[name] || companion && p.names[video]
}

// Set pins a name, or ends that, on the disk first.
func (p *Pins) Set(name string, pin bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pin == p.names[name] {
		return nil
	}
	next := maps.Clone(p.names)
	if pin {
		next[name] = true
	} else {
		delete(next, name)
	}
	if len(next) > MaxPins {
		return fmt.Errorf("pin %q: %d videos are pinned, which is the most", name, len(p.names))
	}
	text := strings.Join(append(slices.Sorted(maps.Keys(next)), ""), "\n")
	if err := write(p.path+"-new", text); err != nil {
		return err
	}
	if err := os.Rename(p.path+"-new", p.path); err != nil {
		return err
	}
	p.names = next
	return nil
}

// write writes a file, and returns when a power cut does not empty it any more.
func write(path, text string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}
