package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// PROTOCOL 2.15: split -d DIR -s FILE -c 1m -f NAME makes DIR/NAME/0..n-1 and a manifest; k and m are KiB and MiB.
func TestBehaviour15Split(t *testing.T) {
	s := newStage(t)
	data := randomBytes(2<<20 + 12345)
	for _, c := range []struct {
		size   string
		bytes  int
		chunks int
	}{{"1m", 1 << 20, 3}, {"512k", 512 << 10, 5}, {"1048576", 1 << 20, 3}} {
		s.split("v"+c.size, data, c.size)
		dir := filepath.Join(s.path("videos"), "v"+c.size)
		var all []byte
		for i := range c.chunks {
			b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i)))
			if err != nil {
				t.Fatal(err)
			}
			if i < c.chunks-1 && len(b) != c.bytes {
				t.Errorf("-c %s: chunk %d has %d bytes, want %d", c.size, i, len(b), c.bytes)
			}
			all = append(all, b...)
		}
		if !bytes.Equal(all, data) {
			t.Errorf("-c %s: the chunks in order are not the file", c.size)
		}
		if _, err := os.Stat(filepath.Join(dir, fmt.Sprint(c.chunks))); !os.IsNotExist(err) {
			t.Errorf("-c %s: there is a chunk %d: %v", c.size, c.chunks, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "manifest")); err != nil {
			t.Errorf("-c %s: %v", c.size, err)
		}
	}
}

// PROTOCOL 2.16: stream reads in order and waits between an answer and the next request. Ours exits at the end, with 0;
// the original never did.
func TestBehaviour16Stream(t *testing.T) {
	s := newStage(t)
	data := randomBytes(10 << 16)
	s.split("movie", data, "64k")
	source := s.source()
	began := time.Now()
	s.stream(source, "movie", data, "-interval", "20")
	if took := time.Since(began); took < 9*20*time.Millisecond {
		t.Errorf("ten chunks at 20 ms took %v, want at least nine intervals", took)
	}
}

// The master is killed and started again in mid-stream: its streams are gone, and the reader opens them anew.
func TestMasterRestartsInMidStream(t *testing.T) {
	s := newStage(t)
	data := randomBytes(80 << 16)
	s.split("movie", data, "64k")
	source := s.source()
	mit := s.node("mit", source, nil)
	ben := s.node("ben", mit, nil) // nobody to turn to but mit
	port := mit.Port()
	trap := &trigger{after: len(data) / 4, f: func() {
		mit.Kill()
		s.run("mit", "-port", port, "-chunkdirectory", s.path("mit"), "-master", source.Addr)
	}}
	s.streamTo(trap, ben, "movie", "-interval", "10")
	if !bytes.Equal(trap.got.Bytes(), data) {
		t.Errorf("%d bytes, want the %d of the source unchanged", trap.got.Len(), len(data))
	}
}
