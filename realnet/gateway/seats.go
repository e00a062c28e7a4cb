package gateway

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/playback"
)

// Bounds on how a request gets a place when all are taken.
const (
	maxClaims   = 3               // times that one request tries again: somebody else may be quicker
	claimWithin = 2 * time.Second // for the one who gives it up to be gone
)

// seats knows who reads at a desk, so that a few addresses that take all places do not keep the others out: then somebody of the
// address with most makes room for who comes from one with at least two fewer.
type seats struct {
	desk *playback.Desk
	log  *zap.Logger

	mu    sync.Mutex
	homes map[netip.Prefix]map[*seat]struct{} // of those who have a place
}

// seat is what one request may hold of the desk.
type seat struct {
	of     *seats
	home   netip.Prefix
	end    context.CancelFunc // of the request's session
	ctl    *http.ResponseController
	gone   chan struct{} // closed when its place is free
	claims int

	sits  bool
	ended bool      // it makes room: nothing gives it more time
	moved time.Time // when it last read
}

func newSeats(d *playback.Desk, log *zap.Logger) *seats {
	return &seats{desk: d, log: log, homes: map[netip.Prefix]map[*seat]struct{}{}}
}

// homeOf returns where an address counts as being: IPv6 its first 64 bits, which are one household's at least.
func homeOf(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero Addr has the zero Prefix
	return p
}

// seat returns that of a request, which sits nowhere yet.
func (s *seats) seat(w http.ResponseWriter, from netip.Addr, end context.CancelFunc) *seat {
	return &seat{of: s, home: homeOf(from), end: end, ctl: http.NewResponseController(w), gone: make(chan struct{})}
}

// moves notes that the request has a place and reads.
func (x *seat) moves() {
	s := x.of
	s.mu.Lock()
	defer s.mu.Unlock()
	x.moved = time.Now()
	if x.sits {
		return
	}
	x.sits = true
	if s.homes[x.home] == nil {
		s.homes[x.home] = map[*seat]struct{}{}
	}
	s.homes[x.home][x] = struct{}{}
}

// more gives the client time for what comes next.
func (x *seat) more(stall time.Duration) {
	x.of.mu.Lock()
	defer x.of.mu.Unlock()
	if !x.ended {
		_ = x.ctl.SetWriteDeadline(time.Now().Add(stall)) // a recorder has none
	}
}

// leave is called once, when the request has no place any more.
func (x *seat) leave() {
	s := x.of
	s.mu.Lock()
	defer s.mu.Unlock()
	close(x.gone)
	if delete(s.homes[x.home], x); len(s.homes[x.home]) == 0 {
		delete(s.homes, x.home)
	}
}

// claim returns true if the request, which found the desk full, should try again: there is room now.
func (x *seat) claim(ctx context.Context) bool {
	s := x.of
	if x.claims == maxClaims {
		return false
	}
	if x.claims++; s.desk.InUse() < s.desk.Max() {
		return true // somebody has just left, or it is not the desk that is full
	}
	out := s.choose(x.home)
	if out == nil {
		return false
	}
	s.log.Info("a viewer makes room for one from elsewhere", zap.Stringer("of", out.home), zap.Stringer("for", x.home))
	t := time.NewTimer(claimWithin)
	defer t.Stop()
	select {
	case <-out.gone:
		return true
	case <-ctx.Done():
	case <-t.C:
	}
	return false
}

// choose ends the one who has not read for longest of those at the home with most, and returns it; nil if that has no two more
// than the home of who asks.
func (s *seats) choose(home netip.Prefix) (out *seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var most map[*seat]struct{}
	for _, sitting := range s.homes {
		if len(sitting) > len(most) {
			most = sitting
		}
	}
	if len(most) < len(s.homes[home])+2 {
		return nil
	}
	for x := range most {
		if !x.ended && (out == nil || x.moved.Before(out.moved)) {
			out = x
		}
	}
	if out != nil {
		out.ended = true
		out.end()
		_ = out.ctl.SetWriteDeadline(time.Unix(1, 0)) // a recorder has none
	}
	return out
}
