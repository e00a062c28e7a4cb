package topology

import (
	"fmt"
	"slices"

	"peerstreamer/core"
)

// MaxPlaces bounds the places of a matrix, which takes 4 bytes for each ordered pair: 256 MiB at most. MaxGraph bounds
// the nodes of a graph, whose table of shortest paths is much larger than its file.
const (
	MaxPlaces = 8192
	MaxGraph  = 4096
)

// MaxDelay is the longest one-way delay between two places, and beyond what any terrestrial or geostationary path has.
const MaxDelay = 4 * core.Second

// unknown marks a pair for which there is no delay.
const unknown = ^uint32(0)

// Matrix is a one-way delay for each ordered pair of places, 0..Len()-1. The delay from a place to itself is that
// between two nodes that live there.
type Matrix struct {
	n       int
	ns      []uint32 // from i to j at i*n+j
	dropped int
}

// New returns a matrix of zero delays. It panics unless 0 <= places <= MaxPlaces.
func New(places int) *Matrix {
	if places < 0 || places > MaxPlaces {
		panic(fmt.Sprintf("topology: %d places: want 0 to %d", places, MaxPlaces))
	}
	return &Matrix{n: places, ns: make([]uint32, places*places)}
}

// Len returns the number of places.
func (m *Matrix) Len() int { return m.n }

// At returns the delay from place i to place j.
func (m *Matrix) At(i, j int) core.Time { return core.Time(m.ns[i*m.n+j]) }

// Set sets the delay from place i to place j. It panics unless 0 <= d <= MaxDelay.
func (m *Matrix) Set(i, j int, d core.Time) {
	if d < 0 || d > MaxDelay {
		panic(fmt.Sprintf("topology: a delay of %d ns: want 0 to %d", d, MaxDelay))
	}
	m.ns[i*m.n+j] = uint32(d)
}

// Min and Max return the least and the largest delay of any pair, 0 if there are no places. O(places^2).
func (m *Matrix) Min() core.Time { return m.extreme(slices.Min) }
func (m *Matrix) Max() core.Time { return m.extreme(slices.Max) }

func (m *Matrix) extreme(of func([]uint32) uint32) core.Time {
	if m.n == 0 {
		return 0
	}
	return core.Time(of(m.ns))
}

// Dropped returns how many places of the file are not in the matrix, because delays from or to them are missing.
func (m *Matrix) Dropped() int { return m.dropped }

// Bytes returns what the table takes.
func (m *Matrix) Bytes() core.Bytes { return core.Bytes(4 * len(m.ns)) }

// known reports whether there is a delay from i to j.
func (m *Matrix) known(i, j int) bool { return m.ns[i*m.n+j] != unknown }

// complete makes sure that every pair has its delay: the missing ones of places to themselves become 0, and if others
// are missing, places are dropped or it is an error. lack says in the file's own words that a pair has no delay.
func (m *Matrix) complete(s Spec, lack func(i, j int) string) error {
	missing := make([]int, m.n) // pairs that a place is part of and that have no delay
	first, total := "", 0
	for i := range m.n {
		if !m.known(i, i) {
			m.ns[i*m.n+i] = 0
		}
		for j := range m.n {
			if m.known(i, j) {
				continue
			}
			missing[i]++
			missing[j]++
			if total++; total == 1 {
				first = lack(i, j)
			}
		}
	}
	switch {
	case total == 0:
		return nil
	case !s.Drop:
		return fmt.Errorf("%s; %d of %d ordered pairs have none: want all, or missing = \"drop\" to leave out places",
			first, total, m.n*(m.n-1))
	}
	m.drop(missing)
	if m.n < 2 {
		return fmt.Errorf("%s; so many are missing that no two places are left", first)
	}
	return nil
}

// drop removes the place with the most missing delays, the first of them if there are several, until none is missing.
// It changes missing, which has their numbers.
func (m *Matrix) drop(missing []int) {
	gone := make([]bool, m.n)
	for {
		worst := 0
		for i := range missing {
			if missing[i] > missing[worst] {
				worst = i
			}
		}
		if missing[worst] == 0 {
			break
		}
		gone[worst], missing[worst] = true, 0
		m.dropped++
		for j := range m.n {
			if gone[j] {
				continue
			}
			if !m.known(worst, j) {
				missing[j]--
			}
			if !m.known(j, worst) {
				missing[j]--
			}
		}
	}
	to := 0
	for i := range m.n {
		for j := range m.n {
			if !gone[i] && !gone[j] {
				m.ns[to] = m.ns[i*m.n+j]
				to++
			}
		}
	}
	m.n -= m.dropped
	m.ns = m.ns[:m.n*m.n]
}
