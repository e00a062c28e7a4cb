package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"peerstreamer/realnet/sample"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage starts a show whose line is so fast that a round takes no time, behind a test's server.
func stage(t *testing.T) (*show, *httptest.Server) {
	t.Helper()
	dir, err := os.MkdirTemp("", "demo-test-")
	if err != nil {
		t.Fatal(err)
	}
	video, err := cut(t.Context(), filepath.Join(dir, "videos"), "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &show{cfg: Config{Out: io.Discard}, log: logger(Config{}), swarm: form(dir, video, logger(Config{})), ctx: ctx, news: newNews()}
	s.swarm.web = true
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	looping := make(chan error, 1)
	go func() { looping <- s.loop(ctx) }()
	server := httptest.NewServer(s.handler())
	t.Cleanup(func() {
		cancel()
		<-looping
		s.news.end()
		server.Close()
		if err := s.end(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	return s, server
}

// until reads states until one is as wanted.
func until(t *testing.T, url string, wanted func(State) bool) State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", url+"/api/demo/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer a.Body.Close()
	lines := bufio.NewScanner(a.Body)
	lines.Buffer(nil, 1<<20)
	var st State
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		st = State{}
		if err := json.Unmarshal([]byte(data), &st); err != nil {
			t.Fatal(err)
		}
		if wanted(st) {
			return st
		}
	}
	t.Fatalf("it did not come: %v; the last state: %+v", lines.Err(), st)
	return st
}

func post(t *testing.T, url, origin string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	return a.StatusCode
}

// TestButtons: looking lets viewers come and chunks flow; a master that is taken down is seen to be, and comes back; the next
// round begins with nothing; other sites' pages may press none of it.
func TestButtons(t *testing.T) {
	s, server := stage(t)
	if got := post(t, server.URL+"/api/demo/kill", "http://elsewhere.example"); got != http.StatusForbidden {
		t.Errorf("another site's page takes a master down: %d, want 403", got)
	}
	st := until(t, server.URL, func(st State) bool { return st.Lines[1].Copies > 0 && len(st.Links) > 0 })
	if want := 2 + sites*boxes + 1; len(st.Nodes) != want || st.Video.Name != sample.Name {
		t.Errorf("%d nodes with %q, want %d with %q", len(st.Nodes), st.Video.Name, want, sample.Name)
	}
	if got := post(t, server.URL+"/api/demo/kill", ""); got != http.StatusNoContent {
		t.Errorf("kill: %d", got)
	}
	node := func(st State, name string) NodeState {
		for _, n := range st.Nodes {
			if n.Name == name {
				return n
			}
		}
		t.Fatalf("no %s", name)
		return NodeState{}
	}
	until(t, server.URL, func(st State) bool { return !node(st, victim).Up })
	if got := post(t, server.URL+"/api/demo/revive", ""); got != http.StatusNoContent {
		t.Errorf("revive: %d", got)
	}
	until(t, server.URL, func(st State) bool { return node(st, victim).Up })
	if got := post(t, server.URL+"/api/demo/again", ""); got != http.StatusNoContent {
		t.Errorf("again: %d", got)
	}
	// A box that hears of the video asks for its first chunks at once.
	if st := s.state(time.Now()); st.Round != 2 || st.Lines[0].Copies > .5 {
		t.Errorf("round %d with %.2f copies over the line, want the second with next to none", st.Round, st.Lines[0].Copies)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestPages: the page and what it loads are there, and all else is the first box.
func TestPages(t *testing.T) {
	_, server := stage(t)
	for path, want := range map[string]string{
		"/demo": "two sites", assets().URL("tree.js"): "class Tree", "/watch/sample.mp4": "<video", "/": "sample",
	} {
		a, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || a.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s, %v, without %q", path, a.Status, err, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
