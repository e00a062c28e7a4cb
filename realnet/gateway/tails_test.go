package gateway

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"peerstreamer/realnet/manifest"
)

// TestTailsAreBounded: so many tails are fetched at a time, and so many videos remembered.
func TestTailsAreBounded(t *testing.T) {
	top := source(t, files{"long": make([]byte, 1<<20)}, setup{})
	m := top.node.Manifest(top.node.Video("long"))
	tails := top.tails
	tails.mu.Lock()
	tails.running = maxTails
	tails.mu.Unlock()
	if tails.fetch(m, 1); tails.seen[m.ID()] {
		t.Error("one too many is fetched")
	}
	tails.mu.Lock()
	tails.running = 0
	for i := range maxBegun {
		tails.seen[manifest.ID(sha256.Sum256(fmt.Append(nil, i)))] = true
	}
	tails.mu.Unlock()
	tails.fetch(m, 1)
	tails.all.Wait()
	if n := len(tails.seen); n != 1 || !tails.seen[m.ID()] {
		t.Errorf("%d videos are remembered as begun, want the last", n)
	}
}
