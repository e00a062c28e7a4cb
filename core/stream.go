package core

// Streams: a reader of a video at this node, be it a child, a client or a viewer of its own, and the window of chunks
// that the node holds for it. A stream's position is the chunk to be read next; it holds what is there of the
// ReadAhead chunks from its position on, and its policy fetches the rest. Reads advance it.

// stream is one reader's window.
type stream struct {
	conn  Conn // the reader, if a peer
	view  View // the reader, if a viewer
	video Video
	pos   uint32
	end   uint32 // chunks of the video, 0 until its manifest is here

	// Its own stream at whom it reads from as a child: one at a time.
	upConn   Conn
	upStream uint32 // its number there, 0 if none yet
	upPos    uint32 // its position there, as far as we know
	upNext   uint32 // the chunk after the last asked for

	errand     uint32 // what else it waits for; 0: nothing
	next, prev uint32

	waits   uint16 // gets that wait for their turn or flow, at most maxGets
	once    bool   // holds one chunk and ends when it is read
	opening bool   // its number upstream is on its way
	replan  bool   // a chunk was left to it that nobody asks for now: it is to plan
	opened  bool   // the policy knows of it
	low     bool   // its reader wants it for later, see Msg.Low
	serial  uint8  // tells its number from that of another stream in this row
	readAt  Time
}

// number returns what the reader of the stream in a row calls it.
func (s *stream) number(h uint32) uint32 { return uint32(s.serial)*MinStream | h&(MinStream-1) }

// openStream makes a stream, or returns 0 when the node has too many.
func (t turn) openStream(v Video, pos uint32, c Conn, w View, once bool) uint32 {
	n := t.node()
	if n.nstreams >= t.cfg.MaxStreams {
		return 0
	}
	h, s := t.streams.take()
	t.opens++
	*s = stream{conn: c, view: w, video: v, pos: pos, once: once, readAt: t.now(), serial: uint8(t.opens%255 + 1), next: n.streams}
	if n.streams != 0 {
		t.streams.At(n.streams).prev = h
	}
	n.streams = h
	n.nstreams++
	if c != 0 {
		t.peer(c).readers++
	}
	return h
}

// startStream begins work when the manifest is known.
func (t turn) startStream(h uint32) {
	s := t.streams.At(h)
	s.end = t.infos[s.video].Chunks()
	if s.conn != 0 {
		for u := t.peer(s.conn).uploads; u != 0; {
			up := t.uploads.At(u)
			next := up.next
			if up.stream == h && (up.span.Chunk >= s.end || up.span.End() > t.infos[s.video].Pieces(up.span.Chunk)) {
				t.refuseUpload(u, End)
			}
			u = next
		}
	}
	t.plan(h, Event{Kind: Opened})
	t.serveStream(h)
}

// window returns how many chunks the stream covers from its position on.
func (t turn) window(s *stream) uint32 {
	if s.pos >= s.end {
		return 0
	}
	if s.once {
		return 1
	}
	return min(t.cfg.ReadAhead, s.end-s.pos)
}

func (t turn) covers(s *stream, id ChunkID) bool {
	return s.video == id.Video && id.Chunk >= s.pos && id.Chunk-s.pos < t.window(s)
}

// announce tells whom the policy wants to know.
func (t turn) announce(id ChunkID, added bool) {
	t.nodeHandle = Node{t}
	to := t.policy.Announce(&t.nodeHandle, id, added)
	n := t.node()
	if to&ToMaster == 0 || n.joinConn == 0 || !n.member {
		return
	}
	what := ReportDeleted
	if added {
		what = ReportAdded
	}
	n.rec.Reports++
	t.net.Send(n.joinConn, Msg{Kind: MsgReport, Video: id.Video, Chunk: id.Chunk, Aux: what})
}

// advance moves a stream past chunks before pos: they are read.
func (t turn) advance(h uint32, pos uint32) {
	s := t.streams.At(h)
	if pos <= s.pos {
		return
	}
	s.readAt = t.now()
	for s.pos < pos {
		t.touch(ChunkID{s.video, s.pos})
		s.pos++
	}
	t.shrink(s.video)
	t.plan(h, Event{Kind: Moved})
	t.serveStream(h)
}

// wanted reports whether a stream of the node covers a chunk.
func (t turn) wanted(id ChunkID) bool {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if t.covers(t.streams.At(h), id) {
			return true
		}
	}
	return false
}

// awaited reports whether a reader waits for the very next piece of a chunk.
func (t turn) awaited(id ChunkID) bool {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		s := t.streams.At(h)
		if s.video != id.Video {
			continue
		}
		if s.conn != 0 && s.pos == id.Chunk && s.waits > 0 || s.view != 0 && t.viewAwaits(s.view, id.Chunk) {
			return true
		}
	}
	return false
}

// plan lets the policy decide for a stream. The first it hears of one is Opened: what its state for the slot says until
// then is of another stream.
func (t turn) plan(h uint32, e Event) {
	s := t.streams.At(h)
	if s.end == 0 || t.owns(s.video) || !s.opened && e.Kind != Opened {
		return
	}
	s.opened = true
	if t.node().inward {
		t.askInward(h)
	}
	t.streamHandle = Stream{t, h}
	t.policy.Plan(&t.streamHandle, e)
}

// planFor lets all streams but one that cover a chunk plan again.
func (t turn) planFor(id ChunkID, except uint32, e Event) {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if h != except && t.covers(t.streams.At(h), id) {
			t.plan(h, e)
		}
	}
}

// planAll lets every stream plan again.
func (t turn) planAll(e Event) {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		t.plan(h, e)
	}
}

// closeStream ends a stream and lets those plan that inherit its work.
func (t turn) closeStream(h uint32) {
	t.endStream(h)
	t.planHeirs()
	t.startWaiting()
}

// planHeirs lets streams plan to which a chunk was left that was no more asked for.
func (t turn) planHeirs() {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if s := t.streams.At(h); s.replan {
			s.replan = false
			t.plan(h, Event{Kind: Moved})
		}
	}
}

// endStream cuts a stream's uploads, drops its holds, and hands its requests to whoever else wants the chunk or
// withdraws them. It calls no policy's Plan, so that a connection can part with all its streams first.
func (t turn) endStream(h uint32) {
	s := t.streams.At(h)
	if s.conn != 0 {
		for u := t.peer(s.conn).uploads; u != 0; {
			up := t.uploads.At(u)
			next := up.next
			if up.stream == h {
				t.net.Cancel(up.flow)
				t.endUpload(u)
			}
			u = next
		}
		t.peer(s.conn).readers--
	}
	t.releaseUpstream(h)
	n := t.node()
	if s.prev != 0 {
		t.streams.At(s.prev).next = s.next
	} else {
		n.streams = s.next
	}
	if s.next != 0 {
		t.streams.At(s.next).prev = s.prev
	}
	n.nstreams--
	for q := n.requests; q != 0; {
		r := t.requests.At(q)
		next := r.next
		if r.stream == h {
			if heir := t.reader(r.span.ID()); heir != 0 {
				r.stream = heir
			} else {
				t.abandon(q)
			}
		}
		q = next
	}
	for p := n.partials; p != 0; {
		row := t.partials.At(p)
		next := row.next
		if row.requests == 0 && row.id.Video == s.video {
			if heir := t.reader(row.id); heir == 0 {
				t.freePartial(p, true)
			} else {
				t.streams.At(heir).replan = true
			}
		}
		p = next
	}
	video := s.video
	t.freeStream(h)
	t.shrink(video)
}

func (s *Swarm) freeStream(h uint32) {
	s.setErrand(s.streams.At(h), noErrand)
	s.streams.give(h)
}

// forLater reports whether nobody who reads here wants a chunk now. O(streams of the node).
func (t turn) forLater(id ChunkID) bool {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if s := t.streams.At(h); !s.low && t.covers(s, id) {
			return false
		}
	}
	return true
}

// reader returns a stream that covers a chunk, 0 if there is none.
func (t turn) reader(id ChunkID) uint32 {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if t.covers(t.streams.At(h), id) {
			return h
		}
	}
	return 0
}

// refuseStream answers all gets that wait on a stream with a refusal, and ends it.
func (t turn) refuseStream(h uint32, why Reason) {
	s := t.streams.At(h)
	if s.conn == 0 {
		return // A viewer's; viewsFailed ends it.
	}
	for u := t.peer(s.conn).uploads; u != 0; {
		next := t.uploads.At(u).next
		if t.uploads.At(u).stream == h {
			t.refuseUpload(u, why)
		}
		u = next
	}
	t.closeStream(h)
}

// armIdle starts the rounds that look for what nobody uses.
func (t turn) armIdle() {
	if n := t.node(); !n.idleArmed {
		n.idleArmed = true
		t.net.SetTimer(timerIdle, t.now().After(t.cfg.StreamIdle/4))
	}
}

// sweepIdle ends streams that nobody reads and connections that nobody uses.
func (t turn) sweepIdle() {
	n, now := t.node(), t.now()
	for h := n.streams; h != 0; {
		s := t.streams.At(h)
		next := s.next
		if s.conn != 0 && s.waits == 0 && s.readAt.After(t.cfg.StreamIdle) <= now {
			t.closeStream(h)
		}
		h = next
	}
	for c := n.peers; c != 0; {
		p := t.peers.At(c)
		next := p.next
		if !p.child && p.readers == 0 && p.uploads == 0 && Conn(c) != n.upConn && Conn(c) != n.joinConn &&
			p.heard.After(t.cfg.StreamIdle) <= now && !t.requesting(Conn(c)) {
			t.hangUp(Conn(c), Fine)
			next = t.node().peers
		}
		c = next
	}
	n = t.node()
	n.idleArmed = false
	if n.peers != 0 {
		t.armIdle()
	}
}

func (t turn) requesting(c Conn) bool {
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		if t.requests.At(h).conn == c {
			return true
		}
	}
	return false
}
