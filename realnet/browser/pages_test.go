//go:build tools

package browser_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"peerstreamer/realnet"
	"peerstreamer/realnet/browser"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/station"
)

// TestSearch: typing leaves the videos whose names hold all words, says how many, and the page's address is as good as typing.
func TestSearch(t *testing.T) {
	videos := map[string][]byte{}
	for _, name := range []string{"Algebra 1.mp4", "Algebra 2.mp4", "Einführung in die Ökologie.mp4", "Optik.mp4", "Wellen.mp4", "Sommerfest 2.mp4"} {
		videos[name] = []byte(name)
	}
	source := run(t, station.Config{Node: realnet.Config{Name: "source"}, Videos: database(t, videos)})
	shown := func(p *browser.Page) []string {
		t.Helper()
		return eval[[]string](t, p, `[...document.querySelectorAll("[data-search]")].filter((e) => e.checkVisibility()).map((e) => e.querySelector(".title").textContent)`)
	}
	p := visit(t, address(source, "/"), desktop)
	for _, c := range []struct {
		types string
		want  []string
		says  string
	}{
		{"alg 2", []string{"Algebra 2"}, "1 of 6"},
		{"ÖKO", []string{"Einführung in die Ökologie"}, "1 of 6"},
		{"nothing of the kind", nil, "0 of 6"},
		{"", []string{"Algebra 1", "Algebra 2", "Einführung in die Ökologie", "Optik", "Sommerfest 2", "Wellen"}, ""},
	} {
		eval[browser.Nothing](t, p, `void (document.getElementById("q").value = "", document.getElementById("q").focus())`)
		if c.types == "" {
			eval[browser.Nothing](t, p, `void document.getElementById("q").dispatchEvent(new Event("input"))`)
		} else if err := p.Press(within(t), c.types); err != nil {
			t.Fatal(err)
		}
		if got := shown(p); !slices.Equal(got, c.want) {
			t.Errorf("%q shows %q, want %q", c.types, got, c.want)
		}
		if got := eval[string](t, p, `document.getElementById("found").textContent`); got != c.says {
			t.Errorf("%q says %q, want %q", c.types, got, c.says)
		}
	}
	p = visit(t, address(source, "/?q=algebra"), desktop)
	if got := shown(p); !slices.Equal(got, []string{"Algebra 1", "Algebra 2"}) {
		t.Errorf("?q=algebra shows %q", got)
	}
}

// TestEmptyList: a node without videos says how one comes, and shows it when it has come.
func TestEmptyList(t *testing.T) {
	dir := t.TempDir()
	source := run(t, station.Config{Node: realnet.Config{Name: "source"}, Videos: dir})
	p := visit(t, address(source, "/"), browser.View{Width: 360, Height: 740, Mobile: true})
	for what, is := range map[string]string{
		"it says how":                    `/psnode add /.test(document.querySelector(".empty pre").textContent)`,
		"there is nothing to search":     `document.getElementById("q") === null`,
		"nothing is wider than the page": `document.documentElement.scrollWidth <= innerWidth`,
	} {
		if !eval[bool](t, p, is) {
			t.Errorf("%s: not so", what)
		}
	}
	if _, err := library.Split(t.Context(), dir, "film", strings.NewReader("film"), library.Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, tick := within(t), time.NewTicker(50*time.Millisecond)
	defer tick.Stop()
	for {
		// While the page loads anew there is nothing to ask.
		if shown, err := browser.Eval[bool](ctx, p, `document.querySelector(".cards") !== null`); err == nil && shown {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("a video has come, and the page does not show it")
		}
	}
}

// TestKeys: what the page says its keys do, they do, also while the video itself has the focus, and not while one types.
func TestKeys(t *testing.T) {
	_, _, box := swarm(t, map[string][]byte{
		"film.mp4": film(t),
		media.Companion("film.mp4", media.SubtitlePart("de")): []byte("WEBVTT\n\n00:00.000 --> 01:00.000\nGuten Tag\n"),
		media.Companion("film.mp4", media.SubtitlePart("en")): []byte("WEBVTT\n\n00:00.000 --> 01:00.000\nGood day\n"),
	})
	p := visit(t, address(box, "/watch/film.mp4"), desktop)
	wait(t, p, `video.currentTime > 0.1 && !video.paused`)
	press := func(keys string) {
		t.Helper()
		if err := p.Press(within(t), keys); err != nil {
			t.Fatal(err)
		}
	}
	press("k")
	wait(t, p, `video.paused`)
	for _, c := range []struct{ keys, then string }{
		{"5", `video.currentTime === video.duration / 2`},
		{"l", `video.currentTime === video.duration / 2 + 10`},
		{"j", `video.currentTime === video.duration / 2`},
		{"m", `video.muted !== was.muted`},
		{"m", `video.muted === was.muted`},
		{">", `video.playbackRate === 1.25`},
		{"<", `video.playbackRate === 1`},
		{"c", `video.textTracks[0].mode === "showing" && video.textTracks[0].activeCues?.[0]?.text === "Guten Tag"`},
		{"c", `video.textTracks[0].mode === "disabled" && video.textTracks[1].activeCues?.[0]?.text === "Good day"`},
		{"c", `[...video.textTracks].every((t) => t.mode !== "showing")`},
		{" ", `!video.paused`},
		{" ", `video.paused`},
	} {
		eval[browser.Nothing](t, p, `void (globalThis.was ??= { muted: video.muted }, video.focus())`)
		if c.keys == " " { // What types here sends the character even if the key was taken, and the browser's own controls heed it.
			eval[browser.Nothing](t, p, `void video.blur()`)
		}
		press(c.keys)
		wait(t, p, c.then)
	}
	if got := eval[string](t, p, `[...document.querySelectorAll("track")].map((t) => t.label).join()`); got != "Deutsch,English" {
		t.Errorf("the subtitles are called %q", got)
	}
	eval[browser.Nothing](t, p, `void (document.querySelector("details").open = true, document.getElementById("link").focus())`)
	press("k")
	if !eval[bool](t, p, `video.paused`) {
		t.Error("a key that is typed into a field starts the video")
	}
}

// TestAbsent: who opens the page of a video that is gone reads so, on a page of ours, and finds the list.
func TestAbsent(t *testing.T) {
	source := run(t, station.Config{Node: realnet.Config{Name: "source"}, Videos: database(t, map[string][]byte{"film.mp4": film(t)})})
	p := visit(t, address(source, "/watch/gone"), browser.View{Width: 360, Height: 740, Mobile: true, Dark: true})
	wait(t, p, `document.querySelector("h1") && document.querySelector('a[href="/"]')`)
	if !eval[bool](t, p, `document.documentElement.scrollWidth <= innerWidth`) {
		t.Error("the page is wider than a phone")
	}
}
