//go:build tools

package browser_test

import (
	"context"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"

	"peerstreamer/realnet/demo"
)

// heard collects what is printed and says when it has an address of the demo's page.
type heard struct {
	mu    sync.Mutex
	text  strings.Builder
	found chan string
}

var demoAddress = regexp.MustCompile(`http://\S+/demo`)

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Write(b)
	if at := demoAddress.FindString(h.text.String()); at != "" && h.found != nil {
		h.found <- at
		h.found = nil
	}
	return len(b), nil
}

var _ io.Writer = (*heard)(nil)

// TestDemo: the page plays and shows what flows; with a site's master down it goes on playing, and says that it is down.
func TestDemo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	found := make(chan string, 1)
	ended := make(chan error, 1)
	go func() { ended <- demo.Show(ctx, demo.Config{HTTP: "127.0.0.1:0", Out: &heard{found: found}}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	var at string
	select {
	case at = <-found:
	case err := <-ended:
		t.Fatal(err)
	}
	p := visit(t, at, desktop)
	wait(t, p, `document.querySelector("video").currentTime > 0.5 && document.querySelectorAll(".wire.busy").length > 1`)
	wait(t, p, `document.querySelectorAll("#table tbody tr").length === 9`)
	eval[struct{}](t, p, `void document.getElementById("kill").click()`)
	wait(t, p, `document.querySelector(".down") && document.getElementById("said").textContent.includes("is down")`)
	eval[struct{}](t, p, `void (globalThis.was = document.querySelector("video").currentTime)`)
	wait(t, p, `document.querySelector("video").currentTime > was + 1`)
}
