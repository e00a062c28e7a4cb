package analysis

import (
	"errors"
	"fmt"

	"peerstreamer/analysis/bounds"
	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// Result is what a command computed: the facts that make it repeatable, and one Run for each seed.
type Result struct {
	Command  string // as typed
	Version  string
	Commit   string
	Go       string // runtime.Version()
	Platform string // GOOS/GOARCH

	Scenario   string
	Policy     string
	Network    string // "sim" or "tcp"
	ConfigHash string
	Epsilon    float64 // part by which the simulator let rates be off before it passed them on; 0: they are exact
	Config     string  // resolved, as TOML

	Claims []Claim
	Runs   []Run // one for each seed, in the order of the seeds

	// Partial says in words that the result is of a part of what was asked for, and of which; empty if it is of all. Claims
	// are not judged then.
	Partial string

	Cost
}

// Figure is one metric over all seeds.
type Figure struct {
	Metric
	PerSeed []stats.Value
	Mean    stats.Value // absent unless every seed has a value: a mean over the rest would be of other runs
	Lo, Hi  stats.Value // 95 % interval of Mean; absent for one seed
}

// BoundFigure is one bound over all seeds, beside the figure that it bounds.
type BoundFigure struct {
	bounds.Bound // Value is the mean over the seeds
	Figure       stats.Value
	Ratio        stats.Value // mean over the seeds; 1 is optimal
	Lo, Hi       stats.Value // 95 % interval of Ratio
}

// Summary is a Result with its figures.
type Summary struct {
	Result
	Figures  []Figure      // in the order of Metrics
	Bounds   []BoundFigure // in the order of Figures, notes last
	Verdicts []Verdict     // in the order of Claims; none if the result is Partial

	// Measure, if not nil, says what has been spent when Write has drawn everything; Cost is what it says then.
	Measure func() Cost

	violated []error
}

// Summarize computes all figures, bounds and verdicts. It needs at least one run; it fails where a record contradicts
// itself. A violated bound is not an error here but in Summary.Err, so that the files that show it can still be written.
func Summarize(r Result) (*Summary, error) {
	if len(r.Runs) == 0 {
		return nil, errors.New("summarize: no runs")
	}
	if err := validate(r.Runs); err != nil {
		return nil, fmt.Errorf("summarize: %w", err)
	}
	s := &Summary{Result: r}
	metrics := Metrics()
	perSeed := make([][]stats.Value, len(metrics))
	for i := range r.Runs {
		for m, v := range measure(&r.Runs[i]) {
			perSeed[m] = append(perSeed[m], v)
		}
	}
	for m, metric := range metrics {
		f := Figure{Metric: metric, PerSeed: perSeed[m]}
		f.Mean, f.Lo, f.Hi = over(perSeed[m])
		s.Figures = append(s.Figures, f)
	}
	s.bound()
	for _, c := range r.Claims {
		if r.Partial != "" {
			break
		}
		s.Verdicts = append(s.Verdicts, s.judge(c))
	}
	return s, nil
}

// Figure returns the figure of that name.
func (s *Summary) Figure(name string) (Figure, bool) {
	for _, f := range s.Figures {
		if f.Name == name {
			return f, true
		}
	}
	return Figure{}, false
}

// Err returns every violated bound (bounds.Violated), joined, or nil.
func (s *Summary) Err() error { return errors.Join(s.violated...) }

// Failed returns how many claims do not hold.
func (s *Summary) Failed() (n int) {
	for _, v := range s.Verdicts {
		if !v.OK {
			n++
		}
	}
	return n
}

// bound computes the bounds of all runs and checks them. A bound is shown if it applies to every seed, checked wherever
// it applies.
func (s *Summary) bound() {
	type column struct {
		bound         bounds.Bound
		value, ratios []stats.Value
	}
	var names []string // in the order of their first appearance
	columns := make(map[string]*column)
	for i := range s.Runs {
		for _, b := range bounds.For(&s.Runs[i]) {
			c := columns[b.Name]
			if c == nil {
				c = &column{bound: b}
				columns[b.Name] = c
				names = append(names, b.Name)
			}
			c.value = append(c.value, stats.Some(b.Value))
			f, _ := s.Figure(b.Name)
			if b.Side == bounds.Note {
				continue
			}
			x, ok := f.PerSeed[i].Get()
			if !ok {
				c.ratios = append(c.ratios, stats.None)
				continue
			}
			c.ratios = append(c.ratios, b.Ratio(x))
			if err := b.Check(x); err != nil {
				s.violated = append(s.violated, fmt.Errorf("seed %d: %w", s.Runs[i].Seed, err))
			}
		}
	}
	for _, name := range names {
		c := columns[name]
		if len(c.value) != len(s.Runs) {
			continue
		}
		f, _ := s.Figure(name)
		b := BoundFigure{Bound: c.bound, Figure: f.Mean}
		value, _, _ := over(c.value)
		b.Value, _ = value.Get()
		b.Ratio, b.Lo, b.Hi = over(c.ratios)
		s.Bounds = append(s.Bounds, b)
	}
}

// over returns the mean of a figure over the seeds and its interval.
func over(perSeed []stats.Value) (mean, lo, hi stats.Value) {
	var xs []float64
	for _, v := range perSeed {
		if x, ok := v.Get(); ok {
			xs = append(xs, x)
		}
	}
	if len(xs) < len(perSeed) {
		return stats.None, stats.None, stats.None
	}
	if a, b, ok := stats.Interval95(xs); ok {
		lo, hi = stats.Some(a), stats.Some(b)
	}
	return stats.Mean(xs), lo, hi
}

// validate finds records that no run can have left, so that a runner's mistake does not become a figure.
func validate(runs []Run) error {
	var faults []error
	for _, r := range runs {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("seed %d: "+format, append([]any{r.Seed}, args...)...))
		}
		if r.Video.Length <= 0 {
			fault("video of %d bytes", r.Video.Length)
		}
		for i, v := range r.Viewers {
			switch {
			case v.Node < 0 || int(v.Node) >= len(r.Nodes):
				fault("viewer %d is at node %d of %d", i, v.Node, len(r.Nodes))
			case v.Arrival < 0 || v.Arrival > r.End:
				fault("viewer %q arrived at %d ns, the run ended at %d ns", r.Name(int(v.Node)), v.Arrival, r.End)
			case v.First < v.Arrival:
				fault("viewer %q has its first frame before it arrived", r.Name(int(v.Node)))
			case v.Until < v.Arrival:
				fault("viewer %q ended before it arrived", r.Name(int(v.Node)))
			case (v.Last == core.Ended || v.Last == core.Gone) != (v.Until != core.Never):
				fault("viewer %q is %v at the end, but left at %d ns", r.Name(int(v.Node)), v.Last, v.Until)
			case v.OnTime < 0 || v.OnTime > v.Due:
				fault("viewer %q has %d chunks on time of %d due", r.Name(int(v.Node)), v.OnTime, v.Due)
			case v.Stalled < 0 || v.Played < 0 || v.Stalls < 0:
				fault("viewer %q has negative times or stalls", r.Name(int(v.Node)))
			}
		}
		for i, s := range r.Samples {
			if i > 0 && s.At <= r.Samples[i-1].At {
				fault("sample %d is not later than the one before", i)
			}
		}
	}
	return errors.Join(faults...)
}
