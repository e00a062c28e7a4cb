package core

// errand is what a stream waits for besides chunks: the answer to a query, and a moment to wake up. Few streams wait for
// either at a time, so it is a row of its own, which exists only while there is something in it.
type errand struct {
	conn  Conn   // a query is on its way there; 0: none
	chunk uint32 // what it is about
	lost  bool   // the query's connection closed; the policy is not told yet
	by    Time   // the answer is due; Never: none
	wake  Time   // what Stream.Wake has set; Never: nothing
}

// noErrand is that of a stream that waits for nothing.
var noErrand = errand{by: Never, wake: Never}

// errand returns a stream's. O(1).
func (s *Swarm) errand(st *stream) errand {
	if st.errand == 0 {
		return noErrand
	}
	return *s.errands.At(st.errand)
}

// setErrand changes a stream's. O(1).
func (s *Swarm) setErrand(st *stream, e errand) {
	if e.conn == 0 {
		e.chunk = 0
	}
	switch {
	case e != noErrand:
		if st.errand == 0 {
			st.errand, _ = s.errands.take()
		}
		*s.errands.At(st.errand) = e
	case st.errand != 0:
		s.errands.give(st.errand)
		st.errand = 0
	}
}

// awaits reports whether a stream's query about a chunk of a video is on its way on a connection.
func (t turn) awaits(s *stream, c Conn, id ChunkID) bool {
	if s.errand == 0 || s.video != id.Video {
		return false
	}
	e := t.errands.At(s.errand)
	return e.conn == c && e.chunk == id.Chunk
}

// answered ends a stream's query.
func (t turn) answered(s *stream) {
	e := t.errand(s)
	by := e.by
	e.conn, e.by = 0, Never
	t.setErrand(s, e)
	t.relax(by)
}
