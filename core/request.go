package core

// What a node asks of others: requests for pieces, each with its deadline, and the chunks that are arriving.

// request is one get that is not over.
type request struct {
	stream   uint32 // whose plan it was
	conn     Conn
	peer     NodeID
	span     Span
	kind     MsgKind
	numbered bool   // names a stream that was open when it was sent
	token    uint32 // what it said instead, 16 bits
	pieces   uint8  // of the span, from its first: verified, and noted in the partial
	deadline Time
	asked    Time
	checked  Time  // when the deadline was set
	bytes    Bytes // what had come by then
	patience uint8 // deadlines that a live but silent upstream may still let pass
	partial  uint32
	next     uint32 // in the node's list
}

// A master that is alive but has not begun to send, because it waits itself, is given this many deadlines.
const patience = 10

// partial is a chunk that is arriving.
type partial struct {
	id       ChunkID
	have     pieceSet
	pieces   uint8  // in the chunk
	requests uint16 // on their way
	uploads  uint32
	next     uint32 // in the node's list
}

// partialOf returns the node's partial of a chunk, 0 if the chunk is not arriving.
func (t turn) partialOf(id ChunkID) uint32 {
	for h := t.node().partials; h != 0; h = t.partials.at(h).next {
		if t.partials.at(h).id == id {
			return h
		}
	}
	return 0
}

// requestPieces asks a peer, and reports whether it could.
func (t turn) requestPieces(stream uint32, to NodeID, span Span, kind MsgKind) bool {
	if to == 0 || to == t.self || span.N == 0 || t.isBanned(to) || t.here(span.ID()) {
		return false
	}
	s := t.streams.at(stream)
	if kind == MsgGet && s.opening {
		return false // The stream's number is not known yet.
	}
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		if r := t.requests.at(h); r.peer == to && r.span.ID() == span.ID() {
			return false // Flows and refusals of two could not be told apart.
		}
	}
	c := t.node().upConn
	if to != t.node().up || c == 0 {
		c = t.dial(to)
	}
	s = t.streams.at(stream)
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
	t.partials.at(p).requests++
	h, r := t.requests.take()
	n := t.node()
	*r = request{stream: stream, conn: c, peer: to, span: span, kind: kind, numbered: number >= MinStream, token: number, partial: p, patience: patience,
		asked: t.now(), checked: t.now(), deadline: t.now().After(t.cfg.GetTimeout), next: n.requests}
	n.requests = h
	t.net.Watch(c, span, t.stepOf(p))
	t.net.Send(c, Get(kind, span, number))
	t.armRequest(r.deadline)
	return true
}

// continues reports whether a chunk comes next on the stream that s has at an upstream.
func (s *stream) continues(c Conn, chunk uint32) bool {
	return s.upConn == c && chunk >= s.upPos && chunk <= s.upNext
}

// after returns where a stream stands whose get of a span is done: a chunk is read when its last piece is.
func (t turn) after(span Span) uint32 {
	if span.End() == t.infos[span.Video].Pieces(span.Chunk) {
		return span.Chunk + 1
	}
	return span.Chunk
}

// takeOver exchanges a stream's stream at an upstream for another of the node's that stands at the right chunk. Readers
// of one video fetch in turn; without this each would open a new stream upstream whenever another was faster.
func (t turn) takeOver(stream uint32, c Conn, chunk uint32) bool {
	s := t.streams.at(stream)
	for h := t.node().streams; h != 0; h = t.streams.at(h).next {
		o := t.streams.at(h)
		if h == stream || o.video != s.video || o.opening || o.upConn != c || o.upNext != chunk || t.reading(h) || t.reading(stream) {
			continue
		}
		s.upConn, s.upStream, s.upPos, s.upNext, o.upConn, o.upStream, o.upPos, o.upNext =
			o.upConn, o.upStream, o.upPos, o.upNext, s.upConn, s.upStream, s.upPos, s.upNext
		return true
	}
	return false
}

// reading reports whether a stream has a get on its way that counts on its upstream's position.
func (t turn) reading(stream uint32) bool {
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		if r := t.requests.at(h); r.stream == stream && r.kind == MsgGet {
			return true
		}
	}
	return false
}

// here reports whether the node has a whole chunk.
func (t turn) here(id ChunkID) bool {
	return t.owns(id.Video) && id.Chunk < t.infos[id.Video].Chunks() || t.cache.find(t.self, id) != 0
}

// stepOf returns how often the pieces of a partial are worth an event: each one where a reader waits for them, else
// only all together.
func (t turn) stepOf(p uint32) uint8 {
	row := t.partials.at(p)
	if t.cfg.Relay != RelayPiece {
		return 0
	}
	if row.uploads != 0 || t.awaited(row.id) {
		return 1
	}
	return 0
}

// watchCloser makes each verified piece of a partial an event from now on, and notes those that have come.
func (t turn) watchCloser(p uint32) {
	if t.cfg.Relay != RelayPiece {
		return
	}
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		if r := t.requests.at(h); r.partial == p {
			t.notePieces(h, t.net.Watch(r.conn, r.span, 1))
		}
	}
}

// notePieces counts a request's pieces up to the given one as received.
func (t turn) notePieces(h uint32, upto uint8) {
	r := t.requests.at(h)
	if upto <= r.pieces {
		return
	}
	first, end := r.span.First+r.pieces, r.span.First+upto
	t.partials.at(r.partial).have.add(first, end)
	info := &t.infos[r.span.Video]
	bytes := info.Prefix(r.span.Chunk, end) - info.Prefix(r.span.Chunk, first)
	rec := &t.node().rec
	switch {
	case t.peer(r.conn).source:
		rec.FromSource += bytes
	case r.peer == t.node().up || r.peer == t.node().master:
		rec.FromMaster += bytes
	default:
		rec.FromSibling += bytes
	}
	r.pieces = upto
}

// onReceiving is a flow's news at the receiver.
func (t turn) onReceiving(e FlowEvent) {
	h := t.requestFor(e.Conn, e.Span.ID())
	if h == 0 {
		return // It was cancelled while this was on its way.
	}
	r := t.requests.at(h)
	switch e.Kind {
	case FlowPieces:
		t.notePieces(h, max(r.pieces, e.Span.End()-r.span.First))
		if p := t.partials.at(r.partial); p.have.prefix() >= p.pieces && r.pieces < r.span.N {
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
		t.makeRoom()
		t.requestFailed(h, NoSpace)
	}
}

// requestFor returns the request on a connection for a chunk, 0 if there is none.
func (t turn) requestFor(c Conn, id ChunkID) uint32 {
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		if r := t.requests.at(h); r.conn == c && r.span.ID() == id {
			return h
		}
	}
	return 0
}

// requestDone settles a request whose pieces are all here.
func (t turn) requestDone(h uint32) {
	r := *t.requests.at(h)
	if r.kind == MsgGet {
		if s := t.streams.at(r.stream); s.upConn == r.conn {
			s.upPos = max(s.upPos, t.after(r.span))
		}
	}
	t.dropRequest(h)
	if p := t.partials.at(r.partial); p.have.prefix() >= p.pieces {
		t.whole(r.partial)
		return
	}
	t.spread(r.partial)
	if t.partials.at(r.partial).requests == 0 {
		t.planFor(r.span.ID(), 0, Event{Kind: Moved})
	}
}

// dropRequest takes a request off its lists.
func (t turn) dropRequest(h uint32) {
	n := t.node()
	r := t.requests.at(h)
	t.partials.at(r.partial).requests--
	if n.requests == h {
		n.requests = r.next
	} else {
		prev := n.requests
		for t.requests.at(prev).next != h {
			prev = t.requests.at(prev).next
		}
		t.requests.at(prev).next = r.next
	}
	t.requests.give(h)
}

// abandon ends a request from this side.
func (t turn) abandon(h uint32) {
	r := t.requests.at(h)
	t.notePieces(h, t.net.Watch(r.conn, r.span, 0))
	t.net.Refuse(r.conn, r.span)
	stream := uint32(0)
	if s := t.streams.at(r.stream); r.kind == MsgGet && s.upConn == r.conn {
		stream = s.upStream
		s.upNext = min(s.upNext, r.span.Chunk) // A get of the next chunk would wait there for ever.
		if s.opening {
			s.upConn, s.opening = 0, false // Its number, when it comes, means nothing any more.
		}
	}
	t.net.Send(r.conn, Msg{Kind: MsgCancel, Video: r.span.Video, Chunk: r.span.Chunk, Aux: stream})
	p := r.partial
	t.dropRequest(h)
	if row := t.partials.at(p); row.requests == 0 && row.have.prefix() >= row.pieces {
		t.armRequest(t.now()) // All had come, and no event will say so: requestsDue makes it whole.
	}
}

// withdraw abandons a request, and with it those that would wait behind it on the upstream's stream for ever.
func (t turn) withdraw(h uint32) {
	r := *t.requests.at(h)
	t.abandon(h)
	for q := t.node().requests; q != 0; q = t.requests.at(q).next {
		o := t.requests.at(q)
		if r.kind == MsgGet && o.kind == MsgGet && o.stream == r.stream && o.conn == r.conn && o.span.Chunk > r.span.Chunk {
			t.releaseUpstream(r.stream)
			t.streams.at(r.stream).heir = true
			return
		}
	}
}

// requestFailed ends a request that brought less than it should, and lets its stream plan again. What came of the
// chunk stays, so that the next request asks only for the rest.
func (t turn) requestFailed(h uint32, why Reason) {
	r := *t.requests.at(h)
	t.dropRequest(h)
	if r.kind == MsgGet && t.streams.at(r.stream).upConn == r.conn {
		// The upstream's position is not ours any more; what else waits there would wait for ever.
		t.releaseUpstream(r.stream)
	}
	id := r.span.ID()
	if t.partials.at(r.partial).requests == 0 && !t.wanted(id) {
		t.freePartial(r.partial, true)
	}
	t.plan(r.stream, Event{Kind: Failed, Peer: r.peer, Chunk: id.Chunk, Why: why})
	if p := t.partialOf(id); p == 0 || t.partials.at(p).requests == 0 {
		t.planFor(id, r.stream, Event{Kind: Moved})
	}
}

// releaseUpstream ends a stream's stream at its upstream and every other get that waits on it.
func (t turn) releaseUpstream(stream uint32) {
	s := t.streams.at(stream)
	if s.upConn == 0 {
		return
	}
	c, number := s.upConn, s.upStream
	s.upConn, s.upStream, s.upPos, s.upNext, s.opening = 0, 0, 0, 0, false
	for h := t.node().requests; h != 0; {
		r := t.requests.at(h)
		next := r.next
		if r.stream == stream && r.conn == c && r.kind == MsgGet {
			t.abandon(h)
		}
		h = next // Abandoning one takes no other off the list.
	}
	if number != 0 {
		t.net.Send(c, Msg{Kind: MsgRelease, Aux: number})
	}
}

// freePartial forgets a partial; drop also frees its bytes.
func (t turn) freePartial(h uint32, drop bool) {
	n := t.node()
	p := t.partials.at(h)
	if drop {
		for u := p.uploads; u != 0; u = p.uploads {
			t.net.Cancel(t.uploads.at(u).flow)
			t.endUpload(u)
		}
		t.net.Drop(p.id)
	}
	if n.partials == h {
		n.partials = p.next
	} else {
		prev := n.partials
		for t.partials.at(prev).next != h {
			prev = t.partials.at(prev).next
		}
		t.partials.at(prev).next = p.next
	}
	t.partials.give(h)
}

// whole makes a partial a chunk of the cache and tells everybody who waits for it.
func (t turn) whole(h uint32) {
	id := t.partials.at(h).id
	t.partials.at(h).have = pieceSet{}    // It is settled; those abandoned now add nothing.
	for q := t.node().requests; q != 0; { // Hedged requests lost the race.
		r := t.requests.at(q)
		next := r.next
		if r.partial == h {
			t.withdraw(q)
			next = t.node().requests // Others may have gone with it.
		}
		q = next
	}
	n := t.node()
	n.rec.ChunksFetched++
	e := t.cache.add(t.self, &n.cached, id)
	for u := t.partials.at(h).uploads; u != 0; {
		up := t.uploads.at(u)
		next := up.nextOf
		up.partial, up.nextOf, up.locked = 0, 0, true
		t.cache.entries.at(e).locks++
		t.extend(u, up.span.N)
		u = next
	}
	t.partials.at(h).uploads = 0
	t.freePartial(h, false)
	for s := n.streams; s != 0; s = t.streams.at(s).next {
		t.hold(s, id)
	}
	t.announce(id, true)
	t.shrink()
	t.serveReaders(id)
	t.viewsFed(id, true)
	t.planFor(id, 0, Event{Kind: Arrived, Chunk: id.Chunk})
	t.planHeirs()
}

// spread passes newly verified pieces on: to uploads that wait for them, to readers whose turn it is, to viewers.
func (t turn) spread(h uint32) {
	p := t.partials.at(h)
	id, ready := p.id, p.have.prefix()
	for u := p.uploads; u != 0; u = t.uploads.at(u).nextOf {
		if up := t.uploads.at(u); ready > up.span.First {
			t.extend(u, min(ready-up.span.First, up.span.N))
		}
	}
	t.serveReaders(id)
	t.viewsFed(id, false)
}

// requestsParted fails the requests and queries on a connection that closed. They are marked first: what the policy
// does next may open a connection that gets the same number.
func (t turn) requestsParted(c Conn, id NodeID, why Reason) {
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		if r := t.requests.at(h); r.conn == c {
			r.conn = 0
		}
	}
	for h := t.node().streams; h != 0; h = t.streams.at(h).next {
		if s := t.streams.at(h); s.askConn == c {
			s.askConn, s.askBy, s.askLost = 0, Never, true
		}
	}
	for h := t.node().requests; h != 0; {
		if t.requests.at(h).conn != 0 {
			h = t.requests.at(h).next
			continue
		}
		t.requestFailed(h, why)
		h = t.node().requests // The list may have changed.
	}
	for h := t.node().streams; h != 0; h = t.streams.at(h).next {
		if s := t.streams.at(h); s.askLost {
			s.askLost = false
			t.plan(h, Event{Kind: NoPeers, Peer: id, Why: why})
		}
	}
}

// corrupt drops a peer that sent bytes which fail verification, and remembers it.
func (t turn) corrupt(c Conn) {
	n := t.node()
	n.rec.Corrupt++
	if len(n.banned) >= maxBans {
		n.banned = n.banned[1:]
	}
	n.banned = append(n.banned, ban{t.peer(c).id, t.now().After(banFor)})
	t.hangUp(c, BadData)
}

func (t turn) isBanned(id NodeID) bool { return t.bannedUntil(id) > t.now() }

// bannedUntil returns when a peer may be asked again.
func (t turn) bannedUntil(id NodeID) (until Time) {
	for _, b := range t.node().banned {
		if b.peer == id {
			until = max(until, b.until)
		}
	}
	return until
}

// armRequest brings timerRequest forward to at if that is earlier; it is never moved back before it fires.
func (t turn) armRequest(at Time) {
	if n := t.node(); at < n.deadline {
		n.deadline = at
		t.net.SetTimer(timerRequest, at)
	}
}

// requestsDue looks at everything that this node has asked for and not got.
func (t turn) requestsDue() {
	now := t.now()
	t.node().deadline = Never
	first := t.resolvesDue()
	for h := t.complete(); h != 0; h = t.complete() {
		t.whole(h)
	}
	for h := t.overdue(); h != 0; h = t.overdue() {
		r := *t.requests.at(h)
		came := t.net.Received(r.conn, r.span)
		heard := t.peer(r.conn).heard
		switch {
		case came > r.bytes:
			t.prolong(h, now, came)
		case r.kind != MsgGetHere && heard > r.checked && r.patience > 0 && t.peer(r.conn).open:
			// An upstream that talks but does not send is waiting itself; a sibling has no such excuse.
			t.requests.at(h).patience--
			t.prolong(h, heard, came)
		default:
			t.node().rec.TimedOut++
			t.abandon(h)
			t.giveUp(r)
		}
	}
	for h := t.node().streams; h != 0; {
		s := t.streams.at(h)
		next := s.next
		if s.askBy <= now {
			c := s.askConn
			s.askConn, s.askBy = 0, Never
			if c == t.node().upConn {
				t.upstreamLost() // Fails the other queries too.
				t.plan(h, Event{Kind: NoPeers, Why: TimedOut})
				break
			}
			t.plan(h, Event{Kind: NoPeers, Why: TimedOut})
		}
		h = next
	}
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		first = min(first, t.requests.at(h).deadline)
	}
	for h := t.node().streams; h != 0; h = t.streams.at(h).next {
		first = min(first, t.streams.at(h).askBy)
	}
	t.armRequest(first)
}

// complete returns a partial that has all its pieces and that nobody is asked for any more, 0 if there is none.
func (t turn) complete() uint32 {
	for h := t.node().partials; h != 0; h = t.partials.at(h).next {
		if p := t.partials.at(h); p.requests == 0 && p.have.prefix() >= p.pieces {
			return h
		}
	}
	return 0
}

// overdue returns a request whose deadline has passed, 0 if there is none.
func (t turn) overdue() uint32 {
	now := t.now()
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		if t.requests.at(h).deadline <= now {
			return h
		}
	}
	return 0
}

func (t turn) prolong(h uint32, from Time, came Bytes) {
	r := t.requests.at(h)
	r.checked, r.bytes = t.now(), came
	r.deadline = max(from.After(t.cfg.GetTimeout), t.now()+1)
}

// giveUp settles a request that timed out and was abandoned: the peer's connection is closed unless something else
// shows that it lives.
func (t turn) giveUp(r request) {
	id := r.span.ID()
	if r.kind == MsgGet && t.streams.at(r.stream).upConn == r.conn {
		t.releaseUpstream(r.stream)
	}
	t.plan(r.stream, Event{Kind: Failed, Peer: r.peer, Chunk: id.Chunk, Why: TimedOut})
	if p := t.partialOf(id); p != 0 && t.partials.at(p).requests == 0 {
		if t.wanted(id) {
			t.planFor(id, r.stream, Event{Kind: Moved})
		} else {
			t.freePartial(p, true)
		}
	}
	n := t.node()
	if r.conn == n.upConn && t.peer(r.conn).heard <= r.checked {
		t.probe()
	}
	if !t.mine(r.conn) || r.conn == n.upConn || r.conn == n.joinConn {
		return
	}
	if p := t.peer(r.conn); p.id == r.peer && !p.child && p.uploads == 0 && p.heard <= r.checked {
		t.hangUp(r.conn, TimedOut)
	}
}
