package wheel

import (
	"math/bits"
)

const (
	// sortMax is the most events that are sorted at once; more are dealt to lower levels. An index fits into a byte.
	sortMax    = 256
	sortBlocks = sortMax / blockLen

	// fewKeys is up to where an insertion sort alone is fastest.
	fewKeys = 12
)

// sorter is the room in which a bucket is sorted. A key is 56 bits of time above 8 bits of index, which make it stable.
type sorter struct {
	keys, dealt [sortMax]uint64
	next        [sortMax]uint16
}

// sort copies the events of a bucket, 1 to sortMax, to the empty bottom in their order.
func (q *Queue[T]) sort(b *bucket) {
	var events [sortBlocks]*[blockLen]Event[T]
	keys := q.sorter.keys[:b.n]
	for i, at := 0, b.head; i < len(keys); i += blockLen {
		block := q.blocks.at(at)
		events[i/blockLen%sortBlocks] = &block.events
		for k := range min(blockLen, len(keys)-i) {
			// The byte of the time that is lost is the same for all of a bucket.
			keys[i+k] = uint64(block.events[k%blockLen].At)<<8 | uint64(i+k)
		}
		at = block.next
	}
	if len(keys) > fewKeys {
		keys = q.sorter.spread(keys)
	}
	insertionSort(keys)
	to := q.bottom.room(len(keys))
	for i, key := range keys {
		to[i] = events[key/blockLen%sortBlocks][key%blockLen]
	}
}

// spread deals keys to about as many slots of equal width and returns them slot after slot, so that little is left to
// sort where they are spread evenly.
func (s *sorter) spread(keys []uint64) []uint64 {
	least, most := keys[0], keys[0]
	for _, k := range keys {
		least, most = min(least, k), max(most, k)
	}
	slotBits := bits.Len(uint(len(keys) - 1)) // at most 8
	shift := uint(max(0, bits.Len64(most-least)-slotBits)) % 64
	next := s.next[:1<<slotBits]
	clear(next)
	for _, k := range keys {
		next[(k-least)>>shift]++
	}
	sum := uint16(0)
	for i, n := range next {
		next[i] = sum
		sum += n
	}
	for _, k := range keys {
		slot := &next[(k-least)>>shift]
		s.dealt[*slot%sortMax] = k
		*slot++
	}
	return s.dealt[:len(keys)]
}

// insertionSort sorts keys at a cost of how far each is from its place.
func insertionSort(keys []uint64) {
	for i := 1; i < len(keys); i++ {
		k, j := keys[i], i
		for ; j > 0 && keys[j-1] > k; j-- {
			keys[j] = keys[j-1]
		}
		keys[j] = k
	}
}
