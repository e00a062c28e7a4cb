package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Mean returns the arithmetic mean, None of nothing. O(n).
func Mean(xs []float64) Value {
	if len(xs) == 0 {
		return None
	}
	return Some(mean(xs))
}

// Quantile returns the nearest-rank quantile (Hyndman and Fan's type 1): the smallest of the n values with at least a
// share q of all at or below it, which is value number ceil(q*n) of the sorted ones. It is always a value that somebody
// had and the point where the empirical distribution function reaches q. None of nothing; it panics unless 0 <= q <= 1.
// xs is not changed. O(n log n).
func Quantile(xs []float64, q float64) Value { return Quantiles(xs, q)[0] }

// Quantiles returns several quantiles for the price of one sort.
func Quantiles(xs []float64, qs ...float64) []Value {
	out := make([]Value, len(qs))
	sorted := slices.Sorted(slices.Values(xs))
	for i, q := range qs {
		if !(q >= 0 && q <= 1) {
			panic("stats: quantile out of 0..1")
		}
		if len(sorted) > 0 {
			out[i] = Some(sorted[rank(q, len(sorted))-1])
		}
	}
	return out
}

// rank returns ceil(q*n), at least 1. A product within 1e-9 above a whole number is that number: 0.07*100 is
// 7.000000000000001 in binary, and rank 8 would be wrong.
func rank(q float64, n int) int {
	return min(n, max(1, int(math.Ceil(q*float64(n)-1e-9))))
}

// Median returns the nearest-rank median, the lower of the two middle values if their number is even.
func Median(xs []float64) Value { return Quantile(xs, 0.5) }

// Interval95 returns the two-sided 95 % confidence interval of the mean: mean -+ t(0.975, n-1) * s / sqrt(n), with s the
// sample standard deviation. There is none of fewer than two values.
func Interval95(xs []float64) (lo, hi float64, ok bool) {
	n := float64(len(xs))
	if n < 2 {
		return 0, 0, false
	}
	middle := mean(xs)
	squares := 0.0
	for _, x := range xs {
		squares += (x - middle) * (x - middle)
	}
	half := student(n-1) * math.Sqrt(squares/(n-1)) / math.Sqrt(n)
	return middle - half, middle + half, true
}

// student returns the 0.975 quantile of Student's t with df degrees of freedom.
func student(df float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(0.975)
}

// mean adds distances from the first value, so that the mean of equal values is exactly that value and their interval
// has no width; a plain sum would round.
func mean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x - xs[0]
	}
	return xs[0] + sum/float64(len(xs))
}
