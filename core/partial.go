package core

// Chunks that are arriving: which pieces are here, who waits for them, and what happens when the last one is.

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
	for h := t.node().partials; h != 0; h = t.partials.At(h).next {
		if t.partials.At(h).id == id {
			return h
		}
	}
	return 0
}

// stepOf returns how often the pieces of a partial are worth an event: each one where a reader waits for them, else
// only all together.
func (t turn) stepOf(p uint32) uint8 {
	row := t.partials.At(p)
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
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		if r := t.requests.At(h); r.partial == p {
			t.notePieces(h, t.net.Watch(r.conn, r.span, 1))
		}
	}
}

// notePieces counts a request's pieces up to the given one as received.
func (t turn) notePieces(h uint32, upto uint8) {
	r := t.requests.At(h)
	if upto <= r.pieces {
		return
	}
	first, end := r.span.First+r.pieces, r.span.First+upto
	t.partials.At(r.partial).have.add(first, end)
	info := &t.infos[r.span.Video]
	bytes := info.Prefix(r.span.Chunk, end) - info.Prefix(r.span.Chunk, first)
	rec := &t.node().rec
	switch t.role(r.conn) {
	case RoleSource:
		rec.FromSource += bytes
	case RoleMaster:
		rec.FromMaster += bytes
	default:
		rec.FromSibling += bytes
	}
	r.pieces = upto
}

// freePartial forgets a partial; drop also frees its bytes.
func (t turn) freePartial(h uint32, drop bool) {
	n := t.node()
	p := t.partials.At(h)
	if drop {
		for u := p.uploads; u != 0; u = p.uploads {
			t.net.Cancel(t.uploads.At(u).flow)
			t.endUpload(u)
		}
		t.net.Drop(p.id)
	}
	if n.partials == h {
		n.partials = p.next
	} else {
		prev := n.partials
		for t.partials.At(prev).next != h {
			prev = t.partials.At(prev).next
		}
		t.partials.At(prev).next = p.next
	}
	t.partials.give(h)
}

// whole makes a partial a chunk of the cache and tells everybody who waits for it.
func (t turn) whole(h uint32) {
	id := t.partials.At(h).id
	t.partials.At(h).have = pieceSet{}    // It is settled; those abandoned now add nothing.
	for q := t.node().requests; q != 0; { // Hedged requests lost the race.
		r := t.requests.At(q)
		next := r.next
		if r.partial == h {
			t.withdraw(q)
			next = t.node().requests // Others may have gone with it.
		}
		q = next
	}
	n := t.node()
	n.rec.ChunksFetched++
	t.keep(&n.usage, t.video(id.Video), id.Chunk)
	for u := t.partials.At(h).uploads; u != 0; {
		up := t.uploads.At(u)
		next := up.nextOf
		up.partial, up.nextOf, up.locked = 0, 0, true
		t.extend(u, up.span.N)
		u = next
	}
	t.partials.At(h).uploads = 0
	t.freePartial(h, false)
	t.announce(id, true)
	t.shrink(id.Video)
	t.serveReaders(id)
	t.viewsFed(id, true)
	t.planFor(id, 0, Event{Kind: Arrived, Chunk: id.Chunk})
	t.planHeirs()
}

// spread passes newly verified pieces on: to uploads that wait for them, to readers whose turn it is, to viewers.
func (t turn) spread(h uint32) {
	p := t.partials.At(h)
	id, ready := p.id, p.have.prefix()
	for u := p.uploads; u != 0; u = t.uploads.At(u).nextOf {
		if up := t.uploads.At(u); ready > up.span.First {
			t.extend(u, min(ready-up.span.First, up.span.N))
		}
	}
	t.serveReaders(id)
	t.viewsFed(id, false)
}

// complete returns a partial that has all its pieces and that nobody is asked for any more, 0 if there is none.
func (t turn) complete() uint32 {
	for h := t.node().partials; h != 0; h = t.partials.At(h).next {
		if p := t.partials.At(h); p.requests == 0 && p.have.prefix() >= p.pieces {
			return h
		}
	}
	return 0
}
