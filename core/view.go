package core

// Viewers: whoever watches a video at this node. A viewer is a stream whose reader is the playout model, or a reader
// outside that pulls.

// view is one viewer. Its row stays when it is over: it is the record. Only a viewer who pulled, of whom there is nothing to
// say, leaves the handle to another, so that a node may serve any number of them one after the other.
type view struct {
	node    NodeID
	video   Video
	stream  uint32 // 0: no manifest yet, or over
	first   uint32 // chunk where it began
	front   uint32 // the first chunk from there on that is not whole
	late    uint32 // chunks that became whole after their last byte was due
	due     uint32 // chunks due, and on time, before the last seek
	onTime  uint32
	next    uint32 // in the node's list
	eager   bool   // wants each piece of the front: it waits, or is about to
	started bool   // has had a stream
	stopped bool   // over
	why     Reason
	play    Playout
}

// playAhead is how long before the readable bytes are played a player looks for more that has come.
const playAhead = 50 * Millisecond

// OnView implements Machine.
func (s *Swarm) OnView(net Network, self NodeID, e ViewEvent) {
	t, ok := s.turn(net, self)
	if !ok || e.View == 0 {
		return
	}
	if e.Kind == ViewOpen {
		t.openView(e)
		return
	}
	if !t.views.Has(uint32(e.View)) || t.viewOf(e.View).node != self || t.viewOf(e.View).stopped {
		return
	}
	switch v := t.viewOf(e.View); e.Kind {
	case ViewSeek:
		t.endViewStream(e.View)
		v = t.viewOf(e.View)
		v.due, v.onTime = s.dues(v, t.now())
		v.first, v.front, v.late, v.eager = e.Chunk, e.Chunk, 0, false
		if known, _ := t.knows(v.video); known {
			t.startView(e.View)
		}
	case ViewNeed:
		if v.stream != 0 && v.play.Kind.pulls() {
			t.advance(v.stream, min(e.Chunk, t.infos[v.video].Chunks()))
			t.feedView(e.View)
		}
	case ViewClose:
		t.stopView(e.View, Cancelled)
	}
}

func (t turn) viewOf(w View) *view { return t.views.At(uint32(w)) }

// unpaced is the pace of what nobody knows yet.
var unpaced = NewPace(VideoInfo{}, 0, 0, 1)

// pace returns that of a viewer's video.
func (s *Swarm) pace(v *view) *Pace {
	if !v.started {
		return &unpaced
	}
	return &s.paces[v.video]
}

// openView begins a viewer's life, at the latest when the manifest has come.
func (t turn) openView(e ViewEvent) {
	v := t.views.Reach(uint32(e.View))
	again := v.node != 0
	if again && (!v.stopped || !v.play.Kind.pulls()) {
		return // The handle is taken.
	}
	n := t.node()
	*v = view{node: t.self, video: e.Video, first: e.Chunk, front: e.Chunk, next: n.views, play: NewPlayout(e.Player, 0, t.now())}
	n.views = uint32(e.View)
	if !again {
		*t.opened.At(t.opened.Alloc()) = e.View
	}
	switch known, hope := t.knows(e.Video); {
	case known:
		t.startView(e.View)
	case !hope:
		t.failView(e.View, NoVideo)
	}
}

// startView opens the viewer's stream.
func (t turn) startView(w View) {
	v := t.viewOf(w)
	info := t.infos[v.video]
	start := min(Bytes(v.first)*info.ChunkSize, info.Length)
	if v.started {
		v.play.Seek(t.pace(v), t.now(), start)
	} else {
		asked := v.play.Asked
		v.play = NewPlayout(v.play.Kind, start, t.now())
		v.play.Asked, v.started = asked, true
	}
	h := t.openStream(v.video, v.first, 0, w, false)
	if h == 0 {
		t.failView(w, TooMany)
		return
	}
	t.viewOf(w).stream = h
	t.streams.At(h).end = info.Chunks()
	t.streams.At(h).low = t.viewOf(w).play.Kind == Ahead
	t.feedView(w)
	if v = t.viewOf(w); v.stream != 0 {
		t.plan(v.stream, Event{Kind: Opened})
	}
}

// viewsResolved starts the viewers that waited for a manifest.
func (t turn) viewsResolved(video Video) {
	for w := t.node().views; w != 0; {
		v := t.views.At(w)
		next := v.next
		if v.video == video && v.stream == 0 {
			t.startView(View(w))
		}
		w = next
	}
}

// viewsFailed ends the viewers of a video that cannot be had.
func (t turn) viewsFailed(video Video, why Reason) {
	for w := t.node().views; w != 0; {
		v := t.views.At(w)
		next := v.next
		if v.video == video {
			t.failView(View(w), why)
		}
		w = next
	}
}

func (t turn) failView(w View, why Reason) {
	t.net.Deliver(w, Delivery{Chunk: t.viewOf(w).front, Why: why})
	t.stopView(w, why)
}

// viewsFed tells viewers about a chunk of which more is here.
func (t turn) viewsFed(id ChunkID, whole bool) {
	for w := t.node().views; w != 0; {
		v := t.views.At(w)
		next := v.next
		if v.video == id.Video && v.stream != 0 && id.Chunk >= v.front {
			if whole && t.now() > v.play.Due(t.pace(v), t.chunkEnd(id)) {
				v.late++
			}
			if id.Chunk == v.front {
				t.feedView(View(w))
			}
		}
		w = next
	}
}

// chunkEnd returns the byte after a chunk's last.
func (t turn) chunkEnd(id ChunkID) Bytes {
	info := &t.infos[id.Video]
	return min(Bytes(id.Chunk+1)*info.ChunkSize, info.Length)
}

// feedView tells a viewer how far it can read now, moves its stream's position with the reading, and does what follows.
func (t turn) feedView(w View) {
	for {
		v := t.viewOf(w)
		info := t.infos[v.video]
		was := v.front
		s := t.streams.At(v.stream)
		v.front = max(v.front, s.pos) // What was read piece by piece may be gone before it counts as whole.
		for v.front < s.pos+t.window(s) && t.here(ChunkID{v.video, v.front}) {
			v.front++ // Beyond the window nothing is locked, so nothing counts.
		}
		if v.front != was {
			v.eager = false
		}
		before, ready := v.play.Ready(), t.readyAt(v)
		v.play.Feed(t.pace(v), t.now(), ready)
		if v.play.Kind.pulls() && (ready > before || v.front >= info.Chunks()) {
			pieces := uint8(0)
			if p := t.partialOf(ChunkID{v.video, v.front}); p != 0 && t.cfg.Relay == RelayPiece {
				pieces = t.partials.At(p).have.prefix()
			}
			why := Fine
			if v.front >= info.Chunks() {
				why = End
			}
			t.net.Deliver(w, Delivery{Chunk: v.front, Pieces: pieces, Why: why})
		}
		pos := t.streams.At(v.stream).pos
		switch v.play.Kind {
		case Play:
			pos = max(pos, uint32(v.play.Playhead(t.pace(v), t.now())/info.ChunkSize))
			if v.play.State == Ended {
				pos = info.Chunks()
			}
		case Download:
			pos = v.front
		}
		if pos <= t.streams.At(v.stream).pos {
			break
		}
		t.advance(v.stream, pos) // The window has moved on and may cover more that is here.
	}
	t.settleView(w)
}

// settleView ends a viewer that has seen all, has a hungry one told of every piece, and sets the timer.
func (t turn) settleView(w View) {
	v := t.viewOf(w)
	if v.play.State == Ended && !v.play.Kind.pulls() {
		t.stopView(w, Fine)
		return
	}
	if v.play.Hungry() && !v.eager && !v.play.Kind.pulls() {
		v.eager = true
		if p := t.partialOf(ChunkID{v.video, v.front}); p != 0 {
			t.watchCloser(p)
			if t.readyAt(v) > v.play.Ready() {
				t.feedView(w)
				return
			}
		}
	}
	t.armViews()
}

// readyAt returns the byte up to which a viewer can read now.
func (t turn) readyAt(v *view) Bytes {
	info := &t.infos[v.video]
	ready := min(Bytes(v.front)*info.ChunkSize, info.Length)
	if p := t.partialOf(ChunkID{v.video, v.front}); p != 0 && t.cfg.Relay == RelayPiece {
		ready += info.Prefix(v.front, t.partials.At(p).have.prefix())
	}
	return ready
}

// viewAwaits reports whether a viewer wants each piece of a chunk as it comes.
func (t turn) viewAwaits(w View, chunk uint32) bool {
	v := t.viewOf(w)
	if v.front != chunk {
		return false
	}
	if v.play.Kind.pulls() {
		return t.streams.At(v.stream).pos == chunk
	}
	return v.eager
}

// looksAhead reports whether a player is to look for more that has come before the readable bytes are played: whole chunks
// tell of themselves.
func (t turn) looksAhead(v *view) bool {
	return t.cfg.Relay == RelayPiece && !v.eager && v.front < t.infos[v.video].Chunks()
}

// nextOf returns when a viewer must be looked at again: when its playhead leaves a chunk, or a little before the
// readable bytes run out, or then.
func (t turn) nextOf(v *view) Time {
	if v.play.State != Playing || v.play.Kind != Play {
		return Never
	}
	out := v.play.RunsOut(t.pace(v))
	if t.looksAhead(v) {
		out = max(out-playAhead, t.now()+1)
	}
	return min(out, v.play.Reaches(t.pace(v), t.chunkEnd(ChunkID{v.video, t.streams.At(v.stream).pos})))
}

// armViews sets the timer to the first of the node's viewers.
func (t turn) armViews() {
	first := Never
	for w := t.node().views; w != 0; w = t.views.At(w).next {
		if v := t.views.At(w); v.stream != 0 {
			first = min(first, t.nextOf(v))
		}
	}
	t.net.SetTimer(timerView, first)
}

// viewsDue looks at the viewers whose time has come.
func (t turn) viewsDue() {
	now := t.now()
	for w := t.node().views; w != 0; {
		v := t.views.At(w)
		next := v.next
		if v.stream != 0 && v.play.State == Playing && v.play.Kind == Play {
			if t.looksAhead(v) && v.play.RunsOut(t.pace(v))-playAhead <= now {
				v.eager = true
				if p := t.partialOf(ChunkID{v.video, v.front}); p != 0 {
					t.watchCloser(p)
				}
			}
			t.feedView(View(w))
		}
		w = next
	}
	t.armViews()
}

// endViewStream closes a viewer's stream.
func (t turn) endViewStream(w View) {
	if h := t.viewOf(w).stream; h != 0 {
		t.viewOf(w).stream = 0
		t.closeStream(h)
	}
}

// stopView ends a viewer's life.
func (t turn) stopView(w View, why Reason) {
	v := t.viewOf(w)
	if v.stopped {
		return
	}
	v.stopped, v.why = true, why
	if v.play.State != Ended {
		v.play.Leave(t.pace(v), t.now())
		v.play.Until = t.now() // Even if it turns out now that all was played a while ago.
	}
	n := t.node()
	at := &n.views
	for *at != uint32(w) {
		at = &t.views.At(*at).next
	}
	*at = v.next
	t.endViewStream(w)
	t.armViews()
}

// Views returns all viewers so far, in the order in which they pressed play. O(viewers).
func (s *Swarm) Views() []View {
	views := make([]View, max(s.opened.Len(), 1)-1)
	for i := range views {
		views[i] = *s.opened.At(uint32(i + 1))
	}
	return views
}

// View returns what has become of a viewer by now, a zero record if it was never opened.
func (s *Swarm) View(w View, now Time) ViewRecord {
	if !s.views.Has(uint32(w)) || s.views.At(uint32(w)).node == 0 {
		return ViewRecord{}
	}
	v := s.views.At(uint32(w))
	if v.stopped {
		now = v.play.Until
	}
	r := ViewRecord{View: w, Node: v.node, Video: v.video, Why: v.why, Asked: v.play.Asked,
		First: v.play.First, Until: Never, Stalls: v.play.Stalls, Stalled: v.play.StalledFor(now),
		Played: v.play.Played(s.pace(v), now)}
	if v.stopped {
		r.Until = v.play.Until
	}
	r.State = s.ViewState(w)
	r.Due, r.OnTime = s.dues(v, now)
	return r
}

// dues counts the chunks that were due by now on the viewer's schedule, and those of them that were whole in time.
func (s *Swarm) dues(v *view, now Time) (due, onTime uint32) {
	if v.play.Kind != Play {
		return 0, 0
	}
	info := s.info(v.video)
	ends := func(c uint32) Bytes { return min(Bytes(c+1)*info.ChunkSize, info.Length) }
	lo, hi := v.first, max(v.first, info.Chunks()) // the first that is not due lies between them: schedules keep order
	for lo < hi {
		if c := lo + (hi-lo)/2; v.play.Due(s.pace(v), ends(c)) <= now {
			lo = c + 1
		} else {
			hi = c
		}
	}
	all, missing := lo-v.first, uint32(0)
	for c := max(v.first, v.front); c < lo; c++ {
		if v.stopped || !s.Holds(v.node, ChunkID{v.video, c}) {
			missing++
		}
	}
	return v.due + all, v.onTime + all - min(all, v.late+missing)
}
