package netsim

import (
	"math/bits"

	"peerstreamer/core"
)

// digest is a fingerprint of everything that has happened: all callbacks in order, each with its time, node and every
// argument, and all that was delivered to readers. Each step is a bijection of the state for a given word, so a single
// difference is never lost by one.
type digest uint64

const digestStart digest = 0x6A09E667F3BCC908

func (d *digest) add(w uint64) {
	*d = digest(bits.RotateLeft64(uint64(*d)^w, 29) * 0x9E3779B97F4A7C15)
}

func (d *digest) add2(hi, lo uint32) { d.add(uint64(hi)<<32 | uint64(lo)) }

func (d *digest) event(k callback, at core.Time, n core.NodeID) {
	d.add2(uint32(k), uint32(n))
	d.add(uint64(at))
}

func (d *digest) msg(m *core.Msg) {
	d.add(uint64(m.Kind) | uint64(m.NIDs)<<8 | uint64(m.First)<<16 | uint64(m.N)<<24 | uint64(m.Video)<<32)
	d.add2(m.Chunk, m.Aux)
	for i := 0; i < len(m.IDs); i += 2 {
		d.add2(uint32(m.IDs[i]), uint32(m.IDs[i+1]))
	}
	d.add2(m.Mask[0], m.Mask[1])
	d.add2(m.Mask[2], m.Mask[3])
}

func (d *digest) span(s core.Span) {
	d.add2(uint32(s.Video), s.Chunk)
	d.add2(uint32(s.First), uint32(s.N))
}

func (d *digest) flow(e *core.FlowEvent) {
	d.add2(uint32(e.Kind), uint32(e.Conn))
	d.add(uint64(e.Flow))
	d.add(uint64(e.Tag))
	d.span(e.Span)
}

func (d *digest) view(e core.ViewEvent) {
	d.add2(uint32(e.Kind)<<8|uint32(e.Player), uint32(e.View))
	d.add2(uint32(e.Video), e.Chunk)
}

func (d *digest) video(v core.Video, info core.VideoInfo) {
	d.add(uint64(v))
	d.add(uint64(info.Length))
	d.add(uint64(info.ChunkSize))
	d.add(uint64(info.PieceSize))
	d.add(uint64(info.Duration))
}

func (d *digest) boot(b *core.Boot) {
	d.add(b.Name)
	d.add2(uint32(b.Master), uint32(b.Supermaster))
	isSource := uint32(0)
	if b.IsSource {
		isSource = 1
	}
	d.add2(uint32(b.Source), isSource)
	for _, list := range [][]core.VideoDesc{b.Owns, b.Knows} {
		d.add(uint64(len(list)))
		for _, v := range list {
			d.video(v.Video, v.Info)
		}
	}
	d.chunks(b.Held)
}

func (d *digest) chunks(ids []core.ChunkID) {
	d.add(uint64(len(ids)))
	for _, id := range ids {
		d.add2(uint32(id.Video), id.Chunk)
	}
}
