package core

// Direct is the client-server baseline: every stream reads in order from the source alone, no node registers anywhere
// or serves another, two gets in flight so that no round trip lies between chunks. Where the source is not known the
// master takes its place, which makes it the policy of a thin client.
type Direct struct {
	Defaults
	inFlight int
}

// NewDirect returns the policy.
func NewDirect() *Direct { return &Direct{inFlight: 2} }

// Fork implements Policy.
func (p *Direct) Fork() Policy { return &Direct{inFlight: p.inFlight} }

// Parents bypasses the tree.
func (p *Direct) Parents(b Boot) (master, fallback NodeID, member bool) {
	if b.Source != 0 {
		return b.Source, 0, false
	}
	return b.Master, b.Supermaster, false
}

// Announce tells nobody.
func (p *Direct) Announce(*Node, ChunkID, bool) Audience { return Nobody }

// Plan implements Policy.
func (p *Direct) Plan(s *Stream, e Event) {
	if e.Kind == Failed && e.Peer == s.Master() && e.Why != TimedOut {
		s.Wake(s.Now() + s.Config().RetryAfter)
		return
	}
	for s.InFlight() < p.inFlight && s.Master() != 0 {
		chunk, ok := s.Absent(0)
		if !ok || !s.Get(s.Master(), chunk, MsgGet) {
			return
		}
	}
}
