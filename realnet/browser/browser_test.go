//go:build tools

package browser_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"peerstreamer/realnet/browser"
)

// TestFaultsAreTold: what a page throws, what its policy forbids and whom else it asks for.
func TestFaultsAreTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/good":
			io.WriteString(w, `<title>good</title><script>window.sum = 1 + 1</script>`)
		case "/throws":
			io.WriteString(w, `<script>throw new Error("thrown")</script>`)
		case "/forbidden":
			w.Header().Set("Content-Security-Policy", "script-src 'self'")
			io.WriteString(w, `<script>window.sum = 2</script>`)
		case "/elsewhere":
			io.WriteString(w, `<img src="http://elsewhere.invalid/x.png">`)
		}
	}))
	defer server.Close()
	b, err := chromium()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, c := range []struct{ path, fault string }{
		{"/good", ""}, {"/throws", "thrown"}, {"/forbidden", "Content Security Policy"}, {"/elsewhere", "elsewhere.invalid"},
	} {
		p, err := b.Open(ctx, server.URL+c.path)
		if err != nil {
			t.Fatal(err)
		}
		if c.fault == "" {
			if sum, err := browser.Eval[int](ctx, p, "window.sum"); err != nil || sum != 2 {
				t.Errorf("%s: %d, %v; want 2", c.path, sum, err)
			}
			if f := p.Faults(); len(f) != 0 {
				t.Errorf("%s: %v", c.path, f)
			}
		} else if err := awaitFault(ctx, p, c.fault); err != nil {
			t.Errorf("%s: faults %q, want one with %q", c.path, p.Faults(), c.fault)
		}
		p.Close()
	}
}

// awaitFault waits until a fault is told that says what.
func awaitFault(ctx context.Context, p *browser.Page, what string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, f := range p.Faults() {
			if strings.Contains(f, what) {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
