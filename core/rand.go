package core

// Rand is a stream of randomness: splitmix64, 8 bytes of state, the same numbers on every architecture. Streams are
// named, so that one more draw for churn leaves the topology as it was.
type Rand struct{ state uint64 }

// NewRand returns the stream for a purpose and an owner, such as NewRand(seed, "churn", node).
func NewRand(seed uint64, purpose string, id uint64) Rand {
	h := mix(seed + golden)
	for i := 0; i < len(purpose); i++ {
		h = mix(h ^ uint64(purpose[i])*golden)
	}
	return Rand{mix(h ^ mix(id+golden))}
}

// RandFrom returns the stream whose state is s, for workloads that fix it.
func RandFrom(s uint64) Rand { return Rand{s} }

const golden = 0x9E3779B97F4A7C15

// mix is splitmix64's finaliser (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// Uint64 draws 64 bits.
func (r *Rand) Uint64() uint64 {
	r.state += golden
	return mix(r.state)
}

// Below draws a number in 0..n-1 by multiplication; its bias is below n/2^32. It panics if n is 0.
func (r *Rand) Below(n uint32) uint32 { return Below(r.Uint64(), n) }

// Below maps 64 random bits to 0..n-1. It panics if n is 0.
func Below(bits uint64, n uint32) uint32 {
	if n == 0 {
		panic("core: Below(0)")
	}
	return uint32((bits >> 32) * uint64(n) >> 32)
}

// Between draws a time in lo..hi, both included. It returns lo if hi <= lo.
func (r *Rand) Between(lo, hi Time) Time {
	if hi <= lo {
		return lo
	}
	return lo + Time(r.Uint64()%uint64(hi-lo+1))
}

// Float draws a number in (0, 1]: never 0, so that its logarithm is finite.
func (r *Rand) Float() float64 { return float64(r.Uint64()>>11+1) / (1 << 53) }

// HashName returns a name's hash, FNV-1a with a final mix, never 0.
func HashName(name string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	if h = mix(h); h == 0 {
		return 1
	}
	return h
}
