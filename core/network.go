package core

// Handles are dense and local to one Network: what is 7 here may be 9 elsewhere. A transport translates them on the
// wire. The zero value of each means none.
type (
	NodeID uint32 // a node this Network has heard of
	Video  uint32 // a video by name, whether its manifest is known or not
	View   uint32 // one viewer of one video at this node
	Conn   uint32 // this node's end of a connection; reused after it closed
	Flow   uint64 // the sender's end of one transfer: generation<<32 | slot, never reused
)

// Timer names one of a node's few deadlines.
type Timer uint8

// NumTimers bounds the timers of a node, so that a Network can keep them in an array.
const NumTimers = 7

// Limits that both networks and the wire format hold to.
const (
	MaxPieces    = 128      // pieces in a chunk
	MaxPeers     = 8        // node handles in a message
	MinChunkSize = 1 * KiB  // bytes in a chunk
	MaxChunkSize = 16 * MiB // bytes in a chunk
	MaxChunks    = 1 << 24  // chunks in a video
	MaxName      = 255      // bytes in a video's or node's name
)

// ChunkID names a chunk among all videos of a Network.
type ChunkID struct {
	Video Video
	Chunk uint32
}

// Span is pieces First..First+N-1 of one chunk. N is at least 1 and First+N at most MaxPieces.
type Span struct {
	Video    Video
	Chunk    uint32
	First, N uint8
}

// ID returns the chunk that s is part of.
func (s Span) ID() ChunkID { return ChunkID{s.Video, s.Chunk} }

// End returns the piece after the last.
func (s Span) End() uint8 { return s.First + s.N }

// Overlaps reports whether s and t share a piece.
func (s Span) Overlaps(t Span) bool {
	return s.Video == t.Video && s.Chunk == t.Chunk && s.First < t.End() && t.First < s.End()
}

// VideoInfo is what a manifest says that the protocol needs. The hashes stay with the Network.
type VideoInfo struct {
	Length    Bytes // of the whole video
	ChunkSize Bytes // of every chunk but the last, MinChunkSize..MaxChunkSize
	PieceSize Bytes // of every piece but a chunk's last; at most MaxPieces to a chunk
	Duration  Time  // of playback; 0 if unknown
}

// Chunks returns how many chunks the video has.
func (v VideoInfo) Chunks() uint32 {
	if v.ChunkSize <= 0 {
		return 0
	}
	return uint32((v.Length + v.ChunkSize - 1) / v.ChunkSize)
}

// ChunkBytes returns the size of a chunk, 0 beyond the last.
func (v VideoInfo) ChunkBytes(chunk uint32) Bytes {
	at := Bytes(chunk) * v.ChunkSize
	if at >= v.Length {
		return 0
	}
	return min(v.ChunkSize, v.Length-at)
}

// Pieces returns how many pieces a chunk has.
func (v VideoInfo) Pieces(chunk uint32) uint8 {
	return uint8((v.ChunkBytes(chunk) + v.PieceSize - 1) / v.PieceSize)
}

// Whole returns the span that is all of a chunk.
func (v VideoInfo) Whole(id ChunkID) Span {
	return Span{Video: id.Video, Chunk: id.Chunk, N: v.Pieces(id.Chunk)}
}

// Prefix returns how many bytes the first n pieces of a chunk have.
func (v VideoInfo) Prefix(chunk uint32, n uint8) Bytes {
	return min(Bytes(n)*v.PieceSize, v.ChunkBytes(chunk))
}

// SpanBytes returns how many bytes a span has.
func (v VideoInfo) SpanBytes(s Span) Bytes {
	return v.Prefix(s.Chunk, s.End()) - v.Prefix(s.Chunk, s.First)
}

// Bitrate returns length over duration, 0 if the duration is unknown.
func (v VideoInfo) Bitrate() Rate { return RateOf(v.Length, v.Duration) }

// Offer is what a sender hands to Transfer.
type Offer struct {
	Span
	Avail uint8  // pieces of the span, from its first, that are readable now; Extend raises it
	Prio  uint8  // lower is sent first; equal ones share
	Tag   uint32 // comes back in the sender's events, non-zero
}

// FlowKind says what happened to a flow.
type FlowKind uint8

const (
	FlowPieces  FlowKind = iota + 1 // receiver: Span's pieces are verified and readable; more will come
	FlowDone                        // both: the whole span is over; at the receiver verified and readable
	FlowDry                         // sender: all available pieces are sent; waiting for Extend
	FlowCut                         // both: the other end cancelled, or the connection is about to close
	FlowCorrupt                     // receiver: a piece failed verification and was thrown away; the flow is over
	FlowNoSpace                     // receiver: the store could not keep a piece; the flow is over
)

// FlowEvent reports progress of a flow to either end. Tag tells them apart: non-zero at the sender.
type FlowEvent struct {
	Kind FlowKind
	Conn Conn
	Tag  uint32 // sender: the Offer's
	Flow Flow   // sender: what Transfer returned; 0 at the receiver
	Span Span   // sender: the Offer's; receiver: FlowPieces: the pieces verified since the last event, else what was Watched
}

// Reason says why a connection closed, a request was refused or a view ended.
type Reason uint8

const (
	Fine       Reason = iota // nothing is wrong
	End                      // beyond the last chunk
	NotHere                  // this node does not have the chunk now
	NoVideo                  // no such video
	NoStream                 // no such stream, or it was reaped
	OtherVideo               // the stream is of another video
	Passed                   // the chunk is before the stream's position
	Duplicate                // the chunk is already awaited on this stream
	TooMany                  // too many requests wait, or too many streams
	BadCall                  // a message of unknown kind or senseless content
	TimedOut                 // no sign of life within the limit
	Lost                     // the connection broke, or the peer's process ended
	Refused                  // nobody listens there, or the peer wants no connection
	Cancelled                // this end no longer wants it
	BadData                  // the peer sent bytes that fail verification
	BadPeer                  // the peer broke the wire format or the protocol
	NoSpace                  // the store is full
	Stopping                 // the node leaves
	Replaced                 // a newer connection of the same peer took over
	numReasons
)

var reasonText = [numReasons]string{
	"fine", "end of video", "not here", "no such video", "no such stream", "stream is of another video",
	"before the stream's position", "already awaited", "too many requests", "bad call", "timed out", "connection lost",
	"connection refused", "cancelled", "bad data", "protocol violation", "no space", "stopping", "replaced",
}

func (r Reason) String() string {
	if r >= numReasons {
		return "unknown reason"
	}
	return reasonText[r]
}

// Limits is what a Network knows of a node's resources.
type Limits struct {
	Uplink, Downlink Rate  // 0: not limited
	Slots            int32 // uploads at a time; 0: not limited
	StoreChunks      int32 // chunks the store may hold besides a source's own videos; 0: not limited
	StoreBytes       Bytes // likewise bytes, each chunk rounded up to a KiB; 0: not limited, and at most 4 TiB
}

// Network is all that a node may do to the world. Its methods speak for the node whose callback is running, and may
// be called only inside that callback. None blocks and none returns an I/O error: failures arrive as callbacks, never
// before the running one has returned. Unknown or closed handles are ignored.
type Network interface {
	Now() Time

	// Rand draws from the node's own stream.
	Rand() uint64

	// SetTimer moves t's one deadline; Never clears it. A deadline in the past fires as soon as possible.
	SetTimer(t Timer, at Time)

	// Dial connects to peer, or returns the connection that exists or is being made. Send and Watch are allowed at once
	// and wait for OnOpen. A failed attempt ends in OnClose; a peer that never answers gives no callback at all, so the
	// caller sets a timer.
	Dial(peer NodeID) Conn

	// Close ends a connection and its flows. The caller hears nothing more of it, not even OnClose; the peer gets OnClose.
	Close(c Conn, why Reason)

	// Send queues m. Messages arrive in order or the connection closes.
	Send(c Conn, m Msg)

	// Queued returns the bytes sent on c, messages and payload, that the peer has not yet taken.
	Queued(c Conn) Bytes

	// Describe sends the manifest of a video that this node knows; the peer gets OnVideo.
	Describe(c Conn, v Video)

	// Watch says that s is expected from c, and must come before the message that asks for it: a flow that nobody
	// watches is refused. step asks for FlowPieces each time step more pieces are readable; 0 means FlowDone alone.
	// Watching the same span again only changes step. It returns how many pieces of s, from its first, are readable
	// now, whatever step was before; pieces it has thus told are not told again. A watch ends with its flow's terminal
	// event.
	Watch(c Conn, s Span, step uint8) (readable uint8)

	// Received returns how many bytes have come for a watched span, verified or not: a sign of life.
	Received(c Conn, s Span) Bytes

	// Refuse ends a watch. Its flow, now or later, is cut at the sender, and this node hears nothing more of it.
	Refuse(c Conn, s Span)

	// Transfer sends pieces from this node's store, as they become available.
	Transfer(c Conn, o Offer) Flow

	// Extend raises a flow's available pieces.
	Extend(f Flow, avail uint8)

	// Cancel ends a flow early, at the next frame's edge. This node hears nothing more of it; the receiver gets FlowCut.
	Cancel(f Flow)

	// Sent returns how much of a flow the peer's side has taken; false if the flow is over.
	Sent(f Flow) (Bytes, bool)

	// Limits returns this node's resources. They may change during a run.
	Limits() Limits

	// Drop frees a chunk's bytes in the store, partial ones too. The index is already updated.
	Drop(id ChunkID)

	// Forget drops a manifest of which no chunk is left here. The handle stays what it is, but from now on its name means
	// whichever video a peer describes by it.
	Forget(v Video)

	// Deliver tells the reader behind a view what the store cannot: how far it may read, that the video ended, or why
	// it cannot go on. Pieces of Chunk before d.Pieces, and all chunks from the view's start to it, are readable.
	Deliver(w View, d Delivery)
}

// Delivery is news for a view's reader.
type Delivery struct {
	Chunk  uint32
	Pieces uint8
	Why    Reason // Fine: read on; End: nothing follows; else the view is over and this is why
}

// Boot is what a node knows when it starts.
type Boot struct {
	Name        uint64 // hash of the node's name, non-zero: the same after a restart at another address
	Master      NodeID // 0: this node is a root of the tree
	Supermaster NodeID // fallback; 0: none
	Source      NodeID // known to policies that bypass the tree; 0: unknown
	IsSource    bool
	Owns        []VideoDesc // a source's own videos, always whole and never evicted
	Knows       []VideoDesc // manifests kept from an earlier life
	Held        []ChunkID   // whole chunks kept from an earlier life, least recently used first
}

// VideoDesc is a video and its manifest's facts.
type VideoDesc struct {
	Video Video
	Info  VideoInfo
}

// PeerFlags tell OnOpen what the handshake said.
type PeerFlags uint8

const (
	PeerInbound    PeerFlags = 1 << iota // the peer dialled
	PeerIsSource                         // the peer owns videos and has no master
	PeerUndialable                       // nobody can dial the peer: it has no address, as behind a NAT
)

// ViewKind says what a viewer does.
type ViewKind uint8

const (
	ViewOpen  ViewKind = iota + 1 // a new viewer; Player and Chunk apply
	ViewSeek                      // go to Chunk
	ViewNeed                      // a Pull or Ahead reader has taken all chunks before Chunk
	ViewClose                     // the viewer has left
)

// PlayerKind says who takes the bytes of a view.
type PlayerKind uint8

const (
	Play     PlayerKind = iota // core's playout model consumes at the video's bitrate
	Download                   // consumes every chunk as soon as it is whole
	Pull                       // a reader outside asks with ViewNeed and is told by Deliver
	Ahead                      // a Pull reader who wants it for later: whoever wants bytes now has them first, here and on the way
)

// pulls reports whether a reader outside takes the bytes.
func (k PlayerKind) pulls() bool { return k == Pull || k == Ahead }

// ViewEvent is a viewer's doing.
type ViewEvent struct {
	Kind   ViewKind
	Player PlayerKind
	View   View
	Video  Video
	Chunk  uint32
}

// Machine is the protocol's side of the seam: the state machine of every node of one Network. It owns the nodes'
// slabs, so that it chooses their layout; netsim runs a million nodes in one Machine, realnet one node in one.
//
// Contracts, checked for both networks by core/coretest:
//
//   - C1 callbacks of a node never overlap and never nest; after OnClose or Close nothing more comes from that Conn.
//   - C2 messages on a connection arrive in order or the connection closes.
//   - C3 a sender gets exactly one terminal event (done or cut) per flow unless it cancelled; a receiver, once a flow
//     has reached it, exactly one of done, cut, corrupt, nospace, before OnClose if the connection ends, unless it refused.
//     Done means that every byte was checked and is readable from the store.
//   - C4 timers never fire early; a moved or cleared timer does not fire at its old time.
//   - C5 a node sees the same history for the same inputs.
//   - C6 a killed node's peers get OnClose one latency later; a hung or cut-off node's peers get nothing.
//   - C7 crossed dials give one connection, the same at both ends; Dial to a connected peer returns its Conn.
type Machine interface {
	// OnStart begins a node's life. net is valid for this call only, as in every callback.
	OnStart(net Network, self NodeID, b Boot)

	// OnStop ends a node's life: its connections, timers and flows are gone already, and net calls are not allowed. It
	// appends to held what a store that outlives the process would keep, least recently used first.
	OnStop(self NodeID, held []ChunkID) []ChunkID

	OnOpen(net Network, self NodeID, c Conn, peer NodeID, f PeerFlags)
	OnMsg(net Network, self NodeID, c Conn, m Msg)
	OnFlow(net Network, self NodeID, e FlowEvent)
	OnTimer(net Network, self NodeID, t Timer)
	OnView(net Network, self NodeID, e ViewEvent)

	// OnVideo brings a manifest that a peer Described.
	OnVideo(net Network, self NodeID, c Conn, v Video, info VideoInfo)

	OnClose(net Network, self NodeID, c Conn, why Reason)

	// Fork returns an independent copy of all state, or panics if the Machine cannot be copied.
	Fork() Machine
}
