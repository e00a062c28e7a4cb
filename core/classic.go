package core

import "slices"

// Classic is the original system's policy: one peer at a time, one chunk at a time, about chunks already whole. A
// stream asks its master who has the next chunk, tries the named peers in random order, then the master itself, which
// reads ahead on its behalf. It keeps a peer as long as that peer has the next chunk, and asks again every QueryEvery
// chunks.
type Classic struct {
	Defaults
	cfg   ClassicConfig
	state Slab[classicState]
	known Slab[classicPeers] // by classicState.known
	spare []uint32           // rows of known that no stream uses
	rows  uint32             // of known
}

// ClassicConfig holds the policy's constants.
type ClassicConfig struct {
	QueryEvery uint32 // chunks fetched on one answer of the master; at least 1
	Early      bool   // siblings that are about to have a chunk are asked for it too, and pass it on while it arrives
}

// DefaultClassic returns the original's constants, and not Early, which it was not.
func DefaultClassic() ClassicConfig { return ClassicConfig{QueryEvery: 10} }

type classicState struct {
	up    NodeID // the upstream at the last look
	peer  NodeID // whom the stream reads from now; 0: the next candidate
	next  uint32 // the chunk at which the master is asked again
	known uint32 // what it knows of other peers, which most streams never need; 0: nothing
	asked bool   // the master was asked at all
	hold  bool   // after a refusal of the master, until woken
	early bool   // peer had not the chunk for which it was named: it fetches what we do, and may be waited for
}

// classicPeers is what a stream knows of peers that are not its upstream.
type classicPeers struct {
	named [MaxPeers]NodeID // candidates not tried yet
	dead  [MaxPeers]NodeID // peers that let a get time out: not tried again
	left  uint8
	ndead uint8
	early uint8 // in bits, which of named are about to have what they were named for
}

// NewClassic returns the policy. It panics if the configuration is senseless.
func NewClassic(cfg ClassicConfig) *Classic {
	if cfg.QueryEvery < 1 {
		panic("core: ClassicConfig.QueryEvery < 1")
	}
	return &Classic{cfg: cfg}
}

// Fork implements Policy.
func (p *Classic) Fork() Policy {
	return &Classic{cfg: p.cfg, state: p.state.Clone(), known: p.known.Clone(), spare: slices.Clone(p.spare), rows: p.rows}
}

// know returns what a stream knows of other peers.
func (p *Classic) know(st *classicState) *classicPeers {
	if st.known == 0 {
		if n := len(p.spare); n > 0 {
			st.known, p.spare = p.spare[n-1], p.spare[:n-1]
		} else {
			p.rows++
			st.known = p.rows
		}
		*p.known.At(st.known) = classicPeers{}
	}
	return p.known.At(st.known)
}

// open forgets what another stream in this slot knew.
func (p *Classic) open(slot uint32) *classicState {
	if known := p.state.At(slot).known; known != 0 {
		p.spare = append(p.spare, known)
	}
	return p.state.Reset(slot)
}

// Plan implements Policy.
func (p *Classic) Plan(s *Stream, e Event) {
	st := p.state.At(s.Slot())
	switch e.Kind {
	case Opened:
		st = p.open(s.Slot())
	case Peers:
		st.peer = 0
		if e.Msg.NIDs > 0 || st.known != 0 {
			p.know(st).take(s, e.Msg)
		}
		st.asked, st.next = true, e.Chunk+p.cfg.QueryEvery
	case NoPeers:
		if e.Why == BadCall { // A master that does not answer queries is asked for the data.
			st.asked, st.next = true, e.Chunk+p.cfg.QueryEvery
		}
	case Failed:
		p.failed(st, s, e)
	case Upstream:
		p.follow(st, e.Peer)
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
		if p.cfg.Early {
			s.QueryEarly(chunk)
		} else {
			s.Query(chunk, 1)
		}
		return
	}
	if st.peer != 0 && st.peer != s.Master() && s.Get(st.peer, chunk, st.sibling()) {
		return
	}
	for st.known != 0 {
		st.peer, st.early = p.know(st).another()
		if st.peer == 0 {
			break
		}
		if st.peer != s.Master() && s.Get(st.peer, chunk, st.sibling()) {
			return
		}
	}
	st.peer = s.Master()
	s.Get(st.peer, chunk, MsgGet)
}

// sibling returns how the stream's peer is asked: for what it has now, or to wait for what it fetches itself.
func (st *classicState) sibling() MsgKind {
	if st.early {
		return MsgGetOnce
	}
	return MsgGetHere
}

// take shuffles the peers that the master named, without those that are known to be dead.
func (k *classicPeers) take(s *Stream, m *Msg) {
	k.left, k.early = 0, 0
	for i, id := range m.IDs[:m.NIDs] {
		if !slices.Contains(k.dead[:k.ndead], id) {
			k.named[k.left] = id
			if m.Holds(i)&1 == 0 {
				k.early |= 1 << k.left
			}
			k.left++
		}
	}
	for i := uint32(k.left); i > 1; i-- {
		j := s.Below(i)
		k.swap(i-1, j)
	}
}

// swap exchanges two of those named.
func (k *classicPeers) swap(i, j uint32) {
	k.named[i], k.named[j] = k.named[j], k.named[i]
	if differ := (k.early>>i ^ k.early>>j) & 1; differ != 0 {
		k.early ^= 1<<i | 1<<j
	}
}

// another returns the next candidate, 0 if there is none, and whether it is only about to have what it was named for.
func (k *classicPeers) another() (id NodeID, early bool) {
	if k.left == 0 {
		return 0, false
	}
	k.left--
	return k.named[k.left], k.early>>k.left&1 != 0
}

// bury remembers a peer as dead, at the cost of an earlier one if there are too many.
func (k *classicPeers) bury(id NodeID) {
	if k.ndead == MaxPeers {
		copy(k.dead[:], k.dead[1:])
		k.ndead--
	}
	k.dead[k.ndead] = id
	k.ndead++
}

// follow notes a new upstream. The one that was lost may still be named by others as holding chunks: it is not tried
// until it is the upstream again.
func (p *Classic) follow(st *classicState, up NodeID) {
	if st.up != up && st.up != 0 {
		p.know(st).bury(st.up)
	}
	if st.known != 0 {
		k := p.know(st)
		if i := slices.Index(k.dead[:k.ndead], up); i >= 0 {
			k.ndead--
			k.dead[i] = k.dead[k.ndead]
		}
	}
	st.up, st.peer, st.hold = up, 0, false
}

// failed moves on to the next peer. When the master fails, only an answer of the master tells whether it is alive.
func (p *Classic) failed(st *classicState, s *Stream, e Event) {
	st.peer = 0
	switch {
	case e.Peer == s.Master() && e.Why == TimedOut:
		st.asked = false
		if st.known != 0 {
			p.know(st).left = 0
		}
	case e.Peer == s.Master():
		st.hold = true
		s.Wake(s.Now() + s.Config().RetryAfter)
	case e.Why == TimedOut || e.Why == Refused:
		p.know(st).bury(e.Peer)
	}
}
