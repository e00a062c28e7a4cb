package gateway

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// roaming is a node that knows two others, one of them below a folder, and itself.
func roaming(t *testing.T) Options {
	return Options{Self: "http://Me.example:80", CORS: []string{"https://moodle.example"}, Near: []Near{
		near(t, "10.1.0.0/16=http://box-a:8080"), near(t, "10.2.0.0/16=http://box-a:8080"),
		near(t, "10.3.0.0/16=https://box-b:443/tv/"), near(t, "0.0.0.0/0=http://Me.example:80"),
	}}
}

// directives returns a policy's directives by name.
func directives(policy string) map[string]string {
	all := map[string]string{}
	for d := range strings.SplitSeq(policy, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(d), " ")
		all[name] = value
	}
	return all
}

// TestRoamingPolicy: pages that play may load media from the nodes of the rules, those origins and no more, and nothing else
// from there; the list and the pages of a node that does not know its own address may not.
func TestRoamingPolicy(t *testing.T) {
	o := roaming(t)
	b := source(t, movie, setup{Options: o})
	const nodes = " http://box-a:8080 https://box-b http://me.example"
	alone := map[string]string{
		"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "font-src": "'self'",
		"connect-src": "'self'", "media-src": "'self' blob:", "base-uri": "'none'", "form-action": "'self'", "frame-ancestors": "'none'",
	}
	with := func(changes ...string) map[string]string {
		all := map[string]string{}
		for k, v := range alone {
			all[k] = v
		}
		for i := 0; i < len(changes); i += 2 {
			all[changes[i]] = changes[i+1]
		}
		return all
	}
	roams := []string{"connect-src", "'self'" + nodes, "media-src", "'self' blob:" + nodes}
	o.Self = ""
	nameless := source(t, movie, setup{Options: o})
	for _, c := range []struct {
		b    *box
		path string
		want map[string]string
	}{
		{b, "/watch/movie", with(roams...)},
		{b, "/embed/movie", with(append(roams, "frame-ancestors", "'self'")...)},
		{b, "/", alone},
		{nameless, "/watch/movie", alone},
		{nameless, "/embed/movie", with("frame-ancestors", "'self'")},
	} {
		if d := cmp.Diff(c.want, directives(get(t, c.b.URL()+c.path).Get("Content-Security-Policy"))); d != "" {
			t.Errorf("%s:\n%s", c.path, d)
		}
	}
}

// TestRoamingPage: pages tell their scripts where else the video is, and carry its ticket; those of a node without rules or
// address do not.
func TestRoamingPage(t *testing.T) {
	o := roaming(t)
	b := source(t, movie, setup{Options: o})
	const query = "?exp=1&amp;sig=x"
	for _, page := range []string{"/watch/movie", "/embed/movie"} {
		body := string(get(t, b.URL()+page+"?exp=1&sig=x&t=5").body)
		for _, want := range []string{`data-self="http://Me.example:80"`, `data-others="http://box-a:8080 https://box-b:443/tv "`,
			`data-file="/v/movie` + query + `"`, `data-master="/v/movie/master.m3u8` + query + `&amp;subtitles=page"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in\n%s", page, want, body)
			}
		}
		if strings.Contains(body, " src=\"/v/movie"+query+"\"") {
			t.Errorf("%s fetches the file beside what its script does:\n%s", page, body)
		}
	}
	o.Self = ""
	for what, b := range map[string]*box{"no address": source(t, movie, setup{Options: o}), "no rules": source(t, movie, setup{Options: Options{Self: "http://me"}})} {
		if body := string(get(t, b.URL()+"/watch/movie").body); strings.Contains(body, "data-others") {
			t.Errorf("%s:\n%s", what, body)
		}
	}
}

// TestRoamingCORS: pages of the nodes that the rules name, and of this one under its own name, may read videos and the way to them
// as those may that the operator has named; nobody else's may; and of the rest of the server nobody may read anything.
func TestRoamingCORS(t *testing.T) {
	b := source(t, movie, setup{Options: roaming(t)})
	all := source(t, movie, setup{Options: Options{CORS: []string{"*"}}})
	for path, open := range map[string]bool{
		"/v/movie": true, "/v/movie/index.m3u8": true, "/v/movie/master.m3u8": true, "/v/movie/en.vtt": true, "/steer/movie": true,
		"/go/movie/master.m3u8": true, "/api/room": true,
		"/": false, "/watch/movie": false, "/embed/movie": false, "/api/status": false, "/api/events": false, "/metrics": false,
		"/status": false, "/debug/pprof/": false, "/healthz": false, "/v": false, "/api/room/": false,
	} {
		for from, want := range map[string]bool{
			"http://box-a:8080": true, "https://box-b": true, "http://me.example": true, "https://moodle.example": true,
			"http://box-a": false, "https://box-a:8080": false, "http://box-b": false, "https://box-b:443": false, "http://evil.example": false, "null": false,
		} {
			want = want && open
			for _, method := range []string{http.MethodGet, http.MethodOptions} {
				r := ask(t, method, b.URL()+path, "Origin", from)
				if got := r.Get("Access-Control-Allow-Origin"); want && got != from || !want && got != "" {
					t.Errorf("%s %s for %s: %q, want allowed: %v", method, path, from, got, want)
				}
				if open && !strings.Contains(strings.Join(r.Values("Vary"), ","), "Origin") {
					t.Errorf("%s %s: a cache is not told that the answer depends on who asks", method, path)
				}
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			if got := ask(t, method, all.URL()+path, "Origin", "http://any.example").Get("Access-Control-Allow-Origin"); (got == "*") != open {
				t.Errorf("%s %s where all may read: %q, want open: %v", method, path, got, open)
			}
		}
	}
}

// TestStays: a player that says where it is stays there as long as the node answers, full or not, if no other is nearer; it
// gains nothing by saying so where another is nearer, and nodes that are alike do not send it back and forth.
func TestStays(t *testing.T) {
	s := newSite(t, Options{})
	id := func(b *box) string { return pathwayID(b.URL()) }
	a, b := id(s.a), id(s.b)
	first := func(viewer, at string) string {
		t.Helper()
		return s.top.routes(t.Context(), netip.MustParseAddr(viewer), at)[0].id
	}
	check := func(when string, want map[[2]string]string) {
		t.Helper()
		got := map[[2]string]string{}
		for k := range want {
			got[k] = first(k[0], k[1])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s:\n%s", when, d)
		}
	}
	s.a.occupy(t, 1)
	check("a is half full", map[[2]string]string{{"9.9.9.9", ""}: b, {"9.9.9.9", a}: a, {"9.9.9.9", b}: b, {"10.2.0.1", a}: b, {"9.9.9.9", "nowhere"}: b})
	s.a.occupy(t, 1)
	check("a is full", map[[2]string]string{{"9.9.9.9", ""}: b, {"9.9.9.9", a}: a, {"10.1.0.1", a}: a, {"10.1.0.1", ""}: b})
	s.a.kill()
	check("a is dead", map[[2]string]string{{"9.9.9.9", a}: b, {"10.1.0.1", a}: b})
}

// TestListedSelf: a node that the rules name is to viewers who are near to nobody what the others are, not the last resort.
func TestListedSelf(t *testing.T) {
	s := newSite(t, Options{})
	o := Options{Self: "http://me.example", Near: []Near{near(t, "10.1.0.0/16=http://me.example"), near(t, "10.2.0.0/16="+s.a.URL())}}
	b := source(t, movie, setup{Options: o})
	s.a.occupy(t, 1)
	viewer := netip.MustParseAddr("9.9.9.9")
	if got := b.routes(t.Context(), viewer, "")[0].node; got != o.Self {
		t.Errorf("led to %s, which is half full, want %s, which is empty", got, o.Self)
	}
	o.Near = o.Near[1:]
	if got := source(t, movie, setup{Options: o}).routes(t.Context(), viewer, "")[0].node; got != s.a.URL() {
		t.Errorf("led to %s, the last resort, want %s", got, s.a.URL())
	}
}

// TestNamelessIsTold: the operator hears that a node with rules and without an address of its own plays from itself alone.
func TestNamelessIsTold(t *testing.T) {
	for self, want := range map[string]int{"": 1, "http://me.example": 0} {
		core, logs := observer.New(zap.WarnLevel)
		o := roaming(t)
		o.Self = self
		if _, err := New(Config{Options: o, Log: zap.New(core)}); err != nil {
			t.Fatal(err)
		}
		if n := logs.FilterMessageSnippet("-http-self").Len(); n != want {
			t.Errorf("%q: %d warnings, want %d", self, n, want)
		}
	}
}

// TestNodesHaveNoWildcards: what a rule names becomes part of a page's policy, as one origin.
func TestNodesHaveNoWildcards(t *testing.T) {
	for _, node := range []string{"http://*", "http://*.example", "http://box-a;x", "http://box-a,x", "http://'self'", "http://a b"} {
		if n, err := ParseNear("10.1.0.0/16=" + node); err == nil {
			t.Errorf("%s: taken as %v", node, n)
		}
	}
}
