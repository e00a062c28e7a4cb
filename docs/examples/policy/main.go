// Command rarest is psim with one more policy, written outside Peerstreamer's tree: rarest chunk first, two requests in
// flight. docs/policies.md explains it. Try: go run . -scenario flashcrowd.toml -policy rarest
package main

import (
	"math/bits"
	"os"
	"slices"

	"peerstreamer/core"
	"peerstreamer/scenarios"
)

func main() {
	scenarios.Register("rarest", "rarest chunk first, a few requests in flight", func(p *scenarios.Params) (core.Policy, error) {
		return &rarest{inFlight: int(p.Int("in_flight", 2, "requests of a stream at a time"))}, nil
	})
	os.Exit(scenarios.Main(os.Args[1:], os.Stdout, os.Stderr))
}

// rarest is the policy: one value for all nodes of a run, with a row of state per stream.
type rarest struct {
	core.Defaults
	inFlight int
	state    core.Slab[known]
}

// known is what the master last said of a stream's neighbours: IDs[i] has chunk Chunk+j if bit j of Holds(i) is set.
type known struct {
	peers core.Msg
	asked bool
}

func (p *rarest) Fork() core.Policy { return &rarest{inFlight: p.inFlight, state: p.state.Clone()} }

// Plan asks for the next chunk to be read, then for the rarest of the window, each from a random holder, or from the
// master if none of the neighbours has it.
func (p *rarest) Plan(s *core.Stream, e core.Event) {
	st := p.state.At(s.Slot())
	switch e.Kind {
	case core.Opened:
		*st = known{}
	case core.Peers:
		st.peers, st.asked = *e.Msg, true
	case core.NoPeers, core.Upstream:
		st.asked = false
	case core.Failed:
		if i := slices.Index(st.peers.IDs[:], e.Peer); i >= 0 {
			st.peers.IDs[i] = 0 // Not asked again until the master names it again.
		}
		if e.Peer == s.Master() {
			s.Wake(s.Now() + s.Config().RetryAfter) // It is busy or away: do not press it.
			return
		}
	}
	if !st.asked || s.Position() >= st.peers.Chunk+4 {
		s.Query(s.Position(), 16)
	}
	for more := st.asked; more && s.Master() != 0 && s.InFlight() < p.inFlight; {
		chunk, holders, found := st.choose(s)
		kind, peer := core.MsgGetOnce, s.Master() // Nobody near has it: the master may fetch it for us.
		for n := bits.OnesCount8(holders); n > 1 && s.Below(uint32(n)) > 0; n-- {
			holders &= holders - 1 // Any of them, with the same chance.
		}
		if holders != 0 {
			kind, peer = core.MsgGetHere, st.peers.IDs[bits.TrailingZeros8(holders)]
		}
		more = found && s.Get(peer, chunk, kind)
	}
}

// choose returns the chunk to ask for and, as bits, which of the neighbours have it.
func (st *known) choose(s *core.Stream) (chunk uint32, holders uint8, ok bool) {
	least, ties := core.MaxPeers, uint32(0)
	for c, more := s.Absent(0); more; c, more = s.Absent(c + 1) {
		var have uint8
		for i := range int(st.peers.NIDs) {
			if j := c - st.peers.Chunk; st.peers.IDs[i] != 0 && j < 16 && st.peers.Holds(i)>>j&1 == 1 {
				have |= 1 << i
			}
		}
		if c == s.Position() {
			return c, have, true // Playback needs it next, rare or not.
		}
		n := bits.OnesCount8(have)
		if n < least {
			least, ties = n, 0
		}
		if n == least {
			if ties++; s.Below(ties) == 0 { // Equals are drawn, so that neighbours differ.
				chunk, holders, ok = c, have, true
			}
		}
	}
	return chunk, holders, ok
}
