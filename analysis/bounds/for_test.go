package bounds

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"peerstreamer/analysis/record"
	"peerstreamer/core"
)

// two is two viewers of 8 MB in 64 s (1 Mbit/s), startup bytes 1 MB: the source has 8 Mbit/s, the viewers 4 up and 16
// down. The second comes 1 s after the first. Both play to the end, 70 s after they came.
func two() record.Run {
	return record.Run{
		End:     100 * s,
		Video:   record.Video{Length: 8 * mb, Duration: 64 * s},
		Startup: mb,
		Nodes: []record.Node{
			{Source: true, Uplink: 8e6, Downlink: 8e6, Stop: core.Never, Sent: 10 * mb},
			{Uplink: 4e6, Downlink: 16e6, Stop: core.Never, FromSource: 8 * mb},
			{Uplink: 4e6, Downlink: 16e6, Stop: core.Never, FromSource: 2 * mb, FromSibling: 6 * mb},
		},
		Viewers: []record.Viewer{
			{Node: 1, Last: core.Ended, Arrival: 10 * s, First: 13 * s, Until: 80 * s, Delay: 100 * core.Millisecond},
			{Node: 2, Last: core.Ended, Arrival: 11 * s, First: 12 * s, Until: 81 * s},
		},
	}
}

// By hand: a's startup is max(0.1 + 8/16, 8/8) = 1 s, b's max(8/16, 8/8 - 1) = 0.5 s. Copies: 2 peers upload 4 Mbit/s
// for 71 s, far more than a copy: 1. Offload: 1 - 8/16. Completion: max(8 s of the source, 128/16 = 8 s) and b's
// 1 + 64/16. Rates: min(8, 16/2, 16) Mbit/s; the source must send r.
func TestForByHand(t *testing.T) {
	run := two()
	want := []Bound{
		{"startup_latency.p50", 0.5, "s", AtLeast},
		{"startup_latency.p95", 1, "s", AtLeast},
		{"startup_latency.p99", 1, "s", AtLeast},
		{"startup_latency.max", 1, "s", AtLeast},
		{"source_copies", 1, "copies", AtLeast},
		{"offload", 0.5, "", AtMost},
		{"completion", 8, "s", AtLeast},
		{"sustainable_rate", 8e6, "bit/s", Note},
		{"source_egress", 1e6, "bit/s", Note},
	}
	if diff := cmp.Diff(want, For(&run), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Error(diff)
	}
}

func TestForLeavesOutWhatDoesNotHold(t *testing.T) {
	names := func(r record.Run) (out []string) {
		for _, b := range For(&r) {
			out = append(out, b.Name)
		}
		return out
	}
	startup := []string{"startup_latency.p50", "startup_latency.p95", "startup_latency.p99", "startup_latency.max"}
	notes := []string{"sustainable_rate", "source_egress"}
	for _, c := range []struct {
		name string
		edit func(*record.Run)
		want [][]string
	}{
		{"warm stores", func(r *record.Run) { r.Warm = true }, [][]string{notes}},
		{"nobody finished", func(r *record.Run) {
			r.Viewers[0].Last, r.Viewers[1].Last = core.Stalled, core.Gone
		}, [][]string{startup, notes}},
		{"one still watches: no completion", func(r *record.Run) {
			r.Viewers[0].Last, r.Viewers[0].Until = core.Playing, core.Never
		}, [][]string{startup, {"source_copies", "offload"}, notes}},
		{"no viewers", func(r *record.Run) { r.Viewers = nil }, [][]string{}},
		{"a viewer at the source needs no network", func(r *record.Run) {
			r.Viewers[0].Node, r.Viewers[1].Node = 0, 0
		}, [][]string{}},
		{"no limits: the video's rate and one copy remain", func(r *record.Run) {
			for i := range r.Nodes {
				r.Nodes[i].Uplink, r.Nodes[i].Downlink = 0, 0
			}
			r.Viewers[0].Delay = 0
		}, [][]string{{"source_copies", "offload", "completion", "source_egress"}}},
	} {
		run := two()
		c.edit(&run)
		var want []string
		for _, w := range c.want {
			want = append(want, w...)
		}
		if diff := cmp.Diff(want, names(run)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestStartupOfViewersWhoseNodeMayHoldTheBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*record.Run)
		want []float64
	}{
		{"cold", func(r *record.Run) {}, []float64{1, 0.5}},
		{"round trips come first", func(r *record.Run) { r.Viewers[1].Delay = 700 * core.Millisecond }, []float64{1, 1.2}},
		{"a relay may have fetched for others", func(r *record.Run) { r.Nodes[2].Relay = true }, []float64{1, 0}},
		{"but not before the first arrival", func(r *record.Run) {
			r.Nodes[2].Relay = true
			r.Viewers[1].Arrival = 10 * s
		}, []float64{1, 1}},
		{"the second viewer of a node", func(r *record.Run) { r.Viewers[1].Node = 1 }, []float64{1, 0}},
		{"gone after 0.3 s, before its bound", func(r *record.Run) {
			v := &r.Viewers[1]
			v.First, v.Last, v.Until = core.Never, core.Gone, v.Arrival+300*core.Millisecond
		}, []float64{1, 0.3}},
		{"the run ended 0.2 s after it came", func(r *record.Run) {
			v := &r.Viewers[1]
			v.First, v.Last, v.Until = core.Never, core.Waiting, core.Never
			r.End = v.Arrival + 200*core.Millisecond
		}, []float64{1, 0.2}},
		{"warm", func(r *record.Run) { r.Warm = true }, []float64{0, 0}},
	} {
		run := two()
		c.edit(&run)
		if diff := cmp.Diff(c.want, Startup(&run), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A relay fetches for its children before its own viewer comes: the file may be there when it asks, long before
// Want + F/d. Only the first arrival bounds it.
func TestCompletionOfARelayCountsFromTheFirstArrival(t *testing.T) {
	run := two()
	run.Nodes[2].Downlink = 1e6 // F/d = 64 s
	completion := func() float64 {
		for _, b := range For(&run) {
			if b.Name == "completion" {
				return b.Value
			}
		}
		return 0
	}
	near(t, "leaf", completion(), 65)
	run.Nodes[2].Relay = true
	near(t, "relay", completion(), 64)
}

func TestCheck(t *testing.T) {
	floor := Bound{"source_copies", 2, "copies", AtLeast}
	ceiling := Bound{"offload", 0.5, "", AtMost}
	for _, c := range []struct {
		bound  Bound
		figure float64
		want   string
	}{
		{floor, 2, ""},
		{floor, 7, ""},
		{floor, 2 * (1 - 1e-10), ""},
		{floor, 1.9, "source_copies is 1.9, below its bound of 2"},
		{ceiling, 0.5, ""},
		{ceiling, 0, ""},
		{ceiling, 0.6, "offload is 0.6, above its bound of 0.5"},
		{Bound{"sustainable_rate", 5, "bit/s", Note}, 1, ""},
	} {
		err := c.bound.Check(c.figure)
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("Check(%v, %v) = %v, want %q", c.bound, c.figure, err, c.want)
		}
		var v *Violated
		if err != nil && !errors.As(err, &v) {
			t.Errorf("%v is not a Violated", err)
		}
	}
}
