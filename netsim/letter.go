package netsim

import "peerstreamer/core"

// letter is a control message or, with Kind 0, a manifest on its way. Most messages name no peers and have at most a
// hash in their mask; what else a message holds is a body of its own, so that a letter is half a message long.
type letter struct {
	kind           core.MsgKind
	nids, first, n uint8
	video          core.Video
	chunk, aux     uint32
	mask           [2]uint32
	body           uint32 // 0: no peers, and the rest of the mask is 0
	size           uint32 // bytes
	next           uint32
}

// body is what few messages have.
type body struct {
	ids  [core.MaxPeers]core.NodeID
	mask [2]uint32 // the third and fourth word
}

// write makes a letter of a message that counts so many bytes.
func (s *Sim) write(m *core.Msg, size uint32) uint32 {
	more := m.Mask[2] | m.Mask[3]
	for _, id := range m.IDs {
		more |= uint32(id)
	}
	at := uint32(0)
	if more != 0 {
		at = s.bodies.Alloc()
		*s.bodies.At(at) = body{m.IDs, [2]uint32{m.Mask[2], m.Mask[3]}}
	}
	i := s.letters.Alloc()
	*s.letters.At(i) = letter{kind: m.Kind, nids: m.NIDs, first: m.First, n: m.N, video: m.Video, chunk: m.Chunk, aux: m.Aux,
		mask: [2]uint32{m.Mask[0], m.Mask[1]}, body: at, size: size}
	return i
}

// read returns the message of a letter, and frees it.
func (s *Sim) read(i uint32) (m core.Msg, size uint32) {
	l := s.letters.At(i)
	m = core.Msg{Kind: l.kind, NIDs: l.nids, First: l.first, N: l.n, Video: l.video, Chunk: l.chunk, Aux: l.aux}
	m.Mask[0], m.Mask[1] = l.mask[0], l.mask[1]
	if l.body != 0 {
		b := s.bodies.At(l.body)
		m.IDs, m.Mask[2], m.Mask[3] = b.ids, b.mask[0], b.mask[1]
	}
	size = l.size
	s.throwAway(i)
	return m, size
}

// throwAway frees a letter that nobody reads.
func (s *Sim) throwAway(i uint32) {
	if b := s.letters.At(i).body; b != 0 {
		s.bodies.Release(b)
	}
	s.letters.Release(i)
}
