package core

import "fmt"

// Audit returns what is wrong with the books of a Swarm between two callbacks: lists and counts that disagree, rows
// that nobody owns, holds that nobody has, waiting without a timer.
func (s *Swarm) Audit() (faults []string) {
	fault := func(id NodeID, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("node %d: ", id)+fmt.Sprintf(format, args...))
	}
	var streams, requests, partials, uploads, entries int
	for i := 1; i < len(s.nodes.rows); i++ {
		id, n := NodeID(i), s.nodes.at(uint32(i))
		if !n.running {
			continue
		}
		t := turn{Swarm: s, self: id}
		locks := map[ChunkID]int{}
		readers, waits, asked := map[Conn]uint32{}, map[uint32]uint32{}, map[uint32]int{}

		open := map[uint32]bool{}
		prev := uint32(0)
		for h := n.streams; h != 0; h = s.streams.at(h).next {
			r := s.streams.at(h)
			if r.prev != prev {
				fault(id, "stream %d: prev is %d, want %d", h, r.prev, prev)
			}
			prev, open[h] = h, true
			for b := uint32(0); b < 64; b++ {
				if r.held>>b&1 == 1 {
					locks[ChunkID{r.video, r.pos + b}]++
				}
			}
			if r.conn != 0 {
				readers[r.conn]++
			}
			if r.opening && t.opener(h) == 0 {
				fault(id, "stream %d waits for a number upstream, but no get asks for one", h)
			}
			if r.upConn != 0 && !t.mine(r.upConn) {
				fault(id, "stream %d reads from a connection that is closed", h)
			}
			if (r.askConn != 0) != (r.askBy != Never) || r.askBy < n.deadline {
				fault(id, "stream %d: query on %d due at %d, timer at %d", h, r.askConn, r.askBy, n.deadline)
			}
			if r.wakeAt < n.wakeAt {
				fault(id, "stream %d wakes at %d, timer at %d", h, r.wakeAt, n.wakeAt)
			}
		}
		if len(open) != int(n.nstreams) {
			fault(id, "%d streams, counted as %d", len(open), n.nstreams)
		}
		streams += len(open)

		for h := n.requests; h != 0; h = s.requests.at(h).next {
			r := s.requests.at(h)
			requests++
			asked[r.partial]++
			if !open[r.stream] || !t.mine(r.conn) || s.partials.at(r.partial).id != r.span.ID() {
				fault(id, "request %+v of a stream, connection or chunk that is gone", *r)
			}
			if r.deadline < n.deadline {
				fault(id, "request due at %d, timer at %d", r.deadline, n.deadline)
			}
		}

		fed, feeding := map[uint32]bool{}, 0
		for h := n.partials; h != 0; h = s.partials.at(h).next {
			p := s.partials.at(h)
			partials++
			if int(p.requests) != asked[h] {
				fault(id, "chunk %v is asked for %d times, counted as %d", p.id, asked[h], p.requests)
			}
			if t.here(p.id) {
				fault(id, "chunk %v is whole and arriving", p.id)
			}
			for u := p.uploads; u != 0; u = s.uploads.at(u).nextOf {
				fed[u] = true
				if s.uploads.at(u).partial != h {
					fault(id, "upload %d is in the list of chunk %v, which it does not send", u, p.id)
				}
			}
		}

		slots, queued, mine := int32(0), 0, 0
		children, conns := uint32(0), 0
		prev = 0
		for c := n.peers; c != 0; c = s.peers.at(c).next {
			p := s.peers.at(c)
			conns++
			if p.node != id || p.prev != prev {
				fault(id, "connection %d is %+v, want prev %d", c, *p, prev)
			}
			prev = c
			if p.child {
				children++
				if n.directory.conn(p.kid) != Conn(c) {
					fault(id, "child %d is on connection %d, the directory says %d", p.kid, c, n.directory.conn(p.kid))
				}
			}
			if p.readers != readers[Conn(c)] {
				fault(id, "connection %d reads %d streams, counted as %d", c, readers[Conn(c)], p.readers)
			}
			last, gets := uint32(0), uint32(0)
			for u := p.uploads; u != 0; u = s.uploads.at(u).next {
				up := s.uploads.at(u)
				mine, gets = mine+1, gets+1
				if up.conn != Conn(c) || up.prev != last || up.stream != 0 && !open[up.stream] {
					fault(id, "upload %d is %+v on connection %d", u, *up, c)
				}
				last = u
				if up.stream != 0 {
					waits[up.stream]++
				}
				if up.slot {
					slots++
				}
				if up.state == uploadQueued {
					queued++
				}
				if up.locked {
					locks[up.span.ID()]++
				}
				if up.partial != 0 {
					feeding++
				}
				if up.stream == 0 && up.state == uploadWaiting {
					fault(id, "upload %d to a sibling waits for nothing", u)
				}
			}
			if p.gets != gets {
				fault(id, "connection %d has %d gets, counted as %d", c, gets, p.gets)
			}
		}
		for c := range readers {
			if !t.mine(c) {
				fault(id, "a stream is read on connection %d, which is closed", c)
			}
		}
		uploads += mine
		if children != n.children {
			fault(id, "%d children, counted as %d", children, n.children)
		}
		if slots != n.uploading || queued != len(n.waiting) || feeding != len(fed) {
			fault(id, "%d slots taken of %d, %d queued of %d, %d from arriving chunks of %d", slots, n.uploading, queued,
				len(n.waiting), feeding, len(fed))
		}
		for h := range open {
			if waits[h] != s.streams.at(h).waits {
				fault(id, "%d gets wait on stream %d, counted as %d", waits[h], h, s.streams.at(h).waits)
			}
		}

		kept, free := uint32(0), 0
		for h := n.cached.oldest; h != 0; h = s.cache.entries.at(h).next {
			e := s.cache.entries.at(h)
			kept++
			if int(e.locks) != locks[e.id] {
				fault(id, "chunk %v has %d locks, %d know of it", e.id, e.locks, locks[e.id])
			}
			delete(locks, e.id)
			if e.locks == 0 {
				free++
			}
		}
		entries += int(kept)
		for c, k := range locks {
			fault(id, "%d hold chunk %v, which is not here", k, c)
		}
		if kept != n.cached.count {
			fault(id, "%d chunks kept, counted as %d", kept, n.cached.count)
		}
		for _, c := range []Conn{n.upConn, n.joinConn} {
			if c != 0 && !t.mine(c) {
				fault(id, "the upstream's connection %d is closed", c)
			}
		}
		for _, a := range n.asks {
			if !t.mine(a.conn) {
				fault(id, "a closed connection waits for the manifest of video %d", a.video)
			}
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{{"streams", s.streams.used(), streams}, {"requests", s.requests.used(), requests},
		{"partials", s.partials.used(), partials}, {"uploads", s.uploads.used(), uploads},
		{"cache entries", s.cache.entries.used(), entries}} {
		if c.got != c.want {
			fault(0, "%d rows of %s in use, nodes own %d", c.got, c.what, c.want)
		}
	}
	return faults
}

// opener returns the request that asks an upstream for a stream's number there, 0 if there is none.
func (t turn) opener(stream uint32) uint32 {
	for h := t.node().requests; h != 0; h = t.requests.at(h).next {
		r := t.requests.at(h)
		if r.stream == stream && r.kind == MsgGet && !r.numbered && r.conn == t.streams.at(stream).upConn {
			return h
		}
	}
	return 0
}

// InUse returns how many streams, requests, arriving chunks, uploads and locks all nodes together have.
func (s *Swarm) InUse() (streams, requests, partials, uploads, locks int) {
	for i := 1; i < len(s.nodes.rows); i++ {
		locks += int(s.Node(NodeID(i)).Locks)
	}
	return s.streams.used(), s.requests.used(), s.partials.used(), s.uploads.used(), locks
}

// Conns returns how many connections a node keeps.
func (s *Swarm) Conns(id NodeID) (n int) {
	for c := s.nodes.at(uint32(id)).peers; c != 0; c = s.peers.at(c).next {
		n++
	}
	return n
}
