//go:build tools

package browser_test

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/browser"
	"peerstreamer/realnet/gateway"
	"peerstreamer/realnet/gateway/ticket"
	"peerstreamer/realnet/station"
)

// tree is a source and two boxes below it that know each other's web servers. All viewers are nearest to box a, then to b, then
// to the source.
type tree struct{ source, a, b *station.Station }

// free returns addresses of this machine at which nobody listens. Nodes that name each other have to know them beforehand.
func free(t *testing.T, n int) (all []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

// grow starts a tree whose source has these videos and an uplink, 0: without limit, and where addresses need signatures if there
// is a secret.
func grow(t *testing.T, videos map[string][]byte, secret *ticket.Key, uplink core.Rate) tree {
	t.Helper()
	return growAt(t, free(t, 3), [3]string{}, videos, secret, uplink)
}

// growAt is grow for the addresses under which viewers find source, a and b, and those at which they listen if they are behind
// something.
func growAt(t *testing.T, at []string, behind [3]string, videos map[string][]byte, secret *ticket.Key, uplink core.Rate) tree {
	t.Helper()
	var near []gateway.Near
	for i, viewers := range []string{"127.0.0.0/8", "127.0.0.0/24", "127.0.0.0/16"} {
		near = append(near, gateway.Near{Viewers: netip.MustParsePrefix(viewers), Node: "http://" + at[i]})
	}
	node := func(i int, cfg station.Config) *station.Station {
		cfg.HTTP, cfg.Web = cmp.Or(behind[i], at[i]), gateway.Options{Self: "http://" + at[i], Near: near, Secret: secret}
		return run(t, cfg)
	}
	var s tree
	s.source = node(0, station.Config{Node: realnet.Config{Name: "source", Uplink: uplink}, Videos: database(t, videos)})
	below := func(i int, name string) *station.Station {
		box := node(i, station.Config{Node: realnet.Config{Name: name, Master: s.source.Node.Addr()}, Chunks: t.TempDir()})
		for name := range videos {
			know(t, box, name)
		}
		return box
	}
	s.a, s.b = below(1, "a"), below(2, "b")
	return s
}

// served returns how many bytes a station has sent to viewers.
func served(t *testing.T, s *station.Station) core.Bytes {
	t.Helper()
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(address(s, "/api/status"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var report struct {
		Traffic struct {
			Sent struct {
				Viewer core.Bytes `json:"viewer"`
			} `json:"sent_bytes"`
		} `json:"traffic"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&report); err != nil {
		t.Fatal(err)
	}
	return report.Traffic.Sent.Viewer
}

// thin is the source's uplink where a page is not to have all of the film, of 1.1 Mbit/s, before a node dies: hls.js takes what it
// can get.
const thin = 4 * core.Mbps

// inFlight is how many seconds a page may get from a node after that has died: a segment on its way, and some.
const inFlight = 3

// buffered is the second up to which the page has what is to be played without a gap.
const buffered = `Math.max(0, ...[...Array(video.buffered.length).keys()].filter(i => video.buffered.start(i) <= video.currentTime + .2)
	.map(i => video.buffered.end(i)))`

// TestSteering: a page plays from the nearest node, and when that dies in mid-play goes on at the next one, past what it had,
// whoever served the page; nobody touches it and it does not begin anew.
func TestSteering(t *testing.T) {
	secret, err := ticket.New([]byte("a secret of some length"))
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		secret *ticket.Key
		path   string
		from   func(tree) *station.Station // whom the viewer asks
		page   func(tree) *station.Station // who serves the page
	}{
		"the page is of the node that takes over":   {nil, "/watch/film.mp4", func(s tree) *station.Station { return s.b }, func(s tree) *station.Station { return s.b }},
		"the page is of a third node, signed":       {secret, "/watch/film.mp4", func(s tree) *station.Station { return s.source }, func(s tree) *station.Station { return s.source }},
		"the page is of the node that dies":         {nil, "/go/film.mp4/watch", func(s tree) *station.Station { return s.source }, func(s tree) *station.Station { return s.a }},
		"the page is embedded":                      {nil, "/embed/film.mp4", func(s tree) *station.Station { return s.a }, func(s tree) *station.Station { return s.a }},
		"the page is of the node that dies, signed": {secret, "/go/film.mp4/watch", func(s tree) *station.Station { return s.source }, func(s tree) *station.Station { return s.a }},
	} {
		t.Run(what, func(t *testing.T) {
			s := grow(t, playlisted(t), c.secret, thin)
			url := address(c.from(s), c.path)
			if c.secret != nil {
				if url, err = c.secret.SignURL(url, time.Hour, netip.Prefix{}); err != nil {
					t.Fatal(err)
				}
			}
			p := visit(t, url, desktop)
			if at := eval[string](t, p, `location.host`); at != c.page(s).Gateway.Addr() {
				t.Errorf("the page is %s's, want %s's", at, c.page(s).Gateway.Addr())
			}
			if eval[string](t, p, `video.dataset.hlsjs ?? ""`) == "" {
				t.Fatal("the build has no hls.js: make assets")
			}
			eval[browser.Nothing](t, p, `void peerstreamer.player.play()`) // for which the embedded player waits
			dies := s.a.Gateway.Addr()
			wait(t, p, `video.currentTime > 0.5 && !video.paused && peerstreamer.player.host === "`+dies+`"`)
			if n := served(t, s.a); n < 100_000 {
				t.Errorf("the nearest node has served %d bytes", n)
			}
			before := served(t, s.b)
			stop(s.a)
			had := eval[float64](t, p, `(video.playbackRate = 4, `+buffered+`)`)
			wait(t, p, `video.currentTime > `+js(had+inFlight)+` && !video.paused`)
			if n := served(t, s.b) - before; n < 100_000 {
				t.Errorf("the next node has served %d bytes", n)
			}
			if at := eval[string](t, p, `peerstreamer.player.host`); at != s.b.Gateway.Addr() {
				t.Errorf("plays from %s, want b, %s", at, s.b.Gateway.Addr())
			}
			if n := eval[int](t, p, `peerstreamer.player.restarts`); n != 0 {
				t.Errorf("began anew %d times", n)
			}
		})
	}
}

// TestFileMovesOn: a page that plays the plain file goes on at another node when its own dies. The uplink is for
// the browser not to have the end of the film by then.
func TestFileMovesOn(t *testing.T) {
	s := grow(t, map[string][]byte{"film.mp4": film(t)}, nil, 2*thin)
	p := visit(t, address(s.a, "/watch/film.mp4?file"), desktop)
	wait(t, p, `video.currentTime > 0.5 && !video.paused && peerstreamer.player.kind === "file"`)
	stop(s.a)
	eval[browser.Nothing](t, p, `void (video.currentTime = 50)`)
	wait(t, p, `video.currentTime > 50.5 && !video.paused && document.getElementById("say").textContent === ""`)
	if at := eval[string](t, p, `peerstreamer.player.host`); at == s.a.Gateway.Addr() {
		t.Errorf("plays from %s, which is dead", at)
	}
}

// TestAnotherName: a page that was reached by another name than the node's own, which the other nodes do not know, plays from its
// node alone, without a fault.
func TestAnotherName(t *testing.T) {
	s := grow(t, playlisted(t), nil, 0)
	_, port, err := net.SplitHostPort(s.b.Gateway.Addr())
	if err != nil {
		t.Fatal(err)
	}
	p := visit(t, "http://localhost:"+port+"/watch/film.mp4", desktop)
	wait(t, p, `video.currentTime > 0.5 && !video.paused && peerstreamer.player.host === "localhost:`+port+`"`)
	if n := eval[int](t, p, `peerstreamer.player.places.length`); n != 1 {
		t.Errorf("%d places, want this node alone", n)
	}
}

func js(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
