package core

// LossHandler is a Machine that wants to hear of chunks that the store has lost after it had told of them. A store on a
// disk finds out late, when the bytes are wanted, that they are damaged or cannot be read; the simulator's loses nothing.
type LossHandler interface {
	// OnLost says that a whole chunk is not in the store any more.
	OnLost(net Network, self NodeID, id ChunkID)
}

var _ LossHandler = (*Swarm)(nil)

// OnLost implements LossHandler: the chunk is taken back where it was announced, and streams that need it fetch it again.
// A viewer that was told it could read the chunk finds that it cannot.
func (s *Swarm) OnLost(net Network, self NodeID, id ChunkID) {
	t, ok := s.turn(net, self)
	if !ok || !t.cached(id) {
		return
	}
	t.drop(id)
	t.planFor(id, 0, Event{Kind: Moved})
}
