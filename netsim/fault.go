package netsim

import (
	"slices"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// Hang stops node n as SIGSTOP would. Its callbacks wait, its flows in both directions stand still, and its peers hear
// nothing, not even an answer to a dial. What arrives waits for Resume. It does nothing if n is not running then.
func (s *Sim) Hang(at core.Time, n core.NodeID) { s.script(at, event{kind: evHang, a: uint32(n)}) }

// Resume lets a hung node go on: what has waited happens at once, in the order in which it came.
func (s *Sim) Resume(at core.Time, n core.NodeID) { s.script(at, event{kind: evResume, a: uint32(n)}) }

// Relink changes a node's rates, slots and store from then on. Its latency, connections and site stay as they were.
// If it has more slots, uploads that wait begin when the next one ends.
func (s *Sim) Relink(at core.Time, n core.NodeID, l Link) {
	l.validate()
	i := s.links.Alloc()
	*s.links.At(i) = l
	s.script(at, event{kind: evRelink, a: uint32(n), c: i})
}

// Corrupt damages a chunk in a node's store, until the node drops it or starts with a store without it. What a source owns
// stays damaged. Whoever is sent any of it finds out at the first piece.
func (s *Sim) Corrupt(at core.Time, n core.NodeID, id core.ChunkID) {
	s.script(at, event{kind: evCorrupt, a: uint32(n), b: uint32(id.Video), c: id.Chunk})
}

// badChunk is a damaged chunk. There are few of them.
type badChunk struct {
	node core.NodeID
	id   core.ChunkID
}

func (s *Sim) corruptChunk(e event) {
	n := core.NodeID(e.a)
	s.nodes[n].corrupts = true
	s.bad = append(s.bad, badChunk{n, core.ChunkID{Video: core.Video(e.b), Chunk: e.c}})
}

// isBad reports whether a node's copy of a chunk is damaged.
func (s *Sim) isBad(n core.NodeID, id core.ChunkID) bool {
	if !s.nodes[n].corrupts {
		return false
	}
	for _, b := range s.bad {
		if b == (badChunk{n, id}) {
			return true
		}
	}
	return false
}

// mendLost forgets the damage of chunks that a node starts without.
func (s *Sim) mendLost(n core.NodeID, b *core.Boot) {
	if !s.nodes[n].corrupts {
		return
	}
	s.bad = slices.DeleteFunc(s.bad, func(c badChunk) bool {
		return c.node == n && !slices.Contains(b.Held, c.id) &&
			!slices.ContainsFunc(b.Owns, func(d core.VideoDesc) bool { return d.Video == c.id.Video })
	})
}

// mend forgets the damage of a chunk that a node has dropped.
func (s *Sim) mend(n core.NodeID, id core.ChunkID) {
	if !s.nodes[n].corrupts {
		return
	}
	for i, b := range s.bad {
		if b == (badChunk{n, id}) {
			s.bad = append(s.bad[:i], s.bad[i+1:]...)
			return
		}
	}
}

func (s *Sim) relinkNode(e event) {
	l := *s.links.At(e.c)
	s.links.Release(e.c)
	s.relink(core.NodeID(e.a), l.access())
}

// relink gives a node another access.
func (s *Sim) relink(id core.NodeID, a access) {
	n := &s.nodes[id]
	was := *s.accesses.rows.At(n.access)
	if was.uplink != a.uplink {
		s.fluid.SetCapacity(n.up, maxmin.ShareOf(a.uplink))
	}
	if was.downlink != a.downlink {
		s.fluid.SetCapacity(n.down(), maxmin.ShareOf(a.downlink))
	}
	n.access = s.accesses.of(a)
}

func (s *Sim) hangNode(id core.NodeID) {
	if n := &s.nodes[id]; n.state == running {
		n.state = hung
		s.arrangeNode(id)
	}
}

func (s *Sim) resumeNode(id core.NodeID) {
	if n := &s.nodes[id]; n.state == hung {
		n.state = running
		s.arrangeNode(id)
		s.unpark(id)
	}
}

// arrangeNode starts or stops the flows of all of a node's connections, in both directions.
func (s *Sim) arrangeNode(id core.NodeID) {
	for i := s.nodes[id].ends; i != 0; i = s.ends.At(i).next {
		s.arrange(i)
		if peer, ok := s.peer(i); ok {
			s.arrange(peer)
		}
	}
}

// parked is an event that waits for a hung node.
type parked struct {
	event event
	next  uint32
}

func (s *Sim) park(id core.NodeID, e event) {
	i := s.parked.Alloc()
	*s.parked.At(i) = parked{event: e}
	n := &s.nodes[id]
	if n.parked == 0 {
		n.parked = i
	} else {
		s.parked.At(n.lastPark).next = i
	}
	n.lastPark = i
}

// unpark lets what has waited for a node happen. The node must not be hung any more, or it would wait again.
func (s *Sim) unpark(id core.NodeID) {
	for i := s.nodes[id].parked; i != 0; i = s.nodes[id].parked {
		p := *s.parked.At(i)
		s.nodes[id].parked = p.next
		s.parked.Release(i)
		s.dispatch(p.event)
	}
}
