//go:build tools

package browser_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"peerstreamer/realnet/browser"
	"peerstreamer/realnet/media"
)

// fragmented makes of clip one fragmented file and the playlist of its ranges, a segment each two seconds.
var fragmented = sync.OnceValues(func() (map[string][]byte, error) {
	data, err := clip()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hls-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in := filepath.Join(dir, "in.mp4")
	if err := os.WriteFile(in, data, 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command("ffmpeg", "-nostdin", "-loglevel", "error", "-i", in, "-c", "copy", "-f", "hls", "-hls_segment_type", "fmp4",
		"-hls_flags", "single_file", "-hls_time", "2", "-hls_playlist_type", "vod", "-hls_fmp4_init_filename", "x.m4s", "x.m3u8")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	all := map[string][]byte{}
	for name, file := range map[string]string{"film.mp4": "x.m4s", media.Companion("film.mp4", media.PlaylistPart): "x.m3u8"} {
		if all[name], err = os.ReadFile(filepath.Join(dir, file)); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// playlisted returns the videos of a film that has a playlist: a minute, 30 segments.
func playlisted(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := fragmented()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestHLS: a film with a playlist plays through hls.js where the build has it, and as the plain file where it has not or the
// page is asked for that; either way it seeks.
func TestHLS(t *testing.T) {
	_, _, box := swarm(t, playlisted(t))
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
