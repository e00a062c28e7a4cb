package core

// The tree seen from below: a node and its master. A node registers with its master and follows it. When the master is
// lost it waits RetryAfter, then follows its fallback (the supermaster) as a plain source, without registering, and
// keeps trying to register with its master again, ever more slowly.

// join connects to the master and registers.
func (t turn) join() {
	n := t.node()
	c := t.dial(n.master)
	n = t.node()
	n.joinConn, n.registered = c, false
	w := t.trouble()
	w.rejoinAt = Never
	t.setTrouble(w)
	if n.member {
		m := Msg{Kind: MsgRegister}
		m.setName(n.name)
		t.net.Send(c, m)
		t.tellHeld(c)
	} else if t.peer(c).open {
		t.joined()
		return
	}
	n.joinBy = t.now().After(t.cfg.QueryTimeout)
	t.armMember()
}

// tellHeld sends all chunks held, 128 to a message, in the order in which they were last used.
func (t turn) tellHeld(c Conn) {
	n := t.node()
	var m Msg
	for h := n.usage.oldest; h != 0; h = t.cache.runs.At(h).next {
		r := t.cache.runs.At(h)
		for chunk := r.first; chunk < r.first+r.n; chunk++ {
			base := chunk &^ 127
			if m.Kind == 0 || m.Video != r.video || m.Chunk != base {
				if m.Kind != 0 {
					t.net.Send(c, m)
				}
				m = Msg{Kind: MsgHeld, Video: r.video, Chunk: base}
			}
			m.Mask[chunk%128/32] |= 1 << (chunk % 32)
		}
	}
	if m.Kind != 0 {
		t.net.Send(c, m)
	}
}

// joined notes that the master has us, and follows it again if another served meanwhile.
func (t turn) joined() {
	n := t.node()
	n.registered = n.member
	t.note(Registered, n.master)
	n.joinBy = Never
	w := t.trouble()
	w.rejoinAt, w.retryAt, w.backoff = Never, Never, t.cfg.RejoinMin
	t.setTrouble(w)
	if n.up != n.master || n.upConn != n.joinConn {
		t.follow(n.master, n.joinConn)
	}
}

// follow makes a peer the node's upstream and lets every stream plan again.
func (t turn) follow(id NodeID, c Conn) {
	n := t.node()
	n.up, n.upConn = id, c
	w := t.trouble()
	w.retryAt, w.pongBy = Never, Never
	t.setTrouble(w)
	t.resolveAgain()
	t.planAll(Event{Kind: Upstream, Peer: id})
}

// upstreamLost gives up the peer that served as master.
func (t turn) upstreamLost() {
	n := t.node()
	was, c := n.up, n.upConn
	n.up, n.upConn = 0, 0
	w := t.trouble()
	w.pongBy = Never
	if was == n.master && n.fallback != 0 {
		w.retryAt = t.now().After(t.cfg.RetryAfter)
	}
	t.setTrouble(w)
	t.note(UpstreamLost, was)
	if was == n.master {
		n.registered, n.joinConn, n.joinBy = false, 0, Never
	}
	t.later()
	if c != 0 && t.mine(c) {
		t.hangUp(c, TimedOut)
	}
	t.armMember()
}

// probe pings an upstream that let a get time out, unless a query tells soon whether it is alive.
func (t turn) probe() {
	n := t.node()
	for h := n.streams; h != 0; h = t.streams.At(h).next {
		if t.errand(t.streams.At(h)).conn == n.upConn {
			return
		}
	}
	if w := t.trouble(); w.pongBy == Never {
		w.pongBy = t.now().After(t.cfg.QueryTimeout)
		t.setTrouble(w)
		t.net.Send(n.upConn, Msg{Kind: MsgPing})
		t.armMember()
	}
}

// later sets the next attempt at the master, half of it jitter so that a master that comes back is not stormed.
func (t turn) later() {
	w := t.trouble()
	if w.rejoinAt != Never || t.node().joinConn != 0 {
		return
	}
	half := w.backoff / 2
	w.rejoinAt = t.now().After(w.backoff - half/2 + Time(Below(t.net.Rand(), uint32(half/Microsecond)+1))*Microsecond)
	w.backoff = min(2*w.backoff, t.cfg.RejoinMax)
	t.setTrouble(w)
}

// membershipParted looks whether the connection that closed was the one to the upstream.
func (t turn) membershipParted(c Conn) {
	n := t.node()
	if c == n.joinConn {
		n.joinConn, n.joinBy, n.registered = 0, Never, false
	}
	switch {
	case c == n.upConn:
		n.upConn = 0
		t.upstreamLost()
	case n.joinConn == 0 && n.master != 0 && n.up != n.master:
		t.later()
		t.armMember()
	}
}

// hurry tries the master soon, because somebody wants what only an upstream can give: waiting grows long while nobody
// does.
func (t turn) hurry() {
	n, w := t.node(), t.trouble()
	if soon := t.now().After(t.cfg.RejoinMin); n.up == 0 && n.joinConn == 0 && w.rejoinAt != Never && w.rejoinAt > soon {
		w.rejoinAt, w.backoff = soon, t.cfg.RejoinMin
		t.setTrouble(w)
		t.armMember()
	}
}

// armMember sets the timer to the first of what is due.
func (t turn) armMember() {
	w := t.trouble()
	t.net.SetTimer(timerMember, min(t.node().joinBy, w.retryAt, w.rejoinAt, w.pongBy))
}

// membershipDue does what has become due.
func (t turn) membershipDue() {
	n, now := t.node(), t.now()
	if n.joinBy <= now { // The master does not answer.
		c := n.joinConn
		n.joinBy = Never
		if c == n.upConn {
			t.upstreamLost()
		} else {
			t.hangUp(c, TimedOut)
		}
		n = t.node()
	}
	w := t.trouble()
	if w.pongBy <= now {
		pinged := w.pongBy - t.cfg.QueryTimeout
		w.pongBy = Never
		t.setTrouble(w)
		if t.peer(n.upConn).heard < pinged {
			t.upstreamLost()
			n, w = t.node(), t.trouble()
		}
	}
	// A peer that sent bad data is not followed before it may be asked: streams would wait for it without a timer.
	if w.retryAt <= now {
		w.retryAt = max(w.retryAt, t.bannedUntil(n.fallback))
	}
	if w.rejoinAt <= now {
		w.rejoinAt = max(w.rejoinAt, t.bannedUntil(n.master))
	}
	retry := w.retryAt <= now
	if retry {
		w.retryAt = Never
	}
	t.setTrouble(w)
	if retry && n.up == 0 {
		n.rec.Failovers++
		t.note(FellBack, n.fallback)
		t.follow(n.fallback, t.dial(n.fallback))
		n = t.node()
	}
	if w = t.trouble(); w.rejoinAt <= now {
		w.rejoinAt = Never
		if n.up == 0 && n.fallback != 0 && w.retryAt == Never {
			w.retryAt = now.After(t.cfg.RetryAfter) // Both are away: try either.
		}
		t.setTrouble(w)
		if n.up != n.master {
			t.join()
			if n = t.node(); n.up == 0 && n.fallback == 0 {
				t.follow(n.master, n.joinConn) // Nobody else to ask: streams may queue their requests at once.
			}
		}
	}
	t.armMember()
}
