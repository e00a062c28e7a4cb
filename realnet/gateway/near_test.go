package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// site is two boxes below a source that leads viewers to them: of 10.1.0.0/16 to a, of 10.1.2.0/24 and 10.2.0.0/16 to b.
// Viewers are what a proxy on this machine says.
type site struct{ top, a, b *box }

var localProxy = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func near(t testing.TB, s string) Near {
	t.Helper()
	n, err := ParseNear(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func newSite(t *testing.T, o Options) site {
	t.Helper()
	origin := source(t, movie, setup{})
	s := site{a: below(t, origin, setup{Options: o, most: 2}), b: below(t, origin, setup{Options: o, most: 2})}
	o.Proxies = localProxy
	o.Near = []Near{near(t, "10.1.0.0/16="+s.a.URL()), near(t, "10.1.2.0/24="+s.b.URL()), near(t, "10.2.0.0/16="+s.b.URL())}
	s.top = below(t, origin, setup{Options: o})
	s.top.rooms.age = 0 // every question is asked
	return s
}

// occupy has n viewers watch at a box until the end of the test.
func (b *box) occupy(t *testing.T, n int) {
	t.Helper()
	for range n {
		s, err := b.desk.Open(t.Context(), "movie")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		if _, err := s.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGo: a viewer is led to the nearest box with room, then to the least busy, then to the one that it has asked.
func TestGo(t *testing.T) {
	s := newSite(t, Options{})
	a, b, here := s.a.URL()+"/v/movie", s.b.URL()+"/v/movie", "../v/movie"
	leads := func(when string, want map[string]string) {
		t.Helper()
		got := map[string]string{}
		for viewer := range want {
			r := get(t, s.top.URL()+"/go/movie", "X-Forwarded-For", viewer)
			got[viewer] = r.Get("Location")
			if r.status != http.StatusTemporaryRedirect || !strings.Contains(r.Get("Cache-Control"), "no-store") {
				t.Errorf("%s: %s: %d, %v", when, viewer, r.status, r.Header)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s:\n%s", when, d)
		}
	}
	leads("all have room", map[string]string{"10.1.0.1": a, "10.1.2.1": b, "10.2.0.1": b, "::ffff:10.2.0.1": b, "9.9.9.9": a})
	s.a.occupy(t, 1)
	leads("a is half full", map[string]string{"10.1.0.1": a, "9.9.9.9": b})
	s.a.occupy(t, 1)
	leads("a is full", map[string]string{"10.1.0.1": b, "10.2.0.1": b, "9.9.9.9": b})
	s.b.occupy(t, 2)
	leads("both are full", map[string]string{"10.1.0.1": here, "10.2.0.1": here, "9.9.9.9": here})
	s.a.kill()
	s.b.kill()
	leads("both are dead", map[string]string{"10.1.0.1": here, "9.9.9.9": here})
}

// TestGoParts: playlists, subtitles and the page are at the same box as the bytes; the query's ticket goes along, no more.
func TestGoParts(t *testing.T) {
	s := newSite(t, Options{})
	for path, want := range map[string]string{
		"/go/movie?sig=x&y=1&exp=2":   s.b.URL() + "/v/movie?exp=2&sig=x",
		"/go/movie/index.m3u8":        s.b.URL() + "/v/movie/index.m3u8",
		"/go/movie/watch":             s.b.URL() + "/watch/movie",
		"/go/movie/en.vtt":            s.b.URL() + "/v/movie/en.vtt",
		"/go/movie/poster.jpg?exp=%0": s.b.URL() + "/v/movie/poster.jpg",
	} {
		if r := get(t, s.top.URL()+path, "X-Forwarded-For", "10.2.0.1"); r.status != 307 || r.Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", path, r.status, r.Get("Location"), want)
		}
	}
	if r := get(t, s.top.URL()+"/go/movie/passwd"); r.status != 404 {
		t.Errorf("nothing: %d", r.status)
	}
}

// steered asks where a viewer should go.
func (s site) steered(t *testing.T, viewer string) []string {
	t.Helper()
	r := get(t, s.top.URL()+"/steer/movie?_HLS_pathway=x&_HLS_throughput=5140000", "X-Forwarded-For", viewer)
	var m steering
	if err := json.Unmarshal(r.body, &m); err != nil || r.status != 200 || m.Version != 1 || m.TTL <= 0 || m.Reload != "movie" {
		t.Fatalf("%d %q: %v", r.status, r.body, err)
	}
	return m.Priority
}

// TestSteering: an unmodified player that was led to a box which dies finds the other, by the steering server's word and by the
// playlists that it has.
func TestSteering(t *testing.T) {
	s := newSite(t, Options{})
	id := func(b *box) string { return strings.ReplaceAll(strings.TrimPrefix(b.URL(), "http://"), ":", "-") }
	a, b := id(s.a), id(s.b)
	r := get(t, s.top.URL()+"/go/movie/master.m3u8", "X-Forwarded-For", "10.1.0.1")
	inf := "#EXT-X-STREAM-INF:BANDWIDTH=4000000,AVERAGE-BANDWIDTH=2666666,PATHWAY-ID="
	text := func(group int, root string) string {
		return fmt.Sprintf("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"text%d\",NAME=\"en\",LANGUAGE=\"en\",DEFAULT=NO,AUTOSELECT=YES,"+
			"URI=\"%s/v/movie/en.vtt.m3u8\"\n", group, root)
	}
	want := "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"../../steer/movie\",PATHWAY-ID=\"" + a + "\"\n" +
		text(0, s.a.URL()) + inf + "\"" + a + "\",SUBTITLES=\"text0\"\n" + s.a.URL() + "/v/movie/index.m3u8\n" +
		text(1, s.b.URL()) + inf + "\"" + b + "\",SUBTITLES=\"text1\"\n" + s.b.URL() + "/v/movie/index.m3u8\n" +
		text(2, "../..") + inf + "\"here\",SUBTITLES=\"text2\"\n../../v/movie/index.m3u8\n"
	if d := cmp.Diff(want, string(r.body)); d != "" {
		t.Errorf("while all live:\n%s", d)
	}
	if d := cmp.Diff([]string{a, b, "here"}, s.steered(t, "10.1.0.1")); d != "" {
		t.Errorf("while all live:\n%s", d)
	}
	atB := s.b.URL()
	s.a.kill()
	if d := cmp.Diff([]string{b, "here", a}, s.steered(t, "10.1.0.1")); d != "" {
		t.Errorf("when a is dead:\n%s", d)
	}
	if r := get(t, s.top.URL()+"/go/movie/master.m3u8", "X-Forwarded-For", "10.1.0.1"); !strings.Contains(string(r.body), "PATHWAY-ID=\""+b+"\",SUBTITLES=\"text0\"\n"+s.b.URL()+"/v/movie/index.m3u8\n"+text(1, "../..")) {
		t.Errorf("the playlist when a is dead:\n%s", r.body)
	}
	if r := get(t, atB+"/v/movie/index.m3u8"); r.status != 200 {
		t.Errorf("the next pathway: %d", r.status)
	}
	if r := get(t, atB+"/v/movie", "Range", "bytes=800-899"); r.status != 206 {
		t.Errorf("the next segment: %d", r.status)
	}
}

// TestSelfIsAPathway: a node that knows its own address and is near to somebody is asked before the others by them alone.
func TestSelfIsAPathway(t *testing.T) {
	o := Options{Self: "http://me.example/tv/"}
	o.Near = []Near{near(t, "10.1.0.0/16=http://me.example/tv"), near(t, "10.2.0.0/16=http://127.0.0.1:1")}
	b := source(t, movie, setup{Options: o})
	ids := func(viewer string) (ids []string) {
		for _, p := range b.routes(t.Context(), netip.MustParseAddr(viewer), "") {
			ids = append(ids, p.id)
		}
		return ids
	}
	want := []string{"me.example-tv", "127.0.0.1-1"}
	for _, viewer := range []string{"10.1.0.1", "10.2.0.1"} { // the other does not answer
		if d := cmp.Diff(want, ids(viewer)); d != "" {
			t.Errorf("%s: %s", viewer, d)
		}
	}
	if r := get(t, b.URL()+"/go/movie"); r.Get("Location") != "http://me.example/tv/v/movie" {
		t.Errorf("led to %q", r.Get("Location"))
	}
}

func TestParseNear(t *testing.T) {
	for in, want := range map[string]Near{
		"10.1.2.3/16=http://box-a:8080/":  {netip.MustParsePrefix("10.1.0.0/16"), "http://box-a:8080"},
		"2001:db8::/32=https://box-a/tv/": {netip.MustParsePrefix("2001:db8::/32"), "https://box-a/tv"},
		"10.1.0.0=http://a":               {},
		"10.1.0.0/16":                     {},
		"10.1.0.0/16=box-a:8080":          {},
		"10.1.0.0/16=ftp://a":             {},
		"10.1.0.0/16=http://a/?x":         {},
		"10.1.0.0/16=http://u:p@a":        {},
	} {
		got, err := ParseNear(in)
		if (err == nil) != (want.Node != "") || err == nil && got != want {
			t.Errorf("%s: %v, %v; want %v", in, got, err, want)
		}
	}
}

// TestViewer: nobody but a named proxy is believed about who asks.
func TestViewer(t *testing.T) {
	o := Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}}
	for _, c := range []struct{ remote, said, want string }{
		{"10.0.0.1:5", "9.9.9.9", "9.9.9.9"},
		{"10.0.0.1:5", "8.8.8.8, 9.9.9.9, 10.0.0.7", "9.9.9.9"},
		{"10.0.0.1:5", "8.8.8.8, nonsense", "10.0.0.1"},
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"10.0.1.1:5", "9.9.9.9", "10.0.1.1"},
		{"[::ffff:10.0.0.1]:5", "2001:db8::1", "2001:db8::1"},
		{"pipe", "9.9.9.9", "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.said != "" {
			r.Header.Set("X-Forwarded-For", c.said)
		}
		if got := o.viewer(r).String(); got != c.want {
			t.Errorf("%s, said to ask for %q: %s, want %s", c.remote, c.said, got, c.want)
		}
	}
}
