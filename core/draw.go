package core

import "math"

// Draws of times from the distributions that workloads use. Each uses the portable functions of math.go, so a seed gives
// the same times on every architecture. Times are rounded to the nearest nanosecond and end at Never.

// Exponential draws a time with the given mean: the gap between two arrivals of a Poisson process. It returns 0 if
// mean <= 0.
func (r *Rand) Exponential(mean Time) Time {
	return timeOf(-float64(mean) * Ln(r.Float()))
}

// Weibull draws a time with the given shape and scale: below shape 1 most are short and a few very long, as sessions in
// swarms are (Stutzbach and Rejaie: Understanding churn in peer-to-peer networks, 2006). It returns 0 if scale <= 0, and
// panics if shape <= 0.
func (r *Rand) Weibull(shape float64, scale Time) Time {
	if !(shape > 0) {
		panic("core: Weibull with a shape that is not positive")
	}
	return timeOf(float64(scale) * Pow(-Ln(r.Float()), 1/shape))
}

// Lognormal draws a time whose logarithm is normal: half are below median, and sigma is the logarithm's standard deviation.
// It returns 0 if median <= 0.
func (r *Rand) Lognormal(median Time, sigma float64) Time {
	return timeOf(float64(median) * Exp(float64(sigma*r.Normal())))
}

// Flash draws an arrival in a flash crowd: a moment in 0..over at which people come with an intensity that falls as
// exp(-t/tau), by inversion: t = -tau ln(1 - U (1 - exp(-over/tau))). It panics if tau <= 0 or over < 0.
func (r *Rand) Flash(tau, over Time) Time {
	if tau <= 0 || over < 0 {
		panic("core: Flash with tau <= 0 or over < 0")
	}
	u := 1 - r.Float() // in [0, 1), so that the logarithm is finite even if over is Never
	all := 1 - Exp(-float64(over)/float64(tau))
	return min(timeOf(-float64(tau)*Ln(1-float64(u*all))), over)
}

// Poisson draws how many events a Poisson process has where mean are expected. O(mean): it counts exponential gaps, exactly.
// It returns 0 if mean <= 0.
func (r *Rand) Poisson(mean float64) int {
	n := 0
	for left := mean + Ln(r.Float()); left > 0; left += Ln(r.Float()) {
		n++
	}
	return n
}

// Normal draws from the standard normal distribution by Marsaglia's polar method, which needs no sine. It takes 2.5 draws
// on average.
func (r *Rand) Normal() float64 {
	for {
		x, y := 2*r.Float()-1, 2*r.Float()-1 // doubling is exact, so a fused multiply-add rounds the same
		if s := float64(x*x) + float64(y*y); s > 0 && s < 1 {
			return x * math.Sqrt(-2*Ln(s)/s)
		}
	}
}

// Shuffle permutes list, each order equally likely but for the bias of Below.
func Shuffle[T any](r *Rand, list []T) {
	for i := len(list) - 1; i > 0; i-- {
		j := r.Below(uint32(i + 1))
		list[i], list[j] = list[j], list[i]
	}
}

// timeOf rounds x nanoseconds to the nearest Time, within 0..Never. What a conversion does outside an integer's range
// differs between architectures, so it must not be reached.
func timeOf(x float64) Time {
	if !(x > 0) {
		return 0
	}
	if x = math.Floor(float64(x) + 0.5); x < 1<<63 { // x may be an inlined product: not to be fused
		return Time(x)
	}
	return Never
}
