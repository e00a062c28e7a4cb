package charts

import (
	"fmt"

	"peerstreamer/analysis/record"
	"peerstreamer/core"
)

// Branch is one of several results to compare, with the same seeds.
type Branch struct {
	Name string
	At   core.Time // when it parts from the others
	Runs []record.Run
}

// looks are the colours of branches' curves in turn.
var looks = []Style{{Colour: blue}, {Colour: vermilion}, {Colour: green}, {Colour: orange}, {Colour: skyBlue}, {Colour: black}}

// look returns the style of curve i of n. The first is solid; each later one is drawn over those before it with less ink in
// the same period, 3 points or more each way, so that of equal curves a piece of every one shows. Beyond six, colours and
// dashes come again, finer.
func look(i, n int) Style {
	s := looks[i%len(looks)]
	if i == 0 {
		return s
	}
	of := min(n, len(looks))
	period := float64(max(12, 3*of))
	if i >= len(looks) {
		period /= 2
	}
	if ink := period * float64(of-i%len(looks)) / float64(of); ink < period {
		s.Dashes = []float64{ink, period - ink}
	} else { // The first colour again.
		s.Dashes = []float64{period / 4, period / 4}
	}
	return s
}

// Compare returns charts with a curve for each branch, leaving out those without points: startup latency, what part of the
// viewers have to wait, and the sources' egress. A dotted line says when a branch parts.
func Compare(branches []Branch) (all []Chart) {
	for _, of := range []func([]record.Run) Chart{Startup, Stuck, Egress} {
		var c Chart
		for i, b := range branches {
			one := of(b.Runs)
			if len(one.Series) == 0 {
				continue
			}
			if c.Name == "" {
				c = one
				c.Series, c.XMax, c.YMax = nil, 0, 0
			}
			s := one.Series[0]
			s.Name, s.Style = b.Name, look(i, len(branches))
			c.Series = append(c.Series, s)
		}
		if c.Name == "" {
			continue
		}
		c.XMax, c.YMax = c.extent()
		if c.Name == "startup" {
			c.YMax = 1
		} else {
			c.YMax *= 1.05
			c.parts(branches)
		}
		all = append(all, c)
	}
	return all
}

// parts adds a line for each moment at which a branch parts.
func (c *Chart) parts(branches []Branch) {
	seen := map[core.Time]bool{}
	for _, b := range branches {
		if x := b.At.Seconds(); !seen[b.At] && x <= c.XMax {
			seen[b.At] = true
			c.Series = append(c.Series, Series{Name: fmt.Sprintf("parting at %v", b.At), Style: capacity, Points: []Point{{X: x}, {X: x, Y: c.YMax}}})
		}
	}
}

// Stuck is what share of all viewers was waiting for the first frame or stalled at each moment, with several seeds the mean
// and its interval.
func Stuck(runs []record.Run) Chart {
	c := Chart{
		Name:   "stuck",
		Title:  "Share of all viewers of the run that were waiting for the first frame or stalled, over time",
		XLabel: "time (s)", YLabel: "share of viewers stuck",
		X: "time_s", Y: "share",
	}
	x, ok := timeGrid(runs)
	if !ok {
		return c
	}
	s := Series{Name: measuredName(runs), Style: measured}
	for _, at := range x {
		var shares []float64
		for i := range runs {
			if n := len(runs[i].Viewers); n > 0 {
				now := sampleAt(&runs[i], at)
				shares = append(shares, float64(now.Waiting+now.Stalled)/float64(n))
			}
		}
		if len(shares) > 0 {
			s.Points = append(s.Points, overSeeds(at.Seconds(), shares, 0, 1))
		}
	}
	if len(s.Points) > 0 {
		c.Series = []Series{s}
	}
	return c
}
