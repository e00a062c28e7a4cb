package core

import "math/bits"

// pieceSet is a set of a chunk's pieces.
type pieceSet [MaxPieces / 64]uint64

// add puts pieces first..end-1 in.
func (p *pieceSet) add(first, end uint8) {
	for i := first; i < end; i++ {
		p[i/64] |= 1 << (i % 64)
	}
}

// prefix returns how many pieces from the first on are in without a gap.
func (p *pieceSet) prefix() uint8 {
	n := 0
	for _, w := range p {
		ones := bits.TrailingZeros64(^w)
		n += ones
		if ones < 64 {
			break
		}
	}
	return uint8(n)
}
