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

// ceil125 returns the first tick at or above hi of an axis that starts at 0.
func ceil125(hi float64, n int) float64 {
	step, _ := step125(hi, n)
	return step * math.Ceil(hi/step-1e-9)
}

// tail is an axis for a distribution function that stretches its end: equal distances for 0, 0.9, 0.99, 0.999, ..., which
// is -log10(1-y). The axis ends at max < 1; what is above is drawn there.
type tail struct{}

func (tail) Normalize(lo, hi, y float64) float64 {
	at := func(y float64) float64 { return -math.Log10(1 - min(y, hi)) }
	return (at(y) - at(lo)) / (at(hi) - at(lo))
}

// tailTicks labels 0, 0.5, 0.9, 0.99, ... below the axis's end.
type tailTicks struct{}

func (tailTicks) Ticks(lo, hi float64) []plot.Tick {
	out := []plot.Tick{{Value: 0, Label: "0"}, {Value: 0.5, Label: "0.5"}}
	for n := 1; 1-math.Pow10(-n) < hi; n++ {
		out = append(out, plot.Tick{Value: 1 - math.Pow10(-n), Label: strconv.FormatFloat(1-math.Pow10(-n), 'f', n, 64)})
	}
	return out
}
