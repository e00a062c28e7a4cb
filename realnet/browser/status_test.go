//go:build tools

package browser_test

import (
	"io"
	"net/http"
	"testing"

	"peerstreamer/realnet/browser"
)

// TestStatusPage: the page of a box shows the tree around it, its traffic, chunk map and viewers, all that in the width of a phone,
// and tells who does not see what it tells it in words; the page of all nodes has a row for each.
func TestStatusPage(t *testing.T) {
	_, _, box := swarm(t, map[string][]byte{"film": film(t), "film~en.vtt": []byte("WEBVTT\n")})
	know(t, box, "film")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	a, err := client.Get(address(box, "/v/film"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, a.Body); err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	for name, v := range map[string]browser.View{"desktop": desktop, "phone in the dark": {Width: 360, Height: 740, Dark: true, Mobile: true, Calm: true}} {
		p := visit(t, address(box, "/status"), v)
		wait(t, p, `document.querySelectorAll("#viewers tbody tr").length === 1`)
		wait(t, p, drawn("#videos canvas"))
		wait(t, p, drawn("#traffic"))
		for what, is := range map[string]string{
			"the heading is the node's name": `document.querySelector("h1").textContent === "box"`,
			"the tree tells who is above":    `/above it/.test(document.querySelector("#tree svg").getAttribute("aria-label"))`,
			"nobody is read the mean aloud":  `document.getElementById("traffic-now").getAttribute("aria-live") === "off"`,
			"the map leaves companions out":  `document.querySelectorAll("#videos figure").length === 1`,
			"the peers are in a table":       `document.querySelectorAll("#peers tbody tr").length >= 1`,
			"the map says that all is here":  `/of \d+ chunks whole/.test(document.querySelector("#videos canvas").getAttribute("aria-label"))`,
			"nothing is wider than the page": `document.documentElement.scrollWidth <= innerWidth`,
			"there is a table of seconds":    `(document.querySelector("#seconds").closest("details").open = true)`,
		} {
			if !eval[bool](t, p, is) {
				t.Errorf("%s: not so: %s", name, what)
			}
		}
		wait(t, p, `(() => { const c = document.getElementById("traffic"); c.focus(); // once a second has passed
			c.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
			const said = document.getElementById("traffic-now");
			return / s ago: /.test(said.textContent) && said.getAttribute("aria-live") === "polite" })()`)
		wait(t, p, `document.querySelectorAll("#seconds tbody tr").length >= 1`)
	}
	p := visit(t, address(box, "/status?all"), desktop)
	wait(t, p, `document.querySelectorAll("#nodes tbody tr").length === 3`)
}

// drawn is a condition: a canvas has pixels that are not empty.
func drawn(canvas string) string {
	return `(() => { const c = document.querySelector("` + canvas + `");
		return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v !== 0) })()`
}
