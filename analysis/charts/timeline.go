package charts

import (
	"sort"

	"peerstreamer/analysis/record"
	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// bins is how many steps a time axis has when several runs, each with its own sampling times, are averaged.
const bins = 200

// states are the areas of Timeline from the bottom: what is over, what is well, what is not.
var states = []struct {
	name   string
	colour Style
	count  func(record.Sample) int
}{
	{"ended", Style{Colour: skyBlue}, func(s record.Sample) int { return s.Ended }},
	{"playing", Style{Colour: green}, func(s record.Sample) int { return s.Playing }},
	{"stalled", Style{Colour: vermilion}, func(s record.Sample) int { return s.Stalled }},
	{"waiting", Style{Colour: orange}, func(s record.Sample) int { return s.Waiting }},
	{"left", Style{Colour: grey}, func(s record.Sample) int { return s.Gone }},
}

// Timeline is what share of all viewers was waiting, playing, stalled or through at each moment, with several seeds the
// mean. What is missing at the top has not come yet.
func Timeline(runs []record.Run) Chart {
	c := Chart{
		Name:   "timeline",
		Title:  "What viewers were doing: share of all viewers of the run over time",
		XLabel: "time (s)", YLabel: "share of viewers",
		X: "time_s", Y: "share",
		YMax: 1, Stacked: true,
	}
	x, ok := timeGrid(runs)
	if !ok {
		return c
	}
	c.XMax = x[len(x)-1].Seconds()
	for _, state := range states {
		s := Series{Name: state.name, Style: state.colour}
		seen := false
		for _, at := range x {
			sum, n := 0.0, 0.0
			for i := range runs {
				if len(runs[i].Viewers) > 0 {
					k := state.count(sampleAt(&runs[i], at))
					seen = seen || k > 0
					sum += float64(k) / float64(len(runs[i].Viewers))
					n++
				}
			}
			if n > 0 {
				s.Points = append(s.Points, Point{X: at.Seconds(), Y: sum / n})
			}
		}
		if seen {
			c.Series = append(c.Series, s)
		}
	}
	return c
}

// timeGrid returns the moments of a time axis: one run's own samples, or equal steps to the end of the longest.
func timeGrid(runs []record.Run) (x []core.Time, ok bool) {
	last := core.Time(0)
	for i := range runs {
		if n := len(runs[i].Samples); n > 0 {
			last = max(last, runs[i].Samples[n-1].At)
		}
	}
	if last == 0 {
		return nil, false
	}
	if len(runs) == 1 {
		for _, s := range thin(runs[0].Samples) {
			x = append(x, s.At)
		}
		return x, true
	}
	for i := range core.Time(bins + 1) {
		x = append(x, last/bins*i+last%bins*i/bins)
	}
	return x, true
}

// thin returns at most about 500 of a run's samples, the last among them.
func thin(all []record.Sample) (out []record.Sample) {
	stride := max(1, (len(all)+499)/500)
	for i, s := range all {
		if i%stride == 0 || i == len(all)-1 {
			out = append(out, s)
		}
	}
	return out
}

// sampleAt returns the last sample at or before a moment, an empty one before the first.
func sampleAt(r *record.Run, at core.Time) record.Sample {
	i := sort.Search(len(r.Samples), func(i int) bool { return r.Samples[i].At > at })
	if i == 0 {
		return record.Sample{}
	}
	return r.Samples[i-1]
}

// overSeeds returns the mean of a point's values over the seeds with its interval, kept within what y can be.
func overSeeds(x float64, ys []float64, least, most float64) Point {
	p := Point{X: x}
	p.Y, _ = stats.Mean(ys).Get()
	if lo, hi, ok := stats.Interval95(ys); ok {
		p.Lo, p.Hi = stats.Some(max(lo, least)), stats.Some(min(hi, most))
	}
	return p
}

// measuredName names a line of measurements, and the band around it if there is one.
func measuredName(runs []record.Run) string {
	if len(runs) > 1 {
		return "mean and 95 % interval"
	}
	return "measured"
}
