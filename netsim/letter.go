package netsim

import "peerstreamer/core"

// letter is a control message or, with Kind 0, a manifest on its way. Most messages say either what they are about or a
// hash in their mask, and name no peers; what else a message holds is a body of its own, so that a letter is a third of a
// message long. There are as many as nodes when all start at once.
type letter struct {
	kind           core.MsgKind
	nids, first, n uint8
	words          [3]uint32 // video, chunk and aux or, if body is hashed, two words of the mask
	body           uint32    // 0: no peers and no mask
	size           uint32    // bytes
	next           uint32
}

// hashed is the body of a letter that holds two words of a mask and nothing else.
const hashed = 1<<32 - 1

// body is what few messages have.
type body struct {
	ids  [core.MaxPeers]core.NodeID
	mask [4]uint32
}

// write makes a letter of a message that counts so many bytes.
func (s *Sim) write(m *core.Msg, size uint32) uint32 {
	l := letter{kind: m.Kind, nids: m.NIDs, first: m.First, n: m.N, words: [3]uint32{uint32(m.Video), m.Chunk, m.Aux}, size: size}
	switch {
	case m.Mask == [4]uint32{} && m.IDs == [core.MaxPeers]core.NodeID{}:
	case m.Mask[2] == 0 && m.Mask[3] == 0 && m.IDs == [core.MaxPeers]core.NodeID{} && l.words == [3]uint32{}:
		l.words, l.body = [3]uint32{m.Mask[0], m.Mask[1]}, hashed
	default:
		l.body = s.bodies.Alloc()
		*s.bodies.At(l.body) = body{m.IDs, m.Mask}
	}
	i := s.letters.Alloc()
	*s.letters.At(i) = l
	return i
}

// read returns the message of a letter, and frees it.
func (s *Sim) read(i uint32) (m core.Msg, size uint32) {
	l := s.letters.At(i)
	m = core.Msg{Kind: l.kind, NIDs: l.nids, First: l.first, N: l.n}
	if l.body == hashed {
		m.Mask[0], m.Mask[1] = l.words[0], l.words[1]
	} else {
		m.Video, m.Chunk, m.Aux = core.Video(l.words[0]), l.words[1], l.words[2]
		if l.body != 0 {
			b := s.bodies.At(l.body)
			m.IDs, m.Mask = b.ids, b.mask
		}
	}
	size = l.size
	s.throwAway(i)
	return m, size
}

// throwAway frees a letter that nobody reads.
func (s *Sim) throwAway(i uint32) {
	if b := s.letters.At(i).body; b != 0 && b != hashed {
		s.bodies.Release(b)
	}
	s.letters.Release(i)
}
