package realnet_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/store"
)

// TestRatesHold: however fast the machine, a limited uplink or downlink passes no more than its rate allows in the time
// that a transfer took. How much less it passes depends on the machine, so that is not asserted.
func TestRatesHold(t *testing.T) {
	const length = 1 << 20
	const rate = 40 * core.Mbps
	dir := t.TempDir()
	_, err := library.Split(t.Context(), dir, "movie", bytes.NewReader(coretest.Content("movie", length)), library.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lib.Close()
	for _, c := range []struct {
		name     string
		up, down core.Rate
	}{{"uplink", rate, 0}, {"downlink", 0, rate}} {
		t.Run(c.name, func(t *testing.T) {
			from, err := realnet.Start(realnet.Config{Name: "from", Listen: "127.0.0.1:0", Library: lib, Uplink: c.up}, &hop{})
			if err != nil {
				t.Fatal(err)
			}
			defer from.Close(context.Background())
			h := &hop{window: 4, done: make(chan struct{})}
			began := time.Now()
			to, err := realnet.Start(realnet.Config{Name: "to", Master: from.Addr(), Store: &store.Memory{}, Downlink: c.down}, h)
			if err != nil {
				t.Fatal(err)
			}
			defer to.Close(context.Background())
			v := to.Video("movie")
			to.Do(func(net core.Network, _ core.NodeID) { h.begin(net, v) })
			<-h.done
			took := time.Since(began)
			const slack = 64 * core.KiB // a burst of 10 ms, and the frame that was begun in it
			if most := rate.In(core.Time(took)) + 50_000 + slack; length > most {
				t.Errorf("%d bytes passed in %v: at %d bit/s at most %d", length, took, rate, most)
			}
		})
	}
}
