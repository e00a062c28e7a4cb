package charts

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot"
)

func labels(ts []plot.Tick) string {
	var out []string
	for _, t := range ts {
		if t.Label != "" {
			out = append(out, t.Label)
		}
	}
	return strings.Join(out, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		most   int
		want   string
	}{
		{0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{0, 10, 5, "0 2 4 6 8 10"},
		{0, 11, 5, "0 5 10"},
		{0, 26, 5, "0 10 20"},
		{0, 25, 5, "0 5 10 15 20 25"},
		{0, 0.03, 6, "0.000 0.005 0.010 0.015 0.020 0.025 0.030"},
		{0, 900, 6, "0 200 400 600 800"},
		{0, 1001, 5, "0 500 1000"},
		{7, 7, 5, "7"},
	} {
		if diff := cmp.Diff(c.want, labels(ticks{c.most}.Ticks(c.lo, c.hi))); diff != "" {
			t.Errorf("%v..%v: %s", c.lo, c.hi, diff)
		}
	}
}

func TestLogTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0.12, 48, "0.2 0.5 1 2 5 10 20"},
		{1, 100, "1 2 5 10 20 50 100"},
		{0.01, 1000, "0.01 0.1 1 10 100 1000"},
	} {
		if diff := cmp.Diff(c.want, labels(logTicks(c.lo, c.hi))); diff != "" {
			t.Errorf("%v..%v: %s", c.lo, c.hi, diff)
		}
	}
	at := logarithm(0.1)
	for _, c := range []struct{ x, want float64 }{{0, 0}, {0.1, 0}, {1, 1}, {10, 2}} {
		if got := at(c.x); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("log position of %v = %v, want %v", c.x, got, c.want)
		}
	}
}

func TestTailTicks(t *testing.T) {
	if diff := cmp.Diff("0 0.5 0.9 0.99 0.999", labels(tailTicks(0.9995))); diff != "" {
		t.Error(diff)
	}
	at := stretched(0.9995)
	for _, c := range []struct{ y, want float64 }{{0, 0}, {0.9, 1}, {0.99, 2}, {1, at(0.9995)}} {
		if got := at(c.y); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("position of %v = %v, want %v", c.y, got, c.want)
		}
	}
}
