package wire

import (
	"encoding/binary"
	"fmt"

	"peerstreamer/core"
)

// Hash is a piece's SHA-256, or a manifest's.
type Hash = [core.HashOnWire]byte

// FlowNumber names a flow on its connection, in the direction of its data. The sender counts from 1; a number may be
// used again when 2^32 flows have passed.
type FlowNumber uint32

// Begin begins a flow. Span.Video is the sender's handle.
type Begin struct {
	Flow   FlowNumber
	Span   core.Span
	Hashes []byte // all hashes of the chunk's pieces, 32 bytes each; or none, if no data will follow
}

// AppendBegin appends a begin frame.
func AppendBegin(b []byte, flow FlowNumber, s core.Span, hashes []Hash) []byte {
	b = appendHeader(b, TypeBegin, beginFixed+core.HashOnWire*len(hashes))
	b = appendSpan(binary.BigEndian.AppendUint32(b, uint32(flow)), s)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// ParseBegin reads a begin frame's body. Hashes alias it.
func ParseBegin(body []byte) (Begin, error) {
	if n := len(body) - beginFixed; n < 0 || n%core.HashOnWire != 0 {
		return Begin{}, fmt.Errorf("begin frame of %d bytes: want %d and %d for each piece", len(body), beginFixed, core.HashOnWire)
	}
	g := Begin{Flow: FlowNumber(take32(&body))}
	var err error
	g.Span, err = takeSpan(TypeBegin, &body)
	g.Hashes = body
	return g, err
}

// DataSize is what precedes the payload in a data frame.
const DataSize = HeaderSize + dataFixed

// PutData writes the header of a data frame with n bytes of payload into b[:DataSize]; the payload goes behind it.
func PutData(b []byte, flow FlowNumber, n int) {
	binary.BigEndian.PutUint32(b, uint32(TypeData)<<24|uint32(dataFixed+n))
	binary.BigEndian.PutUint32(b[HeaderSize:], uint32(flow))
}

// ParseData splits a data frame's body, which may be the first part of one: at least 4 bytes.
func ParseData(body []byte) (FlowNumber, []byte, error) {
	if len(body) < dataFixed {
		return 0, nil, wrongLen(TypeData, len(body), dataFixed+1)
	}
	return FlowNumber(binary.BigEndian.Uint32(body)), body[dataFixed:], nil
}

// How a flow ended.
type How uint8

const (
	Done How = 1 // all of the span was sent
	Cut  How = 2 // the sender gave up
)

// AppendEnd appends an end frame.
func AppendEnd(b []byte, flow FlowNumber, how How) []byte {
	b = appendHeader(b, TypeEnd, 5)
	return append(binary.BigEndian.AppendUint32(b, uint32(flow)), byte(how))
}

// ParseEnd reads an end frame's body.
func ParseEnd(body []byte) (FlowNumber, How, error) {
	if len(body) != 5 {
		return 0, 0, wrongLen(TypeEnd, len(body), 5)
	}
	how := How(body[4])
	if how != Done && how != Cut {
		return 0, 0, fmt.Errorf("end frame says %d: want %d or %d", how, Done, Cut)
	}
	return FlowNumber(binary.BigEndian.Uint32(body)), how, nil
}

// AppendRefuse appends a refuse frame.
func AppendRefuse(b []byte, flow FlowNumber) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(b, TypeRefuse, 4), uint32(flow))
}

// ParseRefuse reads a refuse frame's body.
func ParseRefuse(body []byte) (FlowNumber, error) {
	if len(body) != 4 {
		return 0, wrongLen(TypeRefuse, len(body), 4)
	}
	return FlowNumber(binary.BigEndian.Uint32(body)), nil
}

// AppendForget appends a forget frame. s.Video is the handle of this frame's sender.
func AppendForget(b []byte, s core.Span) []byte {
	return appendSpan(appendHeader(b, TypeForget, spanSize), s)
}

// AppendForgot appends the answer to a forget frame. s.Video is the handle of the answer's sender.
func AppendForgot(b []byte, s core.Span) []byte {
	return appendSpan(appendHeader(b, TypeForgot, spanSize), s)
}

// ParseSpan reads the body of a forget or forgot frame.
func ParseSpan(t Type, body []byte) (core.Span, error) {
	if len(body) != spanSize {
		return core.Span{}, wrongLen(t, len(body), spanSize)
	}
	return takeSpan(t, &body)
}

func appendSpan(b []byte, s core.Span) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(s.Video))
	b = binary.BigEndian.AppendUint32(b, s.Chunk)
	return append(b, s.First, s.N)
}

// takeSpan takes a span from the front of b and checks that it is one.
func takeSpan(t Type, b *[]byte) (core.Span, error) {
	s := core.Span{Video: core.Video(take32(b)), Chunk: take32(b), First: (*b)[0], N: (*b)[1]}
	*b = (*b)[2:]
	if s.N == 0 || int(s.First)+int(s.N) > core.MaxPieces {
		return s, fmt.Errorf("%v frame with pieces %d+%d: want at least one, and at most %d in a chunk", t, s.First, s.N, core.MaxPieces)
	}
	return s, nil
}
