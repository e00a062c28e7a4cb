// Package stats holds the few statistics that a table of results needs, on plain []float64: mean, nearest-rank
// quantiles, the Student-t interval of a mean over seeds, and Value, a number that may be absent.
//
// It is not a statistics library (gonum's stat is, and gives the distribution here), and it never returns NaN or an
// infinity: where a statistic is not defined the Value is absent.
//
//	waits := []float64{1.2, 0.8, 3.1}
//	p95 := stats.Quantile(waits, 0.95) // Some(3.1)
//	lo, hi, ok := stats.Interval95(waits)
//
// Known error: the interval takes the seeds' values as independent and the mean as normally distributed, which for few
// seeds of a skewed figure is optimistic.
package stats
