package core

// What others ask of a node: gets, and the uploads that answer them.

// upload is one get that is not over.
type upload struct {
	conn    Conn
	stream  uint32 // 0: a sibling's get
	span    Span
	kind    MsgKind
	state   uploadState
	flow    Flow
	slot    bool   // holds one of the node's upload slots
	locked  bool   // its chunk in the cache may not be evicted
	low     bool   // what others asked for is sent before
	partial uint32 // sends from a chunk that is still arriving
	nextOf  uint32 // in the partial's list
	later   uint32 // the next that waits for a slot
	since   Time

	next, prev uint32 // in the peer's list
}

type uploadState uint8

const (
	uploadWaiting uploadState = iota // for its turn on the stream, or for data
	uploadQueued                     // for a slot
	uploadFlowing
)

// What one peer may have here at a time, so that no peer takes what all share.
const (
	maxGets    = 4096 // that are not over
	maxReaders = 1024 // streams
)

// onGet answers a get: with the data, with a refusal, or by waiting on a stream.
func (t turn) onGet(c Conn, m Msg) {
	span := m.Span()
	if m.Video == 0 || m.N == 0 || int(span.First)+int(span.N) > MaxPieces {
		t.bad(c, m)
		return
	}
	if p := t.peer(c); p.gets >= maxGets || p.readers >= maxReaders && (m.Kind == MsgGetOnce || m.Kind == MsgGet && m.Aux < MinStream) {
		t.net.Send(c, No(m, TooMany))
		return
	}
	known, hope := t.knows(m.Video)
	switch info := t.info(m.Video); {
	case !known && m.Kind == MsgGetHere && hope:
		t.net.Send(c, No(m, NotHere))
		return
	case !known && !hope:
		t.net.Send(c, No(m, NoVideo))
		return
	case known && m.Chunk >= info.Chunks():
		t.net.Send(c, No(m, End))
		return
	case known && span.End() > info.Pieces(m.Chunk):
		t.bad(c, m)
		return
	}
	if m.Kind == MsgGetOnce && !t.here(span.ID()) && t.requestFor(c, span.ID()) != 0 {
		t.net.Send(c, No(m, NotHere)) // Each would wait for the other.
		return
	}
	if m.Kind == MsgGetHere {
		if !t.here(span.ID()) {
			t.net.Send(c, No(m, NotHere))
			return
		}
		t.start(t.newUpload(c, m, 0))
		return
	}

	h := uint32(0)
	if m.Kind == MsgGet && m.Aux >= MinStream {
		var why Reason
		if h, why = t.streamOf(c, m); why != Fine {
			t.net.Send(c, No(m, why))
			return
		}
		t.streams.At(h).readAt, t.streams.At(h).low = t.now(), m.Low()
		t.newUpload(c, m, h)
		t.serveStream(h)
		return
	}
	if h = t.openStream(m.Video, m.Chunk, c, 0, m.Kind == MsgGetOnce); h == 0 {
		t.net.Send(c, No(m, TooMany))
		return
	}
	t.streams.At(h).low = m.Low()
	if m.Kind == MsgGet {
		t.net.Send(c, Msg{Kind: MsgOpened, Video: m.Video, Chunk: m.Chunk, First: uint8(m.Aux), N: uint8(m.Aux >> 8),
			Aux: t.streams.At(h).number(h)})
	}
	t.newUpload(c, m, h)
	if known {
		t.startStream(h)
	}
}

// info returns a video's facts, zero if unknown.
func (s *Swarm) info(v Video) VideoInfo {
	if int(v) < len(s.infos) {
		return s.infos[v]
	}
	return VideoInfo{}
}

// streamOf returns the stream that a get names, or why it cannot be read so.
func (t turn) streamOf(c Conn, m Msg) (uint32, Reason) {
	h := t.numbered(c, m.Aux)
	if h == 0 {
		return 0, NoStream
	}
	s := t.streams.At(h)
	switch {
	case s.video != m.Video:
		return 0, OtherVideo
	case m.Chunk < s.pos:
		return 0, Passed
	case uint32(s.waits) >= t.cfg.MaxWaiting && m.Chunk != s.pos: // The chunk that the others wait for need not wait.
		return 0, TooMany
	}
	for u := t.peer(c).uploads; u != 0; u = t.uploads.At(u).next {
		if up := t.uploads.At(u); up.stream == h && up.span.Chunk == m.Chunk {
			return 0, Duplicate
		}
	}
	return h, Fine
}

// numbered returns the stream that a peer knows by a number, 0 if it has none such.
func (t turn) numbered(c Conn, number uint32) uint32 {
	h := number & (MinStream - 1)
	if h == 0 || !t.streams.Has(h) {
		return 0
	}
	if s := t.streams.At(h); s.conn != c || s.number(h) != number {
		return 0
	}
	return h
}

// newUpload notes a get.
func (t turn) newUpload(c Conn, m Msg, stream uint32) uint32 {
	u, up := t.uploads.take()
	p := t.peer(c)
	*up = upload{conn: c, stream: stream, span: m.Span(), kind: m.Kind, low: m.Low(), since: t.now(), next: p.uploads}
	if p.uploads != 0 {
		t.uploads.At(p.uploads).prev = u
	}
	p.uploads = u
	p.gets++
	if stream != 0 {
		t.streams.At(stream).waits++
	}
	return u
}

// serveStream starts the get whose turn it is.
func (t turn) serveStream(h uint32) {
	s := t.streams.At(h)
	if s.conn == 0 || s.waits == 0 || s.end == 0 {
		return
	}
	for u := t.peer(s.conn).uploads; u != 0; u = t.uploads.At(u).next {
		if up := t.uploads.At(u); up.stream == h && up.span.Chunk == s.pos && up.state == uploadWaiting {
			t.start(u)
			return
		}
	}
}

// serveReaders starts the gets whose turn it is for a chunk.
func (t turn) serveReaders(id ChunkID) {
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if s := t.streams.At(h); s.video == id.Video && s.conn != 0 && s.pos == id.Chunk {
			t.serveStream(h)
		}
	}
}

// start sends what is here of an upload's span, if anything is and a slot is free.
func (t turn) start(u uint32) {
	up := t.uploads.At(u)
	id := up.span.ID()
	avail, whole, p := up.span.N, t.here(id), uint32(0)
	if !whole && up.stream == 0 {
		t.refuseUpload(u, NotHere) // It was evicted while the sibling waited for a slot.
		return
	}
	if !whole {
		if p = t.partialOf(id); p == 0 || t.cfg.Relay != RelayPiece {
			return
		}
		prefix := t.partials.At(p).have.prefix()
		if prefix <= up.span.First {
			t.watchCloser(p)
			if prefix = t.partials.At(p).have.prefix(); prefix <= up.span.First {
				return
			}
		}
		avail = min(prefix-up.span.First, up.span.N)
	}
	n := t.node()
	if slots := t.net.Limits().Slots; slots > 0 && n.uploading >= slots {
		if up.state != uploadQueued {
			t.enqueue(u)
		}
		return
	}
	if whole && t.cached(id) {
		t.touch(id)
		up.locked = true
	} else if !whole {
		up.partial, up.nextOf = p, t.partials.At(p).uploads
		t.partials.At(p).uploads = u
		t.watchCloser(p)
	}
	up.state, up.slot = uploadFlowing, true
	n.uploading++
	o := Offer{Span: up.span, Avail: avail, Tag: u}
	if up.low {
		o.Prio = 1
	}
	up.flow = t.net.Transfer(up.conn, o)
}

// extend raises what an upload may send. One that had run dry takes a slot again even if none is free: it gave its own
// back so that others could go on, and must not wait for them.
func (t turn) extend(u uint32, avail uint8) {
	up := t.uploads.At(u)
	if !up.slot {
		up.slot = true
		t.node().uploading++
	}
	t.net.Extend(up.flow, avail)
}

// enqueue puts an upload behind those that wait for a slot.
func (t turn) enqueue(u uint32) {
	n, up := t.node(), t.uploads.At(u)
	up.state, up.later = uploadQueued, 0
	if n.waiting == 0 {
		n.waiting = u
	} else {
		t.uploads.At(n.last).later = u
	}
	n.last = u
}

// dequeue takes an upload out of those that wait for a slot. O(those before it).
func (t turn) dequeue(u uint32) {
	n, up := t.node(), t.uploads.At(u)
	before, at := uint32(0), &n.waiting
	for *at != u {
		before, at = *at, &t.uploads.At(*at).later
	}
	if *at = up.later; *at == 0 {
		n.last = before
	}
	up.state, up.later = uploadWaiting, 0
}

// startWaiting fills free slots with the waiting uploads that came first, or that the policy ranks first.
func (t turn) startWaiting() {
	for {
		n := t.node()
		slots := t.net.Limits().Slots
		if n.waiting == 0 || slots > 0 && n.uploading >= slots {
			return
		}
		first := n.waiting
		if t.ranker != nil {
			first = t.firstRanked()
		}
		t.dequeue(first)
		t.start(first)
	}
}

// firstRanked returns the waiting upload that the policy ranks first. It costs a call for each of them.
func (t turn) firstRanked() uint32 {
	t.nodeHandle = Node{t}
	best, least := uint32(0), int64(0)
	for u := t.node().waiting; u != 0; u = t.uploads.At(u).later {
		up := t.uploads.At(u)
		rank := t.ranker.Rank(&t.nodeHandle, Upload{t.peer(up.conn).id, up.span, up.since, up.stream != 0})
		if best == 0 || rank < least {
			best, least = u, rank
		}
	}
	return best
}

// onSending is a flow's news at the sender.
func (t turn) onSending(e FlowEvent) {
	u := e.Tag
	if !t.uploads.Has(u) || t.uploads.At(u).flow != e.Flow {
		return
	}
	up := *t.uploads.At(u)
	switch e.Kind {
	case FlowDry:
		if up.slot {
			t.uploads.At(u).slot = false
			t.node().uploading--
		}
	case FlowDone:
		n := t.node()
		info := &t.infos[up.span.Video]
		n.rec.Sent += info.SpanBytes(up.span)
		last := up.span.End() == info.Pieces(up.span.Chunk)
		if last {
			n.rec.ChunksServed++
		}
		t.endUpload(u)
		if up.stream != 0 {
			if s := t.streams.At(up.stream); s.once {
				t.closeStream(up.stream)
			} else if last && s.pos == up.span.Chunk {
				t.advance(up.stream, s.pos+1)
			}
		}
	case FlowCut:
		t.endUpload(u)
		if up.stream != 0 && t.streams.At(up.stream).once {
			t.closeStream(up.stream)
		}
	}
	t.startWaiting()
}

// refuseUpload answers a waiting get with a refusal and forgets it.
func (t turn) refuseUpload(u uint32, why Reason) {
	up := t.uploads.At(u)
	t.net.Send(up.conn, No(Get(up.kind, up.span, 0), why))
	t.net.Cancel(up.flow)
	t.endUpload(u)
}

// endUpload forgets a get and gives back what it held.
func (t turn) endUpload(u uint32) {
	up := t.uploads.At(u)
	n := t.node()
	if up.slot {
		n.uploading--
	}
	if up.state == uploadQueued {
		t.dequeue(u)
	}
	if up.partial != 0 {
		at := &t.partials.At(up.partial).uploads
		for *at != u {
			at = &t.uploads.At(*at).nextOf
		}
		*at = up.nextOf
	}
	if up.stream != 0 {
		t.streams.At(up.stream).waits--
	}
	t.peer(up.conn).gets--
	if up.prev != 0 {
		t.uploads.At(up.prev).next = up.next
	} else {
		t.peer(up.conn).uploads = up.next
	}
	if up.next != 0 {
		t.uploads.At(up.next).prev = up.prev
	}
	video := up.span.Video
	t.uploads.give(u)
	t.shrink(video)
}

// onCancel withdraws a get: on a stream if it names one, else whichever asks for the chunk.
func (t turn) onCancel(c Conn, m Msg) {
	h := t.numbered(c, m.Aux)
	if h == 0 && m.Aux != 0 {
		return // The stream is over, and the get with it.
	}
	for u := t.peer(c).uploads; u != 0; {
		up := *t.uploads.At(u)
		if up.span.ID() == m.ID() && (m.Aux == 0 || up.stream == h) {
			t.net.Cancel(up.flow)
			t.endUpload(u)
			if up.stream != 0 && t.streams.At(up.stream).once {
				t.closeStream(up.stream)
				break // Closing may have ended others.
			}
		}
		u = up.next
	}
	t.startWaiting()
}

// onRelease ends a stream that its reader is done with.
func (t turn) onRelease(c Conn, m Msg) {
	if h := t.numbered(c, m.Aux); h != 0 {
		t.closeStream(h)
	}
}
