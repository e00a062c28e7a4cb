package media

import (
	"testing"

	"peerstreamer/core"
)

func TestClock(t *testing.T) {
	for d, want := range map[core.Time]string{
		0: "0:00", 499 * core.Millisecond: "0:00", 500 * core.Millisecond: "0:01", 59_499 * core.Millisecond: "0:59",
		59_999 * core.Millisecond: "1:00", 3599_500 * core.Millisecond: "1:00:00", 3723 * core.Second: "1:02:03",
		100 * core.Hour: "100:00:00",
	} {
		if got := Clock(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}
