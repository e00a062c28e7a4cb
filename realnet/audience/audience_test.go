package audience

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// rate is of the video that the tests play: 100 s in 100 MB.
const (
	rate   = core.Bytes(1e6)
	length = 100 * rate
)

var info = core.VideoInfo{Length: length, ChunkSize: 1 << 20, PieceSize: 1 << 16, Duration: 100 * core.Second}

// stage is an audience with a clock that the test moves.
type stage struct {
	*Audience
	t      *testing.T
	time   time.Time
	starts []time.Duration
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, time: time.Unix(1e9, 0)}
	s.Audience = New(Config{Startup: core.Second, Rebuffer: core.Second, Now: func() time.Time { return s.time },
		OnStart: func(d time.Duration) { s.starts = append(s.starts, d) }})
	return s
}

func (s *stage) pass(d time.Duration) { s.time = s.time.Add(d) }

// player is one request of a viewer.
type player struct {
	s     *stage
	out   http.ResponseWriter
	leave func()
	slow  time.Duration // what a write takes
}

// Header, WriteHeader and Write are the connection below.
func (p *player) Header() http.Header { return p.head() }

var header = http.Header{}

func (p *player) head() http.Header { return header }
func (p *player) WriteHeader(int)   {}
func (p *player) Write(b []byte) (int, error) {
	p.s.pass(p.slow)
	return len(b), nil
}

// ask begins a request for the video from a byte on.
func (s *stage) ask(from core.Bytes, headers ...string) *player {
	s.t.Helper()
	r := httptest.NewRequest("GET", "/v/movie", nil)
	r.Header.Set("User-Agent", "test/1")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	p := &player{s: s}
	p.out, p.leave = s.Enter(p, r, Visit{Came: s.time, From: netip.MustParseAddr("10.0.0.7"), Video: "movie", Info: info})
	header = http.Header{}
	if from > 0 {
		header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, length-1, length))
		p.out.WriteHeader(http.StatusPartialContent)
	} else {
		p.out.WriteHeader(http.StatusOK)
	}
	return p
}

// take has the player take so many seconds of the video.
func (p *player) take(seconds float64) {
	p.s.t.Helper()
	if _, err := io.Copy(p.out, bytes.NewReader(make([]byte, int(seconds*float64(rate))))); err != nil {
		p.s.t.Fatal(err)
	}
}

// one returns the only viewer.
func (s *stage) one() Viewer {
	s.t.Helper()
	all := s.Viewers()
	if len(all) != 1 {
		s.t.Fatalf("%d viewers, want 1: %+v", len(all), all)
	}
	return all[0]
}

// like compares what a viewer does, to the tenth of a second.
func (s *stage) like(what, state string, buffer float64, stalls uint32, stalled float64) {
	s.t.Helper()
	v := s.one()
	got := fmt.Sprintf("%v, buffer %.1f s, %d stalls, %.1f s", v.State, v.Buffer.Seconds(), v.Stalls, v.Stalled.Seconds())
	if v.Idle {
		got = "idle, " + got
	}
	if want := fmt.Sprintf("%s, buffer %.1f s, %d stalls, %.1f s", state, buffer, stalls, stalled); got != want {
		s.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func TestPlaysAlong(t *testing.T) {
	s := newStage(t)
	p := s.ask(0)
	s.pass(300 * time.Millisecond)
	s.like("nothing has come", "waiting", 0, 0, 0)
	p.take(.9)
	s.like("not enough", "waiting", .9, 0, 0)
	p.take(9.1)
	s.like("enough", "playing", 10, 0, 0)
	if d := cmp.Diff([]time.Duration{300 * time.Millisecond}, s.starts); d != "" {
		t.Error(d)
	}
	s.pass(6 * time.Second)
	s.like("later", "playing", 4, 0, 0)
	s.pass(6 * time.Second)
	s.like("the node has had nothing to give for two seconds", "stalled", 0, 1, 2)
	p.take(5)
	s.like("it goes on", "playing", 5, 1, 2)
	p.take(85)
	s.pass(90 * time.Second)
	s.like("the end", "ended", 0, 1, 2)
	p.leave()
	if d := cmp.Diff(Totals{Viewings: 1, Delivered: length, Started: 1, Stalls: 1, Stalled: 2 * time.Second}, s.Totals()); d != "" {
		t.Error(d)
	}
}

// TestPauseIsNoStall: who does not take what is offered, or does not ask, is not starved; who takes slowly is.
func TestPauseIsNoStall(t *testing.T) {
	s := newStage(t)
	p := s.ask(0)
	p.take(10)
	p.slow = time.Minute
	p.take(.1)
	p.slow = 0
	s.like("it has taken nothing for a minute", "playing", .1, 0, 0)
	p.leave()
	s.pass(20 * time.Second)
	s.like("it asks for nothing", "idle, playing", 0, 0, 0)
	p = s.ask(10.1e6)
	p.take(3)
	s.like("it asks again", "playing", 3, 0, 0)
	p.slow = 4 * time.Second
	p.take(.1)
	s.like("it is slow", "stalled", .1, 1, 1)
	p.leave()
}

// TestSeeks: another place is a seek once enough has been taken there, however one gets there, and an index is none.
func TestSeeks(t *testing.T) {
	s := newStage(t)
	index := s.ask(length - 2*rate)
	index.take(2)
	s.like("the index", "waiting", 0, 0, 0)
	index.leave()
	p := s.ask(0)
	p.take(5)
	s.like("the head", "playing", 5, 0, 0)
	look := s.ask(50 * rate)
	look.take(.1)
	s.like("a look", "playing", 5, 0, 0)
	look.take(2.9)
	look.leave()
	s.like("a seek", "playing", 3, 0, 0)
	if v := s.one(); v.Playhead.Round(time.Second) != 50*time.Second {
		t.Errorf("plays at %v, want 50 s", v.Playhead)
	}
	s.pass(time.Second)
	back := s.ask(20 * rate)
	back.take(4)
	s.like("back", "playing", 4, 0, 0)
	again := s.ask(22 * rate) // what it has already
	again.take(2)
	s.like("again", "playing", 4, 0, 0)
	for _, p := range []*player{p, back, again} {
		p.leave()
	}
}

// TestPlayersWord: what a player tells counts in the place of the estimate.
func TestPlayersWord(t *testing.T) {
	s := newStage(t)
	tell := func(what string) {
		p := s.ask(0, "CMCD-Request", what, "CMCD-Session", `sid="abc"`)
		p.take(10)
		p.leave()
	}
	tell("bl=0,su,bs") // before the first frame nothing starves
	tell("bl=2500")
	s.like("told", "playing", 2.5, 0, 0)
	s.pass(30 * time.Second)
	tell("bl=0,bs")
	tell("bl=100,bs")
	tell("bl=4000,msd=700")
	if v := s.one(); !v.Tells || v.Buffer != 4*time.Second || v.Stalls != 2 || v.Startup != 700*time.Millisecond {
		t.Errorf("%+v", v)
	}
	if got := s.Totals().Stalls; got != 2 {
		t.Errorf("%d stalls in all, want 2", got)
	}
}

// TestWhoIsOne: requests are one viewing's by session id, else by address and program, until a minute after the last.
func TestWhoIsOne(t *testing.T) {
	s := newStage(t)
	for range 3 {
		s.ask(0).leave()
	}
	s.ask(0, "User-Agent", "other").leave()
	s.ask(0, "CMCD-Session", `sid="x"`).leave()
	s.ask(0, "CMCD-Session", `sid="x"`, "User-Agent", "elsewhere").leave()
	if n := len(s.Viewers()); n != 3 {
		t.Errorf("%d viewings, want 3", n)
	}
	long := s.ask(0)
	s.pass(EndAfter)
	if v := s.one(); v.Requests != 1 {
		t.Errorf("%+v is left, want the one that has a request", v)
	}
	long.leave()
	s.pass(EndAfter)
	if n := len(s.Viewers()); n != 0 {
		t.Errorf("%d viewings, want none", n)
	}
}

// TestTooMany: more viewings than are remembered cost nothing but their bytes, which are counted.
func TestTooMany(t *testing.T) {
	s := newStage(t)
	for i := range MaxViewings + 10 {
		p := s.ask(0, "CMCD-Session", fmt.Sprintf(`sid="%d"`, i))
		p.take(.001)
		p.leave()
	}
	if n := len(s.Viewers()); n != MaxViewings {
		t.Errorf("%d viewings, want %d", n, MaxViewings)
	}
	if got, want := s.Totals().Delivered, core.Bytes(MaxViewings+10)*1000; got != want {
		t.Errorf("%d bytes delivered, want %d", got, want)
	}
}

// sink is a connection that takes files whole.
type sink struct {
	httptest.ResponseRecorder
	files int
}

func (s *sink) ReadFrom(src io.Reader) (int64, error) {
	if l, ok := src.(*io.LimitedReader); ok {
		if _, ok := l.R.(*os.File); ok {
			s.files++
		}
	}
	return io.Copy(s.Body, src)
}

// TestFilesStayFiles: what is written from a file reaches the connection as one, all of it, and is counted as it goes.
func TestFilesStayFiles(t *testing.T) {
	data := bytes.Repeat([]byte("peerstreamer"), 100_000)
	name := filepath.Join(t.TempDir(), "chunk")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a := New(Config{})
	below := &sink{ResponseRecorder: *httptest.NewRecorder()}
	w, leave := a.Enter(below, httptest.NewRequest("GET", "/v/movie", nil), Visit{Came: time.Now(), Video: "movie", Info: info})
	defer leave()
	n, err := w.(io.ReaderFrom).ReadFrom(&io.LimitedReader{R: f, N: 1_000_000})
	if err != nil || n != 1_000_000 || !bytes.Equal(below.Body.Bytes(), data[:1_000_000]) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if want := (1_000_000 + slice - 1) / slice; below.files != want {
		t.Errorf("%d writes from the file, want %d", below.files, want)
	}
	if got := a.Totals().Delivered; got != 1_000_000 {
		t.Errorf("%d bytes counted", got)
	}
}

// TestOnlyVideosCount: refusals, and what is not changed, bring a viewer nothing.
func TestOnlyVideosCount(t *testing.T) {
	for status, want := range map[int]core.Bytes{200: 5, 206: 5, 304: 0, 404: 0, 416: 0, 502: 0} {
		a := New(Config{})
		w, leave := a.Enter(httptest.NewRecorder(), httptest.NewRequest("GET", "/v/movie", nil),
			Visit{Came: time.Now(), Video: "movie", Info: info})
		w.WriteHeader(status)
		io.WriteString(w, "12345")
		leave()
		if got := a.Totals().Delivered; got != want {
			t.Errorf("%d: %d bytes, want %d", status, got, want)
		}
	}
}

// TestLongAgents: a program that says much of itself costs what is kept of that, and is told apart by that.
func TestLongAgents(t *testing.T) {
	s := newStage(t)
	enter := func(agent string) {
		r := httptest.NewRequest("GET", "/v/movie", nil)
		r.Header.Set("User-Agent", agent)
		_, leave := s.Enter(httptest.NewRecorder(), r, Visit{Came: s.time, From: netip.MustParseAddr("192.0.2.1"), Video: "movie", Info: info})
		leave()
	}
	long := strings.Repeat("x", maxAgent-1) + "é"
	for _, end := range []string{"", "1", "2"} {
		enter(long + end)
	}
	enter("another")
	all := s.Viewers()
	if len(all) != 2 || all[0].Agent != strings.Repeat("x", maxAgent-1)+"?" || all[1].Agent != "another" {
		t.Errorf("%+v", all)
	}
	for k := range s.rows {
		if len(k.who) > maxAgent+len("192.0.2.1 ") {
			t.Errorf("a key of %d bytes", len(k.who))
		}
	}
}
