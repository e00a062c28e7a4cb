package core

// What was asked for and does not come: deadlines, connections that closed, peers that sent bad data.

// armRequest brings timerRequest forward to at if that is earlier.
func (t turn) armRequest(at Time) {
	if n := t.node(); at < n.deadline {
		n.deadline = at
		t.net.SetTimer(timerRequest, at)
	}
}

// relax moves timerRequest back when what it was set for is settled, so that it does not fire for nothing. It costs the
// node's requests and streams if it was set for that, and nothing otherwise.
func (t turn) relax(was Time) {
	if n := t.node(); was == n.deadline && was != Never {
		n.deadline = t.firstDue()
		t.net.SetTimer(timerRequest, n.deadline)
	}
}

// firstDue returns when the first of the node's requests and queries is due.
func (t turn) firstDue() Time {
	first := Never
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		first = min(first, t.requests.At(h).deadline)
	}
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		first = min(first, t.errand(t.streams.At(h)).by)
	}
	for h := t.node().videos; h != 0; h = t.videos.At(h).next {
		first = min(first, t.videos.At(h).by)
	}
	return first
}

// requestsDue looks at everything that this node has asked for and not got.
func (t turn) requestsDue() {
	now := t.now()
	t.node().deadline = Never
	t.resolvesDue()
	for h := t.complete(); h != 0; h = t.complete() {
		t.whole(h)
	}
	for h := t.overdue(); h != 0; h = t.overdue() {
		r := *t.requests.At(h)
		came := t.net.Received(r.conn, r.span)
		heard := t.peer(r.conn).heard
		switch {
		case came > r.bytes:
			t.prolong(h, now.After(t.cfg.GetTimeout), came)
		case r.kind != MsgGetHere && heard > r.checked && r.patience > 0 && t.peer(r.conn).open:
			// An upstream that talks but does not send is waiting itself; a sibling has no such excuse. Its next ping
			// may take PingEvery to leave and a while to come.
			t.requests.At(h).patience--
			t.prolong(h, heard.After(t.cfg.PingEvery+t.cfg.QueryTimeout), came)
		case t.progresses(t.ahead(&r)):
			t.prolong(h, max(now, t.requests.At(t.ahead(&r)).deadline).After(t.cfg.GetTimeout), came)
		default:
			t.node().rec.TimedOut++
			t.abandon(h)
			t.giveUp(r)
		}
	}
	for h := t.node().streams; h != 0; {
		s := t.streams.At(h)
		next := s.next
		if e := t.errand(s); e.by <= now {
			c := e.conn
			e.conn, e.by = 0, Never
			t.setErrand(s, e)
			if c == t.node().upConn {
				t.upstreamLost() // Fails the other queries too.
				t.plan(h, Event{Kind: NoPeers, Why: TimedOut})
				break
			}
			t.plan(h, Event{Kind: NoPeers, Why: TimedOut})
		}
		h = next
	}
	t.armRequest(t.firstDue())
}

// ahead returns the get that is served before r on the same stream of the same upstream, 0 if it is r's turn. Nothing of r
// can come before that one is done.
func (t turn) ahead(r *request) (first uint32) {
	chunk := r.span.Chunk
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		o := t.requests.At(h)
		if r.kind == MsgGet && o.kind == MsgGet && o.stream == r.stream && o.conn == r.conn && o.span.Chunk < chunk {
			first, chunk = h, o.span.Chunk
		}
	}
	return first
}

// progresses reports whether a request, if it is one, is not overdue, or would be prolonged because something of it came.
func (t turn) progresses(h uint32) bool {
	if h == 0 {
		return false
	}
	r := t.requests.At(h)
	return r.deadline > t.now() || t.net.Received(r.conn, r.span) > r.bytes
}

// overdue returns a request whose deadline has passed, 0 if there is none.
func (t turn) overdue() uint32 {
	now := t.now()
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		if t.requests.At(h).deadline <= now {
			return h
		}
	}
	return 0
}

func (t turn) prolong(h uint32, deadline Time, came Bytes) {
	r := t.requests.At(h)
	r.checked, r.bytes = t.now(), came
	r.deadline = max(deadline, t.now()+1)
}

// giveUp settles a request that timed out and was abandoned: the peer's connection is closed unless something else
// shows that it lives.
func (t turn) giveUp(r request) {
	id := r.span.ID()
	if r.kind == MsgGet && t.streams.At(r.stream).upConn == r.conn {
		t.releaseUpstream(r.stream)
	}
	t.inwardFailed(r.conn, id, TimedOut)
	t.plan(r.stream, Event{Kind: Failed, Peer: r.peer, Chunk: id.Chunk, Why: TimedOut})
	if p := t.partialOf(id); p != 0 && t.partials.At(p).requests == 0 {
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

// requestsParted fails the requests and queries on a connection that closed. They are marked first: what the policy
// does next may open a connection that gets the same number.
func (t turn) requestsParted(c Conn, id NodeID, why Reason) {
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		if r := t.requests.At(h); r.conn == c {
			r.conn = 0
		}
	}
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if e := t.errand(t.streams.At(h)); e.conn == c {
			e.conn, e.by, e.lost = 0, Never, true
			t.setErrand(t.streams.At(h), e)
		}
	}
	for h := t.node().requests; h != 0; {
		if t.requests.At(h).conn != 0 {
			h = t.requests.At(h).next
			continue
		}
		t.requestFailed(h, why)
		h = t.node().requests // The list may have changed.
	}
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if e := t.errand(t.streams.At(h)); e.lost {
			e.lost = false
			t.setErrand(t.streams.At(h), e)
			t.plan(h, Event{Kind: NoPeers, Peer: id, Why: why})
		}
	}
}

// corrupt drops a peer that sent bytes which fail verification, and remembers it.
func (t turn) corrupt(c Conn) {
	n := t.node()
	n.rec.Corrupt++
	h, b := t.bans.take()
	w := t.trouble()
	*b = ban{t.peer(c).id, w.bans, t.now().After(banFor)}
	w.bans = h
	t.setTrouble(w)
	for count := 1; h != 0; count, h = count+1, t.bans.At(h).next {
		if last := t.bans.At(h); count == maxBans && last.next != 0 {
			t.bans.give(last.next)
			last.next = 0
		}
	}
	t.hangUp(c, BadData)
}

func (t turn) isBanned(id NodeID) bool { return t.bannedUntil(id) > t.now() }

// bannedUntil returns when a peer may be asked again.
func (t turn) bannedUntil(id NodeID) (until Time) {
	for h := t.trouble().bans; h != 0; h = t.bans.At(h).next {
		b := t.bans.At(h)
		if b.peer == id {
			until = max(until, b.until)
		}
	}
	return until
}
