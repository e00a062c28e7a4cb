package core

// Answers to what a node asked: a stream's number, peers, refusals.

// onOpened notes the number of a stream that a get opened.
func (t turn) onOpened(c Conn, m Msg) {
	if h := t.requestFor(c, m.ID()); h != 0 {
		r := t.requests.At(h)
		answers := uint32(m.First)|uint32(m.N)<<8 == r.token
		if s := t.streams.At(r.stream); r.kind == MsgGet && answers && s.opening && s.upConn == c {
			s.upStream, s.opening = m.Aux, false
			t.plan(r.stream, Event{Kind: Moved})
			return
		}
	}
	t.net.Send(c, Msg{Kind: MsgRelease, Aux: m.Aux}) // Nobody wants it any more.
}

// onPeers hands an answer to the streams that asked for it.
func (t turn) onPeers(c Conn, m Msg) {
	if m.NIDs > MaxPeers {
		t.bad(c, m)
		return
	}
	for h := t.node().streams; h != 0; {
		s := t.streams.At(h)
		next := s.next
		if t.awaits(s, c, m.ID()) {
			t.answered(s)
			t.msg = m
			t.plan(h, Event{Kind: Peers, Peer: t.peer(c).id, Chunk: m.Chunk, Msg: &t.msg})
		}
		h = next
	}
}

// onNo is a refusal of a manifest, a get or a query.
func (t turn) onNo(c Conn, m Msg) {
	switch m.Refused() {
	case MsgResolve:
		if n := t.node(); c == n.upConn {
			if k := t.video(m.Video); k != nil && k.known && n.up == n.master { // Not asked for: it was withdrawn.
				t.recall(m.Video)
				return
			}
			t.noVideo(m.Video)
		}
	case MsgQuery:
		for h := t.node().streams; h != 0; {
			s := t.streams.At(h)
			next := s.next
			if t.awaits(s, c, m.ID()) {
				t.answered(s)
				t.plan(h, Event{Kind: NoPeers, Peer: t.peer(c).id, Chunk: m.Chunk, Why: m.Why()})
			}
			h = next
		}
	case MsgGet, MsgGetHere, MsgGetOnce:
		h := t.requestFor(c, m.ID())
		if h == 0 {
			return
		}
		r := *t.requests.At(h)
		t.net.Refuse(c, r.span)
		if why := m.Why(); r.numbered && (why == NoStream || why == Passed || why == OtherVideo) {
			// The stream is gone there, as after a restart: open another at this place.
			if s := t.streams.At(r.stream); s.upConn == c && s.upStream == r.token { // Not reopened yet.
				s.upConn, s.upStream, s.upPos, s.upNext = 0, 0, 0, 0
			}
			t.dropRequest(h)
			if t.requestPieces(r.stream, r.peer, r.span, r.kind) {
				return
			}
			t.plan(r.stream, Event{Kind: Failed, Peer: r.peer, Chunk: m.Chunk, Why: why})
			return
		}
		if n := t.node(); m.Why() == NoVideo && c == n.upConn && n.up == n.master && r.kind != MsgGetHere {
			t.dropRequest(h)
			t.videoGone(r.span.Video)
			return
		}
		t.requestFailed(h, m.Why())
	}
}
