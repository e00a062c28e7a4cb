package bounds

import (
	"fmt"

	"peerstreamer/analysis/stats"
)

// Side says on which side of a bound a figure must be, and which way is better.
type Side uint8

const (
	AtLeast Side = iota // the figure cannot be lower; lower is better
	AtMost              // the figure cannot be higher; higher is better
	Note                // a number to compare with; nothing is checked
)

func (s Side) String() string { return [...]string{"at_least", "at_most", "note"}[s] }

// Bound is one bound of one run.
type Bound struct {
	Name  string // of the figure that it bounds, as in analysis.Metrics; a Note has a name of its own
	Value float64
	Unit  string // "s", "copies", "" for a share, "bit/s"
	Side  Side
}

// tolerance is how far, relatively, a figure may pass its bound before it counts: rounding of times to nanoseconds and
// of sums of floats.
const tolerance = 1e-9

// Ratio returns how far a figure is from its bound: figure/bound for AtLeast, bound/figure for AtMost, so that 1 is
// optimal and more is worse. None for a Note, or where the division has no value.
func (b Bound) Ratio(figure float64) stats.Value {
	switch {
	case b.Side == AtLeast && b.Value > 0:
		return stats.Over(figure, b.Value)
	case b.Side == AtMost && figure > 0:
		return stats.Over(b.Value, figure)
	}
	return stats.None
}

// Check returns a *Violated if the figure is better than the bound allows, beyond 1e-9.
func (b Bound) Check(figure float64) error {
	if r, ok := b.Ratio(figure).Get(); ok && r < 1-tolerance {
		return &Violated{Bound: b, Figure: figure, Ratio: r}
	}
	return nil
}

// Violated says that a figure is better than possible: a bug in what made the figure, or in the bound.
type Violated struct {
	Bound         Bound
	Figure, Ratio float64
}

func (v *Violated) Error() string {
	word := "below"
	if v.Bound.Side == AtMost {
		word = "above"
	}
	return fmt.Sprintf("%s is %.10g, %s its bound of %.10g (ratio %.10g): the simulator, the record or the bound is wrong",
		v.Bound.Name, v.Figure, word, v.Bound.Value, v.Ratio)
}
