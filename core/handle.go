package core

// What a policy sees and may do. The handles are valid during the call that received them.

// Stream is a policy's handle on one reader's stream.
type Stream struct {
	t    turn
	slot uint32
}

// ChunkState says where a chunk is.
type ChunkState uint8

const (
	Absent ChunkState = iota
	Asked             // a request for it is on its way, for this stream or another of the node
	Here              // whole, in the cache
)

func (s *Stream) row() *stream { return s.t.streams.At(s.slot) }

// Slot returns a small number that no other open stream of this Network has: the place of its state in a Slab.
func (s *Stream) Slot() uint32 { return s.slot }

// Node returns the handle of the stream's node.
func (s *Stream) Node() *Node {
	s.t.nodeHandle = Node{s.t}
	return &s.t.nodeHandle
}

// Now returns the node's clock.
func (s *Stream) Now() Time { return s.t.now() }

// Info returns the manifest's facts of the stream's video.
func (s *Stream) Info() VideoInfo { return s.t.infos[s.row().video] }

// Config returns the node's constants.
func (s *Stream) Config() *Config { return &s.t.cfg }

// Position returns the chunk that is read next.
func (s *Stream) Position() uint32 { return s.row().pos }

// End returns the chunk after the last that the stream wants now.
func (s *Stream) End() uint32 { r := s.row(); return r.pos + s.t.window(r) }

// State tells where a chunk is. O(requests of the node).
func (s *Stream) State(chunk uint32) ChunkState {
	id := ChunkID{s.row().video, chunk}
	if s.t.here(id) {
		return Here
	}
	if p := s.t.partialOf(id); p != 0 && s.t.partials.At(p).requests > 0 {
		return Asked
	}
	return Absent
}

// Absent returns the first chunk of the window from a given one on that is neither here nor asked for.
func (s *Stream) Absent(from uint32) (chunk uint32, ok bool) {
	for c := max(from, s.Position()); c < s.End(); c++ {
		if s.State(c) == Absent {
			return c, true
		}
	}
	return 0, false
}

// Missing returns the first chunk of the window from a given one on that is not here, asked for or not.
func (s *Stream) Missing(from uint32) (chunk uint32, ok bool) {
	for c := max(from, s.Position()); c < s.End(); c++ {
		if s.State(c) != Here {
			return c, true
		}
	}
	return 0, false
}

// InFlight returns how many requests of this stream are on their way.
func (s *Stream) InFlight() (n int) {
	for h := s.t.node().requests; h != 0; h = s.t.requests.At(h).next {
		if s.t.requests.At(h).stream == s.slot {
			n++
		}
	}
	return n
}

// Asking reports whether a query of this stream is on its way.
func (s *Stream) Asking() bool { return s.t.errand(s.row()).conn != 0 }

// Due returns when playback needs a chunk's first byte if it does not stall before, and Never if nobody plays here.
func (s *Stream) Due(chunk uint32) Time {
	if w := s.row().view; w != 0 && chunk < s.row().end {
		v := s.t.viewOf(w)
		return v.play.Reaches(s.t.pace(v), Bytes(chunk)*s.Info().ChunkSize)
	}
	return Never
}

// Master returns who serves as master now: the master, the fallback while that is lost, 0 if there is nobody.
func (s *Stream) Master() NodeID { return s.t.node().up }

// Query asks the master who has a chunk; n > 1 asks what those peers have of the n-1 chunks after it too. The answer is
// Peers or NoPeers. It reports false if there is no master or a query is on its way already. n is at most 16.
func (s *Stream) Query(chunk uint32, n uint8) bool { return s.query(chunk, n, 0) }

// QueryEarly is Query for one chunk that the stream is going to fetch now, from whoever the answer names. It also names
// peers that said so before; their Holds are nothing. They pass the chunk on while it arrives: a MsgGetOnce of it waits
// there, a MsgGetHere does not.
func (s *Stream) QueryEarly(chunk uint32) bool { return s.query(chunk, 1, QueryEarly) }

func (s *Stream) query(chunk uint32, n, how uint8) bool {
	t, c := s.t, s.t.node().upConn
	r := s.row()
	e := t.errand(r)
	if c == 0 || e.conn != 0 || n == 0 || n > 16 {
		return false
	}
	e.conn, e.chunk, e.by = c, chunk, t.now().After(t.cfg.QueryTimeout)
	t.setErrand(r, e)
	t.node().rec.Queries++
	t.net.Send(c, Msg{Kind: MsgQuery, Video: r.video, Chunk: chunk, First: how, N: n})
	t.armRequest(e.by)
	return true
}

// Get asks a peer for what is missing of a chunk: MsgGetHere if it has the chunk now, MsgGet in order on a stream that
// the peer keeps for us, MsgGetOnce out of order from a peer that may fetch it first. The end is Arrived or Failed,
// or only Moved where the reader has taken the chunk at once. It reports false if nothing was asked: the chunk is here or
// already asked of that peer, the peer sent bad data lately, the number of the stream at the peer is still on its way (a
// Moved or another event follows), or a MsgGet does not follow in order on those that are on their way.
func (s *Stream) Get(peer NodeID, chunk uint32, kind MsgKind) bool {
	r := s.row()
	whole := s.t.infos[r.video].Whole(ChunkID{r.video, chunk})
	if p := s.t.partialOf(whole.ID()); p != 0 {
		first := s.t.partials.At(p).have.prefix()
		whole.First, whole.N = first, whole.N-first
	}
	return s.GetPieces(peer, whole, kind)
}

// GetPieces is Get for some pieces of a chunk, so that one chunk may come from several peers.
func (s *Stream) GetPieces(peer NodeID, span Span, kind MsgKind) bool {
	r := s.row()
	span.Video = r.video
	if kind != MsgGet && kind != MsgGetHere && kind != MsgGetOnce {
		panic("core: Stream.Get of a kind that is no get")
	}
	if span.Chunk < r.pos || span.Chunk >= s.End() || span.End() > s.Info().Pieces(span.Chunk) {
		return false
	}
	return s.t.requestPieces(s.slot, peer, span, kind)
}

// Cancel withdraws the request to a peer for a chunk, and if it is a MsgGet those for later chunks that wait behind it on
// the peer's stream. No event follows.
func (s *Stream) Cancel(peer NodeID, chunk uint32) {
	for h := s.t.node().requests; h != 0; h = s.t.requests.At(h).next {
		if r := s.t.requests.At(h); r.stream == s.slot && r.peer == peer && r.span.Chunk == chunk {
			s.t.withdraw(h)
			s.row().replan = false // It is planning now.
			return
		}
	}
}

// Progress returns how many bytes have come from a peer for a chunk, and since when they are awaited; false if nothing
// is asked there.
func (s *Stream) Progress(peer NodeID, chunk uint32) (Bytes, Time, bool) {
	for h := s.t.node().requests; h != 0; h = s.t.requests.At(h).next {
		if r := s.t.requests.At(h); r.stream == s.slot && r.peer == peer && r.span.Chunk == chunk {
			return s.t.net.Received(r.conn, r.span), r.asked, true
		}
	}
	return 0, 0, false
}

// Wake asks for a Woken event at a moment; a later call moves it, Never clears it.
func (s *Stream) Wake(at Time) {
	e := s.t.errand(s.row())
	e.wake = at
	s.t.setErrand(s.row(), e)
	if w := s.t.trouble(); at < w.wakeAt {
		w.wakeAt = at
		s.t.setTrouble(w)
		s.t.net.SetTimer(timerWake, at)
	}
}

// wakesDue wakes the streams whose time has come.
func (t turn) wakesDue() {
	now, first := t.now(), Never
	w := t.trouble()
	w.wakeAt = Never
	t.setTrouble(w)
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		if e := t.errand(t.streams.At(h)); e.wake <= now {
			e.wake = Never
			t.setErrand(t.streams.At(h), e)
			t.plan(h, Event{Kind: Woken})
		}
	}
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		first = min(first, t.errand(t.streams.At(h)).wake)
	}
	if w = t.trouble(); first < w.wakeAt {
		w.wakeAt = first
		t.setTrouble(w)
		t.net.SetTimer(timerWake, first)
	}
}

// Below draws a number in 0..n-1 from the node's stream of randomness.
func (s *Stream) Below(n uint32) uint32 { return Below(s.t.net.Rand(), n) }

// Node is a policy's handle on one node.
type Node struct{ t turn }

// ID returns the node's handle.
func (n *Node) ID() NodeID { return n.t.self }

// Now returns the node's clock.
func (n *Node) Now() Time { return n.t.now() }

// Master returns who serves as master now, 0 if there is nobody.
func (n *Node) Master() NodeID { return n.t.node().up }

// Has reports whether the node has a whole chunk.
func (n *Node) Has(id ChunkID) bool { return n.t.here(id) }

// Below draws a number in 0..k-1 from the node's stream of randomness.
func (n *Node) Below(k uint32) uint32 { return Below(n.t.net.Rand(), k) }

// Send sends a policy's own message, of a kind from MsgPolicy to MsgPolicyLast, to a peer. Other kinds panic: they are the
// node's.
func (n *Node) Send(to NodeID, m Msg) {
	if m.Kind < MsgPolicy || m.Kind > MsgPolicyLast {
		panic("core: Node.Send of a kind that is not a policy's")
	}
	if to != 0 && to != n.t.self {
		n.t.net.Send(n.t.dial(to), m)
	}
}
