package core

import "slices"

// slab keeps rows of one kind for all nodes of a Network in one flat piece of memory, addressed by small handles from
// 1 on. Freed rows are reused, the last freed first. A pointer to a row is good until the next take.
type slab[T any] struct {
	rows []T
	free []uint32
}

// take returns a zeroed row and its handle. O(1) amortised.
func (s *slab[T]) take() (uint32, *T) {
	if n := len(s.free); n > 0 {
		h := s.free[n-1]
		s.free = s.free[:n-1]
		return h, &s.rows[h]
	}
	var zero T
	if len(s.rows) == 0 {
		s.rows = append(s.rows, zero) // Row 0 is none.
	}
	s.rows = append(s.rows, zero)
	return uint32(len(s.rows) - 1), &s.rows[len(s.rows)-1]
}

// give frees a row.
func (s *slab[T]) give(h uint32) {
	var zero T
	s.rows[h] = zero
	s.free = append(s.free, h)
}

// at returns the row of a handle that take returned.
func (s *slab[T]) at(h uint32) *T { return &s.rows[h] }

// grow makes row h exist, for slabs whose handles the Network deals.
func (s *slab[T]) grow(h uint32) *T {
	var zero T
	for uint32(len(s.rows)) <= h {
		s.rows = append(s.rows, zero)
	}
	return &s.rows[h]
}

// used returns how many rows are taken.
func (s *slab[T]) used() int { return max(0, len(s.rows)-1-len(s.free)) }

func (s *slab[T]) clone() slab[T] { return slab[T]{slices.Clone(s.rows), slices.Clone(s.free)} }
