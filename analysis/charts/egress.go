package charts

import (
	"fmt"
	"math"
	"sort"

	"peerstreamer/analysis/bounds"
	"peerstreamer/analysis/record"
	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// Egress is the rate at which payload left the sources, between samples, with several seeds the mean. Lines show what
// the sources' uplink can carry and what all viewers at once need at least (bounds.SourceEgress, mean over the seeds); a
// line far above all data is only named.
func Egress(runs []record.Run) Chart {
	c := Chart{
		Name:   "egress",
		Title:  "Payload that left the source over time",
		XLabel: "time (s)", YLabel: "source egress (Mbit/s)",
		X: "time_s", Y: "egress_mbit_per_s",
	}
	x, ok := timeGrid(runs)
	if !ok {
		return c
	}
	if x[0] > 0 {
		x = append([]core.Time{0}, x...)
	}
	sent := Series{Name: measuredName(runs), Style: measured, Steps: true}
	most := math.Inf(1)
	if up, ok := uplink(runs); ok {
		most = up // An interval that goes beyond what the link can carry says nothing more.
	}
	for i := 1; i < len(x); i++ {
		var rates []float64
		for r := range runs {
			n := sentBy(&runs[r], x[i]) - sentBy(&runs[r], x[i-1])
			rates = append(rates, 8*n/1e6/(x[i]-x[i-1]).Seconds())
		}
		sent.Points = append(sent.Points, overSeeds(x[i-1].Seconds(), rates, 0, most))
	}
	if len(sent.Points) == 0 {
		return c
	}
	end := sent.Points[len(sent.Points)-1]
	end.X = x[len(x)-1].Seconds()
	sent.Points = append(sent.Points, end)
	c.Series = append(c.Series, sent)
	_, top := c.extent()
	c.XMax = end.X

	level := func(name string, style Style, mbps float64) {
		s := Series{Name: name, Style: style, Points: []Point{{Y: mbps}, {X: end.X, Y: mbps}}}
		if mbps > 2.5*top {
			s.Name = fmt.Sprintf("%s: %.0f, off scale", name, mbps)
			s.Points = nil
		}
		c.Series = append(c.Series, s)
	}
	if up, ok := uplink(runs); ok {
		level("source uplink", capacity, up)
	}
	if need, ok := needed(runs); ok {
		level("bound, all at once", limit, need)
	}
	_, top = c.extent()
	c.YMax = 1.05 * top
	return c
}

// sentBy returns the bytes that had left the sources at a moment, in a straight line between two samples.
func sentBy(r *record.Run, at core.Time) float64 {
	i := sort.Search(len(r.Samples), func(i int) bool { return r.Samples[i].At > at })
	var before record.Sample
	if i > 0 {
		before = r.Samples[i-1]
	}
	if i == len(r.Samples) {
		return float64(before.SourceSent)
	}
	after := r.Samples[i]
	part := float64(at-before.At) / float64(after.At-before.At)
	return float64(before.SourceSent) + part*float64(after.SourceSent-before.SourceSent)
}

// uplink returns the sources' uplink in Mbit/s, false if a source has no limit.
func uplink(runs []record.Run) (mbps float64, ok bool) {
	sum := core.Rate(0)
	for _, n := range runs[0].Nodes {
		if n.Source {
			if n.Uplink == 0 {
				return 0, false
			}
			sum += n.Uplink
		}
	}
	return float64(sum) / 1e6, sum > 0
}

// needed returns the mean of bounds.SourceEgress over the runs in Mbit/s, false if a run has none.
func needed(runs []record.Run) (mbps float64, ok bool) {
	var all []float64
	for i := range runs {
		for _, b := range bounds.For(&runs[i]) {
			if b.Name == "source_egress" {
				all = append(all, b.Value/1e6)
			}
		}
	}
	mean, _ := stats.Mean(all).Get()
	return mean, len(all) == len(runs)
}
