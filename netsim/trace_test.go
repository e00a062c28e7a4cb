package netsim_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// wave has 8 Mbit/s for 0.4 s, 2 for 0.6 s, 4 for 1 s.
var wave = []netsim.TraceStep{
	{Uplink: 8 * core.Mbps, Downlink: 5 * core.Mbps},
	{At: 400 * core.Millisecond, Uplink: 2 * core.Mbps},
	{At: core.Second, Uplink: 4 * core.Mbps, Downlink: 6 * core.Mbps},
}

// TestTrace sends a chunk of 1 MB over an uplink that follows a trace. Each case says how the bytes add up, in Mbit.
func TestTrace(t *testing.T) {
	const ms = core.Millisecond
	for _, c := range []struct {
		name           string
		period, offset core.Time
		want           float64
	}{
		{"0.4 x 8 + 0.6 x 2 + 0.9 x 4 = 8", 0, 0, 1.9},
		{"joined in the first step: 0.1 x 8 + 0.6 x 2 + 1.5 x 4 = 8", 0, 300 * ms, 2.2},
		{"joined at the edge of a step: 0.6 x 2 + 1.7 x 4 = 8", 0, 400 * ms, 2.3},
		{"joined behind the last step: 2 x 4 = 8", 0, 10 * core.Second, 2},
		{"again after 1.5 s: 0.4 x 8 + 0.6 x 2 + 0.5 x 4 + 0.2 x 8 = 8", 1500 * ms, 0, 1.7},
		{"joined in the third period: 0.5 x 4 + 0.4 x 8 + 0.6 x 2 + 0.4 x 4 = 8", 1500 * ms, 4000 * ms, 1.9},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, s := newShopper(0)
			s.AddNode("a", netsim.Link{Uplink: 3})
			s.AddNode("b", netsim.Link{})
			s.RelinkTrace(0, 1, s.AddTrace(netsim.Trace{Steps: wave, Period: c.period}), c.offset)
			m.from[2] = []core.NodeID{1}
			startAll(s, 1, 2)
			s.Run(core.Minute)
			within(t, "the chunk is there", c.want, m.done[[2]core.NodeID{1, 2}].Seconds())
			if c.period == 0 && !s.Idle() {
				t.Error("a trace without a period has an end, but something waits")
			}
		})
	}
}

// TestTraceShows: Limits follow the trace, and go back to it after a Relink.
func TestTraceShows(t *testing.T) {
	m := newTape(1, core.Kbps, 0)
	m.s.RelinkTrace(core.Second, 1, m.s.AddTrace(netsim.Trace{Steps: wave, Period: 2 * core.Second}), 0)
	m.s.Relink(1500*core.Millisecond, 1, netsim.Link{Uplink: 7 * core.Kbps})
	var got []string
	for _, ms := range []float64{999, 1001, 1399, 1401, 1501, 1999, 2001, 2999, 3001} {
		m.at(ms, 1, func(net core.Network) {
			l := net.Limits()
			got = append(got, fmt.Sprintf("%v %d %d", ms, l.Uplink/core.Kbps, l.Downlink/core.Kbps))
		})
	}
	m.s.Run(4 * core.Second)
	want := []string{"999 1 0", "1001 8000 5000", "1399 8000 5000", "1401 2000 0", "1501 7 0", "1999 7 0", "2001 4000 6000",
		"2999 4000 6000", "3001 8000 5000"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ms, uplink and downlink in kbit/s (-want +got):\n%s", diff)
	}
}

// TestTraceIsChecked: what is no trace is refused when it is added, not when a link comes to follow it.
func TestTraceIsChecked(t *testing.T) {
	for name, trace := range map[string]netsim.Trace{
		"no step":                     {},
		"does not begin at 0":         {Steps: wave[1:]},
		"not in order":                {Steps: []netsim.TraceStep{{}, {At: 2}, {At: 2}}},
		"negative rate":               {Steps: []netsim.TraceStep{{Uplink: -1}}},
		"a period before the last":    {Steps: wave, Period: core.Second},
		"a period with a single step": {Steps: wave[:1], Period: -1},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			_, s := newShopper(0)
			s.AddTrace(trace)
		})
	}
}
