package wire

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"peerstreamer/core"
)

// Peers are the addresses behind a message's IDs, in the same order. The zero value of an address is a node that nobody
// can dial, or no node.
type Peers [core.MaxPeers]netip.AddrPort

// AppendMsg appends m's frame: m.WireSize bytes. m.Video is sent as it is, a handle of the sender's; m.IDs are sent as
// peers. It panics if the kind cannot travel or there are more IDs than fit. No allocation if b has room.
func AppendMsg(b []byte, m *core.Msg, peers *Peers) []byte {
	if m.Kind == 0 || Type(m.Kind) >= FirstTransport || m.NIDs > core.MaxPeers {
		panic(fmt.Sprintf("wire: message of kind %d with %d peers: want kind 1..%d and at most %d peers",
			m.Kind, m.NIDs, FirstTransport-1, core.MaxPeers))
	}
	f, _ := m.Kind.Fields()
	b = appendHeader(b, Type(m.Kind), int(m.WireSize())-HeaderSize)
	if f&core.FieldVideo != 0 {
		b = binary.BigEndian.AppendUint32(b, uint32(m.Video))
	}
	if f&core.FieldChunk != 0 {
		b = binary.BigEndian.AppendUint32(b, m.Chunk)
	}
	if f&core.FieldSpan != 0 {
		b = append(b, m.First, m.N)
	}
	if f&core.FieldAux != 0 {
		b = binary.BigEndian.AppendUint32(b, m.Aux)
	}
	if f&core.FieldIDs != 0 {
		b = append(b, m.NIDs)
		for _, p := range peers[:m.NIDs] {
			b = appendAddr(b, p)
		}
	}
	if f&core.FieldMask != 0 {
		for _, w := range m.Mask {
			b = binary.BigEndian.AppendUint32(b, w)
		}
	}
	return b
}

// ParseMsg reads a message's body. The IDs are left 0 and their addresses put into peers. A kind that this version does
// not know gives a message with that kind alone. No allocation.
func ParseMsg(kind core.MsgKind, body []byte, peers *Peers) (core.Msg, error) {
	m := core.Msg{Kind: kind}
	f, known := kind.Fields()
	if !known {
		return m, nil
	}
	fixed := int(m.WireSize()) - HeaderSize
	if f&core.FieldIDs != 0 {
		// Where the count of IDs is: after all that comes before it.
		at := fixed - 1
		if f&core.FieldMask != 0 {
			at -= 4 * len(m.Mask)
		}
		if len(body) < fixed {
			return m, wrongLen(Type(kind), len(body), fixed)
		}
		if m.NIDs = body[at]; m.NIDs > core.MaxPeers {
			return m, fmt.Errorf("%v frame with %d peers: want at most %d", kind, m.NIDs, core.MaxPeers)
		}
	}
	if want := int(m.WireSize()) - HeaderSize; len(body) != want {
		return m, wrongLen(Type(kind), len(body), want)
	}
	if f&core.FieldVideo != 0 {
		m.Video = core.Video(take32(&body))
	}
	if f&core.FieldChunk != 0 {
		m.Chunk = take32(&body)
	}
	if f&core.FieldSpan != 0 {
		m.First, m.N = body[0], body[1]
		body = body[2:]
	}
	if f&core.FieldAux != 0 {
		m.Aux = take32(&body)
	}
	if f&core.FieldIDs != 0 {
		body = body[1:]
		for i := range m.NIDs {
			peers[i] = takeAddr(&body)
		}
	}
	if f&core.FieldMask != 0 {
		for i := range m.Mask {
			m.Mask[i] = take32(&body)
		}
	}
	return m, nil
}

// take32 takes an integer from the front of b.
func take32(b *[]byte) uint32 {
	n := binary.BigEndian.Uint32(*b)
	*b = (*b)[4:]
	return n
}

// appendAddr appends an address as core.PeerOnWire bytes: IPv6, or IPv4 mapped to it, and port. No address is zeros.
func appendAddr(b []byte, a netip.AddrPort) []byte {
	if !a.IsValid() {
		return append(b, make([]byte, core.PeerOnWire)...)
	}
	ip := a.Addr().As16()
	return binary.BigEndian.AppendUint16(append(b, ip[:]...), a.Port())
}

// takeAddr is the inverse of appendAddr. Port 0, which nobody can dial, gives the zero value.
func takeAddr(b *[]byte) netip.AddrPort {
	ip, port := netip.AddrFrom16([16]byte((*b)[:16])), binary.BigEndian.Uint16((*b)[16:])
	*b = (*b)[core.PeerOnWire:]
	if port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip.Unmap(), port)
}
