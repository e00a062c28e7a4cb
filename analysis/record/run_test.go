package record

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

const sec = core.Second

func TestWaited(t *testing.T) {
	for _, c := range []struct {
		name     string
		viewer   Viewer
		want     core.Time
		censored bool
	}{
		{"started", Viewer{Arrival: 3 * sec, First: 5 * sec, Until: core.Never}, 2 * sec, false},
		{"at once", Viewer{Arrival: 3 * sec, First: 3 * sec, Until: core.Never}, 0, false},
		{"still waits at the end", Viewer{Arrival: 3 * sec, First: core.Never, Until: core.Never}, 7 * sec, true},
		{"left before", Viewer{Arrival: 3 * sec, First: core.Never, Until: 4 * sec}, 1 * sec, true},
		{"came with the end", Viewer{Arrival: 10 * sec, First: core.Never, Until: core.Never}, 0, true},
	} {
		d, censored := c.viewer.Waited(10 * sec)
		if d != c.want || censored != c.censored {
			t.Errorf("%s: waited %d, censored %v; want %d, %v", c.name, d, censored, c.want, c.censored)
		}
	}
}

func TestSums(t *testing.T) {
	r := Run{
		Video: Video{Length: 1_000_000, Duration: 8 * sec},
		Nodes: []Node{
			{Source: true, Sent: 5}, {Source: true, Sent: 6}, {Sent: 100, FromSource: 1, FromMaster: 2, FromSibling: 4},
		},
		Viewers: []Viewer{{Arrival: 9 * sec}, {Arrival: 4 * sec}},
	}
	if diff := cmp.Diff(core.Bytes(11), r.SourceSent()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(core.Bytes(7), r.Nodes[2].Received()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(core.Mbps, r.Video.Bitrate()); diff != "" {
		t.Error(diff)
	}
	if at, ok := r.FirstArrival(); at != 4*sec || !ok {
		t.Errorf("first arrival %d, %v", at, ok)
	}
	if _, ok := (&Run{}).FirstArrival(); ok {
		t.Error("a run without viewers has a first arrival")
	}
}

func TestNames(t *testing.T) {
	r := Run{Groups: []Group{{"source", 1}, {"viewer", 3}, {"last", 1}}}
	got := ""
	for i := range 6 {
		got += r.Name(i) + " "
	}
	if want := "source viewer-0 viewer-1 viewer-2 last 5 "; got != want {
		t.Errorf("names %q, want %q", got, want)
	}
}
