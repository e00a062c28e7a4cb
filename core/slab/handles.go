package slab

// handles is a stack of handles, in pages like the rows: a slab from which most rows are given back at once would
// otherwise leave several copies of a growing list behind.
type handles struct {
	pages []*[pageRows]uint32
	n     uint32
}

func (s *handles) push(h uint32) {
	if int(s.n>>pageBits) == len(s.pages) {
		s.pages = append(s.pages, new([pageRows]uint32))
	}
	s.pages[s.n>>pageBits][s.n%pageRows] = h
	s.n++
}

// pop removes and returns the last. There must be one.
func (s *handles) pop() uint32 {
	s.n--
	return s.pages[s.n>>pageBits][s.n%pageRows]
}

func (s *handles) clone() handles {
	c := handles{make([]*[pageRows]uint32, len(s.pages)), s.n}
	for i, p := range s.pages {
		page := *p
		c.pages[i] = &page
	}
	return c
}
