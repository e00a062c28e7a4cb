package core

import "math"

// Ln, Exp and Pow return the same bits on every architecture, which math.Log, math.Exp and math.Pow do not: those have
// assembly of their own on some, and where a processor can multiply and add in one rounding the compiler may do so. An
// explicit conversion forbids that (Go specification, floating-point operators), so every product below that is then
// added to something stands in a float64(). Division, math.Sqrt, math.Frexp and math.Ldexp are exactly rounded anywhere.

// ln2Hi has 33 significant bits, so that k*ln2Hi is exact for every exponent k a float64 can have. ln2Lo is the rest.
const (
	ln2Hi = 0x1.62e42feep-1
	ln2Lo = math.Ln2 - ln2Hi
)

// atanhTerms are 1/23, 1/21 ... 1/3 for Ln, the coefficients of artanh(s)/s - 1 in powers of s*s.
var atanhTerms = [...]float64{1. / 23, 1. / 21, 1. / 19, 1. / 17, 1. / 15, 1. / 13, 1. / 11, 1. / 9, 1. / 7, 1. / 5, 1. / 3}

// expTerms are 1/14!, 1/13! ... 1/2! for Exp.
var expTerms = [...]float64{1. / 87178291200, 1. / 6227020800, 1. / 479001600, 1. / 39916800, 1. / 3628800, 1. / 362880,
	1. / 40320, 1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 1. / 2}

// Ln returns the natural logarithm of x, with a relative error below 5e-16. Ln(0) is -Inf, Ln(x < 0) is NaN.
func Ln(x float64) float64 {
	switch {
	case math.IsNaN(x) || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	// x = m * 2^k with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh((m-1)/(m+1)), where |s| < 0.172: the first term
	// left out is below 3e-20 of the sum.
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	s := (m - 1) / (m + 1)
	s2 := float64(s * s)
	sum := 0.0
	for _, c := range atanhTerms {
		sum = float64(sum*s2) + c
	}
	twice := 2 * s
	tail := float64(float64(twice*s2)*sum) + float64(float64(k)*ln2Lo)
	return float64(float64(k)*ln2Hi) + (twice + tail)
}

// Exp returns e^x, with a relative error below 5e-16 where the result is a normal number. It is +Inf above 709.79 and 0
// below -745.14.
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case x > 709.79:
		return math.Inf(1)
	case x < -745.14:
		return 0
	}
	// e^x = 2^k e^r with |r| <= ln(2)/2, and 15 terms of e^r: the first left out is below 1e-18.
	k := math.Floor(x/math.Ln2 + 0.5)
	r := (x - float64(k*ln2Hi)) - float64(k*ln2Lo)
	sum := 0.0
	for _, c := range expTerms {
		sum = float64(sum*r) + c
	}
	return math.Ldexp(1+(r+float64(float64(r*r)*sum)), int(k))
}

// Pow returns x^y for x >= 0 as Exp(y Ln(x)); its relative error is below (1 + |y Ln(x)|) * 7e-16. Pow(x, 0) is 1,
// and Pow(x < 0, y) is NaN otherwise.
func Pow(x, y float64) float64 {
	if y == 0 {
		return 1
	}
	return Exp(float64(y * Ln(x)))
}
