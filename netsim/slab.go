package netsim

// slab is rows of pointer-free records with dense numbers from 1; those given back are used again, last first. Pointers
// that at returns are good until the next alloc, which includes every callback.
type slab[T any] struct {
	rows []T
	free []uint32
}

// alloc returns the number of a row, which holds what it held when it was given back: a generation survives.
func (s *slab[T]) alloc() uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	var zero T
	if len(s.rows) == 0 {
		s.rows = append(s.rows, zero)
	}
	s.rows = append(s.rows, zero)
	return uint32(len(s.rows) - 1)
}

func (s *slab[T]) at(i uint32) *T { return &s.rows[i] }

// has reports whether i was ever handed out.
func (s *slab[T]) has(i uint32) bool { return i != 0 && int(i) < len(s.rows) }

func (s *slab[T]) release(i uint32) { s.free = append(s.free, i) }

// live returns how many rows are in use.
func (s *slab[T]) live() int { return max(len(s.rows)-1, 0) - len(s.free) }
