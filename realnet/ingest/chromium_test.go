//go:build tools

package ingest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"peerstreamer/realnet/browser"
)

// Range requests that Chromium may need to play two minutes as a plain file and to seek once. Without an index of all
// fragments at its head it makes one for each of the 30.
const maxRequests = 12

// TestChromiumPlaysThePlainFile: with its whole duration from the beginning, and from the middle after a seek.
func TestChromiumPlaysThePlainFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "film.mkv")
	encode := exec.CommandContext(t.Context(), "ffmpeg", append(append([]string{"-v", "error", "-f", "lavfi", "-i",
		"testsrc=size=320x180:rate=25,noise=alls=30:allf=t", "-f", "lavfi", "-i", "sine", "-t", "120"}, h264...), "-b:v", "1500k", "-c:a", "aac", path)...)
	if out, err := encode.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := t.TempDir()
	if _, err := Add(t.Context(), dir, path, Options{}); err != nil {
		t.Fatal(err)
	}
	film := content(t, open(t, dir), "film")
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/film" {
			requests.Add(1)
			w.Header().Set("Content-Type", "video/mp4")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(film))
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,"><video id="video" muted src="/film"></video>`)
	}))
	defer server.Close()
	profile, err := os.MkdirTemp("", "chromium-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile)
	b, err := browser.Start(profile)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := b.Open(ctx, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(ctx, `video.readyState >= 1`); err != nil {
		t.Fatal(err)
	}
	if d, err := browser.Eval[float64](ctx, p, `video.duration`); err != nil || d < 119.9 || d > 120.1 {
		t.Errorf("plays %.3f s, %v; want 120", d, err)
	}
	if _, err := browser.Eval[browser.Nothing](ctx, p, `void (video.currentTime = 80, video.play())`); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(ctx, `video.currentTime > 80.5 && video.videoWidth === 320`); err != nil {
		t.Fatal(err)
	}
	if n := requests.Load(); n > maxRequests {
		t.Errorf("%d requests for the file, want at most %d", n, maxRequests)
	} else {
		t.Logf("%d requests for the file", n)
	}
}
