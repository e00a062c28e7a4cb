package charts

import (
	"fmt"
	"slices"
	"sort"

	"peerstreamer/analysis/bounds"
	"peerstreamer/analysis/record"
)

// All returns the charts of a result, one run for each seed, leaving out those without points.
func All(runs []record.Run) (all []Chart) {
	for _, c := range []Chart{Startup(runs), StartupTail(runs), Timeline(runs), Egress(runs)} {
		if len(c.Series) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// Startup is the distribution of startup latency over all viewers, beside that of their bounds: a vertical line where
// all viewers have the same. Viewers without a first frame keep the curve below 1.
func Startup(runs []record.Run) Chart {
	c := Chart{
		Name:   "startup",
		Title:  "Share of viewers that saw the first frame within a time after pressing play",
		XLabel: "startup latency (s)", YLabel: "share of viewers",
		X: "startup_s", Y: "share",
		YMax: 1,
	}
	samples := make([][]float64, len(runs)) // startup latencies of each run, sorted
	limits := make([][]float64, len(runs))
	viewers := make([]int, len(runs))
	limited, all, never := false, 0, 0
	for i := range runs {
		viewers[i] = len(runs[i].Viewers)
		all += viewers[i]
		for _, v := range runs[i].Viewers {
			if waited, censored := v.Waited(runs[i].End); censored {
				never++
			} else {
				samples[i] = append(samples[i], waited.Seconds())
			}
		}
		limits[i] = bounds.Startup(&runs[i])
		slices.Sort(samples[i])
		slices.Sort(limits[i])
		limited = limited || len(limits[i]) > 0 && limits[i][len(limits[i])-1] > 0
	}
	if all == 0 {
		return Chart{Name: c.Name}
	}
	if never > 0 {
		c.Title += fmt.Sprintf("; %d of %d saw none", never, all)
	}
	x := quantileGrid(samples)
	c.XMax = 1.05 * x[len(x)-1] // A little further, where the curve is flat, at 1 or below.
	if c.XMax > 0 {
		x = append(x, c.XMax)
	}
	c.Series = []Series{{Name: measuredName(runs), Style: measured, Steps: true, Points: distribution(samples, viewers, x)}}
	if limited {
		c.Series = append(c.Series, Series{Name: "bound", Style: limit, Steps: true,
			Points: distribution(limits, viewers, quantileGrid(limits))})
	}
	return c
}

// StartupTail is Startup with the end of the distribution stretched, so that p99 can be read. It begins to say more than
// Startup with a hundred viewers; below it has no points.
func StartupTail(runs []record.Run) Chart {
	c := Startup(runs)
	c.Name = "startup-tail"
	c.Title = "The same, with the tail stretched: equal distances for the slowest 10 %, 1 %, 0.1 %; logarithmic time"
	c.Tail = true
	most := 0
	for _, r := range runs {
		most = max(most, len(r.Viewers))
	}
	if most < 100 {
		return Chart{Name: c.Name}
	}
	c.YMax = 1 - 0.5/float64(most)
	for _, s := range c.Series {
		if len(s.Points) > 1 && (c.XMin == 0 || s.Points[1].X < c.XMin) {
			c.XMin = s.Points[1].X // the first after 0
		}
	}
	c.XMin *= 0.9
	return c
}

// distribution returns at each x the share of viewers at or below it.
func distribution(sorted [][]float64, viewers []int, x []float64) []Point {
	points := make([]Point, len(x))
	share := make([]float64, 0, len(sorted))
	for i, at := range x {
		share = share[:0]
		for run, xs := range sorted {
			if viewers[run] > 0 {
				below := sort.Search(len(xs), func(i int) bool { return xs[i] > at })
				share = append(share, float64(below)/float64(viewers[run]))
			}
		}
		points[i] = overSeeds(at, share, 0, 1)
	}
	return points
}

// quantileGrid returns 0 and the distinct values of all runs together, thinned to 400 ranks and the last hundred.
func quantileGrid(sorted [][]float64) []float64 {
	const ranks, last = 400, 100
	all := slices.Concat(sorted...)
	slices.Sort(all)
	all = slices.Compact(all)
	grid := []float64{0}
	stride := max(1, len(all)/ranks)
	for i, x := range all {
		if x > 0 && (i%stride == 0 || i >= len(all)-last) {
			grid = append(grid, x)
		}
	}
	return grid
}
