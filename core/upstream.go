package core

// A stream's own stream at the node that it reads from as a child. The upstream serves it in order, so both ends keep a
// position, and a get that does not continue there waits for a gap that nobody will fill:
//
//	here    upPos: done          upNext: asked for last, and one
//	        |                    |
//	  ...4  5  6  7              8        gets of 5, 6 and 7 are on their way
//	        |
//	there   pos: to be read next; 6 and 7 wait for their turn
//
// A get of 5 to 8 continues. Any other, because siblings brought the chunks between or another reader of this node did,
// needs another stream: one of the node's that stands there (takeOver), or a new one (releaseUpstream, and a get that
// opens). A get that is withdrawn takes those behind it along.

// continues reports whether a chunk comes next on the stream that s has at an upstream.
func (s *stream) continues(c Conn, chunk uint32) bool {
	return s.upConn == c && chunk >= s.upPos && chunk <= s.upNext
}

// after returns where a stream stands whose get of a span is done: a chunk is read when its last piece is.
func (t turn) after(span Span) uint32 {
	if span.End() == t.infos[span.Video].Pieces(span.Chunk) {
		return span.Chunk + 1
	}
	return span.Chunk
}

// takeOver exchanges a stream's stream at an upstream for another of the node's that stands at the right chunk. Readers
// of one video fetch in turn; without this each would open a new stream upstream whenever another was faster.
func (t turn) takeOver(stream uint32, c Conn, chunk uint32) bool {
	s := t.streams.At(stream)
	for h := t.node().streams; h != 0; h = t.streams.At(h).next {
		o := t.streams.At(h)
		if h == stream || o.video != s.video || o.opening || o.upConn != c || o.upNext != chunk || t.reading(h) || t.reading(stream) {
			continue
		}
		s.upConn, s.upStream, s.upPos, s.upNext, o.upConn, o.upStream, o.upPos, o.upNext =
			o.upConn, o.upStream, o.upPos, o.upNext, s.upConn, s.upStream, s.upPos, s.upNext
		return true
	}
	return false
}

// reading reports whether a stream has a get on its way that counts on its upstream's position.
func (t turn) reading(stream uint32) bool {
	for h := t.node().requests; h != 0; h = t.requests.At(h).next {
		if r := t.requests.At(h); r.stream == stream && r.kind == MsgGet {
			return true
		}
	}
	return false
}

// releaseUpstream ends a stream's stream at its upstream and every other get that waits on it.
func (t turn) releaseUpstream(stream uint32) {
	s := t.streams.At(stream)
	if s.upConn == 0 {
		return
	}
	c, number := s.upConn, s.upStream
	s.upConn, s.upStream, s.upPos, s.upNext, s.opening = 0, 0, 0, 0, false
	for h := t.node().requests; h != 0; {
		r := t.requests.At(h)
		next := r.next
		if r.stream == stream && r.conn == c && r.kind == MsgGet {
			t.abandon(h)
		}
		h = next // Abandoning one takes no other off the list.
	}
	if number != 0 {
		t.net.Send(c, Msg{Kind: MsgRelease, Aux: number})
	}
}
