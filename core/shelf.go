package core

import "math/bits"

// shelf says which chunks of one video a node has whole: a bit for each, in pages of pageChunks. The page last used is
// in place, so that nearly all questions are answered by the row that was read anyway.
type shelf struct {
	page uint32 // bits are of the chunks from page*pageChunks on
	more uint32 // list of the other pages
	bits [pageWords]uint64
}

const (
	pageWords  = 4
	pageChunks = 64 * pageWords
)

// shelfPage is a page that is not in place.
type shelfPage struct {
	page, next uint32
	bits       [pageWords]uint64
}

// turn brings a page into place and reports whether it exists. O(1) for the page last used, else O(pages).
func (x *cache) turn(s *shelf, page uint32) bool {
	if s.page == page {
		return true
	}
	for h := s.more; h != 0; {
		p := x.pages.At(h)
		if p.page == page {
			s.page, p.page = p.page, s.page
			s.bits, p.bits = p.bits, s.bits
			return true
		}
		h = p.next
	}
	return false
}

// has reports whether a chunk is here.
func (x *cache) has(s *shelf, chunk uint32) bool {
	return x.turn(s, chunk/pageChunks) && s.bits[chunk/64%pageWords]>>(chunk%64)&1 == 1
}

// put notes that a chunk is here.
func (x *cache) put(s *shelf, chunk uint32) {
	if page := chunk / pageChunks; !x.turn(s, page) {
		if s.bits != [pageWords]uint64{} {
			h := x.pages.Alloc()
			*x.pages.At(h) = shelfPage{s.page, s.more, s.bits}
			s.more = h
		}
		s.page, s.bits = page, [pageWords]uint64{}
	}
	s.bits[chunk/64%pageWords] |= 1 << (chunk % 64)
}

// take notes that a chunk that was here is not any more.
func (x *cache) take(s *shelf, chunk uint32) {
	x.turn(s, chunk/pageChunks)
	s.bits[chunk/64%pageWords] &^= 1 << (chunk % 64)
	if h := s.more; h != 0 && s.bits == [pageWords]uint64{} {
		p := x.pages.At(h)
		s.page, s.more, s.bits = p.page, p.next, p.bits
		x.pages.Release(h)
	}
}

// run returns how many chunks from a given one on are here without a gap, at most n.
func (x *cache) run(s *shelf, chunk, n uint32) (have uint32) {
	for have < n && x.turn(s, (chunk+have)/pageChunks) {
		at := chunk + have
		free := ^s.bits[at/64%pageWords] >> (at % 64)
		ones := min(uint32(bits.TrailingZeros64(free)), 64-at%64)
		have += ones
		if ones < 64-at%64 {
			break
		}
	}
	return min(have, n)
}

func (s *shelf) empty() bool { return s.more == 0 && s.bits == [pageWords]uint64{} }
