package core

// Classic is the original system's policy: one peer at a time, one chunk at a time, about chunks already whole. A
// stream asks its master who has the next chunk, tries the named peers in random order, then the master itself, which
// reads ahead on its behalf. It keeps a peer as long as that peer has the next chunk, and asks again every QueryEvery
// chunks.
type Classic struct {
	Defaults
	cfg   ClassicConfig
	state Slab[classicState]
}

// ClassicConfig holds the policy's constants.
type ClassicConfig struct {
	QueryEvery uint32 // chunks fetched on one answer of the master; at least 1
}

// DefaultClassic returns the original's constants.
func DefaultClassic() ClassicConfig { return ClassicConfig{QueryEvery: 10} }

type classicState struct {
	up    NodeID           // the upstream at the last look
	peer  NodeID           // whom the stream reads from now; 0: the next candidate
	named [MaxPeers]NodeID // candidates not tried yet
	left  uint8
	ndead uint8
	dead  [MaxPeers]NodeID // peers that let a get time out: not tried again
	asked bool             // the master was asked at all
	next  uint32           // the chunk at which it is asked again
	hold  bool             // after a refusal of the master, until woken
}

// NewClassic returns the policy. It panics if the configuration is senseless.
func NewClassic(cfg ClassicConfig) *Classic {
	if cfg.QueryEvery < 1 {
		panic("core: ClassicConfig.QueryEvery < 1")
	}
	return &Classic{cfg: cfg}
}

// Fork implements Policy.
func (p *Classic) Fork() Policy { return &Classic{cfg: p.cfg, state: p.state.Clone()} }

// Plan implements Policy.
func (p *Classic) Plan(s *Stream, e Event) {
	st := p.state.At(s.Slot())
	switch e.Kind {
	case Opened:
		st = p.state.Reset(s.Slot())
	case Peers:
		st.take(s, e.Msg)
		st.asked, st.next = true, e.Chunk+p.cfg.QueryEvery
	case NoPeers:
		if e.Why == BadCall { // A master that does not answer queries is asked for the data.
			st.asked, st.next = true, e.Chunk+p.cfg.QueryEvery
		}
	case Failed:
		st.failed(s, e)
	case Upstream:
		st.follow(e.Peer)
	case Woken:
		st.hold = false
	}
	if st.up == 0 {
		st.up = s.Master()
	}
	if st.hold || s.Asking() || s.InFlight() > 0 || s.Master() == 0 {
		return
	}
	chunk, ok := s.Missing(0)
	if !ok || s.State(chunk) == Asked {
		return // All is here, or another reader of this node has asked: one chunk at a time.
	}
	if !st.asked || chunk >= st.next {
		st.peer = 0
		s.Query(chunk, 1)
		return
	}
	for st.peer == 0 && st.left > 0 {
		st.left--
		st.peer = st.named[st.left]
		if st.peer != 0 && st.peer != s.Master() && s.Get(st.peer, chunk, MsgGetHere) {
			return
		}
		st.peer = 0
	}
	if st.peer != 0 && st.peer != s.Master() && s.Get(st.peer, chunk, MsgGetHere) {
		return
	}
	st.peer = s.Master()
	s.Get(st.peer, chunk, MsgGet)
}

// take shuffles the peers that the master named, without those that are known to be dead.
func (st *classicState) take(s *Stream, m *Msg) {
	st.peer, st.left = 0, 0
	for _, id := range m.IDs[:m.NIDs] {
		dead := false
		for _, d := range st.dead[:st.ndead] {
			dead = dead || d == id
		}
		if !dead {
			st.named[st.left] = id
			st.left++
		}
	}
	for i := uint32(st.left); i > 1; i-- {
		j := s.Below(i)
		st.named[i-1], st.named[j] = st.named[j], st.named[i-1]
	}
}

// follow notes a new upstream. The one that was lost may still be named by others as holding chunks: it is not tried
// until it is the upstream again.
func (st *classicState) follow(up NodeID) {
	if st.up != up && st.up != 0 {
		st.bury(st.up)
	}
	for i, d := range st.dead[:st.ndead] {
		if d == up {
			st.ndead--
			st.dead[i] = st.dead[st.ndead]
			break
		}
	}
	st.up, st.peer, st.hold = up, 0, false
}

// bury remembers a peer as dead, at the cost of an earlier one if there are too many.
func (st *classicState) bury(id NodeID) {
	if st.ndead == MaxPeers {
		copy(st.dead[:], st.dead[1:])
		st.ndead--
	}
	st.dead[st.ndead] = id
	st.ndead++
}

// failed moves on to the next peer. When the master fails, only an answer of the master tells whether it is alive.
func (st *classicState) failed(s *Stream, e Event) {
	st.peer = 0
	switch {
	case e.Peer == s.Master() && e.Why == TimedOut:
		st.asked, st.left = false, 0
	case e.Peer == s.Master():
		st.hold = true
		s.Wake(s.Now() + s.Config().RetryAfter)
	case e.Why == TimedOut || e.Why == Refused:
		st.bury(e.Peer)
	}
}
