package gateway

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCompanions: what belongs to a video comes as what it is, at the source and below it.
func TestCompanions(t *testing.T) {
	top := source(t, movie, setup{})
	ben := below(t, top, setup{})
	for _, b := range []*box{top, ben} {
		for part, c := range map[string]struct {
			kind string
			body []byte
		}{
			"poster.jpg": {"image/jpeg", movie["movie~poster.jpg"]},
			"en.vtt":     {"text/vtt; charset=utf-8", movie["movie~en.vtt"]},
			"index.m3u8": {"application/vnd.apple.mpegurl", nil},
		} {
			url := b.URL() + "/v/movie/" + part
			r := get(t, url)
			if r.status != 200 || r.Get("Content-Type") != c.kind || c.body != nil && !bytes.Equal(r.body, c.body) {
				t.Errorf("%s: %d, %s, %q", part, r.status, r.Get("Content-Type"), r.body)
			}
			if again := get(t, url, "If-None-Match", r.Get("ETag")); again.status != 304 || r.Get("ETag") == "" {
				t.Errorf("%s: asked for again: %d", part, again.status)
			}
		}
	}
	for path, text := range map[string]string{
		"/v/movie/de.vtt":     "this video has no de.vtt",
		"/v/movie/.vtt":       "nothing else",
		"/v/movie/secret":     "nothing else",
		"/v/movei/index.m3u8": "no such video",
	} {
		if r := get(t, top.URL()+path); r.status != 404 || !strings.Contains(string(r.body), text) {
			t.Errorf("%s: %d %q, want 404 and %q", path, r.status, r.body, text)
		}
	}
}

// TestPlaylistLeadsToTheVideo: whatever addresses a source has put into a playlist, those that a viewer gets are the video's own,
// below the same folder of the same server.
func TestPlaylistLeadsToTheVideo(t *testing.T) {
	f := files{"a b?#é": movie["movie"], "a b?#é~index.m3u8": movie["movie~index.m3u8"]}
	b := source(t, f, setup{})
	r := get(t, b.URL()+"/v/a%20b%3F%23%C3%A9/index.m3u8")
	want := "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n" +
		"#EXT-X-MAP:URI=\"video.mp4\",BYTERANGE=\"800@0\"\n" +
		"#EXTINF:4.0,\n#EXT-X-BYTERANGE:1000000@800\nvideo.mp4\n" +
		"#EXTINF:2.0,\n#EXT-X-BYTERANGE:1000000@1000800\nvideo.mp4\n#EXT-X-ENDLIST\n"
	if d := cmp.Diff(want, string(r.body)); d != "" {
		t.Error(d)
	}
	req, err := http.NewRequest("GET", b.URL()+"/v/a%20b%3F%23%C3%A9/index.m3u8", nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := req.URL.Parse("video.mp4")
	if err != nil {
		t.Fatal(err)
	}
	if r := get(t, at.String(), "Range", "bytes=800-809"); r.status != 206 || !bytes.Equal(r.body, movie["movie"][800:810]) {
		t.Errorf("the segment: %d, %d bytes", r.status, len(r.body))
	}
}

func TestPoint(t *testing.T) {
	for name, c := range map[string]struct{ in, out string }{
		"empty":              {"", ""},
		"no playlist":        {"hello", ""},
		"of playlists":       {"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nx", ""},
		"of renditions":      {"#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"x\"\n", ""},
		"head alone":         {"#EXTM3U", "#EXTM3U"},
		"two in a tag":       {"#EXTM3U\n#X:URI=\"a\",B=1,URI=\"b\"\n", "#EXTM3U\n#X:URI=\"to\",B=1,URI=\"to\"\n"},
		"a quote left open":  {"#EXTM3U\n#X:URI=\"a\n", "#EXTM3U\n#X:URI=\"a\n"},
		"lines of a web":     {"#EXTM3U\r\n#EXTINF:1,\r\nx\r\n\r\n", "#EXTM3U\n#EXTINF:1,\nto\n\n"},
		"a return in a line": {"#EXTM3U\n#EXTINF:1,\n\rhttp://evil\n", "#EXTM3U\n#EXTINF:1,\nto\n"},
	} {
		got, err := point([]byte(c.in), "to")
		if (err != nil) != (c.out == "") || string(got) != c.out {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.out)
		}
	}
}

// TestBandwidth: the peak is the dearest segment's, 8 x 1,000,000 / 2 s; the mean 8 x 2,000,000 / 6 s.
func TestBandwidth(t *testing.T) {
	peak, mean, err := bandwidth(movie["movie~index.m3u8"])
	if peak != 4_000_000 || mean != 2_666_666 || err != nil {
		t.Errorf("%d, %d, %v; want 4000000, 2666666", peak, mean, err)
	}
	for _, bad := range []string{"#EXTM3U\n", "#EXTINF:nan,\n", "#EXTINF:0,\n", "#EXTINF:-1,\n", "#EXTINF:1,\n#EXT-X-BYTERANGE:-1\nx\n", "#EXTINF:86400,\n",
		"#EXTINF:1,\n#EXT-X-BYTERANGE:1099511627777\nx\n", "#EXTINF:1,\nx\n"} {
		if _, _, err := bandwidth([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// TestSubtitlesInHLS: subtitles have a playlist of their own, which the multivariant playlist names, but not to a page that has
// them already; both carry the ticket. What is no subtitle of this video has none.
func TestSubtitlesInHLS(t *testing.T) {
	b := source(t, movie, setup{})
	v, _ := b.videos.Find("movie")
	plays := time.Duration(v.Duration).Seconds()
	r := get(t, b.URL()+"/v/movie/en.vtt.m3u8")
	want := fmt.Sprintf("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%.0f\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:%.6f,\n./en.vtt\n"+
		"#EXT-X-ENDLIST\n", math.Ceil(plays), plays)
	if d := cmp.Diff(want, string(r.body)); d != "" || r.Get("Content-Type") != playlistType {
		t.Errorf("%d, %s:\n%s", r.status, r.Get("Content-Type"), d)
	}
	for query, says := range map[string]bool{"": true, "?subtitles=page": false, "?subtitles=x": true} {
		list := string(get(t, b.URL()+"/v/movie/master.m3u8"+query).body)
		if strings.Contains(list, "TYPE=SUBTITLES") != says || strings.Contains(list, ",SUBTITLES=\"text0\"\n") != says {
			t.Errorf("%q: subtitles listed %v, want %v:\n%s", query, !says, says, list)
		}
	}
	for _, part := range []string{"de.vtt.m3u8", ".vtt.m3u8", "index.m3u8.m3u8", "poster.jpg.m3u8"} {
		if r := get(t, b.URL()+"/v/movie/"+part); r.status != 404 {
			t.Errorf("%s: %d, want 404", part, r.status)
		}
	}

	k := key(t)
	b = source(t, movie, setup{Options: Options{Secret: k}})
	for _, part := range []string{"master.m3u8", "en.vtt.m3u8"} {
		if r := get(t, b.URL()+"/v/movie/"+part); r.status != 403 {
			t.Errorf("%s without a ticket: %d", part, r.status)
		}
		signed, err := k.SignURL(b.URL()+"/v/movie/"+part, time.Hour, netip.Prefix{})
		if err != nil {
			t.Fatal(err)
		}
		if r := get(t, signed); r.status != 200 || !strings.Contains(string(r.body), "en.vtt") || !strings.Contains(string(r.body), "sig=") {
			t.Errorf("%s with a ticket: %d %s", part, r.status, r.body)
		}
	}
}

// TestLongPlaylist: a playlist that is longer than a day's is not read.
func TestLongPlaylist(t *testing.T) {
	f := files{"movie": movie["movie"], "movie~index.m3u8": append([]byte("#EXTM3U\n"), make([]byte, maxPlaylist)...)}
	top := source(t, f, setup{})
	if r := get(t, top.URL()+"/v/movie/index.m3u8"); r.status != 502 || !strings.Contains(string(r.body), "more than 4194304") {
		t.Errorf("%d %.100q", r.status, r.body)
	}
}
