//go:build tools

package browser_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/browser"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/station"
)

// chromium is the browser of all tests of this package, started by the first that wants it.
var chromium = sync.OnceValues(func() (*browser.Browser, error) {
	dir, err := os.MkdirTemp("", "browser-test-")
	if err != nil {
		return nil, err
	}
	started = dir
	return browser.Start(dir)
})

var started string // chromium's profile

func TestMain(m *testing.M) {
	code := m.Run()
	if started != "" {
		if b, err := chromium(); err == nil {
			if err := b.Close(); err != nil {
				fmt.Fprintln(os.Stderr, "close the browser:", err)
			}
		}
		os.RemoveAll(started)
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// visit opens a page, and at the end of the test says what went wrong in it.
func visit(t *testing.T, url string, v browser.View) *browser.Page {
	t.Helper()
	b, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.OpenAs(within(t), url, v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		for _, f := range p.Faults() {
			t.Errorf("%s: %s", url, f)
		}
	})
	return p
}

var desktop = browser.View{Width: 1280, Height: 800}

// wait waits for something to be true in the page.
func wait(t *testing.T, p *browser.Page, condition string) {
	t.Helper()
	if err := p.Wait(within(t), condition); err != nil {
		state, _ := browser.Eval[string](t.Context(), p, `(() => { const v = document.querySelector("video"); return JSON.stringify(v ? {
			at: v.currentTime, ready: v.readyState, network: v.networkState, paused: v.paused, error: v.error?.message,
			say: document.getElementById("say")?.textContent } : document.body.innerText) })()`)
		t.Fatalf("%v; the page: %s", err, state)
	}
}

func eval[T any](t *testing.T, p *browser.Page, script string) T {
	t.Helper()
	v, err := browser.Eval[T](within(t), p, script)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// clip makes 60 s of H.264 and AAC, a key frame each second, as a file with its index first.
var clip = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "clip-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "clip.mp4")
	out, err := exec.Command("ffmpeg", "-nostdin", "-loglevel", "error",
		"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", "60",
		"-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-b:v", "1M", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k",
		"-movflags", "+faststart", file).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	return os.ReadFile(file)
})

// database returns a source's directory with videos in chunks of 64 KiB.
func database(t *testing.T, videos map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range videos {
		if _, err := library.Split(t.Context(), dir, name, bytes.NewReader(data), library.Options{ChunkSize: 64 * core.KiB}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run starts a station and ends it with the test.
func run(t *testing.T, cfg station.Config) *station.Station {
	t.Helper()
	cfg.Node.Listen = "127.0.0.1:0"
	if cfg.HTTP == "" {
		cfg.HTTP = "127.0.0.1:0"
	}
	s, err := station.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(s) })
	return s
}

// stop ends a station at once, which may have ended before.
func stop(s *station.Station) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Close(ctx) // what is under way is cut, which is an error
}

// swarm starts a source, a master and a box below it, each with pages.
func swarm(t *testing.T, videos map[string][]byte) (source, master, box *station.Station) {
	t.Helper()
	source = run(t, station.Config{Node: realnet.Config{Name: "source"}, Videos: database(t, videos)})
	master = run(t, station.Config{Node: realnet.Config{Name: "master", Master: source.Node.Addr()}, Chunks: t.TempDir()})
	box = run(t, station.Config{
		Node: realnet.Config{Name: "box", Master: master.Node.Addr(), Supermaster: source.Node.Addr()}, Chunks: t.TempDir(),
	})
	for name := range videos {
		know(t, box, name)
	}
	return source, master, box
}

// know makes a station hear of a video.
func know(t *testing.T, s *station.Station, name string) {
	t.Helper()
	v, err := s.Desk.Open(within(t), name)
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
}

// address of a page of a station.
func address(s *station.Station, path string) string { return "http://" + s.Gateway.Addr() + path }
