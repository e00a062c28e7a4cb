package station

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/realnet/schedule"
)

// TestNight: a day and a half from midnight on (synctest's clock begins there, in UTC), with a change of the day's rates
// in the night, which must wait for the morning.
func TestNight(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	synctest.Test(t, func(t *testing.T) {
		night := &Night{Uplink: 100 * core.Mbps}
		night.Span, _ = schedule.ParseSpan("22:00-06:00")
		s := &Station{}
		var got []core.Rate
		s.link = link{night: night, up: 20 * core.Mbps, relink: func(up, _ core.Rate) { got = append(got, up) }}
		ctx, cancel := context.WithTimeout(t.Context(), 36*time.Hour)
		defer cancel()
		time.AfterFunc(2*time.Hour, func() { s.Relink(30*core.Mbps, 0) })
		time.AfterFunc(12*time.Hour, func() { s.Relink(40*core.Mbps, 0) })
		s.link.follow(ctx)
		want := []core.Rate{100 * core.Mbps, 100 * core.Mbps, 30 * core.Mbps, 40 * core.Mbps, 100 * core.Mbps, 40 * core.Mbps}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("uplinks (-want +got):\n%s", diff)
		}
	})
}
