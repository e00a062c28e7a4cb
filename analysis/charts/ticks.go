package charts

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks puts labelled marks at multiples of 1, 2 or 5 times a power of ten, at most about most of them.
type ticks struct{ most int }

func (t ticks) Ticks(lo, hi float64) (out []plot.Tick) {
	step, decimals := step125(hi-lo, t.most)
	for i := math.Ceil(lo/step - 1e-9); i <= hi/step+1e-9; i++ {
		out = append(out, plot.Tick{Value: i * step, Label: strconv.FormatFloat(i*step+0, 'f', decimals, 64)})
	}
	return out
}

// step125 returns the smallest of ..., 0.1, 0.2, 0.5, 1, 2, 5, 10, ... that divides span into at most n parts, and how
// many decimals its multiples need.
func step125(span float64, n int) (step float64, decimals int) {
	if !(span > 0) {
		return 1, 0
	}
	exp := int(math.Floor(math.Log10(span/float64(n)))) - 1
	for ; ; exp++ {
		for _, m := range []float64{1, 2, 5} {
			step = m * math.Pow10(exp)
			if span/step <= float64(n)*(1+1e-9) {
				return step, max(0, -exp)
			}
		}
	}
}

// scale maps a value to where it is on a linear axis that starts at 0.
type scale func(float64) float64

func straight(x float64) float64 { return x }

// logarithm maps lo to 0, and anything below it too: a step that began there still holds at lo.
func logarithm(lo float64) scale {
	return func(x float64) float64 { return math.Log10(max(x, lo) / lo) }
}

// stretched is for a distribution function whose end matters: equal distances between 0, 0.9, 0.99, 0.999, ..., which is
// -log10(1-y). The axis ends at most < 1, and what is above is drawn there.
func stretched(most float64) scale {
	return func(y float64) float64 { return -math.Log10(1 - min(y, most)) }
}

// logTicks marks 1, ..., 9 times the powers of ten between two values and labels 1, 2 and 5 times, or only the powers
// where there are more than three.
func logTicks(lo, hi float64) (out []plot.Tick) {
	at := logarithm(lo)
	for exp := int(math.Floor(math.Log10(lo))); math.Pow10(exp) <= hi; exp++ {
		for m := 1; m <= 9; m++ {
			x := float64(m) * math.Pow10(exp)
			if x < lo*(1-1e-9) || x > hi*(1+1e-9) {
				continue
			}
			t := plot.Tick{Value: at(x)}
			if m == 1 || (m == 2 || m == 5) && hi < 1000*lo {
				t.Label = strconv.FormatFloat(x, 'f', max(0, -exp), 64)
			}
			out = append(out, t)
		}
	}
	return out
}

// tailTicks labels 0, 0.5, 0.9, 0.99, ... up to the axis's end.
func tailTicks(most float64) []plot.Tick {
	at := stretched(most)
	out := []plot.Tick{{Value: at(0), Label: "0"}, {Value: at(0.5), Label: "0.5"}}
	for n := 1; 1-math.Pow10(-n) <= most; n++ {
		y := 1 - math.Pow10(-n)
		out = append(out, plot.Tick{Value: at(y), Label: strconv.FormatFloat(y, 'f', n, 64)})
	}
	return out
}
