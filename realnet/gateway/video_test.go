package gateway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/sample"
)

// TestRequests: what clients ask of a file is answered as for a file, at the source and below it.
func TestRequests(t *testing.T) {
	top := source(t, movie, setup{})
	ben := below(t, top, setup{})
	size := len(sample.Video)
	whole := func(lo, hi int) string { return fmt.Sprintf("bytes %d-%d/%d", lo, hi, size) }
	for _, b := range []*box{top, ben} {
		url := b.URL() + "/v/movie"
		tag := ask(t, "HEAD", url).Get("ETag")
		if len(tag) != 66 {
			t.Fatalf("ETag %q, want 64 digits in quotes", tag)
		}
		for name, c := range map[string]struct {
			method string
			header []string
			status int
			ranged string // Content-Range
			lo, hi int    // what the body is
		}{
			"all":                       {"GET", nil, 200, "", 0, size},
			"head":                      {"HEAD", nil, 200, "", 0, 0},
			"head of a range":           {"HEAD", []string{"Range", "bytes=5-9"}, 206, whole(5, 9), 0, 0},
			"the first byte":            {"GET", []string{"Range", "bytes=0-0"}, 206, whole(0, 0), 0, 1},
			"from a place on":           {"GET", []string{"Range", "bytes=70000-"}, 206, whole(70000, size-1), 70000, size},
			"over a chunk's end":        {"GET", []string{"Range", "bytes=65535-65536"}, 206, whole(65535, 65536), 65535, 65537},
			"the last bytes":            {"GET", []string{"Range", "bytes=-7"}, 206, whole(size-7, size-1), size - 7, size},
			"more than there is":        {"GET", []string{"Range", "bytes=10-99999999"}, 206, whole(10, size-1), 10, size},
			"behind the end":            {"GET", []string{"Range", fmt.Sprintf("bytes=%d-", size)}, 416, fmt.Sprintf("bytes */%d", size), -1, 0},
			"nonsense":                  {"GET", []string{"Range", "bytes=b-a"}, 416, "", -1, 0},
			"another unit":              {"GET", []string{"Range", "seconds=1-2"}, 416, "", -1, 0},
			"the same video still":      {"GET", []string{"If-None-Match", tag}, 304, "", 0, 0},
			"any video":                 {"GET", []string{"If-None-Match", "*"}, 304, "", 0, 0},
			"another video":             {"GET", []string{"If-None-Match", `"x"`, "Range", "bytes=0-9"}, 206, whole(0, 9), 0, 10},
			"a range of the same":       {"GET", []string{"If-Range", tag, "Range", "bytes=0-9"}, 206, whole(0, 9), 0, 10},
			"a range of an earlier one": {"GET", []string{"If-Range", `"x"`, "Range", "bytes=0-9"}, 200, "", 0, size},
			"only if it is another":     {"GET", []string{"If-Match", `"x"`}, 412, "", -1, 0},
		} {
			r := ask(t, c.method, url, c.header...)
			if r.status != c.status || r.Get("Content-Range") != c.ranged && c.ranged != "" {
				t.Errorf("%s: %d, Content-Range %q; want %d, %q", name, r.status, r.Get("Content-Range"), c.status, c.ranged)
			}
			if c.lo >= 0 && !bytes.Equal(r.body, sample.Video[c.lo:c.hi]) {
				t.Errorf("%s: %d bytes, which are not those from %d to %d", name, len(r.body), c.lo, c.hi)
			}
			if r.status < 300 && (r.Get("Content-Type") != "video/mp4" || r.Get("Accept-Ranges") != "bytes" || r.Get("ETag") != tag) {
				t.Errorf("%s: headers %v", name, r.Header)
			}
		}
	}
}

// TestSeveralRanges: a request for three places gets them in one answer.
func TestSeveralRanges(t *testing.T) {
	ben := below(t, source(t, movie, setup{}), setup{})
	r := get(t, ben.URL()+"/v/movie", "Range", "bytes=100-199, 2000000-2000009, -5")
	kind, params, err := mime.ParseMediaType(r.Get("Content-Type"))
	if r.status != 206 || kind != "multipart/byteranges" || err != nil {
		t.Fatalf("%d, %s, %v", r.status, kind, err)
	}
	parts := multipart.NewReader(bytes.NewReader(r.body), params["boundary"])
	for _, want := range [][]byte{sample.Video[100:200], sample.Video[2000000:2000010], sample.Video[len(sample.Video)-5:]} {
		p, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v; want %d", p.Header.Get("Content-Range"), len(got), err, len(want))
		}
	}
	until(t, "the session closes", func() bool { return ben.desk.InUse() == 0 && ben.streams() == 0 })
}

// begin sends a request and returns when its answer has begun.
func begin(t *testing.T, ctx context.Context, url string, from int64) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	resp, err := client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// TestHeadersComeFirst: the answer begins while the bytes are not here, and goes on when they are.
func TestHeadersComeFirst(t *testing.T) {
	top := source(t, long, setup{})
	ben := below(t, top, setup{})
	ask(t, "HEAD", ben.URL()+"/v/long") // which brings the manifest
	top.node.Hang()
	t.Cleanup(top.node.Resume)
	from := 50 * int64(chunkSize)
	resp := begin(t, t.Context(), ben.URL()+"/v/long", from)
	if resp.StatusCode != 206 || resp.ContentLength != int64(len(long["long"]))-from {
		t.Errorf("%d, %d bytes", resp.StatusCode, resp.ContentLength)
	}
	top.node.Resume()
	if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, long["long"][from:]) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestAbortWhileNothingComes: a viewer who leaves while waiting is noticed at once, not when bytes come.
func TestAbortWhileNothingComes(t *testing.T) {
	top := source(t, long, setup{})
	ben := below(t, top, setup{giveUp: 2 * patience})
	ask(t, "HEAD", ben.URL()+"/v/long")
	top.node.Hang()
	t.Cleanup(top.node.Resume)
	ctx, cancel := context.WithCancel(t.Context())
	begin(t, ctx, ben.URL()+"/v/long", 50*int64(chunkSize))
	cancel()
	until(t, "the session ends", func() bool { return ben.desk.InUse() == 0 && ben.streams() == 0 })
}

// TestBytesThatDoNotCome: a body that cannot be completed does not look complete.
func TestBytesThatDoNotCome(t *testing.T) {
	top := source(t, movie, setup{})
	ben := below(t, top, setup{giveUp: 100 * time.Millisecond})
	ask(t, "HEAD", ben.URL()+"/v/movie")
	top.node.Hang()
	defer top.node.Resume()
	if r, err := try(t, "GET", ben.URL()+"/v/movie"); err == nil {
		t.Errorf("%d with %d bytes and no error", r.status, len(r.body))
	}
}

// long is a video of 100 chunks.
var long = files{"long": bytes.Repeat([]byte("peerstreamer"), int(100*chunkSize)/12)}

// held returns how many chunks of the only video the node holds whole.
func (b *box) held() uint32 {
	for _, h := range b.node.Holdings() {
		if h.Chunks > 1 {
			return h.Whole
		}
	}
	return 0
}

// TestSeekLeavesTheOldPlace: a viewer who breaks off one request and makes another has nothing more fetched for the first. The
// link takes long enough for one chunk that a session which was not closed would be seen to fill its window.
func TestSeekLeavesTheOldPlace(t *testing.T) {
	top := source(t, long, setup{uplink: 8 * 1000 * 1000 * 4})
	ben := below(t, top, setup{})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", ben.URL()+"/v/long", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	cancel()
	resp.Body.Close()
	until(t, "the request ends", func() bool { return ben.desk.InUse() == 0 && ben.streams() == 0 })
	before := ben.held()
	const first, chunks = 60, 20
	r := get(t, ben.URL()+"/v/long", "Range", fmt.Sprintf("bytes=%d-%d", first*int64(chunkSize), (first+chunks)*int64(chunkSize)-1))
	if len(r.body) != chunks*int(chunkSize) {
		t.Fatalf("%d: %d bytes", r.status, len(r.body))
	}
	until(t, "the request ends", func() bool { return ben.streams() == 0 })
	// What was fetched since: the 20 chunks, at most 11 of read-ahead, and what was whole before its cancelling arrived.
	if after := ben.held(); after > before+chunks+11+1 {
		t.Errorf("%d chunks when the first request was broken off, %d after a second one for %d", before, after, chunks)
	}
	if before > 11+2 {
		t.Errorf("%d chunks after the first bytes were read", before)
	}
}

// TestTail: whoever begins a video has its end fetched, once, and nobody who only asks for a place in the middle.
func TestTail(t *testing.T) {
	top := source(t, long, setup{})
	ben := below(t, top, setup{})
	get(t, ben.URL()+"/v/long", "Range", "bytes=2000000-2000001")
	ask(t, "HEAD", ben.URL()+"/v/long")
	if ben.tails.running != 0 || len(ben.tails.seen) != 0 {
		t.Errorf("a tail is fetched that nobody is about to need")
	}
	get(t, ben.URL()+"/v/long", "Range", "bytes=0-9")
	ben.tails.all.Wait()
	v := ben.node.Video("long")
	last := core.ChunkID{Video: v, Chunk: ben.node.Manifest(v).Info().Chunks() - 1}
	if err := ben.node.ReadAt(last, 0, make([]byte, ben.node.Manifest(v).Info().ChunkBytes(last.Chunk))); err != nil {
		t.Errorf("the last chunk: %v", err)
	}
	if len(ben.tails.seen) != 1 {
		t.Errorf("%d videos begun, want 1", len(ben.tails.seen))
	}
}

// TestFullHouse: a viewer for whom there is no room is told so, and when to come again.
func TestFullHouse(t *testing.T) {
	ben := below(t, source(t, movie, setup{}), setup{most: 1})
	get(t, ben.URL()+"/v/movie") // all is here from now on
	in, err := ben.desk.Open(t.Context(), "movie")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	ben.tails.all.Wait()
	if _, err := in.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	r := get(t, ben.URL()+"/v/movie", "Range", "bytes=5-9")
	if r.status != 503 || r.Get("Retry-After") == "" || r.Get("Content-Range") != "" || !strings.Contains(string(r.body), "as many viewers") {
		t.Errorf("%d %q with %v; want 503 and when to come again", r.status, r.body, r.Header)
	}
	if r := ask(t, "HEAD", ben.URL()+"/v/movie"); r.status != 200 {
		t.Errorf("%d for who only asks about it", r.status)
	}
}

// TestUnknownVideo: a name that nobody knows is answered at once, and leaves no trace in the node.
func TestUnknownVideo(t *testing.T) {
	ben := below(t, source(t, movie, setup{}), setup{})
	for _, path := range []string{"/v/movei", "/watch/movei", "/embed/movei", "/v/movei/index.m3u8", "/v/movei/master.m3u8", "/go/movei", "/steer/movei"} {
		r := get(t, ben.URL()+path)
		if r.status != 404 || !strings.Contains(string(r.body), "no such video") {
			t.Errorf("%s: %d %q", path, r.status, r.body)
		}
	}
	if n := ben.desk.InUse(); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

// TestNothingHeardYet: what a node that has just started does not know may exist, so its answer is no final one.
func TestNothingHeardYet(t *testing.T) {
	top := source(t, movie, setup{})
	top.videos = fixed{}
	ben := below(t, top, setup{})
	for _, path := range []string{"/v/movie", "/watch/movie", "/embed/movie", "/v/movie/poster.jpg", "/v/movie/master.m3u8", "/go/movie"} {
		r := get(t, ben.URL()+path)
		if r.status != 503 || r.Get("Retry-After") == "" || !strings.Contains(string(r.body), "not heard yet") {
			t.Errorf("%s: %d %q with %v; want 503 and when to come again", path, r.status, r.body, r.Header)
		}
	}
}

// filed is a response that counts what it was given as files, as a connection's sendfile would take it.
type filed struct {
	*httptest.ResponseRecorder
	files int64
}

func (w *filed) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseRecorder, src)
	if part, ok := src.(*io.LimitedReader); ok {
		if _, ok := part.R.(*os.File); ok {
			w.files += n
		}
	}
	return n, err
}

// TestBytesLeaveFromFiles: through all that stands between a session and the connection, a video's bytes go as files.
func TestBytesLeaveFromFiles(t *testing.T) {
	top := source(t, movie, setup{})
	for what, who := range map[string]*audience.Audience{"alone": nil, "with an audience": audience.New(audience.Config{})} {
		g, err := New(Config{Desk: top.desk, Catalogue: top.videos, Audience: who})
		if err != nil {
			t.Fatal(err)
		}
		w := &filed{ResponseRecorder: httptest.NewRecorder()}
		g.ServeHTTP(w, httptest.NewRequest("GET", "/v/movie", nil))
		g.Close()
		if !bytes.Equal(w.Body.Bytes(), sample.Video) || w.files != int64(len(sample.Video)) {
			t.Errorf("%s: %d bytes, %d from files; want all %d", what, w.Body.Len(), w.files, len(sample.Video))
		}
	}
}
