package slab

import "slices"

// Index finds the handle of a record by a 64-bit key that the record itself holds: open addressing with linear probing
// and no tombstones, 8 bytes a slot, at most three quarters full. It keeps half of the key's hash, and asks whether a
// record is the right one. Nothing ever walks over it, so its order cannot matter. The zero value is ready to use.
type Index struct {
	slots []slot // a power of two, at most 1<<32
	used  int
}

type slot struct{ hash, handle uint32 } // handle 0: empty

// hash spreads a key by Fibonacci hashing.
func hash(key uint64) uint32 {
	h := key * 0x9E3779B97F4A7C15
	return uint32(h ^ h>>32)
}

func (x *Index) mask() uint32 { return uint32(len(x.slots) - 1) }

// Get returns the handle that was Put under a key and that is the right one, 0 if there is none. O(1) on average.
func (x *Index) Get(key uint64, is func(handle uint32) bool) uint32 {
	if x.used == 0 {
		return 0
	}
	h := hash(key)
	for i := h & x.mask(); x.slots[i].handle != 0; i = (i + 1) & x.mask() {
		if s := x.slots[i]; s.hash == h && is(s.handle) {
			return s.handle
		}
	}
	return 0
}

// Put adds a handle, which is not 0, under a key that has none.
func (x *Index) Put(key uint64, handle uint32) {
	if 4*(x.used+1) > 3*len(x.slots) {
		old := x.slots
		x.slots = make([]slot, max(16, 2*len(old)))
		for _, s := range old {
			if s.handle != 0 {
				x.place(s)
			}
		}
	}
	x.place(slot{hash(key), handle})
	x.used++
}

func (x *Index) place(s slot) {
	i := s.hash & x.mask()
	for x.slots[i].handle != 0 {
		i = (i + 1) & x.mask()
	}
	x.slots[i] = s
}

// Remove takes a handle out from under its key, if it is there, and moves those behind it that would not be found any
// more.
func (x *Index) Remove(key uint64, handle uint32) {
	if x.used == 0 {
		return
	}
	i, mask := hash(key)&x.mask(), x.mask()
	for x.slots[i].handle != handle {
		if x.slots[i].handle == 0 {
			return
		}
		i = (i + 1) & mask
	}
	x.used--
	for j := (i + 1) & mask; x.slots[j].handle != 0; j = (j + 1) & mask {
		// j may move to i unless its home lies between them.
		if home := x.slots[j].hash & mask; (j-home)&mask >= (j-i)&mask {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = slot{}
}

// Len returns how many handles there are.
func (x *Index) Len() int { return x.used }

// Clone returns an independent copy.
func (x *Index) Clone() Index { return Index{slices.Clone(x.slots), x.used} }
