//go:build tools

package browser_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/browser"
	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/media"
	"peerstreamer/realnet/station"
	"peerstreamer/realnet/store"
)

// added starts a source that has a film as psnode add makes it and a box below it that has nothing yet, and returns the box and
// the bytes of the film's file.
func added(t *testing.T) (*station.Station, []byte) {
	t.Helper()
	dir, in := t.TempDir(), filepath.Join(t.TempDir(), "clip.mp4")
	if err := os.WriteFile(in, film(t), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ingest.Add(t.Context(), dir, in, ingest.Options{Name: "film", Mode: media.Auto, ChunkSize: 64 * core.KiB}); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	m, ok := lib.Find("film")
	if !ok {
		t.Fatal("the database has no film")
	}
	var file []byte
	for c := range m.Info().Chunks() {
		b := make([]byte, m.Info().ChunkBytes(c))
		if err := lib.ReadAt(store.Key{ID: m.ID(), Chunk: c}, 0, b); err != nil {
			t.Fatal(err)
		}
		file = append(file, b...)
	}
	source := run(t, station.Config{Node: realnet.Config{Name: "source"}, Videos: dir})
	box := run(t, station.Config{Node: realnet.Config{Name: "box", Master: source.Node.Addr()}, Chunks: t.TempDir()})
	know(t, box, "film")
	know(t, box, media.Companion("film", media.PlaylistPart))
	return box, file
}

// gather has the page's player load the film from its beginning, all of it, and keep what hls.js got of each fragment, by the
// first byte of its range. The initialization section has no event of its own: it comes with the first fragment.
const gather = `(() => {
	const player = peerstreamer.player, attach = player.attach;
	globalThis.got = new Map();
	globalThis.whole = 0; // fragments
	const keep = (frag, bytes) => got.set(frag.byteRangeStartOffset, {
		end: frag.byteRangeEndOffset, bytes: new Uint8Array(bytes).slice(), url: frag.url });
	player.attach = function (Hls, source) {
		attach.call(this, Hls, source);
		Object.assign(this.hls.config, { maxBufferLength: 600, maxMaxBufferLength: 600, maxBufferSize: 1 << 30 });
		this.hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => { whole = details.fragments.length; });
		this.hls.on(Hls.Events.FRAG_LOADED, (_, { frag, payload }) => {
			keep(frag, payload);
			if (frag.initSegment?.data) keep(frag.initSegment, frag.initSegment.data);
		});
	};
	void player.startOver();
})()`

// read is what the page has gathered: ranges in their order, and the SHA-256 of their bytes put together.
type read struct {
	Ranges [][2]int
	SHA256 string
}

const told = `(async () => {
	const all = [...got].sort(([a], [b]) => a - b);
	const bytes = new Uint8Array(await new Blob(all.map(([, f]) => f.bytes)).arrayBuffer());
	const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
	return { Ranges: all.map(([start, f]) => [start, start + f.bytes.length]),
		SHA256: [...sum].map(b => b.toString(16).padStart(2, "0")).join("") };
})()`

// TestHLSReadsTheWholeFile: hls.js gets the bytes of the file, from its first to its last, nothing twice and nothing left out but
// the index boxes (sidx, one a track) between the initialization section and the first fragment: the playlist says the same.
func TestHLSReadsTheWholeFile(t *testing.T) {
	box, file := added(t)
	p := visit(t, address(box, "/watch/film"), desktop)
	wait(t, p, `video.currentTime > 0 && peerstreamer.player.kind === "hls.js"`)
	eval[browser.Nothing](t, p, gather)
	wait(t, p, `whole > 10 && got.size === whole + 1`)
	r := eval[read](t, p, told)
	head := r.Ranges[0][1]
	at := head
	for at < r.Ranges[1][0] && string(file[at+4:at+8]) == "sidx" {
		at += int(binary.BigEndian.Uint32(file[at:]))
	}
	if r.Ranges[0][0] != 0 || at != r.Ranges[1][0] {
		t.Fatalf("the initialization section is bytes %v and indexes end at %d, want the first fragment there: %v", r.Ranges[0], at, r.Ranges)
	}
	sum := sha256.Sum256(slices.Concat(file[:head], file[at:]))
	for _, x := range r.Ranges[1:] {
		if x[0] != at {
			t.Errorf("a range from %d after one to %d", x[0], at)
		}
		at = x[1]
	}
	if at != len(file) {
		t.Errorf("the last range ends at %d, the file at %d", at, len(file))
	}
	if want := hex.EncodeToString(sum[:]); r.SHA256 != want {
		t.Errorf("SHA-256 %s, want %s", r.SHA256, want)
	}
}

// wire is a proxy that keeps what it passes on of a video's file.
type wire struct {
	mu     sync.Mutex
	n      int // answers
	has    []bool
	faults []string
}

// tap is a body of which each byte is compared with the file's.
type tap struct {
	io.ReadCloser
	w    *wire
	file []byte
	at   int
}

func (b *tap) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	if b.at+n > len(b.file) || !bytes.Equal(p[:n], b.file[b.at:b.at+n]) {
		b.w.faults = append(b.w.faults, "bytes "+strconv.Itoa(b.at)+" and on are not the file's")
	}
	for i := b.at; i < min(b.at+n, len(b.file)); i++ {
		b.w.has[i] = true
	}
	b.at += n
	return n, err
}

// TestFileReadsTheWholeFile: what the video element gets when it plays the plain file to its end are the bytes that the ranges
// of its requests have in the file, and in all of its answers together each byte of it.
func TestFileReadsTheWholeFile(t *testing.T) {
	box, file := added(t)
	w := &wire{has: make([]bool, len(file))}
	to, err := url.Parse(address(box, ""))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.URL.Path != "/v/film" {
			return nil
		}
		at := 0
		if r.StatusCode == http.StatusPartialContent {
			first, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Content-Range"), "bytes "), "-")
			if at, err = strconv.Atoi(first); err != nil {
				return err
			}
		} else if r.StatusCode != http.StatusOK {
			return nil
		}
		w.mu.Lock()
		w.n++
		w.mu.Unlock()
		r.Body = &tap{r.Body, w, file, at}
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	p := visit(t, server.URL+"/watch/film?file", desktop)
	wait(t, p, `video.currentTime > 0.2 && peerstreamer.player.kind === "file"`)
	eval[browser.Nothing](t, p, `void (video.playbackRate = 16)`)
	wait(t, p, `video.ended`)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		t.Error(f)
	}
	missing := 0
	for _, had := range w.has {
		if !had {
			missing++
		}
	}
	if missing > 0 || w.n == 0 {
		t.Errorf("%d of %d bytes did not come in %d answers", missing, len(file), w.n)
	}
}
