package core

import (
	"math"
	"testing"
)

// relative returns |got-want| / |want|.
func relative(got, want float64) float64 {
	if got == want {
		return 0
	}
	return math.Abs(got-want) / math.Abs(want)
}

// TestMathIsAccurate compares with the standard library, which is within 1 ulp (2.2e-16) of the truth on any architecture
// though not the same on all.
func TestMathIsAccurate(t *testing.T) {
	r := NewRand(1, "math", 0)
	var ln, exp, pow float64
	for range 200_000 {
		x := math.Ldexp(r.Float(), int(r.Below(2000))-1000)
		ln = max(ln, relative(Ln(x), math.Log(x)))
		near := 1 + (r.Float()-0.5)/float64(uint64(1)<<r.Below(50)) // where a sloppy logarithm loses its digits
		ln = max(ln, relative(Ln(near), math.Log(near)))
		e := (r.Float() - 0.5) * 1400
		exp = max(exp, relative(Exp(e), math.Exp(e)))
		base, y := 10*r.Float(), (r.Float()-0.5)*20
		pow = max(pow, relative(Pow(base, y), math.Pow(base, y))/(1+math.Abs(y*math.Log(base))))
	}
	for _, c := range []struct {
		name     string
		got, max float64
	}{{"Ln", ln, 7e-16}, {"Exp", exp, 7e-16}, {"Pow per unit of exponent", pow, 7e-16}} {
		t.Logf("%s: largest relative difference %.2g", c.name, c.got)
		if !(c.got <= c.max) {
			t.Errorf("%s differs from the standard library by %g, want at most %g", c.name, c.got, c.max)
		}
	}
}

func TestMathAtTheEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"Ln(0)", Ln(0), -inf},
		{"Ln(-1)", Ln(-1), nan},
		{"Ln(NaN)", Ln(nan), nan},
		{"Ln(Inf)", Ln(inf), inf},
		{"Ln(1)", Ln(1), 0},
		{"Ln(smallest)", Ln(5e-324), -1074 * math.Ln2},
		{"Exp(0)", Exp(0), 1},
		{"Exp(-Inf)", Exp(-inf), 0},
		{"Exp(Inf)", Exp(inf), inf},
		{"Exp(NaN)", Exp(nan), nan},
		{"Exp(-745.2)", Exp(-745.2), 0},
		{"Exp(-745)", Exp(-745), 5e-324},
		{"Exp(709.8)", Exp(709.8), inf},
		{"Pow(0, 2)", Pow(0, 2), 0},
		{"Pow(0, 0)", Pow(0, 0), 1},
		{"Pow(-2, 0.5)", Pow(-2, 0.5), nan},
	} {
		if c.got != c.want && !(math.IsNaN(c.got) && math.IsNaN(c.want)) {
			t.Errorf("%s = %g, want %g", c.name, c.got, c.want)
		}
	}
}

// TestMathIsPortable pins bits. If it fails on one architecture alone, a product there was fused into an addition.
func TestMathIsPortable(t *testing.T) {
	for _, c := range []struct {
		name string
		got  float64
		want uint64
	}{
		{"Ln(2)", Ln(2), 0x3fe62e42fefa39ef},
		{"Ln(0.1)", Ln(0.1), 0xc0026bb1bbb55515},
		{"Ln(1e-300)", Ln(1e-300), 0xc085963447f87fb5},
		{"Ln(12345.678)", Ln(12345.678), 0x4022d79559791e31},
		{"Exp(1)", Exp(1), 0x4005bf0a8b14576a},
		{"Exp(-0.7)", Exp(-0.7), 0x3fdfc80db9dd5542},
		{"Exp(300.3)", Exp(300.3), 0x5b02e9c6cabf8f3f},
		{"Pow(3.3, 1/0.34)", Pow(3.3, 1/0.34), 0x4040bff6605d2f1f},
		{"Pow(0.01, 0.615)", Pow(0.01, 0.615), 0x3fae261770711e62},
	} {
		if got := math.Float64bits(c.got); got != c.want {
			t.Errorf("{%q, %s, %#x}, got %v, want %#x", c.name, c.name, got, c.got, c.want)
		}
	}
	r := NewRand(7, "portable", 0)
	h := uint64(0)
	for range 10_000 {
		x := r.Float()
		for _, y := range []float64{Ln(x), Exp(20 * x), Pow(x, 3-x), r.Normal()} {
			h = mix(h ^ math.Float64bits(y))
		}
	}
	if want := uint64(0x3350d19d028befad); h != want {
		t.Errorf("40,000 results hash to %#x, want %#x", h, want)
	}
}
