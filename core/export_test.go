package core

import (
	"fmt"
	"math/bits"
)

// Audit returns what is wrong with the books of a Swarm between two callbacks: lists and counts that disagree, rows
// that nobody owns, holds that nobody has, waiting without a timer.
func (s *Swarm) Audit() (faults []string) {
	fault := func(id NodeID, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("node %d: ", id)+fmt.Sprintf(format, args...))
	}
	var streams, requests, partials, uploads, runs, pages, videos, errands, troubles int
	for i := 1; i < s.nodes.Len(); i++ {
		id, n := NodeID(i), s.nodes.At(uint32(i))
		if !n.running {
			continue
		}
		t := s.look(id)
		readers, waits, asked := map[Conn]uint16{}, map[uint32]uint32{}, map[uint32]int{}

		open := map[uint32]bool{}
		prev := uint32(0)
		for h := n.streams; h != 0; h = s.streams.At(h).next {
			r := s.streams.At(h)
			if r.prev != prev {
				fault(id, "stream %d: prev is %d, want %d", h, r.prev, prev)
			}
			prev, open[h] = h, true
			if r.conn != 0 {
				readers[r.conn]++
			}
			if r.opening && t.opener(h) == 0 {
				fault(id, "stream %d waits for a number upstream, but no get asks for one", h)
			}
			if r.upConn != 0 && !t.mine(r.upConn) {
				fault(id, "stream %d reads from a connection that is closed", h)
			}
			e := s.errand(r)
			if (e.conn != 0) != (e.by != Never) || e.by < n.deadline {
				fault(id, "stream %d: query on %d due at %d, timer at %d", h, e.conn, e.by, n.deadline)
			}
			if e.wake < t.trouble().wakeAt {
				fault(id, "stream %d wakes at %d, timer at %d", h, e.wake, t.trouble().wakeAt)
			}
			if r.errand != 0 {
				errands++
				if e.conn == 0 && !e.lost && e.wake == Never {
					fault(id, "stream %d has an errand, and waits for nothing", h)
				}
			}
		}
		if len(open) != int(n.nstreams) {
			fault(id, "%d streams, counted as %d", len(open), n.nstreams)
		}
		streams += len(open)

		for h := n.requests; h != 0; h = s.requests.At(h).next {
			r := s.requests.At(h)
			requests++
			asked[r.partial]++
			if !open[r.stream] || !t.mine(r.conn) || s.partials.At(r.partial).id != r.span.ID() {
				fault(id, "request %+v of a stream, connection or chunk that is gone", *r)
			}
			if r.deadline < n.deadline {
				fault(id, "request due at %d, timer at %d", r.deadline, n.deadline)
			}
		}

		fed, feeding := map[uint32]bool{}, 0
		for h := n.partials; h != 0; h = s.partials.At(h).next {
			p := s.partials.At(h)
			partials++
			if int(p.requests) != asked[h] {
				fault(id, "chunk %v is asked for %d times, counted as %d", p.id, asked[h], p.requests)
			}
			if t.here(p.id) {
				fault(id, "chunk %v is whole and arriving", p.id)
			}
			for u := p.uploads; u != 0; u = s.uploads.At(u).nextOf {
				fed[u] = true
				if s.uploads.At(u).partial != h {
					fault(id, "upload %d is in the list of chunk %v, which it does not send", u, p.id)
				}
			}
		}

		slots, queued, mine := int32(0), 0, 0
		children, conns := uint32(0), 0
		prev = 0
		for c := n.peers; c != 0; c = s.peers.At(c).next {
			p := s.peers.At(c)
			conns++
			if p.node != id || p.prev != prev {
				fault(id, "connection %d is %+v, want prev %d", c, *p, prev)
			}
			prev = c
			if p.child {
				children++
				if t.directory().conn(p.kid) != Conn(c) {
					fault(id, "child %d is on connection %d, the directory says %d", p.kid, c, t.directory().conn(p.kid))
				}
			}
			if p.readers != readers[Conn(c)] {
				fault(id, "connection %d reads %d streams, counted as %d", c, readers[Conn(c)], p.readers)
			}
			last, gets := uint32(0), uint16(0)
			for u := p.uploads; u != 0; u = s.uploads.At(u).next {
				up := s.uploads.At(u)
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
				if up.locked && !t.cached(up.span.ID()) {
					fault(id, "upload %d sends chunk %v, which is not here", u, up.span.ID())
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
		waiting := 0
		for u := n.waiting; u != 0; u = s.uploads.At(u).later {
			if waiting++; s.uploads.At(u).state != uploadQueued || s.uploads.At(u).later == 0 && n.last != u {
				fault(id, "upload %d is %+v among those that wait for a slot, the last being %d", u, *s.uploads.At(u), n.last)
			}
		}
		if slots != n.uploading || queued != waiting || feeding != len(fed) {
			fault(id, "%d slots taken of %d, %d queued of %d, %d from arriving chunks of %d", slots, n.uploading, queued,
				waiting, feeding, len(fed))
		}
		for h := range open {
			if waits[h] != uint32(s.streams.At(h).waits) {
				fault(id, "%d gets wait on stream %d, counted as %d", waits[h], h, s.streams.At(h).waits)
			}
		}

		kept, size := uint32(0), uint32(0)
		prev = 0
		for h := n.usage.oldest; h != 0; h = s.cache.runs.At(h).next {
			r := s.cache.runs.At(h)
			runs++
			for c := r.first; c < r.first+r.n; c++ {
				size += s.kib(ChunkID{r.video, c})
				if kept++; !t.cached(ChunkID{r.video, c}) {
					fault(id, "chunk %d of video %d is in the order of use and on no shelf", c, r.video)
				}
			}
			if r.prev != prev || r.next == 0 && n.usage.newest != h {
				fault(id, "run %d is %+v, want prev %d, newest %d", h, *r, prev, n.usage.newest)
			}
			prev = h
		}
		shelved := uint32(0)
		for h := n.videos; h != 0; h = s.videos.At(h).next {
			v := s.videos.At(h)
			videos++
			for _, w := range v.shelf.bits {
				shelved += uint32(bits.OnesCount64(w))
			}
			for p := v.shelf.more; p != 0; p = s.cache.pages.At(p).next {
				pages++
				for _, w := range s.cache.pages.At(p).bits {
					shelved += uint32(bits.OnesCount64(w))
				}
			}
		}
		if size != n.usage.kib {
			fault(id, "%d KiB in the order of use, counted as %d", size, n.usage.kib)
		}
		if kept != n.usage.count || shelved != kept {
			fault(id, "%d chunks in the order of use and %d on shelves, counted as %d", kept, shelved, n.usage.count)
		}
		for _, c := range []Conn{n.upConn, n.joinConn} {
			if c != 0 && !t.mine(c) {
				fault(id, "the upstream's connection %d is closed", c)
			}
		}
		if n.trouble != 0 {
			troubles++
			if t.trouble() == t.calm() {
				fault(id, "in trouble, and there is none")
			}
		}
		for h := n.asks; h != 0; h = s.asks.At(h).next {
			if a := s.asks.At(h); !t.mine(a.conn) {
				fault(id, "a closed connection waits for the manifest of video %d", a.video)
			}
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{{"streams", s.streams.Live(), streams}, {"requests", s.requests.Live(), requests},
		{"partials", s.partials.Live(), partials}, {"uploads", s.uploads.Live(), uploads},
		{"runs", s.cache.runs.Live(), runs}, {"pages", s.cache.pages.Live(), pages}, {"videos", s.videos.Live(), videos},
		{"errands", s.errands.Live(), errands}, {"troubles", s.troubles.Live(), troubles}} {
		if c.got != c.want {
			fault(0, "%d rows of %s in use, nodes own %d", c.got, c.what, c.want)
		}
	}
	return faults
}

// opener returns the request that asks an upstream for a stream's number there, 0 if there is none.
func (t turn) opener(stream uint32) uint32 {
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		r := t.requests.At(h)
		if r.stream == stream && r.kind == MsgGet && !r.numbered && r.conn == t.streams.At(stream).upConn {
			return h
		}
	}
	return 0
}

// InUse returns how many streams, requests, arriving chunks, uploads and locks all nodes together have.
func (s *Swarm) InUse() (streams, requests, partials, uploads, locks int) {
	for i := 1; i < s.nodes.Len(); i++ {
		locks += int(s.Node(NodeID(i)).Locks)
	}
	return s.streams.Live(), s.requests.Live(), s.partials.Live(), s.uploads.Live(), locks
}

// Conns returns how many connections a node keeps.
func (s *Swarm) Conns(id NodeID) (n int) {
	for c := s.nodes.At(uint32(id)).peers; c != 0; c = s.peers.At(c).next {
		n++
	}
	return n
}
