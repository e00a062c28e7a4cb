package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/sample"
)

// Config says what to show. The zero value of each field but Out is a sensible choice.
type Config struct {
	Video string    // path of a video that browsers can play; "": the one in the program
	HTTP  string    // host:port of the page; "": 127.0.0.1:8080, or any port if that one is taken
	Line  core.Rate // of each site to the source; 0: four times what the video needs. The source has twice that
	Kill  bool      // take a site's master down while people watch

	Out io.Writer   // what people are told
	Log *zap.Logger // nil: nothing is logged
}

// How large the swarm is.
const (
	sites = 2
	boxes = 3 // at each
)

// A video is cut into about so many chunks, that there is something to be seen, of a size between these.
const (
	aimChunks = 64
	minChunk  = 64 * core.KiB
	maxChunk  = core.MiB
)

// Lines are as fast as a few videos, whatever the video; one that does not tell its duration is taken for this long.
const (
	lineFactor   = 4
	minLine      = 500 * core.Kbps
	someDuration = 60 * core.Second
)

// cut writes the video into a new database dir.
func cut(ctx context.Context, dir, file string) (*manifest.Manifest, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	if file == "" {
		return library.Split(ctx, dir, sample.Name, bytes.NewReader(sample.Video), library.Options{ChunkSize: minChunk})
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, fmt.Errorf("%s: want a file with a video in it", file)
	}
	name := filepath.Base(file)
	if err := manifest.CheckName(name); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return library.Split(ctx, dir, name, f, library.Options{ChunkSize: chunkSize(core.Bytes(info.Size())), FileName: name})
}

// chunkSize returns the size of chunks that gives about aimChunks of them, a power of two.
func chunkSize(length core.Bytes) core.Bytes {
	c := core.Bytes(minChunk)
	for c < maxChunk && length/c > aimChunks {
		c *= 2
	}
	return c
}

// line returns how fast each site's line to the source is to be for a video.
func (c *Config) line(v core.VideoInfo) core.Rate {
	if c.Line > 0 {
		return c.Line
	}
	return max(minLine, lineFactor*core.Rate(8*float64(v.Length)/duration(v).Seconds()))
}

// duration returns how long a video plays, or is taken to.
func duration(v core.VideoInfo) core.Time {
	if v.Duration > 0 {
		return v.Duration
	}
	return someDuration
}
