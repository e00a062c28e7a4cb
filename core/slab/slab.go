package slab

// Slab is rows of T with handles from 1; 0 is none. The zero value is ready to use.
type Slab[T any] struct {
	pages []*[pageRows]T
	rows  uint32  // handles below are or were in use; 0 before the first
	free  handles // given back, the last to be used first
}

const (
	pageBits = 10
	pageRows = 1 << pageBits
)

// Alloc returns the handle of a row, which holds what it held when it was released, or zero. O(1).
func (s *Slab[T]) Alloc() uint32 {
	if s.free.n > 0 {
		return s.free.pop()
	}
	i := max(s.rows, 1)
	s.Reach(i)
	return i
}

// Grow makes room for so many rows more, side by side in one piece of memory. It is for rows that will be used, and that
// are to leave room for something large when the slab is given up: single pages leave holes.
func (s *Slab[T]) Grow(rows int) {
	for block := make([]T, (rows+pageRows-1)&^(pageRows-1)); len(block) > 0; block = block[pageRows:] {
		s.pages = append(s.pages, (*[pageRows]T)(block))
	}
}

// Release gives a row back.
func (s *Slab[T]) Release(i uint32) { s.free.push(i) }

// Reach makes row i exist and returns it, for slabs whose handles somebody else deals.
func (s *Slab[T]) Reach(i uint32) *T {
	if i >= s.rows {
		for int(i>>pageBits) >= len(s.pages) {
			s.pages = append(s.pages, new([pageRows]T))
		}
		s.rows = i + 1
	}
	return s.At(i)
}

// At returns row i, which must exist. O(1).
func (s *Slab[T]) At(i uint32) *T { return &s.pages[i>>pageBits][i%pageRows] }

// Has reports whether i is the handle of a row, in use or released.
func (s *Slab[T]) Has(i uint32) bool { return i != 0 && i < s.rows }

// Len returns the number after the largest handle so far.
func (s *Slab[T]) Len() int { return int(s.rows) }

// Live returns how many rows Alloc has handed out that were not released.
func (s *Slab[T]) Live() int { return int(max(s.rows, 1)) - 1 - int(s.free.n) }

// Clone returns an independent copy. It costs the memory of all pages.
func (s *Slab[T]) Clone() Slab[T] {
	c := Slab[T]{make([]*[pageRows]T, len(s.pages)), s.rows, s.free.clone()}
	for i, p := range s.pages {
		page := *p
		c.pages[i] = &page
	}
	return c
}
