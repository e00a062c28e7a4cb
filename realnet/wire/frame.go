package wire

import (
	"encoding/binary"
	"fmt"

	"peerstreamer/core"
)

// Version is the protocol's version. Nodes of different versions do not talk.
const Version = 2

// Type is the first byte of a frame.
type Type uint8

// FirstTransport is the first type that is not a core.Msg. Message kinds from here on cannot travel.
const FirstTransport = Type(core.MsgPolicyLast) + 1

// The transport's frames. The numbers are fixed: append, never renumber. TypeHello and TypeClose keep number and layout
// in all versions, so that versions can tell each other apart.
const (
	TypeHello    Type = 0xC0 + iota // who I am; the first frame in each direction
	TypeClose                       // why the connection ends, after which nothing follows
	TypeVideo                       // a video's handle, before its first use in this direction
	TypeManifest                    // a part of a manifest
	TypeBegin                       // a flow begins: number, span, piece hashes
	TypeData                        // payload of a flow
	TypeEnd                         // a flow is over
	TypeRefuse                      // receiver to sender: end this flow
	TypeForget                      // receiver to sender: flows of this span that I have not seen begin are not for me
	TypeForgot                      // sender to receiver: flows of that span that begin after this are for you again
	TypeAbout                       // what a node has and sees, for who came to look
	endOfTypes
)

// Limits of the format, in bytes of a frame's body.
const (
	HeaderSize  = core.FrameHeader
	MaxPayload  = int(core.FrameMax)      // payload in a data frame
	MaxBody     = dataFixed + MaxPayload  // the largest body of any frame
	MaxHello    = 1024                    // a hello
	MaxText     = 200                     // the text of a close
	maxUnknown  = 1024                    // a message of a kind that this version does not know
	dataFixed   = 4                       // flow
	beginFixed  = 4 + spanSize            // flow, span
	spanSize    = 4 + 4 + 1 + 1           // video, chunk, first, n
	videoFixed  = 4 + core.HashOnWire + 1 // handle, id, length of the name
	partFixed   = 4 + 4                   // handle, length of the manifest
	MaxPart     = MaxBody - partFixed     // manifest bytes in one frame
	maxBeginLen = beginFixed + 32*core.MaxPieces
)

// Header is the beginning of a frame.
type Header struct {
	Type Type
	Len  int // of the body
}

// ParseHeader reads a header from the first HeaderSize bytes of b, and refuses transport types that this version does
// not know and bodies longer than their type allows. It panics if b is shorter.
func ParseHeader(b []byte) (Header, error) {
	n := binary.BigEndian.Uint32(b)
	h := Header{Type: Type(n >> 24), Len: int(n & 0xffffff)}
	if h.Type == 0 || h.Type >= endOfTypes {
		return h, fmt.Errorf("unknown frame type %#x", uint8(h.Type))
	}
	if most := h.Type.maxLen(); h.Len > most {
		return h, fmt.Errorf("%v frame of %d bytes: want at most %d", h.Type, h.Len, most)
	}
	return h, nil
}

// maxLen returns the longest body of a type that ParseHeader knows.
func (t Type) maxLen() int {
	switch t {
	case TypeHello:
		return MaxHello
	case TypeClose:
		return 1 + MaxText
	case TypeVideo:
		return videoFixed + core.MaxName
	case TypeManifest, TypeData, TypeAbout:
		return MaxBody
	case TypeBegin:
		return maxBeginLen
	case TypeEnd:
		return 4 + 1
	case TypeRefuse:
		return 4
	case TypeForget, TypeForgot:
		return spanSize
	}
	m := core.Msg{Kind: core.MsgKind(t), NIDs: core.MaxPeers}
	if _, known := m.Kind.Fields(); !known {
		return maxUnknown
	}
	return int(m.WireSize()) - HeaderSize
}

// appendHeader begins a frame whose body will have n bytes.
func appendHeader(b []byte, t Type, n int) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(t)<<24|uint32(n))
}

// wrongLen is the error of a body that is not as long as its content says.
func wrongLen(t Type, got, want int) error {
	return fmt.Errorf("%v frame of %d bytes: want %d", t, got, want)
}

var typeText = [...]string{"hello", "close", "video", "manifest", "begin", "data", "end", "refuse", "forget", "forgot", "about"}

func (t Type) String() string {
	switch {
	case t < FirstTransport:
		return core.MsgKind(t).String()
	case t < endOfTypes:
		return typeText[t-FirstTransport]
	}
	return fmt.Sprintf("unknown type %#x", uint8(t))
}
