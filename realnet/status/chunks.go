package status

import (
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

// Bounds on what a report tells of videos.
const (
	maxVideos = 256
	maxChunks = 1 << 18 // looked up in the store, of all videos together; a video beyond has no map
	maxRuns   = 4096    // of one video's map; what comes after is counted with the last
)

// Words of a Run.
const (
	stateWhole   = "whole"
	statePartial = "partial"
	stateAbsent  = "absent"
)

// videos returns what is here of each video, the node's own first.
func (b *Board) videos() []Video {
	var all []Video
	if b.cfg.Library != nil {
		for _, m := range b.cfg.Library.Manifests() {
			if len(all) == maxVideos {
				return all
			}
			v := describe(m)
			v.Own, v.Whole = true, v.Chunks
			v.Map = []Run{{stateWhole, v.Chunks}}
			all = append(all, v)
		}
	}
	if b.cfg.Store == nil {
		return all
	}
	kept := b.cfg.Store.Manifests()
	kept = kept[:min(len(kept), maxVideos-len(all))]
	ids := make([]manifest.ID, len(kept))
	for i, m := range kept {
		ids[i] = m.ID()
	}
	pinned := b.cfg.Node.Pinned(ids)
	looked := uint32(0)
	for i, m := range kept {
		v := describe(m)
		v.Pinned = pinned[i]
		if v.Chunks <= maxChunks-looked {
			looked += v.Chunks
			b.chart(&v, m.ID())
		}
		all = append(all, v)
	}
	return all
}

func describe(m *manifest.Manifest) Video {
	info := m.Info()
	return Video{Name: m.Name(), Type: m.MediaType(), Length: info.Length, Duration: Seconds(info.Duration), ChunkSize: info.ChunkSize,
		Chunks: info.Chunks(), Map: []Run{}}
}

// chart fills in which chunks are in the store.
func (b *Board) chart(v *Video, id manifest.ID) {
	for c := range v.Chunks {
		state := stateAbsent
		switch pieces, whole := b.cfg.Store.Have(store.Key{ID: id, Chunk: c}); {
		case whole:
			state = stateWhole
			v.Whole++
		case pieces.Count() > 0:
			state = statePartial
			v.Partial++
		}
		if n := len(v.Map); n > 0 && (v.Map[n-1].State == state || n == maxRuns) {
			v.Map[n-1].Count++
		} else {
			v.Map = append(v.Map, Run{state, 1})
		}
	}
}
