package core

// What those who look at a million nodes and viewers again and again want to know, without the rest of their records.

// Payload is what a node received from whom over all its lives: bytes of chunks, and whole chunks.
type Payload struct {
	FromSource, FromMaster, FromSibling Bytes
	ChunksFetched                       uint32
}

// Payload returns what a node received so far. O(1).
func (s *Swarm) Payload(id NodeID) Payload {
	if !s.nodes.Has(uint32(id)) {
		return Payload{}
	}
	r := &s.nodes.At(uint32(id)).rec
	return Payload{r.FromSource, r.FromMaster, r.FromSibling, r.ChunksFetched}
}

// ViewState returns what a viewer was doing when its node last looked at it, Waiting if it was never opened: the State
// that View returns. O(1).
func (s *Swarm) ViewState(w View) ViewState {
	if !s.views.Has(uint32(w)) || s.views.At(uint32(w)).node == 0 {
		return Waiting
	}
	v := s.views.At(uint32(w))
	if v.stopped && v.play.State != Ended {
		return Gone
	}
	return v.play.State
}
