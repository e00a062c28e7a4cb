package realnet

import (
	"fmt"

	"peerstreamer/core"
	"peerstreamer/realnet/store"
)

// File returns where a chunk lies in a file, after it has made sure that size bytes from off are here, all of them verified; nil
// if the chunk is in no file. The caller closes it soon: until then the bytes stay where they are. It fails for bytes that
// are not here.
func (n *Node) File(id core.ChunkID, off, size int64) (*store.File, error) {
	e := n.videos.at(id.Video)
	if e == nil || e.m == nil {
		return nil, fmt.Errorf("read video %d: %w", id.Video, errNoManifest)
	}
	src, key, info := n.bytesOf(e), store.Key{ID: e.id, Chunk: id.Chunk}, e.m.Info()
	filer, ok := src.(store.Filer)
	if !ok || size <= 0 {
		return nil, nil
	}
	if err := store.CheckRange(info, id.Chunk, off, size); err != nil {
		return nil, fmt.Errorf("read chunk %v: %w", key, err)
	}
	f, err := filer.File(key)
	if err != nil {
		return nil, err
	}
	if h, ok := src.(holder); ok {
		have, _ := h.Have(key)
		for p := off / int64(info.PieceSize); p <= (off+size-1)/int64(info.PieceSize); p++ {
			if !have.Has(uint8(p)) {
				f.Close() // there is nothing to lose
				return nil, fmt.Errorf("piece %d of chunk %v: %w", p, key, store.ErrAbsent)
			}
		}
	}
	return f, nil
}
