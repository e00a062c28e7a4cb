package core

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestCacheAgainstModel runs random operations of a few nodes on the index and on plain slices.
func TestCacheAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const nodes = 3
		var x cache
		var lists [nodes]usage
		var videos [nodes][3]nodeVideo
		var model [nodes][]ChunkID // least recently used first
		for n := range videos {
			for v := range videos[n] {
				videos[n][v].video = Video(v)
			}
		}
		// Chunks of a few pages, close enough for runs to form, meet and fall apart.
		chunks := rapid.OneOf(rapid.Uint32Range(0, 12), rapid.Uint32Range(pageChunks-3, pageChunks+3),
			rapid.Uint32Range(5*pageChunks, 5*pageChunks+2))
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			n := rapid.IntRange(0, nodes-1).Draw(t, "node")
			id := ChunkID{Video(rapid.IntRange(1, 2).Draw(t, "video")), chunks.Draw(t, "chunk")}
			v := &videos[n][id.Video]
			at := slices.Index(model[n], id)
			if got := x.has(&v.shelf, id.Chunk); got != (at >= 0) {
				t.Fatalf("node %d %v: here %v, model %v", n, id, got, at >= 0)
			}
			switch op := rapid.IntRange(0, 2).Draw(t, "op"); {
			case at < 0:
				x.add(&lists[n], v, id.Chunk)
				model[n] = append(model[n], id)
			case op == 0:
				x.remove(&lists[n], v, id.Chunk)
				model[n] = slices.Delete(model[n], at, at+1)
			default:
				x.touch(&lists[n], id.Video, id.Chunk)
				model[n] = append(slices.Delete(model[n], at, at+1), id)
			}
			gap := id.Chunk
			for slices.Contains(model[n], ChunkID{id.Video, gap}) {
				gap++
			}
			if got := x.run(&v.shelf, id.Chunk, 70); got != min(gap-id.Chunk, 70) {
				t.Fatalf("node %d: %d chunks from %v on, want %d", n, got, id, gap-id.Chunk)
			}
			for i := range lists {
				if got := x.order(&lists[i]); !slices.Equal(got, model[i]) || int(lists[i].count) != len(got) {
					t.Fatalf("node %d holds %v and counts %d, want %v", i, got, lists[i].count, model[i])
				}
				if len(model[i]) == 0 && !(videos[i][1].shelf.empty() && videos[i][2].shelf.empty()) {
					t.Fatalf("node %d holds nothing, but its shelves do", i)
				}
			}
		}
		for n := range lists {
			for _, id := range model[n] {
				x.remove(&lists[n], &videos[n][id.Video], id.Chunk)
			}
		}
		if x.pages.Live() != 0 || x.runs.Live() != 0 {
			t.Fatalf("%d pages and %d runs are left of nothing", x.pages.Live(), x.runs.Live())
		}
	})
}

// TestReadersInOrderMakeFewRuns: two readers of one node, one 40 chunks behind the other, leave two runs for each chunk
// between them and not more the longer they read.
func TestReadersInOrderMakeFewRuns(t *testing.T) {
	var x cache
	var l usage
	v := nodeVideo{video: 1}
	for c := range uint32(1000) {
		x.add(&l, &v, c)
		if c >= 40 {
			x.touch(&l, 1, c-40)
		}
		if n := x.runs.Live(); n > 2*40+2 {
			t.Fatalf("after chunk %d: %d runs", c, n)
		}
	}
}

// order lists a node's chunks, least recently used first.
func (x *cache) order(l *usage) (ids []ChunkID) {
	for h := l.oldest; h != 0; h = x.runs.At(h).next {
		for c := range x.runs.At(h).n {
			ids = append(ids, ChunkID{x.runs.At(h).video, x.runs.At(h).first + c})
		}
	}
	return ids
}
