package slab

import "slices"

// Index finds a handle by a 64-bit key: open addressing with linear probing and no tombstones, 16 bytes a slot, at most
// three quarters full. Nothing ever walks over it, so its order cannot matter. The zero value is ready to use.
type Index struct {
	slots []slot // a power of two
	used  int
}

type slot struct {
	key    uint64
	handle uint32 // 0: empty
}

// home returns where a key belongs, by Fibonacci hashing.
func (x *Index) home(key uint64) int {
	h := key * 0x9E3779B97F4A7C15
	return int((h ^ h>>32) & uint64(len(x.slots)-1))
}

// at returns the slot of a key, or the empty one where it would be. There must be an empty one.
func (x *Index) at(key uint64) int {
	i := x.home(key)
	for x.slots[i].handle != 0 && x.slots[i].key != key {
		i = (i + 1) & (len(x.slots) - 1)
	}
	return i
}

// Get returns a key's handle, 0 if there is none. O(1) on average.
func (x *Index) Get(key uint64) uint32 {
	if x.used == 0 {
		return 0
	}
	return x.slots[x.at(key)].handle
}

// Put sets a key's handle, which is not 0.
func (x *Index) Put(key uint64, handle uint32) {
	if 4*(x.used+1) > 3*len(x.slots) {
		old := x.slots
		x.slots = make([]slot, max(16, 2*len(old)))
		for _, s := range old {
			if s.handle != 0 {
				x.slots[x.at(s.key)] = s
			}
		}
	}
	i := x.at(key)
	if x.slots[i].handle == 0 {
		x.used++
	}
	x.slots[i] = slot{key, handle}
}

// Remove takes a key out, if it is there, and moves those behind it that would not be found any more.
func (x *Index) Remove(key uint64) {
	if x.Get(key) == 0 {
		return
	}
	i, mask := x.at(key), len(x.slots)-1
	x.used--
	for j := (i + 1) & mask; x.slots[j].handle != 0; j = (j + 1) & mask {
		// j may move to i unless its home lies between them.
		if home := x.home(x.slots[j].key); (j-home)&mask >= (j-i)&mask {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = slot{}
}

// Len returns how many keys there are.
func (x *Index) Len() int { return x.used }

// Clone returns an independent copy.
func (x *Index) Clone() Index { return Index{slices.Clone(x.slots), x.used} }
