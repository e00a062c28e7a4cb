package core

import "peerstreamer/core/slab"

// table is a slab whose released rows are zero, so that a stale handle meets a row that is nobody's.
type table[T any] struct{ slab.Slab[T] }

// take returns a zeroed row and its handle. O(1).
func (s *table[T]) take() (uint32, *T) {
	h := s.Alloc()
	return h, s.At(h)
}

// give frees a row.
func (s *table[T]) give(h uint32) {
	var zero T
	*s.At(h) = zero
	s.Release(h)
}

func (s *table[T]) clone() table[T] { return table[T]{s.Clone()} }
