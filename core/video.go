package core

// Manifests: asked up the tree, kept, and passed down. "No such video" is an answer too, and the source's to give.

// video returns what the node knows of a video, nil if it never heard of it. O(videos of the node).
func (t turn) video(v Video) *nodeVideo {
	for h := t.node().videos; h != 0; {
		k := t.videos.At(h)
		if k.video == v {
			return k
		}
		h = k.next
	}
	return nil
}

// addVideo makes a row for a video, behind the others.
func (t turn) addVideo(v Video) *nodeVideo {
	h, k := t.videos.take()
	k.video, k.by = v, Never
	at := &t.node().videos
	for *at != 0 {
		at = &t.videos.At(*at).next
	}
	*at = h
	return k
}

// dropVideo frees a video's row and what is left of its shelf.
func (s *Swarm) dropVideo(n *node, h uint32) {
	at := &n.videos
	for *at != h {
		at = &s.videos.At(*at).next
	}
	k := s.videos.At(h)
	*at = k.next
	for p := k.shelf.more; p != 0; {
		next := s.cache.pages.At(p).next
		s.cache.pages.Release(p)
		p = next
	}
	s.videos.give(h)
}

// addAsk notes that a peer waits for a manifest, behind the others.
func (t turn) addAsk(c Conn, v Video) {
	at := &t.node().asks
	for *at != 0 {
		a := t.asks.At(*at)
		if a.conn == c && a.video == v {
			return
		}
		at = &a.next
	}
	h, a := t.asks.take()
	a.conn, a.video = c, v
	*at = h
}

func (s *Swarm) dropAsk(n *node, h uint32) {
	at := &n.asks
	for *at != h {
		at = &s.asks.At(*at).next
	}
	*at = s.asks.At(h).next
	s.asks.give(h)
}

// answerAsks sends all who wait for a manifest the one message or the other, and forgets them.
func (t turn) answerAsks(v Video, known bool) {
	for h := t.node().asks; h != 0; {
		a := *t.asks.At(h)
		if a.video == v {
			t.dropAsk(t.node(), h)
			if known {
				t.net.Describe(a.conn, v)
			} else {
				t.net.Send(a.conn, No(Msg{Kind: MsgResolve, Video: v}, NoVideo))
			}
		}
		h = a.next
	}
}

// learn keeps a manifest's facts for all nodes of this Network.
func (s *Swarm) learn(v Video, info VideoInfo) {
	for int(v) >= len(s.infos) {
		s.infos, s.paces = append(s.infos, VideoInfo{}), append(s.paces, Pace{})
	}
	s.infos[v] = info
	s.paces[v] = NewPace(info, s.cfg.StartupBuffer, s.cfg.Rebuffer, Bytes(s.cfg.ReadAhead-1)*info.ChunkSize+1)
}

// owns reports whether the node is a source of the video.
func (t turn) owns(v Video) bool {
	k := t.video(v)
	return k != nil && k.hold == owned
}

// knows reports whether the node has the manifest; if not, it asks for it and tells by the second result whether there
// is anybody to ask.
func (t turn) knows(v Video) (known, hope bool) {
	n := t.node()
	k := t.video(v)
	if k != nil && k.known {
		return true, true
	}
	if n.master == 0 {
		return false, false
	}
	switch {
	case k == nil:
		t.addVideo(v)
		t.askVideo(v)
	case k.gone:
		k.gone = false
		t.askVideo(v)
	}
	return false, true
}

// askVideo asks the upstream, or waits for one.
func (t turn) askVideo(v Video) {
	n := t.node()
	k := t.video(v)
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
	for h := t.node().videos; h != 0; h = t.videos.At(h).next {
		if k := t.videos.At(h); !k.known && !k.gone {
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
		t.addAsk(c, m.Video)
	}
}

// OnVideo implements Machine.
func (s *Swarm) OnVideo(net Network, self NodeID, c Conn, v Video, info VideoInfo) {
	t, ok := s.turn(net, self)
	if !ok || !t.mine(c) {
		return
	}
	t.peer(c).heard = t.now()
	k := t.video(v)
	if k == nil || k.known || k.from != c { // Not asked for, or not there.
		return
	}
	by := k.by
	k.known, k.by = true, Never
	t.relax(by)
	s.learn(v, info)
	t.resolved(v)
}

// resolved goes on with all that waited for a manifest.
func (t turn) resolved(v Video) {
	t.answerAsks(v, true)
	for h := t.node().streams; h != 0; {
		next := t.streams.At(h).next
		if t.streams.At(h).video == v {
			t.startStream(h)
		}
		h = next
	}
	t.viewsResolved(v)
}

// videoGone deals with a master that knows a video no more, because the source has another by that name or none: what is
// left of it here is of no use, and would keep the name from meaning the new one.
func (t turn) videoGone(v Video) {
	k := t.video(v)
	if k == nil || !k.known || k.hold == owned {
		return
	}
	k.known, k.hold = false, unheld
	t.noVideo(v)
	t.net.Forget(v)
}

// noVideo passes on that nobody has a video, and forgets it: it may exist tomorrow. What is being sent of it stays until
// it is evicted.
func (t turn) noVideo(v Video) {
	k := t.video(v)
	if k == nil || k.known {
		return
	}
	k.by, k.gone = Never, true
	t.answerAsks(v, false)
	for h := t.node().streams; h != 0; {
		s := t.streams.At(h)
		next := s.next
		if s.video == v {
			t.refuseStream(h, NoVideo)
		}
		h = next
	}
	t.viewsFailed(v, NoVideo)
	t.clearShelf(v)
	for h := t.node().videos; h != 0; h = t.videos.At(h).next {
		if k := t.videos.At(h); k.video == v && k.gone && k.shelf.empty() {
			t.dropVideo(t.node(), h)
			return
		}
	}
}

// clearShelf drops the chunks of a video that nobody holds, the least recently used first.
func (t turn) clearShelf(v Video) {
	for h := t.node().usage.oldest; h != 0; {
		r := *t.cache.runs.At(h)
		if r.video == v {
			for chunk := r.first; chunk < r.first+r.n; chunk++ {
				if id := (ChunkID{v, chunk}); t.locked(id) == chunk {
					t.drop(id)
				}
			}
		}
		h = r.next
	}
}

// resolvesDue deals with manifests that are overdue: a master that has been heard since is busy with it, one that has
// not is pinged, and lost if that brings nothing either.
func (t turn) resolvesDue() {
	now := t.now()
	for h := t.node().videos; h != 0; h = t.videos.At(h).next {
		n := t.node()
		k := t.videos.At(h)
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
	}
}
