package bounds

import (
	"math"
	"testing"

	"peerstreamer/analysis/record"
	"peerstreamer/core"
)

// TestThroughSites bounds the completion of two: F is 64 Mbit, the source has 8 Mbit/s, the viewers 4 up and 16 down, the
// second comes a second later. Without sites it is 8 s. The highest rate for both at once is min(8, (8 + 4 + 4)/2) = 8 Mbit/s
// without sites, and never more than a link that one copy must cross.
func TestThroughSites(t *testing.T) {
	rate := func(up, down core.Rate) record.Site {
		return record.Site{Uplink: up * core.Mbps, Downlink: down * core.Mbps}
	}
	for _, c := range []struct {
		name  string
		sites []record.Site
		at    [3]uint16 // source, viewers
		want  float64
		rate  float64 // Mbit/s, sustainable
	}{
		{"links that are wide enough", []record.Site{rate(100, 100), rate(100, 100)}, [3]uint16{1, 2, 2}, 8, 8},
		{"no limit", []record.Site{rate(0, 0), rate(0, 0)}, [3]uint16{1, 2, 2}, 8, 8},
		{"everybody at one site", []record.Site{rate(1, 1)}, [3]uint16{1, 1, 1}, 8, 8},
		{"one copy at least leaves the source's site: F/2", []record.Site{rate(2, 1)}, [3]uint16{1, 0, 0}, 32, 2},
		{"one copy enters the viewers' site: F/4", []record.Site{rate(1, 4)}, [3]uint16{0, 1, 1}, 16, 4},
		{"one viewer alone at a site: F/1", []record.Site{rate(1, 1)}, [3]uint16{0, 0, 1}, 64, 1},
		{"a source at the site, too: F = (1 + 8) T is no bound beside 8 s", []record.Site{rate(1, 1)}, [3]uint16{1, 1, 1}, 8, 8},
	} {
		run := two()
		run.Sites = c.sites
		for i, site := range c.at {
			run.Nodes[i].Site = site
		}
		got, rate := math.NaN(), math.NaN()
		for _, b := range For(&run) {
			switch b.Name {
			case "completion":
				got = b.Value
			case "sustainable_rate":
				rate = b.Value
			}
		}
		if math.Abs(rate-c.rate*1e6) > 1e-3 {
			t.Errorf("%s: %v bit/s, want %v Mbit/s", c.name, rate, c.rate)
		}
		if math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v s, want %v", c.name, got, c.want)
		}
	}
}

// TestThroughSitesShared: many viewers with slow uplinks behind one downlink. 10 of them need 10 F, of which their uplinks
// bring 10 x 0.1 Mbit/s: 640 Mbit / (4 + 1) Mbit/s.
func TestThroughSitesShared(t *testing.T) {
	run := record.Run{End: 1000 * s, Video: record.Video{Length: 8 * mb, Duration: 64 * s},
		Nodes: []record.Node{{Source: true, Uplink: 100e6, Stop: core.Never}},
		Sites: []record.Site{{Uplink: 1e6, Downlink: 4e6}}}
	for i := range int32(10) {
		run.Nodes = append(run.Nodes, record.Node{Site: 1, Uplink: 1e5, Downlink: 16e6, Stop: core.Never})
		run.Viewers = append(run.Viewers, record.Viewer{Node: i + 1, Last: core.Ended, Until: 900 * s})
	}
	if got := throughSites(&run, make([]core.Time, len(run.Nodes))); math.Abs(got-128) > 1e-9 {
		t.Errorf("%v s, want 128", got)
	}
}
