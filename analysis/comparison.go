package analysis

import (
	"errors"
	"fmt"

	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// Comparison is the branches of one scenario, which have the same history up to the moment at which each parts from it. All
// have the same seeds, so that a figure of a branch can be compared with the first branch's seed by seed: what chance does
// before they part is the same in both, and the interval of the difference is narrower than those of the figures.
type Comparison struct {
	Result   // what is common: its Config has the branches, it has no runs
	Branches []Branch

	// Measure, if not nil, says what has been spent when WriteComparison has drawn everything.
	Measure func() Cost
}

// Branch is one of a Comparison.
type Branch struct {
	Name   string
	At     core.Time // when it parts
	Folder string    // of its own result, below the Comparison's
	*Summary
}

// Compare checks that branches can be compared: that there are some, and that they have the same seeds.
func Compare(r Result, branches []Branch) (*Comparison, error) {
	if len(branches) == 0 {
		return nil, errors.New("compare: no branches")
	}
	first := branches[0].Runs
	for _, b := range branches {
		same := len(b.Runs) == len(first)
		for i := range b.Runs {
			same = same && b.Runs[i].Seed == first[i].Seed
		}
		if !same {
			return nil, fmt.Errorf("compare: branch %q has other seeds than %q", b.Name, branches[0].Name)
		}
	}
	return &Comparison{Result: r, Branches: branches}, nil
}

// Err returns every violated bound with its branch, joined, or nil.
func (c *Comparison) Err() error {
	var errs []error
	for _, b := range c.Branches {
		if err := b.Summary.Err(); err != nil {
			errs = append(errs, fmt.Errorf("branch %q: %w", b.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Failed returns how many claims do not hold, those of each branch counted by themselves.
func (c *Comparison) Failed() (n int) {
	for _, b := range c.Branches {
		n += b.Summary.Failed()
	}
	return n
}

// difference returns the mean of a figure of branch i minus that of the first branch, seed by seed, and its 95 % interval,
// absent for one seed. It is absent where a seed has no value, or one of the two was interrupted: they did not come equally
// far.
func (c *Comparison) difference(i, figure int) (mean, lo, hi stats.Value) {
	of, from := c.Branches[i].Figures[figure].PerSeed, c.Branches[0].Figures[figure].PerSeed
	diff := make([]stats.Value, len(of))
	for s := range of {
		x, okX := of[s].Get()
		y, okY := from[s].Get()
		if okX && okY && !c.Branches[i].Runs[s].Partial && !c.Branches[0].Runs[s].Partial {
			diff[s] = stats.Some(x - y)
		}
	}
	return over(diff)
}
