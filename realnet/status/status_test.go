package status

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/store"
)

var update = flag.Bool("update", false, "write what is told to testdata")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (go test ./realnet/status -update writes it):\n%s", file, d)
	}
}

// full is a report with a value in every field.
func full() *Report {
	at := time.Date(2026, 5, 4, 3, 2, 1, 500e6, time.UTC)
	startup := Seconds(250 * time.Millisecond)
	h := &history{}
	h.add(second{Received{1, 2, 3}, 4, 5, 2})
	h.add(second{Received{10, 20, 30}, 40, 50, 20})
	return &Report{
		Format: Format, Time: at,
		Node:     Node{"ben", false, "192.0.2.7:9100", "192.0.2.7:8080", "v1.2.0", at.Add(-time.Hour), Seconds(time.Hour)},
		Upstream: Upstream{UpstreamMaster, "192.0.2.1:9100", "mit"},
		Traffic:  Traffic{Received{1e6, 2e6, 3e6}, Sent{4e6, 5e6, 6e6, 7e6}, Control{8000, 9000}, 8e6},
		Requests: Requests{10, 11}, Queues: Queues{12000, 13, 14, 15}, Troubles: Troubles{16, 17, 18, 19, 20, 21},
		Store: &Store{22, 23e6, 24e6, 25e6, Seconds(1500 * time.Millisecond), 26, 27, true, true},
		Peers: []Peer{{"mit", "192.0.2.1:9100", "192.0.2.1:8080", "master", true, true, 28, 29, 30, 31, at.Truncate(time.Second), true}},
		Viewers: []Viewer{{32, "lecture", "192.0.2.99", "Firefox", true, "playing", at, &startup, Seconds(12345678 * time.Microsecond),
			Seconds(time.Minute), 33, Seconds(2 * time.Second), 34}},
		Videos: []Video{{"lecture", "video/mp4", 35e6, Seconds(2 * time.Minute), 1 << 20, true, true, 34, 20, 1,
			[]Run{{"whole", 20}, {"partial", 1}, {"absent", 13}}}},
		History: h.last(historyLen),
	}
}

// TestFormat pins the names and the units of what is told. A change that breaks readers raises Format.
func TestFormat(t *testing.T) {
	b := &Board{}
	w := httptest.NewRecorder()
	b.answer(w, full(), true)
	golden(t, "status.json", w.Body.Bytes())
	var back Report
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&back); err != nil {
		t.Fatal(err)
	}
	again := httptest.NewRecorder()
	b.answer(again, &back, true)
	golden(t, "status.json", again.Body.Bytes())
}

// TestEveryFieldIsDocumented: docs/status.md names each field of the report.
func TestEveryFieldIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/status.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	var walk func(path string, x any)
	walk = func(path string, x any) {
		switch x := x.(type) {
		case map[string]any:
			for k, v := range x {
				if ok, _ := regexp.Match("[`.]"+k+"[`.[]", doc); !ok {
					t.Errorf("docs/status.md says nothing of %s%s", path, k)
				}
				walk(path+k+".", v)
			}
		case []any:
			for _, v := range x {
				walk(path, v)
			}
		}
	}
	var x any
	if err := json.Unmarshal(text, &x); err != nil {
		t.Fatal(err)
	}
	walk("", x)
}

// board returns the board of a running source, and what answers for it.
func board(t testing.TB, cfg Config) (*Board, *http.ServeMux) {
	t.Helper()
	dir := t.TempDir()
	if _, err := library.Split(t.Context(), dir, "movie", bytes.NewReader(sample.Video), library.Options{ChunkSize: 64 * core.KiB}); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	machine := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	node, err := realnet.Start(realnet.Config{Name: "source", Listen: "127.0.0.1:0", Library: lib}, machine)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(node.Kill)
	cfg.Name, cfg.Node, cfg.Machine, cfg.Library, cfg.People = "source", node, machine, lib, audience.New(audience.Config{})
	b := New(cfg)
	t.Cleanup(b.Close)
	mux := http.NewServeMux()
	b.Routes(mux.Handle)
	return b, mux
}

// local is a request of this machine.
func local(path string) *http.Request {
	r := httptest.NewRequest("GET", path, nil)
	r.RemoteAddr, r.Host = "127.0.0.1:40000", "127.0.0.1:8080"
	return r
}

// TestWhoMaySee: this machine and nobody else, unless the operator wants it otherwise; health is for everybody.
func TestWhoMaySee(t *testing.T) {
	const token = "0123456789abcdef"
	far := func(r *http.Request) { r.RemoteAddr = "192.0.2.9:40000" }
	for _, c := range []struct {
		name   string
		access Access
		change func(*http.Request)
		want   bool
	}{
		{"this machine", Access{}, func(*http.Request) {}, true},
		{"by IPv6", Access{}, func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:40000", "[::1]:8080" }, true},
		{"by localhost", Access{}, func(r *http.Request) { r.Host = "localhost:8080" }, true},
		{"another machine", Access{}, far, false},
		{"another machine that lies", Access{}, func(r *http.Request) { far(r); r.Host = "127.0.0.1" }, false},
		{"a name that leads here", Access{}, func(r *http.Request) { r.Host = "evil.example:8080" }, false},
		{"a proxy", Access{}, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.9") }, false},
		{"a proxy of nginx's", Access{}, func(r *http.Request) { r.Header.Set("X-Real-IP", "192.0.2.9") }, false},
		{"a proxy that says no more", Access{}, func(r *http.Request) { r.Header.Set("Via", "1.1 cache") }, false},
		{"another proxy", Access{}, func(r *http.Request) { r.Header.Set("Forwarded", "for=192.0.2.9") }, false},
		{"a page of this origin", Access{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, true},
		{"a page elsewhere", Access{}, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, false},
		{"a link elsewhere", Access{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, false},
		{"a page of a neighbour", Access{}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }, false},
		{"public", Access{Public: true}, far, true},
		{"token", Access{Token: token}, func(r *http.Request) { far(r); r.Header.Set("Authorization", "Bearer "+token) }, true},
		{"token in the address", Access{Token: token}, func(r *http.Request) { far(r); r.URL.RawQuery = "token=" + token }, true},
		{"another token", Access{Token: token}, func(r *http.Request) { far(r); r.URL.RawQuery = "token=" + token[1:] }, false},
		{"no token", Access{Token: token}, far, false},
		{"an empty token", Access{}, func(r *http.Request) { far(r); r.URL.RawQuery = "token=" }, false},
		{"a neighbour", Access{Token: token}, func(r *http.Request) {
			far(r)
			r.URL.RawQuery = "all=1&gather=7"
			Access{Token: token}.sign(r, "7")
		}, true},
		{"a neighbour's word again", Access{Token: token}, func(r *http.Request) {
			far(r)
			r.URL.RawQuery = "all=1&gather=8"
			Access{Token: token}.sign(r, "7")
		}, false},
		{"a neighbour's word for another page", Access{Token: token}, func(r *http.Request) {
			far(r)
			r.URL.Path, r.URL.RawQuery = "/metrics", "gather=7"
			Access{Token: token}.sign(r, "7")
		}, false},
		{"a neighbour's word about nothing", Access{Token: token}, func(r *http.Request) {
			far(r)
			Access{Token: token}.sign(r, "")
		}, false},
		{"a stranger's word", Access{Token: token}, func(r *http.Request) {
			far(r)
			r.URL.RawQuery = "all=1&gather=7"
			Access{Token: "another token, as long"}.sign(r, "7")
		}, false},
	} {
		r := local("/api/status")
		c.change(r)
		if got := c.access.Allows(r); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	_, mux := board(t, Config{})
	for path, want := range map[string]int{"/api/status": 403, "/status": 403, "/api/events": 403, "/api/status?all=1": 403,
		"/healthz": 200, "/readyz": 200, "/status/web/status.css": 200, "/status/web/..%2fpage.go": 404} {
		r := local(path)
		far(r)
		w := httptest.NewRecorder()
		w.Header().Set("Access-Control-Allow-Origin", "*")
		mux.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s from elsewhere: %d, want %d", path, w.Code, want)
		}
		if strings.HasPrefix(path, "/api") && w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by pages of any origin", path)
		}
	}
}

// TestSignatureExpires: what a neighbour has proved is proved for a minute.
func TestSignatureExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := Access{Token: "0123456789abcdef"}
		r := httptest.NewRequest("GET", "/api/status?all=1&gather=7", nil)
		a.sign(r, "7")
		time.Sleep(signatureAge - time.Second)
		if !a.Allows(r) {
			t.Error("not in time")
		}
		time.Sleep(3 * time.Second)
		if a.Allows(r) {
			t.Error("for ever")
		}
	})
}

// TestEvents: a listener gets all there is to know first, and then a report each second; too many are sent away.
func TestEvents(t *testing.T) {
	b, mux := board(t, Config{})
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<20)
	for i := range 2 {
		var x Report
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(data), &x); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		if x.Node.Name != "source" || x.History == nil || i == 0 && len(x.Videos) != 1 || i == 1 && len(x.History.FromMaster) != 1 {
			t.Errorf("event %d: %+v", i, x)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	mux.ServeHTTP(&stream{httptest.NewRecorder()}, local("/api/events").WithContext(gone)) // who leaves makes room again
	for range maxListeners - 1 {
		if b.feed.join() == nil {
			t.Fatal("fewer listeners than there is room for")
		}
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, local("/api/events"))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("one listener too many: %d", w.Code)
	}
	b.Close()
	for lines.Scan() { // A board that ends ends those who listen.
	}
}

// stream is a response that has deadlines, as a connection's does.
type stream struct{ *httptest.ResponseRecorder }

func (*stream) SetWriteDeadline(time.Time) error { return nil }

// TestHistory: two minutes are remembered, and no more.
func TestHistory(t *testing.T) {
	h := &history{}
	if x := h.last(historyLen); len(x.FromSource) != 0 {
		t.Errorf("%d rows of nothing", len(x.FromSource))
	}
	for i := range 3 * historyLen {
		h.add(second{from: Received{Source: core.Bytes(i)}})
	}
	x := h.last(historyLen + 5)
	if len(x.FromSource) != historyLen || x.FromSource[0] != 2*historyLen || x.FromSource[historyLen-1] != 3*historyLen-1 {
		t.Errorf("%d rows, %v", len(x.FromSource), x.FromSource)
	}
	for _, c := range []struct {
		received core.Bytes
		boxes    int
		want     core.Bytes
	}{{900, 1, 900}, {900, 3, 300}, {0, 3, 0}} { // 1/n, the complement of offload's 1 - 1/n
		if got := leastFromAbove(c.received, c.boxes); got != c.want {
			t.Errorf("%d received by one of %d: at least %d from above, want %d", c.received, c.boxes, got, c.want)
		}
	}
}

// TestChunkMap: what the map says is what the store has.
func TestChunkMap(t *testing.T) {
	dir := t.TempDir()
	if _, err := library.Split(t.Context(), dir, "movie", bytes.NewReader(sample.Video), library.Options{ChunkSize: 256 * core.KiB}); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	m := lib.Manifests()[0]
	st := openStore(t)
	if err := st.AddManifest(m); err != nil {
		t.Fatal(err)
	}
	put := func(chunk uint32, pieces uint8) {
		k := store.Key{ID: m.ID(), Chunk: chunk}
		hashes, _ := lib.Hashes(k)
		if err := st.Begin(k, hashes); err != nil {
			t.Fatal(err)
		}
		for p := range pieces {
			buf := make([]byte, m.Info().Prefix(chunk, p+1)-m.Info().Prefix(chunk, p))
			if err := lib.ReadAt(k, int64(m.Info().Prefix(chunk, p)), buf); err != nil {
				t.Fatal(err)
			}
			if err := st.Put(k, p, buf); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(2, 4)
	put(3, 4)
	put(4, 1)
	node, err := realnet.Start(realnet.Config{Name: "ben", Store: st}, core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic())))
	if err != nil {
		t.Fatal(err)
	}
	defer node.Kill()
	b := &Board{cfg: Config{Store: st, Node: node}}
	if b.videos()[0].Pinned || !node.Pin(m.ID(), true) || !b.videos()[0].Pinned {
		t.Error("a pinned video does not show as such, or another does")
	}
	got := b.videos()
	want := []Run{{stateAbsent, 2}, {stateWhole, 2}, {statePartial, 1}, {stateAbsent, m.Info().Chunks() - 5}}
	if len(got) != 1 || got[0].Whole != 2 || got[0].Partial != 1 || cmp.Diff(want, got[0].Map) != "" {
		t.Errorf("%+v, want a map of %v", got, want)
	}
}

func openStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "chunks"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// TestReady: a node that has something is ready whoever is away, one that has nothing and reaches nobody is not, and one that has
// ended is neither ready nor alive.
func TestReady(t *testing.T) {
	b, mux := board(t, Config{})
	check := func(what, path string, want int, say string) {
		t.Helper()
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, local(path))
		if w.Code != want || !strings.Contains(w.Body.String(), say) {
			t.Errorf("%s: %s: %d %q, want %d and %q", what, path, w.Code, w.Body, want, say)
		}
	}
	check("a source", "/readyz", 200, "ready\nupstream: none\n")
	check("a source", "/healthz", 200, "ok")
	set := func(f func(*Report)) {
		x := *b.look()
		f(&x)
		b.mu.Lock()
		b.current, b.taken = &x, time.Now().Add(time.Hour)
		b.mu.Unlock()
	}
	set(func(x *Report) { x.Upstream.State, x.Store = UpstreamAway, &Store{} })
	check("empty and alone", "/readyz", 503, "nobody can be reached")
	set(func(x *Report) { x.Upstream.State, x.Store = UpstreamAway, &Store{Chunks: 1, Full: true} })
	check("alone with something", "/readyz", 200, "ready\nupstream: away\nstore: the disk is full")
	set(func(x *Report) { x.Upstream.State, x.Store = UpstreamMaster, &Store{Failing: true} })
	check("a disk that fails", "/readyz", 200, "store: cannot commit")
	b.cfg.Node.Kill()
	check("the end", "/readyz", 503, "the node has ended")
	check("the end", "/healthz", 503, "the node has ended")
}
