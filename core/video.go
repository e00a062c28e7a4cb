package core

// Manifests: asked up the tree, kept, and passed down. "No such video" is an answer too, and the source's to give.

// video returns what the node knows of a video, nil if it never heard of it.
func (n *node) video(v Video) *nodeVideo {
	for i := range n.videos {
		if n.videos[i].video == v {
			return &n.videos[i]
		}
	}
	return nil
}

// learn keeps a manifest's facts for all nodes of this Network.
func (s *Swarm) learn(v Video, info VideoInfo) {
	for int(v) >= len(s.infos) {
		s.infos = append(s.infos, VideoInfo{})
	}
	s.infos[v] = info
}

// owns reports whether the node is a source of the video.
func (t turn) owns(v Video) bool {
	k := t.node().video(v)
	return k != nil && k.owned
}

// knows reports whether the node has the manifest; if not, it asks for it and tells by the second result whether there
// is anybody to ask.
func (t turn) knows(v Video) (known, hope bool) {
	n := t.node()
	k := n.video(v)
	if k != nil && k.known {
		return true, true
	}
	if n.master == 0 {
		return false, false
	}
	if k == nil {
		n.videos = append(n.videos, nodeVideo{video: v, by: Never})
		t.askVideo(v)
	}
	return false, true
}

// askVideo asks the upstream, or waits for one.
func (t turn) askVideo(v Video) {
	n := t.node()
	k := n.video(v)
	if n.up == 0 {
		k.by = Never // follow asks again.
		t.hurry()
		return
	}
	k.from, k.asked, k.by, k.probed = n.upConn, t.now(), t.now().After(t.cfg.GetTimeout), false
	t.net.Send(n.upConn, Msg{Kind: MsgResolve, Video: v})
	t.armRequest(k.by)
}

// resolveAgain asks a new upstream for what is still unknown.
func (t turn) resolveAgain() {
	for i := range t.node().videos {
		if k := t.node().videos[i]; !k.known {
			t.askVideo(k.video)
		}
	}
}

// onResolve answers with the manifest, now or when it has come.
func (t turn) onResolve(c Conn, m Msg) {
	if m.Video == 0 {
		t.bad(c, m)
		return
	}
	switch known, hope := t.knows(m.Video); {
	case known:
		t.net.Describe(c, m.Video)
	case !hope:
		t.net.Send(c, No(m, NoVideo))
	default:
		n := t.node()
		for _, a := range n.asks {
			if a.conn == c && a.video == m.Video {
				return
			}
		}
		n.asks = append(n.asks, ask{c, m.Video})
	}
}

// OnVideo implements Machine.
func (s *Swarm) OnVideo(net Network, self NodeID, c Conn, v Video, info VideoInfo) {
	t, ok := s.turn(net, self)
	if !ok || !t.mine(c) {
		return
	}
	t.peer(c).heard = t.now()
	k := t.node().video(v)
	if k == nil || k.known || k.from != c { // Not asked for, or not there.
		return
	}
	k.known, k.by = true, Never
	s.learn(v, info)
	n := t.node()
	kept := n.asks[:0]
	for _, a := range n.asks {
		if a.video == v {
			t.net.Describe(a.conn, v)
		} else {
			kept = append(kept, a)
		}
	}
	n.asks = kept
	for h := n.streams; h != 0; {
		next := t.streams.at(h).next
		if t.streams.at(h).video == v {
			t.startStream(h)
		}
		h = next
	}
	t.viewsResolved(v)
}

// videoGone deals with a master that knows a video no more, because the source has another by that name or none: what is
// left of it here is of no use, and would keep the name from meaning the new one.
func (t turn) videoGone(v Video) {
	n := t.node()
	k := n.video(v)
	if k == nil || !k.known || k.owned {
		return
	}
	k.known = false
	t.noVideo(v)
	n = t.node()
	for h := n.cached.oldest; h != 0; {
		e := t.cache.entries.at(h)
		next := e.next
		if e.id.Video == v && e.locks == 0 { // A sibling may still be served from it.
			t.drop(h)
		}
		h = next
	}
	t.net.Forget(v)
}

// noVideo passes on that nobody has a video, and forgets it: it may exist tomorrow.
func (t turn) noVideo(v Video) {
	n := t.node()
	for i := range n.videos {
		if k := &n.videos[i]; k.video == v {
			if k.known {
				return
			}
			n.videos = append(n.videos[:i], n.videos[i+1:]...)
			break
		}
	}
	kept := n.asks[:0]
	for _, a := range n.asks {
		if a.video == v {
			t.net.Send(a.conn, No(Msg{Kind: MsgResolve, Video: v}, NoVideo))
		} else {
			kept = append(kept, a)
		}
	}
	n.asks = kept
	for h := n.streams; h != 0; {
		s := t.streams.at(h)
		next := s.next
		if s.video == v {
			t.refuseStream(h, NoVideo)
		}
		h = next
	}
	t.viewsFailed(v, NoVideo)
}

// resolvesDue deals with manifests that are overdue: a master that has been heard since is busy with it, one that has
// not is pinged, and lost if that brings nothing either. It returns when the next is due.
func (t turn) resolvesDue() Time {
	now, first := t.now(), Never
	for i := 0; i < len(t.node().videos); i++ {
		n := t.node()
		k := &n.videos[i]
		if k.known || k.by == Never {
			continue
		}
		if k.by <= now {
			switch {
			case n.up == 0:
				k.by = Never
			case t.peer(n.upConn).heard > k.asked:
				k.asked, k.by, k.probed = now, now.After(t.cfg.GetTimeout), false
			case !k.probed:
				k.by, k.probed = now.After(t.cfg.QueryTimeout), true
				t.net.Send(n.upConn, Msg{Kind: MsgPing})
			default:
				k.by = Never
				t.upstreamLost()
				continue
			}
		}
		first = min(first, k.by)
	}
	return first
}
