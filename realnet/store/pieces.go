package store

import (
	"math/bits"

	"peerstreamer/core"
)

// Pieces is a set of a chunk's pieces.
type Pieces [core.MaxPieces / 64]uint64

// AllPieces returns the set 0..n-1. It panics if n > core.MaxPieces.
func AllPieces(n uint8) Pieces {
	var p Pieces
	for i := range n {
		p.Add(i)
	}
	return p
}

// Has reports whether piece i is in the set; i may be any number.
func (p Pieces) Has(i uint8) bool { return i < core.MaxPieces && p[i/64]>>(i%64)&1 == 1 }

// Add puts piece i into the set. It panics if i >= core.MaxPieces.
func (p *Pieces) Add(i uint8) { p[i/64] |= 1 << (i % 64) }

// Remove takes piece i out of the set. It panics if i >= core.MaxPieces.
func (p *Pieces) Remove(i uint8) { p[i/64] &^= 1 << (i % 64) }

// Count returns the size of the set.
func (p Pieces) Count() int {
	n := 0
	for _, w := range p {
		n += bits.OnesCount64(w)
	}
	return n
}

// Prefix returns how many pieces from the first on are in the set without a gap.
func (p Pieces) Prefix() uint8 {
	n := 0
	for _, w := range p {
		run := bits.TrailingZeros64(^w)
		n += run
		if run < 64 {
			break
		}
	}
	return uint8(n)
}
