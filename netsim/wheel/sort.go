package wheel

import (
	"math/bits"
)

const (
	// sortMax is the most events that are sorted at once; more are dealt to lower levels. They fill two blocks.
	sortMax = 2 * blockLen

	// fewKeys is up to where an insertion sort alone is fastest.
	fewKeys = 12

	slotBits = 7
	slots    = 1 << slotBits // as many as keys, so that evenly spread keys are alone in theirs
)

// sorter is the room in which a bucket is sorted. A key is 56 bits of time above 8 bits of index, which make it stable.
type sorter struct {
	keys, dealt [sortMax]uint64
	next        [slots]uint8
}

// sort copies the events of a bucket, 1 to sortMax that span less than 256^7, to the empty bottom in their order.
func (q *Queue[T]) sort(b *bucket) {
	n := b.n
	first, second := &q.blocks.at(b.head).events, &q.blocks.at(b.tail).events
	keys := q.sorter.keys[:n]
	for i := range keys {
		e := &first[i%blockLen]
		if i >= blockLen {
			e = &second[i%blockLen]
		}
		keys[i] = uint64(e.at-q.base)<<8 | uint64(i)
	}
	if n > fewKeys {
		keys = q.sorter.spread(keys)
	}
	insertionSort(keys)
	to := q.bottom.room(int(n))
	for i, key := range keys {
		if key&blockLen == 0 {
			to[i] = first[key%blockLen]
		} else {
			to[i] = second[key%blockLen]
		}
	}
}

// spread deals keys to slots of equal width and returns them slot after slot, so that little is left to sort.
func (s *sorter) spread(keys []uint64) []uint64 {
	least, most := keys[0], keys[0]
	for _, k := range keys {
		least, most = min(least, k), max(most, k)
	}
	shift := uint(max(0, bits.Len64(most-least)-slotBits)) % 64
	s.next = [slots]uint8{}
	for _, k := range keys {
		s.next[(k-least)>>shift%slots]++
	}
	sum := uint8(0)
	for i := range s.next {
		sum, s.next[i] = sum+s.next[i], sum
	}
	for _, k := range keys {
		slot := &s.next[(k-least)>>shift%slots]
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
