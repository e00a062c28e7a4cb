//go:build tools

package browser_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"peerstreamer/realnet"
	"peerstreamer/realnet/browser"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/station"
)

// TestNodeThatDies: the node that a page plays from dies and is gone for a while; the page says so and goes on where it was
// when the node is there again.
func TestNodeThatDies(t *testing.T) {
	source := run(t, station.Config{Node: realnet.Config{Name: "source"}, Videos: database(t, map[string][]byte{"film.mp4": film(t)})})
	box := station.Config{Node: realnet.Config{Name: "box", Master: source.Node.Addr()}, Chunks: t.TempDir()}
	first := run(t, box)
	know(t, first, "film.mp4")
	box.HTTP = first.Gateway.Addr()
	p := visit(t, address(first, "/watch/film.mp4"), desktop)
	wait(t, p, `video.currentTime > 0.5`)
	stop(first)
	eval[browser.Nothing](t, p, `void (video.currentTime = 45)`)
	wait(t, p, `document.getElementById("say").dataset.state === "trouble"`)
	second := run(t, box)
	know(t, second, "film.mp4")
	wait(t, p, `video.currentTime > 45.5 && !video.paused && document.getElementById("say").textContent === ""`)
}

// TestHLS: a film with a playlist plays through hls.js where the build has it, and as the plain file where it has not or the
// page is asked for that; either way it seeks.
func TestHLS(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.mp4")
	if err := os.WriteFile(in, film(t), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ffmpeg", "-nostdin", "-loglevel", "error", "-i", in, "-c", "copy", "-f", "hls", "-hls_segment_type", "fmp4",
		"-hls_flags", "single_file", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_fmp4_init_filename", "x.m4s", "x.m3u8")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	data := map[string][]byte{}
	for name, file := range map[string]string{"film.mp4": "x.m4s", media.Companion("film.mp4", media.PlaylistPart): "x.m3u8"} {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		data[name] = b
	}
	_, _, box := swarm(t, data)
	p := visit(t, address(box, "/watch/film.mp4"), desktop)
	wait(t, p, `video.currentTime > 0.5 && !video.paused`)
	want := "file"
	if eval[string](t, p, `video.dataset.hlsjs ?? ""`) != "" {
		want = "hls.js"
	}
	if kind := eval[string](t, p, `peerstreamer.player.kind`); kind != want {
		t.Errorf("plays by %s, want %s", kind, want)
	}
	eval[browser.Nothing](t, p, `void (video.currentTime = 50)`)
	wait(t, p, `video.currentTime > 50.5 && !video.seeking`)

	p = visit(t, address(box, "/watch/film.mp4?file"), desktop)
	wait(t, p, `video.currentTime > 0.5 && !video.paused`)
	if kind := eval[string](t, p, `peerstreamer.player.kind`); kind != "file" {
		t.Errorf("plays by %s, want the file that was asked for", kind)
	}
}
