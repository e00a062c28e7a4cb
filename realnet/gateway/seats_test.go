package gateway

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/playback"
)

const getLong = "GET /v/long HTTP/1.1\r\nHost: localhost\r\n\r\n"

// TestFewTakeAllPlaces: addresses that take all places with answers that they do not read keep nobody out: each newcomer from
// elsewhere gets a place of the address with most, until none has two more than the newcomer's.
func TestFewTakeAllPlaces(t *testing.T) {
	top := source(t, files{"long": make([]byte, 64<<20), "movie": movie["movie"]}, setup{most: 6})
	for i := range 6 {
		call(t, top, fmt.Sprintf("127.0.0.%d", 2+i/4), getLong) // four and two
		until(t, "it is served", func() bool { return len(sitting(top, "127.0.0.2/32"))+len(sitting(top, "127.0.0.3/32")) == i+1 })
		top.tails.all.Wait() // which took a place
	}
	if r := answerTo(t, call(t, top, "127.0.0.2", getLong)); r.status != 503 {
		t.Errorf("one more of those with most: %d, want 503", r.status)
	}
	if r := answerTo(t, call(t, top, "127.0.0.3", getLong[:12]+"HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-0,9-9\r\n\r\n")); r.status != 206 {
		t.Errorf("a third of those with two, where others have four: %d, want 206", r.status)
	}
	if n := len(sitting(top, "127.0.0.2/32")); n != 3 {
		t.Errorf("%d of those with most have a place, want 3", n)
	}
	for i := range 3 { // who stay
		call(t, top, fmt.Sprintf("127.0.0.%d", 10+i), getLong)
		until(t, "it is served", func() bool {
			top.seats.mu.Lock()
			defer top.seats.mu.Unlock()
			return len(top.seats.homes) == 3+i
		})
	}
	if n := top.desk.InUse(); n != 6 {
		t.Errorf("%d have a place, want 6", n)
	}
	if r := answerTo(t, call(t, top, "127.0.0.20", "GET /v/movie HTTP/1.1\r\nHost: localhost\r\n\r\n")); r.status != 200 || len(r.body) != len(movie["movie"]) {
		t.Errorf("a viewer from elsewhere: %d, %d bytes of %d", r.status, len(r.body), len(movie["movie"]))
	}
	for i := range 2 {
		call(t, top, fmt.Sprintf("127.0.0.%d", 30+i), getLong)
	}
	until(t, "each has a place", func() bool {
		top.seats.mu.Lock()
		defer top.seats.mu.Unlock()
		return len(top.seats.homes) == 6
	})
	if r := answerTo(t, call(t, top, "127.0.0.40", getLong)); r.status != 503 {
		t.Errorf("one more where nobody has two: %d, want 503", r.status)
	}
}

// sitting returns who has a place of an address.
func sitting(b *box, home string) map[*seat]struct{} {
	b.seats.mu.Lock()
	defer b.seats.mu.Unlock()
	return maps.Clone(b.seats.homes[netip.MustParsePrefix(home)])
}

// TestWhoMakesRoom: the one who has not read for longest, of the home with most, once.
func TestWhoMakesRoom(t *testing.T) {
	s := newSeats(playback.NewDesk(playback.Options{}), zap.NewNop())
	sits := func(from string, age time.Duration) *seat {
		x := s.seat(httptest.NewRecorder(), netip.MustParseAddr(from), func() {})
		x.moves()
		x.moved = x.moved.Add(-age)
		return x
	}
	sits("192.0.2.1", time.Hour)
	sits("192.0.2.1", time.Hour)
	young, old, older := sits("2001:db8::1", 0), sits("2001:db8::2", time.Minute), sits("2001:db8::3", 2*time.Minute)
	home := homeOf(netip.MustParseAddr("192.0.2.9"))
	for _, want := range []*seat{older, old, young, nil} { // their places are taken until they leave
		if got := s.choose(home); got != want {
			t.Errorf("%+v makes room, want %+v", got, want)
		}
	}
	for _, x := range []*seat{older, old, young} {
		x.leave()
	}
	if got := s.choose(homeOf(netip.MustParseAddr("192.0.2.1"))); got != nil {
		t.Errorf("%+v makes room for one of the same home", got)
	}
	if got := s.choose(home); got == nil || got.home != homeOf(netip.MustParseAddr("192.0.2.1")) {
		t.Errorf("%+v makes room, want one of the two that are left", got)
	}
}

// dated is a response that remembers until when it may be written.
type dated struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (w *dated) SetWriteDeadline(t time.Time) error {
	w.until = t
	return nil
}

// TestMakesRoomAtOnce: who makes room is given no more time.
func TestMakesRoomAtOnce(t *testing.T) {
	s := newSeats(playback.NewDesk(playback.Options{}), zap.NewNop())
	w, ended := &dated{ResponseRecorder: httptest.NewRecorder()}, 0
	for range 2 {
		x := s.seat(w, netip.MustParseAddr("192.0.2.1"), func() { ended++ })
		x.moves()
		if x.more(time.Hour); time.Until(w.until) < time.Minute {
			t.Errorf("a viewer has until %v", w.until)
		}
	}
	out := s.choose(homeOf(netip.MustParseAddr("192.0.2.2")))
	if out.more(time.Hour); ended != 1 || time.Until(w.until) > 0 {
		t.Errorf("%d are ended, by %v", ended, w.until)
	}
}

// TestPlacesAreLeft: whoever is gone is not counted, however it went.
func TestPlacesAreLeft(t *testing.T) {
	top := source(t, movie, setup{most: 4})
	for _, x := range []struct{ path, ranges string }{
		{"/v/movie", ""}, {"/v/movie", "bytes=5-9"}, {"/v/movie", "bytes=0-0,9-9"}, {"/v/movie", "bytes=9999999999-"}, {"/v/movie/index.m3u8", ""},
		{"/v/movie/poster.jpg", ""}, {"/v/movie/master.m3u8", ""}, {"/v/nothing", ""},
	} {
		ask(t, "GET", top.URL()+x.path, "Range", x.ranges)
		ask(t, "HEAD", top.URL()+x.path, "Range", x.ranges)
	}
	call(t, top, "", "GET /v/movie HTTP/1.1\r\nHost: localhost\r\n\r\n").Close()
	until(t, "all have left", func() bool {
		top.seats.mu.Lock()
		defer top.seats.mu.Unlock()
		return len(top.seats.homes) == 0 && top.desk.InUse() == 0
	})
}
