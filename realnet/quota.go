package realnet

import "peerstreamer/core"

// Ration says how many bytes the node keeps at most of a video, by its name, now and when it hears of it; 0: as many as the
// store holds. A nil function ends that. What a video has too much goes before it returns, what is pinned or in use aside: a
// node that has pins is told of them before. of runs on the owner's goroutine: it must not block or call the Node. O(videos).
func (n *Node) Ration(of func(name string) core.Bytes) {
	n.Do(func(core.Network, core.NodeID) {
		o := &n.owner
		if of == nil {
			of = func(string) core.Bytes { return 0 }
		}
		o.quotaOf = of
		for v := core.Video(1); o.videos.at(v) != nil; v++ {
			o.ration(v)
		}
	})
}

// ration tells the Machine the quota of a video whose manifest is here.
func (o *owner) ration(v core.Video) {
	h, can := o.m.(core.KeepHandler)
	if e := o.videos.at(v); can && o.quotaOf != nil && e.m != nil && !e.own {
		h.OnQuota(o, self, v, o.quotaOf(e.name))
	}
}
