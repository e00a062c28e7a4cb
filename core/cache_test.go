package core

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCacheIndexAgainstModel runs random operations of a few nodes on the index and on plain slices.
func TestCacheIndexAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const nodes = 3
		var x cacheIndex
		var lists [nodes]cacheList
		var model [nodes][]ChunkID // least recently used first
		locked := map[NodeID]map[ChunkID]bool{0: {}, 1: {}, 2: {}}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			n := rapid.IntRange(0, nodes-1).Draw(t, "node")
			id := ChunkID{Video(rapid.IntRange(1, 2).Draw(t, "video")), uint32(rapid.IntRange(0, 20).Draw(t, "chunk"))}
			h := x.find(NodeID(n), id)
			at := slices.Index(model[n], id)
			if (h != 0) != (at >= 0) {
				t.Fatalf("node %d %v: found %v, model %v", n, id, h != 0, at >= 0)
			}
			switch op := rapid.IntRange(0, 3).Draw(t, "op"); {
			case h == 0:
				x.add(NodeID(n), &lists[n], id)
				model[n] = append(model[n], id)
			case op == 0:
				x.remove(&lists[n], h)
				model[n] = slices.Delete(model[n], at, at+1)
				delete(locked[NodeID(n)], id)
			case op == 1:
				x.touch(&lists[n], h)
				model[n] = append(slices.Delete(model[n], at, at+1), id)
			case op == 2:
				x.entries.at(h).locks = 1
				locked[NodeID(n)][id] = true
			}
			var want ChunkID
			for _, id := range slices.Backward(model[n]) {
				if !locked[NodeID(n)][id] {
					want = id
				}
			}
			got := ChunkID{}
			if e := x.evictable(&lists[n]); e != 0 {
				got = x.entries.at(e).id
			}
			if got != want {
				t.Fatalf("node %d would evict %v, want %v", n, got, want)
			}
			for i := range lists {
				if got := x.order(&lists[i]); !slices.Equal(got, model[i]) || int(lists[i].count) != len(got) {
					t.Fatalf("node %d holds %v and counts %d, want %v", i, got, lists[i].count, model[i])
				}
			}
		}
	})
}

// order lists a node's chunks, least recently used first.
func (x *cacheIndex) order(l *cacheList) (ids []ChunkID) {
	for h := l.oldest; h != 0; h = x.entries.at(h).next {
		ids = append(ids, x.entries.at(h).id)
	}
	return ids
}
