package gateway

import (
	"strings"
	"testing"
)

// TestAbsentPage: who opens the page of a video that is not there gets a page, with a way on if there is a list.
func TestAbsentPage(t *testing.T) {
	open := source(t, movie, setup{})
	framed := source(t, movie, setup{Options: Options{Frame: []string{"https://moodle.example"}}})
	for _, c := range []struct {
		at      *box
		path    string
		list    bool
		framers string
	}{
		{open, "/watch/movei", true, "frame-ancestors 'none'"},
		{open, "/embed/movei", false, "frame-ancestors 'self'"},
		{framed, "/embed/movei", false, "frame-ancestors 'self' https://moodle.example"},
	} {
		r := get(t, c.at.URL()+c.path)
		body := string(r.body)
		if r.status != 404 || !strings.HasPrefix(r.Get("Content-Type"), "text/html") || !strings.Contains(body, "<h1>") {
			t.Errorf("%s: %d %s, want a page with 404", c.path, r.status, r.Get("Content-Type"))
		}
		if got := strings.Contains(body, `href="/"`); got != c.list {
			t.Errorf("%s: a link to the list is %v, want %v", c.path, got, c.list)
		}
		if p := r.Get("Content-Security-Policy"); !strings.HasSuffix(p, c.framers) {
			t.Errorf("%s: policy %s, want it to end with %s", c.path, p, c.framers)
		}
		if strings.Contains(body, "http-equiv") {
			t.Errorf("%s: looks again for what is not there", c.path)
		}
	}
}
