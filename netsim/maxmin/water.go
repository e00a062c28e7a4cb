package maxmin

import (
	"math"
	"math/bits"
)

// water says what a link gives its flows. A saturated link has a level, the rate of those flows that nothing else holds
// back. A link that is not saturated has level Infinite and a bar: as long as none of its flows that wants the bar or
// more wants something else, and none of the others wants the bar or more, it stays so.
type water int64

// boundless is the water of a link without a limit: no want concerns it.
const boundless water = math.MinInt64

func full(level Share) water { return water(level) }
func slack(bar Share) water  { return -1 - water(bar) }

// level returns the rate that a link allows to any of its flows.
func (w water) level() Share {
	if w < 0 {
		return Infinite
	}
	return Share(w)
}

// bar returns the bar of a link that is not saturated.
func (w water) bar() Share { return Share(-1 - w) }

// concerns reports whether the link may have another water when a flow of it wants high instead of low, or the other
// way round. A flow that wants the level or more, before and after, is held back by this link in both cases.
func (w water) concerns(low, high Share) bool {
	if w < 0 {
		return high >= w.bar()
	}
	return Share(w) > low
}

// hint is what of a link's water mostly is enough, in a byte, because to solve a link is to look at the water of many others
// and a byte for each link of a large network fits into a near cache: 0 if the link is saturated, else the bits
// of its bar, at least 1.
type hint uint8

func (w water) hint() hint {
	if w >= 0 {
		return 0
	}
	return hint(max(1, bits.Len64(uint64(w.bar()))))
}

// level returns a link's level.
func (n *Net) level(l active) Share {
	if n.hints[l] != 0 {
		return Infinite
	}
	return Share(*n.water.At(uint32(l)))
}

// concerns is water.concerns of a link.
func (n *Net) concerns(l active, low, high Share) bool {
	if h := n.hints[l]; h > 1 && uint64(high)>>(h-1) == 0 {
		return false
	}
	return n.water.At(uint32(l)).concerns(low, high)
}

// demand is what the flows of a link want: the rate that the rest of their path allows.
type demand interface {
	// below returns how many want less than a rate, and the sum of that, which fits into a Share if it matters.
	below(Share) (count int, sum Share)
}

// pour returns the water of a link that has n > 0 flows. Its level is the least L that is (capacity - what flows that
// want less than L want) / (number of the others), rounded down. It is Infinite if all want less than their part. Two or
// three rounds are the rule, n the limit.
//
// A flow that wants exactly L counts among the others. Were it to count among those that want less, what rounding left
// over would go to its neighbours, and which of two links that tie comes first would matter.
func pour[D demand](capacity Share, n int, d D) water {
	level, count := capacity/Share(n), 0
	for {
		less, sum := d.below(level)
		switch less {
		case n:
			return slack(bar(capacity, n, d))
		case count:
			return full(level)
		}
		level, count = (capacity-sum)/Share(n-less), less
	}
}

// bar returns the bar of a link whose flows all get what they want. If the flows that want B or more want S in all, and a
// unit more for each, and the k others would fit into what is left with B for each, then no level is below what any flow
// wants, whatever the others want below B: each round of pour finds one that wants less than the mean. The bar is the
// highest such B; 0 if there is none.
func bar[D demand](capacity Share, n int, d D) Share {
	_, all := d.below(Infinite)
	b, small := capacity/Share(n), n
	for {
		less, sum := d.below(b)
		if less == small {
			return b
		}
		big := Share(n - less)
		if less == 0 || capacity < all-sum+big {
			return 0
		}
		b, small = (capacity-(all-sum)-big)/Share(less), less
	}
}

// wants is the demand of a link with few flows.
type wants []Share

func (w wants) below(rate Share) (count int, sum Share) {
	for _, v := range w {
		if v < rate {
			count++
			sum += v
		}
	}
	return count, sum
}
