package core

import "peerstreamer/core/slab"

// Policy is what a streaming policy decides: whom to ask, for what, when, whom to serve, what to announce. The node
// (Swarm) carries it out: connections, timeouts, the cache, streams, failover and playout are its business.
//
// One Policy value serves all nodes of one Network, one callback at a time, and keeps its state per stream in a Slab
// indexed by Stream.Slot. Embed Defaults and write Plan; override the rest where the idea needs it. Randomness comes
// from Stream.Below, never from elsewhere, or runs will not repeat.
type Policy interface {
	// Plan is called whenever something that may change the plan for a stream has happened, and asks through s for what
	// it wants next. It must not keep s. It is called again after each event; asking for nothing is a fine answer.
	Plan(s *Stream, e Event)

	// Parents says whom a node looks to: its master, the fallback when that is lost, and whether it registers as the
	// master's child. It is called when the node starts.
	Parents(b Boot) (master, fallback NodeID, member bool)

	// Announce says who is told that a chunk is now here (added) or gone.
	Announce(n *Node, id ChunkID, added bool) Audience

	// Message receives a peer's message of a kind from MsgPolicy on, sent by Node.Send or Stream.Send.
	Message(n *Node, peer NodeID, m Msg)

	// Fork returns an independent copy of the policy and all its state.
	Fork() Policy
}

// Ranker is a Policy that does not serve uploads in the order in which they were asked for. Write
//
//	var _ core.Ranker = (*MyPolicy)(nil)
//
// beside a policy that is meant to be one: a Rank of another signature is no error otherwise, only without effect.
type Ranker interface {
	// Rank orders the uploads that wait for one of a node's slots: the lowest goes first, equals in the order they
	// came. Without slots every upload starts at once and Rank is not called.
	Rank(n *Node, u Upload) int64
}

// Audience says who hears of a change in a node's cache.
type Audience uint8

const (
	Nobody   Audience = 0
	ToMaster Audience = 1 // more are bits: 2, 4 and so on
)

// EventKind says why Plan is called.
type EventKind uint8

const (
	Opened   EventKind = iota + 1 // the stream is new, or went to another place: state starts afresh
	Moved                         // the reader took chunks; the window has moved on
	Arrived                       // Chunk is whole and in the cache
	Failed                        // a request to Peer for Chunk ended without it, because Why
	Peers                         // the answer to a query: NPeers of IDs have Chunk, and Holds tells what else
	NoPeers                       // a query ended without an answer, because Why
	Upstream                      // Stream.Master has changed, or can be reached again
	Woken                         // the time set with Stream.Wake has come
)

// Event tells a policy what happened on a stream.
type Event struct {
	Kind  EventKind
	Why   Reason
	Peer  NodeID
	Chunk uint32
	Msg   *Msg // Peers: the answer, valid during the call
}

// Upload describes a waiting upload to a Ranker.
type Upload struct {
	Peer     NodeID
	Span     Span
	Since    Time // when it was asked for
	OnStream bool // a child's or a client's stream waits for it, not a sibling
}

// Defaults are the decisions a policy need not make: follow the tree, report all changes to the master.
type Defaults struct{}

// Parents follows the tree.
func (Defaults) Parents(b Boot) (master, fallback NodeID, member bool) {
	return b.Master, b.Supermaster, true
}

// Announce tells the master.
func (Defaults) Announce(*Node, ChunkID, bool) Audience { return ToMaster }

// Message ignores what it does not know.
func (Defaults) Message(*Node, NodeID, Msg) {}

// Slab is a policy's state per stream: one T for each of a Network's streams, in flat memory. T should hold no pointers,
// so that a million streams cost the collector nothing and Clone is a copy.
type Slab[T any] struct{ rows slab.Slab[T] }

// At returns the state of the stream in a slot, zero if it was never set.
func (s *Slab[T]) At(slot uint32) *T { return s.rows.Reach(slot) }

// Reset makes the state in a slot zero and returns it.
func (s *Slab[T]) Reset(slot uint32) *T {
	var zero T
	row := s.At(slot)
	*row = zero
	return row
}

// Clone returns an independent copy, for Policy.Fork.
func (s *Slab[T]) Clone() Slab[T] { return Slab[T]{s.rows.Clone()} }
