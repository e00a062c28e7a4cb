package slab

import (
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// TestAgainstMap holds a slab to a map of what was stored under each handle.
func TestAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Slab[uint64]
		want := map[uint32]uint64{}
		var handles []uint32
		for step := range uint64(rapid.IntRange(1, 3*pageRows).Draw(t, "steps")) {
			if len(handles) > 0 && rapid.IntRange(0, 3).Draw(t, "release") == 0 {
				i := rapid.IntRange(0, len(handles)-1).Draw(t, "which")
				s.Release(handles[i])
				delete(want, handles[i])
				handles = append(handles[:i], handles[i+1:]...)
				continue
			}
			h := s.Alloc()
			if _, taken := want[h]; taken || h == 0 || !s.Has(h) {
				t.Fatalf("Alloc returned %d, which is none or in use", h)
			}
			*s.At(h), want[h] = step, step
			handles = append(handles, h)
		}
		c := s.Clone()
		for h, v := range want {
			if *s.At(h) != v || *c.At(h) != v {
				t.Fatalf("row %d holds %d, its copy %d, want %d", h, *s.At(h), *c.At(h), v)
			}
			*s.At(h)++
			if *c.At(h) != v {
				t.Fatalf("row %d of the copy changed with the original", h)
			}
		}
		if s.Live() != len(want) || c.Live() != len(want) {
			t.Fatalf("%d rows live, %d in the copy, want %d", s.Live(), c.Live(), len(want))
		}
	})
}

// TestRowsStay holds a pointer while the slab grows by pages.
func TestRowsStay(t *testing.T) {
	var s Slab[int]
	h := s.Alloc()
	row := s.At(h)
	for range 5 * pageRows {
		s.Alloc()
	}
	*row = 7
	if got := *s.At(h); got != 7 {
		t.Errorf("the row moved: it holds %d, want 7", got)
	}
}

// TestGrow: rows that were made room for lie side by side, and others follow.
func TestGrow(t *testing.T) {
	var s Slab[uint64]
	s.Alloc()
	s.Grow(2*pageRows - 1)
	for h := uint32(2); h < 5*pageRows; h++ {
		if got := s.Alloc(); got != h {
			t.Fatalf("Alloc returned %d, want %d", got, h)
		}
		*s.At(h) = uint64(h)
	}
	c := s.Clone()
	for h := uint32(2); h < 5*pageRows; h++ {
		if *s.At(h) != uint64(h) || *c.At(h) != uint64(h) {
			t.Fatalf("row %d holds %d, in the copy %d", h, *s.At(h), *c.At(h))
		}
	}
	first, last := uintptr(unsafe.Pointer(s.At(pageRows))), uintptr(unsafe.Pointer(s.At(3*pageRows-1)))
	if got, want := last-first, uintptr(8*(2*pageRows-1)); got != want {
		t.Errorf("the last row of two pages lies %d bytes behind the first, want %d", got, want)
	}
}

// TestReach skips handles.
func TestReach(t *testing.T) {
	var s Slab[int]
	*s.Reach(3 * pageRows) = 1
	if s.Len() != 3*pageRows+1 || !s.Has(2*pageRows) || s.Has(3*pageRows+1) || *s.At(3 * pageRows) != 1 {
		t.Errorf("after Reach(%d) there are %d rows", 3*pageRows, s.Len())
	}
}

// TestRefillAllocatesNothing takes rows again that were given back.
func TestRefillAllocatesNothing(t *testing.T) {
	var s Slab[int]
	for range 100 {
		s.Alloc()
	}
	for h := range uint32(100) {
		s.Release(h + 1)
	}
	if n := testing.AllocsPerRun(10, func() { s.Release(s.Alloc()) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkAt(b *testing.B) {
	var s Slab[[64]byte]
	const rows = 1 << 16
	for range rows {
		s.Alloc()
	}
	sum := byte(0)
	for i := 0; b.Loop(); i++ {
		sum += s.At(uint32(i*7919)%rows + 1)[0]
	}
	_ = sum
}
