package core

import (
	"math"
	"slices"
	"testing"
)

// TestDraws compares the quantiles of 20,000 draws with the distribution's own, within five standard errors of a quantile
// of the uniform distribution, 5 sqrt(p(1-p)/n).
func TestDraws(t *testing.T) {
	const n = 20_000
	minutes := func(t Time) float64 { return t.Seconds() / 60 }
	normal := func(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
	for _, c := range []struct {
		name string
		draw func(*Rand) Time
		cdf  func(minutes float64) float64
	}{
		{"exponential", func(r *Rand) Time { return r.Exponential(30 * Minute) },
			func(m float64) float64 { return 1 - math.Exp(-m/30) }},
		{"weibull", func(r *Rand) Time { return r.Weibull(0.59, 42*Minute) },
			func(m float64) float64 { return 1 - math.Exp(-math.Pow(m/42, 0.59)) }},
		{"lognormal", func(r *Rand) Time { return r.Lognormal(10*Minute, 1.5) },
			func(m float64) float64 { return normal(math.Log(m/10) / 1.5) }},
		{"flash", func(r *Rand) Time { return r.Flash(20*Second, Minute) },
			func(m float64) float64 { return (1 - math.Exp(-m*3)) / (1 - math.Exp(-3)) }},
		{"flash without end", func(r *Rand) Time { return r.Flash(20*Second, Never) },
			func(m float64) float64 { return 1 - math.Exp(-m*3) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := NewRand(1, c.name, 0)
			draws := make([]Time, n)
			for i := range draws {
				draws[i] = c.draw(&r)
			}
			slices.Sort(draws)
			for _, p := range []float64{0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99} {
				at := draws[int(p*n)]
				if got, err := c.cdf(minutes(at)), 5*math.Sqrt(p*(1-p)/n); math.Abs(got-p) > err {
					t.Errorf("quantile %g is %v, which should be quantile %.4f (within %.4f)", p, at, got, err)
				}
			}
		})
	}
}

func TestNormal(t *testing.T) {
	const n = 100_000
	r := NewRand(1, "normal", 0)
	var sum, square, cube float64
	for range n {
		x := r.Normal()
		sum, square, cube = sum+x, square+x*x, cube+x*x*x
	}
	// Standard errors of the first three moments: sqrt(1/n), sqrt(2/n), sqrt(15/n).
	for _, c := range []struct {
		name      string
		got, want float64
		variance  float64
	}{{"mean", sum / n, 0, 1}, {"variance", square / n, 1, 2}, {"third moment", cube / n, 0, 15}} {
		if math.Abs(c.got-c.want) > 5*math.Sqrt(c.variance/n) {
			t.Errorf("%s is %g, want %g", c.name, c.got, c.want)
		}
	}
}

func TestPoisson(t *testing.T) {
	const n = 20_000
	for _, mean := range []float64{0.3, 4, 60} {
		r := NewRand(1, "poisson", uint64(mean))
		var sum, square float64
		for range n {
			x := float64(r.Poisson(mean))
			sum, square = sum+x, square+(x-mean)*(x-mean)
		}
		if got := sum / n; math.Abs(got-mean) > 5*math.Sqrt(mean/n) {
			t.Errorf("mean %g: drew %g on average", mean, got)
		}
		if got := square / n; math.Abs(got-mean) > 5*math.Sqrt((mean+2*mean*mean)/n) {
			t.Errorf("mean %g: variance %g, want the same", mean, got)
		}
	}
}

// TestDrawsStayInRange uses streams whose first draws are the extremes.
func TestDrawsStayInRange(t *testing.T) {
	for seed := range uint64(2000) {
		r := RandFrom(seed)
		for name, d := range map[string]Time{
			"exponential with a mean of half of for ever": r.Exponential(Never / 2),
			"weibull with a very long tail":               r.Weibull(0.05, Hour),
			"lognormal with a very long tail":             r.Lognormal(Hour, 40),
			"flash without end":                           r.Flash(Never, Never),
		} {
			if d < 0 {
				t.Fatalf("seed %d: %s is %d", seed, name, int64(d))
			}
		}
		if d := r.Flash(Second, Second); d < 0 || d > Second {
			t.Fatalf("seed %d: flash over 1 s is %v", seed, d)
		}
	}
	r := NewRand(1, "edge", 0)
	for name, d := range map[string]Time{
		"exponential of mean 0": r.Exponential(0), "weibull of scale 0": r.Weibull(1, 0),
		"lognormal of median 0": r.Lognormal(0, 1), "flash over 0": r.Flash(Second, 0),
	} {
		if d != 0 {
			t.Errorf("%s is %v, want 0", name, d)
		}
	}
	if n := r.Poisson(0); n != 0 {
		t.Errorf("poisson of mean 0 is %d", n)
	}
}

// TestDrawsArePortable pins what a seed gives.
func TestDrawsArePortable(t *testing.T) {
	r := NewRand(42, "golden", 3)
	got := []int64{
		int64(r.Exponential(Minute)), int64(r.Weibull(0.34, 21*Minute)), int64(r.Lognormal(Minute, 2)),
		int64(r.Flash(20*Second, Minute)), int64(r.Poisson(100)),
	}
	want := []int64{209230113684, 24946394090, 242783145205, 45327430737, 95}
	if !slices.Equal(got, want) {
		t.Errorf("got %d, want %d", got, want)
	}
}

// TestShuffle counts that each of the six orders of three things is about as frequent as the others.
func TestShuffle(t *testing.T) {
	const n = 60_000
	r := NewRand(1, "shuffle", 0)
	count := map[[3]int]int{}
	for range n {
		list := [3]int{1, 2, 3}
		Shuffle(&r, list[:])
		count[list]++
	}
	if len(count) != 6 {
		t.Fatalf("%d orders, want 6: %v", len(count), count)
	}
	for order, k := range count {
		if want := n / 6.0; math.Abs(float64(k)-want) > 5*math.Sqrt(want) {
			t.Errorf("%v came %d times, want about %g", order, k, want)
		}
	}
}
