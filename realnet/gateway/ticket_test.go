package gateway

import (
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"peerstreamer/realnet/gateway/ticket"
)

func key(t testing.TB) *ticket.Key {
	t.Helper()
	k, err := ticket.New([]byte("a secret of some length"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// everything of a video that has an address.
var everything = []string{"/v/movie", "/v/movie/video.mp4", "/v/movie~poster.jpg", "/v/movie/index.m3u8", "/v/movie/master.m3u8", "/v/movie/poster.jpg", "/v/movie/en.vtt",
	"/watch/movie", "/embed/movie", "/go/movie", "/go/movie/index.m3u8", "/go/movie/master.m3u8", "/go/movie/watch", "/steer/movie"}

// TestTickets: with a secret, nothing of a video is shown without a ticket, and one ticket is good for all of it.
func TestTickets(t *testing.T) {
	k := key(t)
	b := source(t, movie, setup{Options: Options{Secret: k}})
	hour := time.Now().Add(time.Hour)
	for what, c := range map[string]struct {
		query  string
		status int
		text   string
	}{
		"none":      {"", 403, "needs a signature"},
		"expired":   {k.Sign("movie", time.Now().Add(-time.Second), netip.Prefix{}).Encode(), 403, "has expired"},
		"forged":    {url.Values{"exp": {"99999999999"}, "sig": {strings.Repeat("A", 43)}}.Encode(), 403, "not ours"},
		"another's": {k.Sign("movie2", hour, netip.Prefix{}).Encode(), 403, "not ours"},
		"elsewhere": {k.Sign("movie", hour, netip.MustParsePrefix("10.0.0.0/8")).Encode(), 403, "another network"},
		"good":      {k.Sign("movie", hour, netip.Prefix{}).Encode(), 200, ""},
		"good here": {k.Sign("movie", hour, netip.MustParsePrefix("127.0.0.0/8")).Encode(), 200, ""},
	} {
		for _, path := range everything {
			r := get(t, b.URL()+path+"?"+c.query)
			status := r.status
			if status == 307 {
				status = 200
			}
			if status != c.status || !strings.Contains(string(r.body), c.text) {
				t.Errorf("%s, %s: %d %.80q; want %d, %q", path, what, r.status, r.body, c.status, c.text)
			}
			if !strings.Contains(r.Get("Cache-Control"), "private") && !strings.Contains(r.Get("Cache-Control"), "no-store") && c.status == 403 {
				t.Errorf("%s, %s: may be kept by a cache: %q", path, what, r.Get("Cache-Control"))
			}
		}
	}
	if r := get(t, b.URL()+"/"); r.status != 403 {
		t.Errorf("the list: %d, want 403", r.status)
	}
	if r := get(t, b.URL()+"/v/movie?"+k.Sign("movie", hour, netip.Prefix{}).Encode(), "Range", "bytes=0-9"); r.status != 206 {
		t.Errorf("a range: %d", r.status)
	}
}

// TestTicketsAreCarried: who follows the addresses in what a ticket opened needs no other.
func TestTicketsAreCarried(t *testing.T) {
	k := key(t)
	b := source(t, movie, setup{Options: Options{Secret: k}})
	query := "?" + k.Sign("movie", time.Now().Add(time.Hour), netip.Prefix{}).Encode()
	c := client(t)
	c.CheckRedirect = nil
	at := b.URL() + "/go/movie/master.m3u8" + query
	for hops := 0; ; hops++ {
		resp, err := c.Get(at)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", at, resp.StatusCode, err)
		}
		if resp.Header.Get("Content-Type") != playlistType {
			if hops != 2 || len(body) != len(movie["movie"]) {
				t.Errorf("%d bytes after %d playlists", len(body), hops)
			}
			return
		}
		next := ""
		for line := range strings.Lines(string(body)) {
			if line = strings.TrimSpace(line); next == "" && line != "" && line[0] != '#' {
				next = line
			}
		}
		u, err := resp.Request.URL.Parse(next)
		if err != nil {
			t.Fatal(err)
		}
		at = u.String()
	}
}
