package core

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Children 1 to 7 ask one after the other: each is told of the first two that were not named four times yet, of those
// before it.
func TestComingIsATree(t *testing.T) {
	var c coming
	id := ChunkID{1, 7}
	var got [][]uint32
	for k := uint32(1); k <= 7; k++ {
		var kids [MaxPeers]uint32
		got = append(got, append([]uint32{}, kids[:c.next(id, k, kids[:])]...))
	}
	want := [][]uint32{{}, {1}, {1, 2}, {1, 2}, {1, 2}, {2, 3}, {3, 4}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
}

func TestComing(t *testing.T) {
	a, b := ChunkID{1, 7}, ChunkID{1, 8}
	for _, c := range []struct {
		name string
		do   func(*coming)
		want []uint32 // of a, to child 9
	}{
		{"nobody asked", func(*coming) {}, nil},
		{"of another chunk", func(c *coming) { c.next(b, 1, nil) }, nil},
		{"in the order of asking", func(c *coming) { c.next(a, 2, nil); c.next(a, 1, nil) }, []uint32{2, 1}},
		{"at most two", func(c *coming) { c.next(a, 1, nil); c.next(a, 2, nil); c.next(a, 3, nil) }, []uint32{1, 2}},
		{"came", func(c *coming) { c.next(a, 1, nil); c.next(a, 2, nil); c.came(1, a) }, []uint32{2}},
		{"another came", func(c *coming) { c.next(a, 1, nil); c.next(b, 1, nil); c.came(1, b) }, []uint32{1}},
		{"left", func(c *coming) { c.next(a, 1, nil); c.next(b, 1, nil); c.next(a, 2, nil); c.left(1) }, []uint32{2}},
		{"asks again", func(c *coming) { c.next(a, 1, nil); c.next(a, 9, nil) }, nil},
		{"many others later", func(c *coming) {
			c.next(a, 1, nil)
			for k := range uint32(maxComing - 1) {
				c.next(b, 10+k, nil)
			}
		}, []uint32{1}},
		{"too many others later", func(c *coming) {
			c.next(a, 1, nil)
			for k := range uint32(maxComing) {
				c.next(b, 10+k, nil)
			}
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var table coming
			c.do(&table)
			var kids [MaxPeers]uint32
			if diff := cmp.Diff(c.want, append([]uint32(nil), kids[:table.next(a, 9, kids[:])]...)); diff != "" {
				t.Errorf("named (-want +got):\n%s", diff)
			}
			if len(table.marks) > maxComing {
				t.Errorf("%d marks, want at most %d", len(table.marks), maxComing)
			}
		})
	}
}
