package maxmin

import "math/bits"

// SetEpsilon makes rates approximate: a link's neighbours are told of its level only when it has changed by ppm parts per
// million since they were told last. 0, which is exact, is the default. It must be called before the first AddLink.
//
// Changes then do not spread over a whole network in which every node sends to many. A link may carry more than its
// capacity by that part, and rates depend on the history.
func (n *Net) SetEpsilon(ppm uint32) { n.epsilon = uint64(ppm) }

// matters reports whether the neighbours of l are to be told that its level is another, and if so sets was to what they
// knew.
func (n *Net) matters(l active, was *Share, is Share) bool {
	for int(l) >= len(n.told) {
		n.told = append(n.told, Infinite)
	}
	known := n.told[l]
	if known < Infinite && is < Infinite {
		hi, lo := bits.Mul64(uint64(max(known-is, is-known)), 1e6)
		limitHi, limit := bits.Mul64(uint64(known), n.epsilon)
		if hi < limitHi || hi == limitHi && lo < limit {
			return false
		}
	}
	*was, n.told[l] = known, is
	return true
}
