package media

import (
	"testing"
	"time"
)

// TestSpeed: the start of a program counts once; without two pieces of news it counts for all that is known.
func TestSpeed(t *testing.T) {
	type news struct{ at, done time.Duration }
	const s = time.Second
	for _, c := range []struct {
		name string
		news []news
		want time.Duration // for a minute
	}{
		{"nothing", nil, 0},
		{"a start of a second, then 10 times real time", []news{{s, 2 * s}, {2 * s, 12 * s}}, 7 * s},
		{"the last counts", []news{{s, 2 * s}, {2 * s, 3 * s}, {3 * s, 22 * s}}, 7 * s},
		{"one piece of news", []news{{2 * s, 4 * s}}, 30 * s},
		{"slower than real time", []news{{2 * s, s / 2}, {3 * s, s}}, 180 * s},
	} {
		began := time.Now()
		v := speed{began: began}
		for _, n := range c.news {
			v.note(began.Add(n.at), n.done)
		}
		if got := v.takes(60 * s); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
