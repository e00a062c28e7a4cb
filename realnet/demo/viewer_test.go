package demo

import (
	"testing"
	"time"

	"peerstreamer/core"
)

// TestViewerPlaysAtThePaceOfTheVideo: a video of 10 s in 1000 bytes; what was read when, and where the picture then is.
func TestViewerPlaysAtThePaceOfTheVideo(t *testing.T) {
	began := time.Now()
	v := &viewer{length: 1000, plays: 10 * core.Second}
	for _, c := range []struct {
		after  time.Duration
		read   int64 // then, after looking
		at     core.Time
		waits  bool
		stalls int
	}{
		{after: 0, read: 0, at: 0, waits: true},
		{after: 5 * time.Second, read: 200, at: 0, waits: true},
		{after: 5 * time.Second, read: 200, at: 0},
		{after: 6 * time.Second, read: 200, at: core.Second},
		{after: 9 * time.Second, read: 200, at: 2 * core.Second, waits: true, stalls: 1},
		{after: 11 * time.Second, read: 1000, at: 2 * core.Second, waits: true, stalls: 1},
		{after: 12 * time.Second, read: 1000, at: 3 * core.Second, stalls: 1},
		{after: 40 * time.Second, read: 1000, at: 10 * core.Second, stalls: 1},
	} {
		now := began.Add(c.after)
		at, waits, stalls := v.look(now)
		if at != c.at || waits != c.waits || stalls != c.stalls {
			t.Errorf("after %v: at %v, waits %v, %d stalls; want %v, %v, %d", c.after, at, waits, stalls, c.at, c.waits, c.stalls)
		}
		v.read = c.read
	}
	if !v.done(began.Add(time.Minute)) {
		t.Error("not done at the end")
	}
}
