package core

// What a node asks of others: requests for pieces, and what becomes of each.

// request is one get that is not over.
type request struct {
	stream   uint32 // whose plan it was
	conn     Conn
	peer     NodeID
	span     Span
	kind     MsgKind
	numbered bool   // names a stream that was open when it was sent
	pieces   uint8  // of the span, from its first: verified, and noted in the partial
	patience uint8  // deadlines that a live but silent upstream may still let pass
	token    uint32 // a MsgGet's Aux: the stream's number, or 16 bits that come back in MsgOpened's First and N
	partial  uint32
	next     uint32 // in the node's list
	deadline Time
	asked    Time
	checked  Time  // when the deadline was set
	bytes    Bytes // what had come by then
}

// A master that is alive but has not begun to send, because it waits itself, is given this many deadlines: 30 s in all by
// default. Then the stream asks anew.
const patience = 9

// requestPieces asks a peer, and reports whether it could.
func (t turn) requestPieces(stream uint32, to NodeID, span Span, kind MsgKind) bool {
	if to == 0 || to == t.self || span.N == 0 || t.isBanned(to) || t.here(span.ID()) {
		return false
	}
	s := t.streams.At(stream)
	if kind == MsgGet && s.opening {
		return false // The stream's number is not known yet.
	}
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		if r := t.requests.At(h); r.peer == to && r.span.ID() == span.ID() {
			return false // Flows and refusals of two could not be told apart.
		}
	}
	c := t.node().upConn
	if to != t.node().up || c == 0 {
		c = t.dial(to)
	}
	s = t.streams.At(stream)
	number := uint32(0)
	if kind == MsgGet {
		if !s.continues(c, span.Chunk) && !t.takeOver(stream, c, span.Chunk) {
			if s.upConn != 0 && t.reading(stream) {
				return false // Two readers of this node would withdraw each other's gets in turn, for ever.
			}
			t.releaseUpstream(stream)
		}
		number = s.upStream
		if number == 0 {
			s.upConn, s.opening, s.upPos = c, true, span.Chunk
			t.node().gets++
			number = t.node().gets & 0xffff
		}
		s.upNext = max(s.upNext, t.after(span))
	}

	p := t.partialOf(span.ID())
	if p == 0 {
		var row *partial
		p, row = t.partials.take()
		n := t.node()
		*row = partial{id: span.ID(), pieces: t.infos[span.Video].Pieces(span.Chunk), next: n.partials}
		n.partials = p
	}
	t.partials.At(p).requests++
	h, r := t.requests.take()
	n := t.node()
	*r = request{stream: stream, conn: c, peer: to, span: span, kind: kind, numbered: number >= MinStream,
		token: number, partial: p, patience: patience, asked: t.now(), checked: t.now(), deadline: t.now().After(t.cfg.GetTimeout), next: n.requests}
	n.requests = h
	t.net.Watch(c, span, t.stepOf(p))
	get := Get(kind, span, number)
	if t.streams.At(stream).low && t.forLater(span.ID()) {
		get.First |= lowFirst
	}
	t.net.Send(c, get)
	t.armRequest(r.deadline)
	return true
}

// onReceiving is a flow's news at the receiver.
func (t turn) onReceiving(e FlowEvent) {
	h := t.requestFor(e.Conn, e.Span.ID())
	if h == 0 {
		return // It was cancelled while this was on its way.
	}
	r := t.requests.At(h)
	switch e.Kind {
	case FlowPieces:
		t.notePieces(h, max(r.pieces, e.Span.End()-r.span.First))
		if p := t.partials.At(r.partial); p.have.prefix() >= p.pieces && r.pieces < r.span.N {
			t.whole(r.partial) // Others brought what this one still owes.
			return
		}
		t.spread(r.partial)
	case FlowDone:
		t.notePieces(h, r.span.N)
		t.requestDone(h)
	case FlowCut:
		t.requestFailed(h, Lost)
	case FlowCorrupt:
		t.corrupt(e.Conn)
	case FlowNoSpace:
		t.shrink(0) // A store whose disk is full may have lowered its limit; else what is here stays and is served.
		t.requestFailed(h, NoSpace)
	}
}

// requestFor returns the request on a connection for a chunk, 0 if there is none.
func (t turn) requestFor(c Conn, id ChunkID) uint32 {
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		if r := t.requests.At(h); r.conn == c && r.span.ID() == id {
			return h
		}
	}
	return 0
}

// requestDone settles a request whose pieces are all here.
func (t turn) requestDone(h uint32) {
	r := *t.requests.At(h)
	if r.kind == MsgGet {
		if s := t.streams.At(r.stream); s.upConn == r.conn {
			s.upPos = max(s.upPos, t.after(r.span))
			if s.opening {
				s.upConn, s.opening = 0, false // The data has overtaken the number, which means nothing any more.
			}
		}
	}
	t.dropRequest(h)
	if p := t.partials.At(r.partial); p.have.prefix() >= p.pieces {
		t.whole(r.partial)
		return
	}
	t.spread(r.partial)
	if t.partials.At(r.partial).requests == 0 {
		t.planFor(r.span.ID(), 0, Event{Kind: Moved})
	}
}

// dropRequest takes a request off its lists.
func (t turn) dropRequest(h uint32) {
	n := t.node()
	r := t.requests.At(h)
	due := r.deadline
	t.partials.At(r.partial).requests--
	if n.requests == h {
		n.requests = r.next
	} else {
		prev := n.requests
		for t.requests.At(prev).next != h {
			prev = t.requests.At(prev).next
		}
		t.requests.At(prev).next = r.next
	}
	t.requests.give(h)
	t.relax(due)
}

// abandon ends a request from this side.
func (t turn) abandon(h uint32) {
	r := t.requests.At(h)
	t.notePieces(h, t.net.Watch(r.conn, r.span, 0))
	t.net.Refuse(r.conn, r.span)
	stream := uint32(0)
	if s := t.streams.At(r.stream); r.kind == MsgGet && s.upConn == r.conn {
		stream = s.upStream
		s.upNext = min(s.upNext, r.span.Chunk) // A get of the next chunk would wait there for ever.
		if s.opening {
			s.upConn, s.opening = 0, false // Its number, when it comes, means nothing any more.
		}
	}
	t.net.Send(r.conn, Msg{Kind: MsgCancel, Video: r.span.Video, Chunk: r.span.Chunk, Aux: stream})
	p := r.partial
	t.dropRequest(h)
	if row := t.partials.At(p); row.requests == 0 && row.have.prefix() >= row.pieces {
		t.armRequest(t.now()) // All had come, and no event will say so: requestsDue makes it whole.
	}
}

// withdraw abandons a request, and with it those that would wait behind it on the upstream's stream for ever.
func (t turn) withdraw(h uint32) {
	r := *t.requests.At(h)
	t.abandon(h)
	for q := t.node().requests; q != 0; q = t.requests.At(q).next {
		o := t.requests.At(q)
		if r.kind == MsgGet && o.kind == MsgGet && o.stream == r.stream && o.conn == r.conn && o.span.Chunk > r.span.Chunk {
			t.releaseUpstream(r.stream)
			t.streams.At(r.stream).replan = true
			return
		}
	}
}

// requestFailed ends a request that brought less than it should, and lets its stream plan again. What came of the
// chunk stays, so that the next request asks only for the rest.
func (t turn) requestFailed(h uint32, why Reason) {
	r := *t.requests.At(h)
	t.dropRequest(h)
	if r.kind == MsgGet && t.streams.At(r.stream).upConn == r.conn {
		// The upstream's position is not ours any more; what else waits there would wait for ever.
		t.releaseUpstream(r.stream)
	}
	id := r.span.ID()
	if t.partials.At(r.partial).requests == 0 && !t.wanted(id) {
		t.freePartial(r.partial, true)
	}
	t.inwardFailed(r.conn, id, why)
	t.plan(r.stream, Event{Kind: Failed, Peer: r.peer, Chunk: id.Chunk, Why: why})
	if p := t.partialOf(id); p == 0 || t.partials.At(p).requests == 0 {
		t.planFor(id, r.stream, Event{Kind: Moved})
	}
}
