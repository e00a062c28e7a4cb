package core

// The tree seen from above: a node and its children. A child registers with all it holds and reports each change; the
// directory answers queries from that. A silent child is pinged, and dropped when it does not answer. Its connection is
// closed, so that a child wrongly thought dead learns it and returns.

// onRegister adopts a child, in place of what it was before.
func (t turn) onRegister(c Conn, m Msg) {
	n, name := t.node(), m.name()
	if name == 0 {
		t.bad(c, m)
		return
	}
	if k := t.directory().named(name); k != 0 && t.directory().conn(k) != c {
		t.hangUp(t.directory().conn(k), Replaced) // The same node at another address, or on a new connection.
	}
	t.disown(c)
	p := t.peer(c)
	p.child, p.kid = true, t.directory().join(c, name)
	n.children++
	if p.reach != reachAll {
		n.inward = true
		t.directory().turnInward(p.kid)
	}
	t.note(ChildJoined, p.id)
	t.net.Send(c, Msg{Kind: MsgRegistered})
	if n.children == 1 {
		t.net.SetTimer(timerPing, t.now().After(t.cfg.PingEvery/3))
	}
}

// directory returns what the node knows of its children. A node that never had one gets an empty one only here.
func (t turn) directory() *directory {
	n := t.node()
	if n.directory == 0 {
		n.directory, _ = t.directories.take()
	}
	return t.directories.At(n.directory)
}

// disown forgets a child and what it held.
func (t turn) disown(c Conn) {
	n, p := t.node(), t.peer(c)
	if !p.child {
		return
	}
	t.directory().leave(p.kid)
	p.child, p.kid, p.pinged = false, 0, 0
	n.children--
	t.note(ChildLeft, p.id)
}

// onHeld notes what a child brought along.
func (t turn) onHeld(c Conn, m Msg) {
	p := t.peer(c)
	if !p.child {
		t.bad(c, m)
		return
	}
	for i := uint32(0); i < 128; i++ {
		if m.Mask[i/32]>>(i%32)&1 == 1 && t.plausible(m.Video, m.Chunk+i) {
			t.directory().add(p.kid, ChunkID{m.Video, m.Chunk + i}, t.info(m.Video).Chunks())
		}
	}
}

// onReport notes a change at a child.
func (t turn) onReport(c Conn, m Msg) {
	p := t.peer(c)
	if !p.child || !t.plausible(m.Video, m.Chunk) || m.Aux != ReportAdded && m.Aux != ReportDeleted {
		t.bad(c, m)
		return
	}
	if m.Aux == ReportAdded {
		t.directory().add(p.kid, m.ID(), t.info(m.Video).Chunks())
	} else {
		t.directory().remove(p.kid, m.ID())
	}
}

// plausible bounds what a child may claim: chunks that the video has, or few where its manifest is not known here.
func (t turn) plausible(v Video, chunk uint32) bool {
	if v == 0 {
		return false
	}
	if int(v) < len(t.infos) && t.infos[v].Length > 0 {
		return chunk < t.infos[v].Chunks()
	}
	return chunk < 1<<16
}

// onQuery names children that hold a chunk and can be dialled, and to a child that asks early those that are about to, whose
// Holds are nothing: at most MaxPeers, drawn at random, never the asker. Aux counts the holders.
func (t turn) onQuery(c Conn, m Msg) {
	if m.Video == 0 || m.N == 0 || m.N > 16 {
		t.bad(c, m)
		return
	}
	d := t.directory()
	a := Msg{Kind: MsgPeers, Video: m.Video, Chunk: m.Chunk, First: m.First, N: m.N}
	var kids [MaxPeers]uint32
	var asker uint32
	if p := t.peer(c); p.child {
		asker = p.kid
	}
	named, all := d.sample(m.ID(), asker, kids[:], t.net)
	a.Aux = all
	for _, k := range kids[:named] {
		a.IDs[a.NIDs] = t.peer(d.conn(k)).id
		a.setHolds(int(a.NIDs), d.window(k, m.ID(), m.N))
		a.NIDs++
	}
	if m.First == QueryEarly && asker != 0 && t.cfg.Relay == RelayPiece {
		for _, k := range kids[named : named+d.coming.next(m.ID(), asker, kids[named:])] {
			a.IDs[a.NIDs] = t.peer(d.conn(k)).id
			a.NIDs++
		}
	}
	t.net.Send(c, a)
}

// pingChildren looks after the children, three times in PingEvery: who was silent for two thirds of it is pinged, who
// owes an answer for PingTimeout is dropped. So an idle child is pinged every PingEvery, a busy one never, and a hung
// one is gone between PingTimeout and PingEvery+PingTimeout after its last word.
func (t turn) pingChildren() {
	now := t.now()
	if t.node().children == 0 {
		return
	}
	for i := 1; i < len(t.directory().kids); i++ {
		c := t.directory().kids[i].conn
		if c == 0 {
			continue
		}
		switch p := t.peer(c); {
		case p.pinged == 0 && p.heard.After(t.cfg.PingEvery*2/3) <= now:
			p.pinged = now
			t.net.Send(c, Msg{Kind: MsgPing})
		case p.pinged != 0 && p.pinged.After(t.cfg.PingTimeout) <= now:
			t.hangUp(c, TimedOut)
		}
	}
	t.net.SetTimer(timerPing, now.After(t.cfg.PingEvery/3))
}
