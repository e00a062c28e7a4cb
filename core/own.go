package core

// OwnHandler is a Machine whose node may become a source of a video, or cease to be one, while it runs. The simulator's
// nodes own what they started with.
type OwnHandler interface {
	// OnOwn says that the node has a whole video from now on, as if Boot.Owns had told.
	OnOwn(net Network, self NodeID, d VideoDesc)

	// OnWithdraw says that it does not any more, and that nobody is to have it from here: not even what others keep of it.
	// Nothing for a video that it does not own.
	OnWithdraw(net Network, self NodeID, v Video)
}

// KeepHandler is a Machine whose cache whoever runs the node may tell what to keep.
type KeepHandler interface {
	// OnPin says whether chunks of a video are passed over by eviction from now on. They count like all others, so a store
	// that is full of them keeps nothing else. Nothing for a video whose manifest is not known.
	OnPin(net Network, self NodeID, v Video, pin bool)

	// OnQuota says how much of a video each node of the Machine keeps at most, each chunk rounded up to a KiB; 0: no limit
	// but the store's. Beyond it, the video's own least recently used chunks make room. What is pinned, being sent or in a
	// reader's window counts and stays, so more may be kept for a while; a pinned video as a whole.
	OnQuota(net Network, self NodeID, v Video, most Bytes)

	// OnEvict drops what the cache has of a video, and its manifest: who reads it from here hears that there is no such video,
	// and whoever asks next has it fetched again. Chunks that are being sent stay. Nothing for a video that the node owns.
	OnEvict(net Network, self NodeID, v Video)
}

var (
	_ OwnHandler  = (*Swarm)(nil)
	_ KeepHandler = (*Swarm)(nil)
)

// OnOwn implements OwnHandler.
func (s *Swarm) OnOwn(net Network, self NodeID, d VideoDesc) {
	t, ok := s.turn(net, self)
	if !ok {
		return
	}
	k := t.video(d.Video)
	if k == nil {
		k = t.addVideo(d.Video)
	}
	by := k.by
	k.known, k.gone, k.hold, k.by = true, false, owned, Never
	t.relax(by)
	s.learn(d.Video, d.Info)
	t.resolved(d.Video)
}

// OnWithdraw implements OwnHandler.
func (s *Swarm) OnWithdraw(net Network, self NodeID, v Video) {
	t, ok := s.turn(net, self)
	if !ok || !t.owns(v) {
		return
	}
	t.video(v).hold = unheld
	t.recall(v)
}

// recall gives up a video that is known here and not owned: gets that are not over are refused, also those whose data is on
// its way, children hear of it without having asked, and what is left of it here goes.
func (t turn) recall(v Video) {
	for c := t.node().peers; c != 0; c = t.peers.At(c).next {
		for u := t.peers.At(c).uploads; u != 0; {
			next := t.uploads.At(u).next
			if t.uploads.At(u).span.Video == v {
				t.refuseUpload(u, NoVideo)
			}
			u = next
		}
		if t.peers.At(c).child {
			t.net.Send(Conn(c), No(Msg{Kind: MsgResolve, Video: v}, NoVideo))
		}
	}
	t.videoGone(v)
	t.startWaiting() // Slots are free.
}

// OnEvict implements KeepHandler.
func (s *Swarm) OnEvict(net Network, self NodeID, v Video) {
	if t, ok := s.turn(net, self); ok {
		t.videoGone(v)
	}
}

// OnPin implements KeepHandler.
func (s *Swarm) OnPin(net Network, self NodeID, v Video, pin bool) {
	t, ok := s.turn(net, self)
	if !ok {
		return
	}
	switch k := t.video(v); {
	case k == nil || k.hold == owned:
	case pin:
		k.hold = pinned
	default:
		k.hold = unheld
		t.shrink(v)
	}
}

// Pinned reports whether OnPin has a node keep a video. O(videos that the node knows).
func (s *Swarm) Pinned(id NodeID, v Video) bool {
	if !s.nodes.Has(uint32(id)) {
		return false
	}
	k := s.look(id).video(v)
	return k != nil && k.hold == pinned
}
