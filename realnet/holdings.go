package realnet

import (
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// maxTold bounds the videos that are told of.
const maxTold = wire.MaxAbout * wire.MaxAbouts

// maxCounted bounds the chunks that Holdings asks the store after, of all videos together.
const maxCounted = 1 << 18

// Holdings returns what the node has, its own videos first: about 50 ns for each chunk of the store's videos. Of videos
// beyond maxCounted chunks in all it does not tell how much is here.
func (n *Node) Holdings() (list []wire.Holding) {
	if n.cfg.Library != nil {
		for _, m := range n.cfg.Library.Manifests() {
			h := holding(m)
			h.Whole = h.Chunks
			list = append(list, h)
		}
	}
	if n.cfg.Store == nil {
		return list
	}
	counted := uint32(0)
	for _, m := range n.cfg.Store.Manifests() {
		h := holding(m)
		if h.Chunks <= maxCounted-counted {
			counted += h.Chunks
			for c := range h.Chunks {
				if _, whole := n.cfg.Store.Have(store.Key{ID: m.ID(), Chunk: c}); whole {
					h.Whole++
				}
			}
		}
		list = append(list, h)
	}
	return list
}

// holding returns what a manifest tells of a video of which nothing is here.
func holding(m *manifest.Manifest) wire.Holding {
	info := m.Info()
	return wire.Holding{Name: m.Name(), Chunks: info.Chunks(), Type: m.MediaType(), Length: info.Length, Duration: info.Duration}
}

// toldOf returns what the node tells who looks, what it has first, and how many videos are left out.
func (n *Node) toldOf() (list []wire.Holding, more uint32) {
	list = n.Holdings()
	if n.cfg.Heard != nil {
		known := make(map[string]bool, len(list))
		for _, h := range list {
			known[h.Name] = true
		}
		for _, h := range n.cfg.Heard() {
			if !known[h.Name] {
				h.Whole = 0
				list = append(list, h)
			}
		}
	}
	if len(list) > maxTold {
		list, more = list[:maxTold], uint32(len(list)-maxTold)
	}
	return list, more
}
