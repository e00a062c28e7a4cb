package stats

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuantileIsNearestRank(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i) // unsorted on purpose
	}
	for _, c := range []struct {
		xs   []float64
		q    float64
		want Value
	}{
		{nil, 0.5, None},
		{[]float64{7}, 0, Some(7)},
		{[]float64{7}, 1, Some(7)},
		{[]float64{3, 1, 2, 4}, 0.5, Some(2)},  // ceil(0.5*4) = 2
		{[]float64{3, 1, 2, 4}, 0.51, Some(3)}, // ceil(2.04) = 3
		{[]float64{15, 20, 35, 40, 50}, 0.30, Some(20)},
		{[]float64{15, 20, 35, 40, 50}, 0.05, Some(15)},
		{hundred, 0.95, Some(95)},
		{hundred, 0.07, Some(7)}, // 0.07*100 is a little more than 7 in binary
		{hundred, 0.99, Some(99)},
		{hundred, 1, Some(100)},
	} {
		if got := Quantile(c.xs, c.q); got != c.want {
			t.Errorf("Quantile(%v, %v) = %v, want %v", c.xs, c.q, got, c.want)
		}
	}
	if hundred[0] != 100 {
		t.Error("Quantile sorted its input")
	}
}

func TestQuantilePanicsOutOfRange(t *testing.T) {
	for _, q := range []float64{-0.1, 1.1, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Quantile(%v) did not panic", q)
				}
			}()
			Quantile([]float64{1}, q)
		}()
	}
}

func TestMeanAndMedian(t *testing.T) {
	for _, c := range []struct {
		xs           []float64
		mean, median Value
	}{
		{nil, None, None},
		{[]float64{5}, Some(5), Some(5)},
		{[]float64{1, 2, 6}, Some(3), Some(2)},
		{[]float64{4, 1, 2, 3}, Some(2.5), Some(2)},
	} {
		if got := Mean(c.xs); got != c.mean {
			t.Errorf("Mean(%v) = %v, want %v", c.xs, got, c.mean)
		}
		if got := Median(c.xs); got != c.median {
			t.Errorf("Median(%v) = %v, want %v", c.xs, got, c.median)
		}
	}
}

// The t quantiles are those of the printed tables.
func TestInterval95(t *testing.T) {
	for _, c := range []struct {
		name   string
		xs     []float64
		lo, hi float64
		ok     bool
	}{
		{"none", nil, 0, 0, false},
		{"one value has no spread", []float64{4}, 0, 0, false},
		{"equal values", []float64{4, 4, 4}, 4, 4, true},
		{"n=2: s = sqrt(2), t = 12.7062", []float64{1, 3}, 2 - 12.7062, 2 + 12.7062, true},
		{"n=3: s = 1, t = 4.30265", []float64{1, 2, 3}, 2 - 4.30265/math.Sqrt(3), 2 + 4.30265/math.Sqrt(3), true},
		{"n=5: s^2 = 2.5, t = 2.77645", []float64{1, 2, 3, 4, 5}, 3 - 2.77645*math.Sqrt(0.5), 3 + 2.77645*math.Sqrt(0.5), true},
	} {
		lo, hi, ok := Interval95(c.xs)
		if ok != c.ok || math.Abs(lo-c.lo) > 1e-4 || math.Abs(hi-c.hi) > 1e-4 {
			t.Errorf("%s: Interval95 = %v, %v, %v; want %v, %v, %v", c.name, lo, hi, ok, c.lo, c.hi, c.ok)
		}
	}
}

func TestEqualValuesHaveAnExactMean(t *testing.T) {
	xs := []float64{0.05194, 0.05194, 0.05194, 0.05194, 0.05194} // their sum is not 5 x 0.05194
	lo, hi, ok := Interval95(xs)
	if m := Mean(xs); m != Some(xs[0]) || lo != xs[0] || hi != xs[0] || !ok {
		t.Errorf("mean %v in %v..%v, want %v alone", m, lo, hi, xs[0])
	}
}

func TestValueInJSON(t *testing.T) {
	in := []Value{None, Some(0), Some(0.1), Some(1e-7), Some(123456789012)}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("[null,0,0.1,0.0000001,123456789012]", string(b)); diff != "" {
		t.Error(diff)
	}
	var out []Value
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Error(diff)
	}
	if err := json.Unmarshal([]byte(`["x"]`), &out); err == nil {
		t.Error("a string was read as a value")
	}
}

func TestValueAsText(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want string
	}{
		{None, ""},
		{Some(0), "0"},
		{Some(-2), "-2"},
		{Some(0.1 + 0.2), "0.3"}, // 0.30000000000000004 in binary
		{Some(1.0 / 3), "0.333333333333"},
		{Some(9007199254740991), "9007199254740991"},
		{Some(1e-9), "0.000000001"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("String() = %q, want %q", got, c.want)
		}
	}
}

func TestSomeRefusesWhatIsNotFinite(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Some(%v) did not panic", x)
				}
			}()
			Some(x)
		}()
	}
	if got := Over(1, 0); got != None {
		t.Errorf("Over(1, 0) = %v, want none", got)
	}
	if got := Over(0, 4); got != Some(0) {
		t.Errorf("Over(0, 4) = %v, want 0", got)
	}
}
