package core

// Callee is the node of a callback that comes soon, and the connection that it is about, 0 if it is about none.
type Callee struct {
	Node NodeID
	Conn Conn
}

// Warmer is a Machine that likes to know which callbacks come next, to read its records for all of them at once before
// they are needed one by one. Warm must not change anything that matters: it may never be called, and what it says may
// not come true.
type Warmer interface {
	Warm(next []Callee)
}

// Warm implements Warmer. The loads of each loop do not wait for one another, and those of the next find theirs done.
func (s *Swarm) Warm(next []Callee) {
	sum := uint64(0)
	for _, c := range next {
		if s.nodes.Has(uint32(c.Node)) {
			n := s.nodes.At(uint32(c.Node))
			sum += uint64(n.up) + uint64(n.wakeAt) + uint64(n.name) + uint64(n.rec.Queries)
		}
		if s.peers.Has(uint32(c.Conn)) {
			p := s.peers.At(uint32(c.Conn))
			sum += uint64(p.node) + uint64(p.pinged)
		}
	}
	for _, c := range next {
		if !s.nodes.Has(uint32(c.Node)) {
			continue
		}
		n := s.nodes.At(uint32(c.Node))
		if h := n.videos; h != 0 {
			v := s.videos.At(h)
			sum += uint64(v.video) + uint64(v.by)
		}
		if h := n.streams; h != 0 {
			st := s.streams.At(h)
			sum += uint64(st.conn) + uint64(st.next)
		}
		if h := n.requests; h != 0 {
			r := s.requests.At(h)
			sum += uint64(r.stream) + uint64(r.next)
		}
		if h := n.partials; h != 0 {
			sum += uint64(s.partials.At(h).next)
		}
		if h := n.views; h != 0 {
			v := s.views.At(h)
			sum += uint64(v.node) + uint64(v.play.ready) + uint64(v.next)
		}
		if h := n.directory; h != 0 {
			sum += uint64(s.directories.At(h).entries)
		}
		if s.peers.Has(uint32(c.Conn)) {
			if h := s.peers.At(uint32(c.Conn)).uploads; h != 0 {
				sum += uint64(s.uploads.At(h).next)
			}
		}
	}
	s.warmth += sum
}
