// Command seek measures how soon a browser plays after a seek to a place of which nothing is here: a source and a box below it
// in this process, Chromium, headless, at the box's watch page.
//
//	go run ./bench/seek [-seeks 20] [-file] [-here]
//
// The video is made by ffmpeg, 8 Mbit/s so that each place is beyond what was read ahead of any other, and goes into the
// source as psnode add does it, in chunks of 1 MiB. It prints a line of JSON for each seek and one of percentiles: from setting
// currentTime to the first frame that is shown from there, as requestVideoFrameCallback tells. With -here
// the box has all of the video beforehand, so that what is left is the time that the browser takes by itself. It needs ffmpeg and
// chromium.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"peerstreamer/realnet"
	"peerstreamer/realnet/browser"
	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/station"
)

// apart is the playing time between two places: 15 MB, and a stream reads 11 MiB ahead.
const apart = 15 * time.Second

// watched is what is played from a place before the next seek.
const watched = 2 * time.Second

// patience is how long a step may take.
const patience = time.Minute

func main() {
	seeks := flag.Int("seeks", 20, "how many")
	file := flag.Bool("file", false, "play the plain file, as a build without hls.js does, instead of the HLS playlist")
	here := flag.Bool("here", false, "let the box fetch all of the video first")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *seeks, *file, *here); err != nil {
		fmt.Fprintln(os.Stderr, "seek:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, seeks int, file, here bool) (err error) {
	if seeks < 1 || seeks > 100 {
		return fmt.Errorf("-seeks %d: want 1..100", seeks)
	}
	dir, err := os.MkdirTemp("", "seek-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	videos := filepath.Join(dir, "videos")
	if err := film(ctx, dir, videos, time.Duration(seeks+4)*apart); err != nil {
		return err
	}
	source, err := start(station.Config{Node: realnet.Config{Name: "source"}, Videos: videos})
	if err != nil {
		return err
	}
	defer end(source, &err)
	box, err := start(station.Config{Node: realnet.Config{Name: "box", Master: source.Node.Addr()}, Chunks: filepath.Join(dir, "box"),
		HTTP: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer end(box, &err)
	if here {
		if err := fetch(ctx, box); err != nil {
			return err
		}
	}
	b, err := browser.Start(filepath.Join(dir, "chromium"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	page := "http://" + box.Gateway.Addr() + "/watch/film"
	if file {
		page += "?file"
	}
	return measure(ctx, b, box, page, seeks)
}

// film makes the video and takes it into the source's database.
func film(ctx context.Context, dir, videos string, length time.Duration) error {
	file := filepath.Join(dir, "film.mp4")
	cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-loglevel", "error",
		"-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-t", fmt.Sprint(length.Seconds()), "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p",
		"-b:v", "8M", "-minrate", "8M", "-maxrate", "8M", "-bufsize", "8M", "-x264-params", "nal-hrd=cbr",
		"-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	if err := os.Mkdir(videos, 0o755); err != nil {
		return err
	}
	_, err := ingest.Add(ctx, videos, file, ingest.Options{Name: "film"})
	return err
}

func start(cfg station.Config) (*station.Station, error) {
	cfg.Node.Listen = "127.0.0.1:0"
	return station.Start(cfg)
}

// end ends a station, whose viewers are cut.
func end(s *station.Station, err *error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if e := s.Close(ctx); e != nil && !errors.Is(e, context.DeadlineExceeded) {
		*err = errors.Join(*err, e)
	}
}

// fetch has a box fetch all of the film.
func fetch(ctx context.Context, box *station.Station) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := box.Desk.Open(ctx, "film")
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, s)
	return errors.Join(err, s.Close())
}

// jump seeks and returns the milliseconds to the first frame from there.
const jump = `new Promise((done) => {
	const began = performance.now();
	const frame = (_, seen) => Math.abs(seen.mediaTime - %[1]v) < 2 ? done(performance.now() - began) : video.requestVideoFrameCallback(frame);
	video.requestVideoFrameCallback(frame);
	video.currentTime = %[1]v;
})`

func measure(ctx context.Context, b *browser.Browser, box *station.Station, page string, seeks int) error {
	open, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s, err := box.Desk.Open(open, "film"); err != nil { // the box has heard of it
		return err
	} else if err := s.Close(); err != nil {
		return err
	}
	p, err := b.Open(open, page)
	if err != nil {
		return err
	}
	defer p.Close()
	if err := p.Wait(open, `video.currentTime > 0.5 && !video.paused`); err != nil {
		return err
	}
	var took []float64
	for i := range seeks {
		at := apart * time.Duration(3+(i*7)%seeks) // no two of 20 in a row, and none in what is read ahead at the start
		step, cancel := context.WithTimeout(ctx, patience)
		before := box.Record().FromSource
		ms, err := browser.Eval[float64](step, p, fmt.Sprintf(jump, at.Seconds()+0.5))
		if err == nil {
			err = p.Wait(step, fmt.Sprintf(`video.currentTime > %v`, (at+watched).Seconds()))
		}
		cancel()
		if err != nil {
			return err
		}
		took = append(took, ms)
		if err := show(map[string]any{"seek": i + 1, "to_s": at.Seconds(), "frame_ms": ms, "fetched": box.Record().FromSource - before}); err != nil {
			return err
		}
	}
	slices.Sort(took)
	rank := func(percent int) float64 { return took[(len(took)*percent+99)/100-1] }
	return show(map[string]any{"seeks": seeks, "median_ms": rank(50), "p95_ms": rank(95), "most_ms": rank(100)})
}

func show(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }
