package core

import "fmt"

// MsgKind says what a message means. The numbers are on the wire: append, never renumber.
type MsgKind uint8

const (
	MsgResolve    MsgKind = iota + 1 // what is Video? Answered by a manifest (OnVideo) or MsgNo
	MsgGet                           // as a child: the chunk in order on stream Aux; below MinStream it opens one, answered by MsgOpened first
	MsgGetHere                       // as a sibling: the chunk if you have it now, else MsgNo NotHere at once
	MsgGetOnce                       // this chunk alone, out of order: you may fetch it for me
	MsgOpened                        // the stream that the get of Chunk opened is Aux; First and N are the low and high byte of that get's Aux
	MsgNo                            // the message of kind Refused() about Video and Chunk is refused because Why()
	MsgCancel                        // the get of Chunk, on stream Aux if not 0, is no longer wanted
	MsgRelease                       // stream Aux is no longer read
	MsgQuery                         // who has Chunk? N: also tell of the N-1 chunks after it, at most 16 in all; First: QueryEarly or 0
	MsgPeers                         // answer: peers that have Chunk, and with Holds what else; Aux: how many have Chunk in all
	MsgRegister                      // I am your child; Mask[0:2] is my name's hash. MsgHeld and MsgReport tell what I have
	MsgRegistered                    // you are
	MsgHeld                          // of Video I have Chunk+i for every bit i of Mask
	MsgReport                        // I now have (Aux ReportAdded) or no longer have (ReportDeleted) the chunk
	MsgPing                          // are you there?
	MsgPong                          // I am
	numMsgKinds

	// MsgPolicy to MsgPolicyLast are a policy's own; Swarm hands them to Policy.Message unread. What is above belongs to
	// transports.
	MsgPolicy     MsgKind = 128
	MsgPolicyLast MsgKind = 191
)

// MinStream is the lowest number of a stream. What a MsgGet names below it opens a stream, and its low 16 bits come back
// with the number: the reader tells the answer to a get from that to an earlier one of the same chunk that it withdrew.
const MinStream = 1 << 24

// QueryEarly as a MsgQuery's First says that the asker waits for a chunk at those who are about to have it.
const QueryEarly uint8 = 1

// MsgReport's actions.
const (
	ReportAdded   uint32 = 1
	ReportDeleted uint32 = 2
)

// Msg is a control message between two nodes: 64 bytes, no pointers, passed by value. Kind says which of the other
// fields mean something; Fields says which travel.
type Msg struct {
	Kind     MsgKind
	NIDs     uint8 // how many of IDs count
	First, N uint8 // pieces of a get; chunks of a query
	Video    Video
	Chunk    uint32
	Aux      uint32
	IDs      [MaxPeers]NodeID // typed, so that a transport can translate them to addresses
	Mask     [4]uint32
}

// Field says which parts of a Msg travel, so that a message costs what its kind needs.
type Field uint8

const (
	FieldVideo Field = 1 << iota // 4 bytes
	FieldChunk                   // 4 bytes
	FieldSpan                    // First and N, 2 bytes
	FieldAux                     // 4 bytes
	FieldIDs                     // 1 byte and 18 for each: IPv6 address and port
	FieldMask                    // 16 bytes
)

const fieldsOfPolicy = FieldVideo | FieldChunk | FieldSpan | FieldAux | FieldIDs | FieldMask

var fieldsOf = [numMsgKinds]Field{
	MsgResolve:    FieldVideo,
	MsgGet:        FieldVideo | FieldChunk | FieldSpan | FieldAux,
	MsgGetHere:    FieldVideo | FieldChunk | FieldSpan,
	MsgGetOnce:    FieldVideo | FieldChunk | FieldSpan,
	MsgOpened:     FieldVideo | FieldChunk | FieldSpan | FieldAux,
	MsgNo:         FieldVideo | FieldChunk | FieldAux,
	MsgCancel:     FieldVideo | FieldChunk | FieldAux,
	MsgRelease:    FieldAux,
	MsgQuery:      FieldVideo | FieldChunk | FieldSpan,
	MsgPeers:      FieldVideo | FieldChunk | FieldSpan | FieldAux | FieldIDs | FieldMask,
	MsgRegister:   FieldMask,
	MsgRegistered: 0,
	MsgHeld:       FieldVideo | FieldChunk | FieldMask,
	MsgReport:     FieldVideo | FieldChunk | FieldAux,
	MsgPing:       0,
	MsgPong:       0,
}

// Fields returns what travels of a message of this kind, and false for a kind this version does not know, which is
// answered with MsgNo BadCall.
func (k MsgKind) Fields() (Field, bool) {
	if k >= MsgPolicy && k <= MsgPolicyLast {
		return fieldsOfPolicy, true
	}
	if k == 0 || k >= numMsgKinds {
		return 0, false
	}
	return fieldsOf[k], true
}

// Sizes on the wire in bytes, the same in both networks: realnet's encoder is tested against them, netsim charges them.
const (
	FrameHeader   = 4                                    // kind and length, before every message and every piece of payload
	PeerOnWire    = 18                                   // a node handle: IPv6 address and port
	HashOnWire    = 32                                   // a piece's SHA-256
	FrameMax      = 64 * KiB                             // payload bytes in one frame; a frame never crosses a piece's edge
	flowHeader    = 4                                    // a flow's number, in each of its frames
	flowBegin     = FrameHeader + flowHeader + 4 + 4 + 2 // video, chunk, span
	flowEnd       = FrameHeader + flowHeader + 1         // how it ended
	videoIntro    = FrameHeader + 4 + HashOnWire + 1     // handle, id, length of the name
	manifestFixed = 200                                  // a manifest without its hashes, about
)

// WireSize returns the bytes that m takes on a connection. O(1).
func (m *Msg) WireSize() Bytes {
	f, _ := m.Kind.Fields()
	n := Bytes(FrameHeader)
	if f&FieldVideo != 0 {
		n += 4
	}
	if f&FieldChunk != 0 {
		n += 4
	}
	if f&FieldSpan != 0 {
		n += 2
	}
	if f&FieldAux != 0 {
		n += 4
	}
	if f&FieldIDs != 0 {
		n += 1 + PeerOnWire*Bytes(m.NIDs)
	}
	if f&FieldMask != 0 {
		n += 16
	}
	return n
}

// FlowOverhead returns the bytes that a transfer of s costs besides its payload: begin, the chunk's piece hashes, a
// header for each frame, end.
func FlowOverhead(info VideoInfo, s Span) Bytes {
	n := Bytes(flowBegin + flowEnd + HashOnWire*int(info.Pieces(s.Chunk)))
	frames := Bytes(0)
	for p := s.First; p < s.End(); p++ {
		size := info.Prefix(s.Chunk, p+1) - info.Prefix(s.Chunk, p)
		frames += (size + FrameMax - 1) / FrameMax
	}
	return n + frames*(FrameHeader+flowHeader)
}

// VideoIntroSize returns the bytes with which a connection's end introduces a video's handle before its first use.
func VideoIntroSize(nameLen int) Bytes { return Bytes(videoIntro + nameLen) }

// ManifestSize returns about how many bytes a video's manifest has.
func ManifestSize(info VideoInfo) Bytes {
	return FrameHeader + manifestFixed + HashOnWire*Bytes(info.Chunks())
}

// Get returns a request for s of the given kind: MsgGet, MsgGetHere or MsgGetOnce.
func Get(kind MsgKind, s Span, stream uint32) Msg {
	return Msg{Kind: kind, Video: s.Video, Chunk: s.Chunk, First: s.First, N: s.N, Aux: stream}
}

// Span returns the pieces that a get asks for.
func (m *Msg) Span() Span {
	return Span{Video: m.Video, Chunk: m.Chunk, First: m.First &^ lowFirst, N: m.N}
}

// lowFirst is the bit of a get's First that makes it a low one; a first piece has no use for it.
const lowFirst uint8 = 0x80

// Low reports whether a get is for later: the data of others is to be sent before its own.
func (m *Msg) Low() bool {
	return m.First&lowFirst != 0 && (m.Kind == MsgGet || m.Kind == MsgGetHere || m.Kind == MsgGetOnce)
}

// Unmarked returns a get that is not low, for a peer that does not know what that is; other messages as they are.
func (m Msg) Unmarked() Msg {
	if m.Low() {
		m.First &^= lowFirst
	}
	return m
}

// ID returns the chunk that m is about.
func (m *Msg) ID() ChunkID { return ChunkID{m.Video, m.Chunk} }

// No returns the refusal of m.
func No(m Msg, why Reason) Msg {
	return Msg{Kind: MsgNo, Video: m.Video, Chunk: m.Chunk, Aux: uint32(why) | uint32(m.Kind)<<8}
}

// Why returns the reason of a MsgNo.
func (m *Msg) Why() Reason { return Reason(m.Aux) }

// Refused returns the kind of message that a MsgNo refuses.
func (m *Msg) Refused() MsgKind { return MsgKind(m.Aux >> 8) }

// Holds returns, of a MsgPeers, the window of chunks that peer i has: bit j for Chunk+j.
func (m *Msg) Holds(i int) uint16 { return uint16(m.Mask[i/2] >> (16 * (i % 2))) }

// setHolds is the inverse of Holds.
func (m *Msg) setHolds(i int, w uint16) {
	shift := 16 * (i % 2)
	m.Mask[i/2] = m.Mask[i/2]&^(0xffff<<shift) | uint32(w)<<shift
}

// setName and name carry a name's hash in a MsgRegister.
func (m *Msg) setName(h uint64) { m.Mask[0], m.Mask[1] = uint32(h), uint32(h>>32) }
func (m *Msg) name() uint64     { return uint64(m.Mask[0]) | uint64(m.Mask[1])<<32 }

var kindText = [numMsgKinds]string{
	MsgResolve: "resolve", MsgGet: "get", MsgGetHere: "get-here", MsgGetOnce: "get-once", MsgOpened: "opened",
	MsgNo: "no", MsgCancel: "cancel", MsgRelease: "release", MsgQuery: "query", MsgPeers: "peers",
	MsgRegister: "register", MsgRegistered: "registered", MsgHeld: "held", MsgReport: "report", MsgPing: "ping",
	MsgPong: "pong",
}

func (k MsgKind) String() string {
	if k >= MsgPolicy && k <= MsgPolicyLast {
		return fmt.Sprintf("policy+%d", k-MsgPolicy)
	}
	if k == 0 || k >= numMsgKinds {
		return fmt.Sprintf("unknown kind %d", uint8(k))
	}
	return kindText[k]
}
