//go:build tools

package browser_test

import (
	"testing"

	"peerstreamer/realnet/browser"
)

func film(t *testing.T) []byte {
	t.Helper()
	data, err := clip()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPlays: the page plays without a click, time goes on, and a seek to a place of which nothing is here goes on from there.
func TestPlays(t *testing.T) {
	_, _, box := swarm(t, map[string][]byte{"film.mp4": film(t)})
	p := visit(t, address(box, "/watch/film.mp4"), desktop)
	wait(t, p, `video.currentTime > 0.5 && !video.paused && video.videoWidth === 320`)
	if d := eval[float64](t, p, `video.duration`); d < 59 || d > 61 {
		t.Errorf("duration %v s, want 60", d)
	}
	eval[browser.Nothing](t, p, `void (video.currentTime = 50)`)
	wait(t, p, `video.currentTime > 50.5 && !video.seeking`)
	wait(t, p, `/^\d+ s buffered$/.test(document.getElementById("buffer").textContent)`)
	if n := eval[int](t, p, `peerstreamer.player.restarts`); n != 0 {
		t.Errorf("began anew %d times", n)
	}
}
