package realnet

import (
	"fmt"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// Own makes the node a source of a video that its Library has had since it started. It returns when the Machine knows.
func (n *Node) Own(m *manifest.Manifest) error {
	var err error
	if !n.Do(func(core.Network, core.NodeID) { err = n.owner.own(m) }) {
		return fmt.Errorf("own %q: the node has ended", m.Name())
	}
	if err != nil {
		return fmt.Errorf("own %q: %w", m.Name(), err)
	}
	return nil
}

func (o *owner) own(m *manifest.Manifest) error {
	v, err := o.videos.own(m)
	if err != nil {
		return err
	}
	if h, ok := o.m.(core.OwnHandler); ok {
		h.OnOwn(o, self, core.VideoDesc{Video: v, Info: m.Info()})
	}
	o.log.Info("has a new video", zap.String("video", m.Name()), zap.Stringer("id", m.ID()))
	return nil
}

// Withdraw ends that the node is a source of a video. What is being sent of it is cut off, who reads it from here hears that
// there is no such video, and its name may mean another. It returns when the Machine knows; nothing is read from the Library
// for it any more but by flows that end.
func (n *Node) Withdraw(id manifest.ID) {
	n.Do(func(core.Network, core.NodeID) { n.owner.disown(id) })
}

func (o *owner) disown(id manifest.ID) {
	v, ok := o.videos.find(id)
	if !ok || !o.videos.at(v).own {
		return
	}
	o.videos.disown(v)
	if h, ok := o.m.(core.OwnHandler); ok {
		h.OnWithdraw(o, self, v)
	}
	o.log.Info("does not have a video any more", zap.String("video", o.videos.at(v).name), zap.Stringer("id", id))
}

// Pin says whether the node keeps what it has and gets of a video until it is told otherwise. It returns false for a video
// whose manifest is not here, and where the Machine cannot.
func (n *Node) Pin(id manifest.ID, pin bool) (done bool) {
	n.Do(func(core.Network, core.NodeID) {
		v, ok := n.videos.find(id)
		h, can := n.owner.m.(core.KeepHandler)
		if done = ok && can && !n.videos.at(v).own; done {
			h.OnPin(&n.owner, self, v, pin)
		}
	})
	return done
}

// Pinned returns which of some videos are pinned; none if the Machine cannot tell.
func (n *Node) Pinned(ids []manifest.ID) []bool {
	are := make([]bool, len(ids))
	n.Do(func(core.Network, core.NodeID) {
		h, can := n.owner.m.(interface {
			Pinned(core.NodeID, core.Video) bool
		})
		for i, id := range ids {
			v, ok := n.videos.find(id)
			are[i] = ok && can && h.Pinned(self, v)
		}
	})
	return are
}

// Evict drops what is here of a video that the node does not own, and forgets it. A chunk that is being sent stays until it
// is evicted. It returns false for a video whose manifest is not here.
func (n *Node) Evict(id manifest.ID) (done bool) {
	n.Do(func(core.Network, core.NodeID) {
		v, ok := n.videos.find(id)
		h, can := n.owner.m.(core.KeepHandler)
		if done = ok && can && !n.videos.at(v).own; done {
			h.OnEvict(&n.owner, self, v)
		}
	})
	return done
}
