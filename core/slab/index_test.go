package slab

import (
	"testing"

	"pgregory.net/rapid"
)

// TestIndexAgainstMap puts, replaces and removes keys, some of which share their home.
func TestIndexAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x Index
		want := map[uint64]uint32{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			key := rapid.Uint64Range(0, 40).Draw(t, "key") << rapid.SampledFrom([]int{0, 32, 60}).Draw(t, "shift")
			if rapid.IntRange(0, 2).Draw(t, "op") == 0 {
				x.Remove(key)
				delete(want, key)
			} else {
				h := rapid.Uint32Range(1, 9).Draw(t, "handle")
				x.Put(key, h)
				want[key] = h
			}
			c := x.Clone()
			for k := range uint64(41) {
				for _, shift := range []int{0, 32, 60} {
					if got := c.Get(k << shift); got != want[k<<shift] {
						t.Fatalf("key %#x has handle %d, want %d", k<<shift, got, want[k<<shift])
					}
				}
			}
			if x.Len() != len(want) {
				t.Fatalf("%d keys, want %d", x.Len(), len(want))
			}
		}
	})
}
