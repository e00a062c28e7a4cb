//go:build tools

package browser_test

import (
	"testing"

	"peerstreamer/realnet"
	"peerstreamer/realnet/browser"
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
