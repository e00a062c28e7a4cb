package wheel

import "math/bits"

// bitmap has a bit for each bucket of a level.
type bitmap [radix / 64]uint64

func (m *bitmap) set(i uint8) { m[i/64] |= 1 << (i % 64) }

func (m *bitmap) clear(i uint8) { m[i/64] &^= 1 << (i % 64) }

func (m *bitmap) empty() bool { return m[0]|m[1]|m[2]|m[3] == 0 }

// first returns the lowest bit that is set. There must be one.
func (m *bitmap) first() uint8 {
	for w := range m {
		if m[w] != 0 {
			return uint8(64*w + bits.TrailingZeros64(m[w]))
		}
	}
	panic("wheel: a level without events")
}
