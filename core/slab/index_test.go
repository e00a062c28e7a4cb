package slab

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestIndexAgainstMap puts and removes keys, some of which share their home or all of their hash.
func TestIndexAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x Index
		keys := []uint64{0} // by handle
		want := map[uint64]uint32{}
		draw := rapid.Custom(func(t *rapid.T) uint64 {
			return rapid.Uint64Range(0, 40).Draw(t, "low") << rapid.SampledFrom([]int{0, 32, 60}).Draw(t, "shift")
		})
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			key := draw.Draw(t, "key")
			switch h := want[key]; {
			case h == 0:
				h = uint32(len(keys))
				keys = append(keys, key)
				x.Put(key, h)
				want[key] = h
			case rapid.Bool().Draw(t, "another handle"):
				x.Remove(key, h+1000)
			default:
				x.Remove(key, h)
				delete(want, key)
			}
			c := x.Clone()
			for k := range uint64(41) {
				for _, shift := range []int{0, 32, 60} {
					k := k << shift
					if got := c.Get(k, func(h uint32) bool { return keys[h] == k }); got != want[k] {
						t.Fatalf("key %#x has handle %d, want %d", k, got, want[k])
					}
				}
			}
			if x.Len() != len(want) {
				t.Fatalf("%d keys, want %d", x.Len(), len(want))
			}
		}
	})
}

// TestKeysOfOneHash finds each of two keys whose hashes are the same.
func TestKeysOfOneHash(t *testing.T) {
	seen := map[uint32]uint64{}
	var pair []uint64
	for k := uint64(1); pair == nil; k++ {
		if other, ok := seen[hash(k<<20)]; ok {
			pair = []uint64{other, k << 20}
		}
		seen[hash(k<<20)] = k << 20
	}
	var x Index
	x.Put(pair[0], 1)
	x.Put(pair[1], 2)
	got := []uint32{}
	for _, k := range pair {
		got = append(got, x.Get(k, func(h uint32) bool { return pair[h-1] == k }))
	}
	if !slices.Equal(got, []uint32{1, 2}) {
		t.Errorf("keys %#x have handles %v, want 1 and 2", pair, got)
	}
}
