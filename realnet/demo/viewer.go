package demo

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"peerstreamer/core"
)

// How a viewer that is no browser watches.
const (
	ahead     = 8 * core.Second // of the picture, that it reads
	lookEvery = 100 * time.Millisecond
	tryAgain  = 500 * time.Millisecond // after its node has failed it
	readSize  = 32 << 10
)

// viewer watches a video at a member at the pace at which it plays, and throws it away.
type viewer struct {
	member *member
	video  string
	length int64
	plays  core.Time // from the first to the last byte

	mu     sync.Mutex
	read   int64     // bytes
	at     core.Time // of the picture
	since  time.Time // when at was so; zero before the first byte
	stalls int
	dry    bool // at cannot go on
}

// look returns where the picture is, whether it waits, and how often it has stalled.
func (v *viewer) look(now time.Time) (at core.Time, waits bool, stalls int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.move(now)
	return v.at, v.dry, v.stalls
}

// done reports whether the viewer has seen all.
func (v *viewer) done(now time.Time) bool {
	at, _, _ := v.look(now)
	return at >= v.plays
}

// here is the place in the picture that the bytes read so far reach to.
func (v *viewer) here() core.Time {
	return core.Time(float64(v.read) / float64(v.length) * float64(v.plays))
}

// move plays what is there until now.
func (v *viewer) move(now time.Time) {
	if v.since.IsZero() {
		v.dry = true
		if v.read == 0 {
			return
		}
		v.since, v.dry = now, false
	}
	at := v.at + core.Time(now.Sub(v.since))
	v.since = now
	here := v.here()
	if at < here || v.read == v.length {
		v.at, v.dry = min(at, v.plays), false
		return
	}
	if !v.dry {
		v.stalls++
	}
	v.at, v.dry = here, true
}

// watch reads until the end, or ctx's.
func (v *viewer) watch(ctx context.Context) {
	buf := make([]byte, readSize)
	for ctx.Err() == nil {
		err := v.readOn(ctx, buf)
		if errors.Is(err, io.EOF) {
			return
		}
		wait(ctx, tryAgain)
	}
}

// readOn reads on where the viewer is, through whatever its member's station is now.
func (v *viewer) readOn(ctx context.Context, buf []byte) error {
	st := v.member.now()
	if st == nil {
		return errDown
	}
	s, err := st.Desk.Open(ctx, v.video)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Seek(v.read, io.SeekStart); err != nil { // only this goroutine writes it
		return err
	}
	for {
		for v.full(time.Now()) {
			if !wait(ctx, lookEvery) {
				return ctx.Err()
			}
		}
		n, err := s.Read(buf)
		v.mu.Lock()
		v.move(time.Now())
		v.read += int64(n)
		v.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

var errDown = errors.New("the node is down")

// full reports whether as much is read ahead as a player would.
func (v *viewer) full(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.move(now)
	return v.here() > v.at+ahead
}

// wait returns after some time, or false when ctx ends.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
