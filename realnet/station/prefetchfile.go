package station

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"peerstreamer/realnet/control"
	"peerstreamer/realnet/media"
)

// prefetchFile is the file in a chunk directory with the prefetches that are not over, as JSON, one a line.
const prefetchFile = ".prefetch"

// maxPrefetchFile bounds it in bytes: maxPrefetches lines with a name that is escaped throughout.
const maxPrefetchFile = maxPrefetches * 2048

// savedJob is a line.
type savedJob struct {
	Name string `json:"name"`
	control.Prefetch
}

// keepIn reads the jobs of an earlier life from a directory, and has those of this one written there.
func (p *prefetches) keepIn(dir string) error {
	path := filepath.Join(dir, prefetchFile)
	defer func() { p.path = path }() // what is read need not be written
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("prefetches: %w", err)
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, maxPrefetchFile))
	for {
		var j savedJob
		err := d.Decode(&j)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			if err = media.CheckVideoName(j.Name); err == nil {
				err = p.add(newJob(j.Name, j.Prefetch, time.Now()))
			}
		}
		if err != nil {
			return fmt.Errorf("prefetches, %s: %w (remove the file to go on without what is in it)", path, err)
		}
	}
}

// save writes the jobs. The caller holds mu.
func (p *prefetches) save(jobs []*job) error {
	if p.path == "" {
		return nil
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	for _, j := range jobs {
		if err := e.Encode(savedJob{j.name, j.asked}); err != nil {
			return err
		}
	}
	if err := os.WriteFile(p.path+"-new", text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(p.path+"-new", p.path)
}
