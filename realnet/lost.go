package realnet

import (
	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/store"
)

// keeper is a store on a disk, which may lose chunks and has only so much room.
type keeper interface {
	// OnLost has f told of whole chunks that are not there any more.
	OnLost(f func(store.Key))

	// Room returns how many bytes the disk has room for, those that are kept included.
	Room() int64
}

var _ keeper = (*store.Store)(nil)

// watchStore lets the owner hear of chunks that the store loses, from now on.
func (n *Node) watchStore() {
	if k, ok := n.cfg.Store.(keeper); ok {
		k.OnLost(n.lost)
	}
}

// lost tells the owner that a chunk is not in the store, whatever the Machine believes.
func (n *Node) lost(k store.Key) { n.post(event{kind: evGone, arg: k}) }

// gone tells the Machine.
func (o *owner) gone(k store.Key) {
	v, ok := o.videos.find(k.ID)
	if !ok || o.videos.at(v).own {
		return
	}
	if m, ok := o.m.(core.LossHandler); ok {
		o.log.Warn("a chunk is lost and not offered any more", zap.String("video", o.videos.at(v).name), zap.Uint32("chunk", k.Chunk))
		m.OnLost(o, self, core.ChunkID{Video: v, Chunk: k.Chunk})
	}
}

// storeBytes returns how many bytes the Machine may keep.
func (o *owner) storeBytes() core.Bytes {
	most := o.cfg.StoreBytes
	if k, ok := o.cfg.Store.(keeper); ok && most > 0 {
		most = min(most, max(1, core.Bytes(k.Room())))
	}
	return most
}
