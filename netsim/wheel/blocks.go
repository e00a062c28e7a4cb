package wheel

import "peerstreamer/core"

const (
	blockLen = 64 // events of a block; a power of two
	pageLen  = 32 // blocks that are allocated together; a power of two
)

// Event is a pending event: its payload and 8 bytes more.
type Event[T any] struct {
	At      core.Time
	Payload T
}

// bucket is a list of events in the order in which they came: a chain of blocks, all of them full but the last. head and
// tail mean nothing while n is 0.
type bucket struct {
	head, tail uint32
	n          uint32
}

// block is a part of a bucket.
type block[T any] struct {
	events [blockLen]Event[T]
	next   uint32
}

// blocks allocates blocks in pages, which stay where they are, so that growth copies nothing. Blocks given back are used
// again, last first. Their numbers begin at 1.
type blocks[T any] struct {
	pages []*[pageLen]block[T]
	made  uint32 // blocks handed out at least once
	spare uint32 // list of those given back; 0: none
}

func (s *blocks[T]) at(i uint32) *block[T] { return &s.pages[i/pageLen][i%pageLen] }

// extend adds a block to the end of a bucket, whose blocks are full.
func (s *blocks[T]) extend(b *bucket) {
	i := s.spare
	if i != 0 {
		s.spare = s.at(i).next
	} else {
		s.made++
		i = s.made
		if int(i/pageLen) >= len(s.pages) {
			s.pages = append(s.pages, new([pageLen]block[T]))
		}
	}
	if b.n == 0 {
		b.head = i
	} else {
		s.at(b.tail).next = i
	}
	b.tail = i
}

// free gives a block back and returns the next of its bucket, which means nothing after the last.
func (s *blocks[T]) free(i uint32) (next uint32) {
	b := s.at(i)
	next, b.next = b.next, s.spare
	s.spare = i
	return next
}

// clone returns an independent copy.
func (s *blocks[T]) clone() blocks[T] {
	c := blocks[T]{make([]*[pageLen]block[T], len(s.pages)), s.made, s.spare}
	for i, p := range s.pages {
		page := *p
		c.pages[i] = &page
	}
	return c
}
