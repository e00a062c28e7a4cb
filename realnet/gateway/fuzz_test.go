package gateway

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"peerstreamer/realnet/sample"
)

// fuzzed answers requests without a network between.
func fuzzed(f *testing.F, o Options) *Gateway {
	top := source(f, movie, setup{})
	g, err := New(Config{Desk: top.desk, Catalogue: top.videos, Options: o})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(g.Close)
	return g
}

// request is one that net/http would hand to a handler, nil if it would not.
func request(head string) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
	if err != nil || len(head) > maxHeader {
		return nil
	}
	r.RemoteAddr = "127.0.0.1:5"
	return r
}

// FuzzRange: whatever ranges are asked for, what comes are the video's bytes from where the answer says, and never more than
// a video.
func FuzzRange(f *testing.F) {
	for _, s := range []string{"bytes=0-0", "bytes=-1", "bytes=5-", "bytes=0-9,20-29", "bytes=9-0", "bytes=-0", "bytes=0-18446744073709551616",
		"bytes=99999999-", "bytes= 1 - 2 ", "bytes=" + strings.Repeat("0-,", 20), "BYTES=0-1", "bytes=,", "bytes=0x0-1", "items=0-1"} {
		f.Add(s, "")
		f.Add(s, `"x"`)
	}
	g := fuzzed(f, Options{})
	f.Fuzz(func(t *testing.T, ranges, ifRange string) {
		r := httptest.NewRequest("GET", "/v/movie", nil)
		r.Header.Set("Range", ranges)
		if ifRange != "" {
			r.Header.Set("If-Range", ifRange)
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Body.Len() > len(sample.Video)+maxRanges*300 {
			t.Fatalf("%d bytes", w.Body.Len())
		}
		switch w.Code {
		case 200:
			if !bytes.Equal(w.Body.Bytes(), sample.Video) {
				t.Errorf("%d bytes for all", w.Body.Len())
			}
		case 206:
			kind, params, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
			if kind != "multipart/byteranges" {
				isPart(t, w.Header().Get("Content-Range"), w.Body)
				return
			}
			parts := multipart.NewReader(w.Body, params["boundary"])
			for {
				p, err := parts.NextPart()
				if err == io.EOF {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				isPart(t, p.Header.Get("Content-Range"), p)
			}
		case 416:
		default:
			t.Errorf("%d for %q", w.Code, ranges)
		}
	})
}

// isPart checks that what comes is what Content-Range says.
func isPart(t *testing.T, says string, r io.Reader) {
	t.Helper()
	got, err := io.ReadAll(r)
	if err != nil {
		t.Error(err)
	}
	lo, hi, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(says, "bytes "), "/"+strconv.Itoa(len(sample.Video))), "-")
	from, err1 := strconv.Atoi(lo)
	to, err2 := strconv.Atoi(hi)
	if !ok || err1 != nil || err2 != nil || from < 0 || to < from-1 || to >= len(sample.Video) || !bytes.Equal(got, sample.Video[from:to+1]) {
		t.Errorf("%q: %d bytes, which are not those", says, len(got))
	}
}

// FuzzPath: whatever path is asked for, what comes with success is something of the video that there is, or a page; a
// redirect stays on this server.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"/", "/v/movie", "/v/movie/index.m3u8", "/v/../../etc/passwd", "/v/%2e%2e%2fmovie", "//evil.example/v/movie", "/go/movie",
		"/v/movie%00", "/v/movie/", "/v/mov%69e", "/steer/movie?_HLS_pathway=x", "/assets/../x", "/v/movie~en.vtt", `/v/\..\movie`, "/embed/movie?t=1&sig=%"} {
		f.Add(s)
	}
	g := fuzzed(f, Options{})
	known := [][]byte{movie["movie"], movie["movie~poster.jpg"], movie["movie~en.vtt"], movie["movie~index.m3u8"]}
	f.Fuzz(func(t *testing.T, path string) {
		r := request("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if r == nil || r.Method != "GET" {
			return
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		to := w.Header().Get("Location")
		if strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) || strings.Contains(strings.SplitN(to, "?", 2)[0], ":") && !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "../") {
			t.Errorf("%q leads to %q", path, to)
		}
		if w.Code != 200 {
			return
		}
		switch kind := w.Header().Get("Content-Type"); kind {
		case "video/mp4", "image/jpeg", "application/octet-stream", "text/plain; charset=utf-8":
			ok := false
			for _, k := range known {
				ok = ok || bytes.Equal(k, w.Body.Bytes())
			}
			if !ok && !strings.HasPrefix(r.URL.Path, "/assets/") {
				t.Errorf("%q: %d bytes of nothing that there is", path, w.Body.Len())
			}
		case "text/html; charset=utf-8":
			if bytes.Contains(bytes.ToLower(w.Body.Bytes()), []byte("<script>")) {
				t.Errorf("%q: a page with a script in it", path)
			}
		}
	})
}

// FuzzHeaders: no header makes an answer that is not one: a status of HTTP, guarded, and read by nobody but the origin named.
func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"Host: evil.example", "Origin: https://friend.example.evil", "If-None-Match: W/\"x\", *", "If-Range: Mon, 02 Jan 2006 15:04:05 GMT",
		"X-Forwarded-For: 1,2,,::1%x", "Content-Length: 5", "Transfer-Encoding: chunked", "If-Modified-Since: x\r\nRange: bytes=0-", "Connection: upgrade\r\nUpgrade: h2c"} {
		f.Add(s)
	}
	const friend = "https://friend.example"
	g := fuzzed(f, Options{CORS: []string{friend}, Hosts: []string{"video.example"}, Proxies: localProxy})
	f.Fuzz(func(t *testing.T, headers string) {
		r := request("GET /v/movie HTTP/1.1\r\nHost: video.example\r\n" + headers + "\r\n\r\n")
		if r == nil {
			return
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		h := w.Header()
		if w.Code < 200 || w.Code > 599 || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%q: %d, %v", headers, w.Code, h)
		}
		if allowed := h.Get("Access-Control-Allow-Origin"); allowed != "" && (allowed != friend || r.Header.Get("Origin") != friend) {
			t.Errorf("%q: %q may read", headers, allowed)
		}
	})
}

// FuzzPoint: whatever a source calls a playlist, no address in what viewers get is the source's.
func FuzzPoint(f *testing.F) {
	f.Add(string(movie["movie~index.m3u8"]))
	f.Add("#EXTM3U\n#X:URI=\"a\",URI=\"\r\nhttp://evil\n")
	f.Add("#EXTM3U\r#EXTINF:1\rx\x00\n \nURI=\"x\"")
	f.Fuzz(func(t *testing.T, list string) {
		out, err := point([]byte(list), "TO")
		if err != nil {
			return
		}
		for line := range strings.Lines(string(out)) {
			line = strings.TrimRight(line, "\n")
			if strings.TrimSpace(line) != "" && line[0] != '#' && line != "TO" {
				t.Errorf("a segment at %q", line)
			}
			for _, rest := range strings.Split(line, `URI="`)[1:] {
				if at, _, ok := strings.Cut(rest, `"`); ok && line[0] == '#' && at != "TO" {
					t.Errorf("%q leads to %q", line, at)
				}
			}
		}
		if _, _, err := bandwidth(out); err == nil && len(out) == 0 {
			t.Error("a bandwidth of nothing")
		}
	})
}
