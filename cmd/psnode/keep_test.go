package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/realnet/control"
)

// TestPrintVideos: what psnode list says of what is here, its quota and its prefetch.
func TestPrintVideos(t *testing.T) {
	var out bytes.Buffer
	printVideos(&out, []control.Video{
		{Name: "film", Length: 4 * core.GiB, Duration: 5400 * core.Second, Chunks: 4096, Here: 1024, Quota: 2 * core.GiB},
		{Name: "movie", Length: 1300 * core.KiB, Duration: 29_600 * core.Millisecond, Chunks: 2, Here: 2, Quota: 5 * core.MiB, Pinned: true},
		{Name: "other", Length: core.KiB, Chunks: 1, Prefetch: "waiting"},
		{Name: "unheard", Prefetch: "goes on later"},
	})
	want := "NAME     SIZE     PLAYS    HERE   \n" +
		"film     4.0 GiB  1:30:00  25 %   1.0 GiB of 2.0 GiB\n" +
		"movie    1.3 MiB  0:30     whole  1.3 MiB of 5.0 MiB, pinned\n" +
		"other    1.0 KiB  -        0 %    prefetch: waiting\n" +
		"unheard  -        -        -      prefetch: goes on later\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
