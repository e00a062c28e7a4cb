package realnet

import "peerstreamer/realnet/wire"

// maxOvertaken is how many connections that have ended a node remembers for the sake of late dials. A dial is late by the
// time that its hello waits to be read.
const maxOvertaken = 64

// overtaken tells of a peer's dials that a connection with it has overtaken, and that must not give another one although that
// connection has ended meanwhile. The peer has given such a dial up, but its hello may have been on its way.
type overtaken struct {
	rows [maxOvertaken]struct {
		session wire.Session
		before  uint64 // dials with lower numbers
	}
	next int
}

// ended remembers a connection: none of the peer's dials that were begun before it was made is good any more.
func (o *overtaken) ended(l *link) {
	before := l.peer.Dial // if the peer dialled, this was its latest
	if !l.inbound {
		before++ // it has told how many it had begun when it agreed to ours
	}
	row := &o.rows[o.next]
	row.session, row.before = l.peer.Session, before
	o.next = (o.next + 1) % maxOvertaken
}

// has reports whether a peer's dial was overtaken.
func (o *overtaken) has(h wire.Hello) bool {
	for i := range o.rows {
		if o.rows[i].session == h.Session && h.Dial < o.rows[i].before {
			return true
		}
	}
	return false
}
