package core

import "peerstreamer/core/prefetch"

// Callee is the node of a callback that comes soon, and the connection or timer that it is about.
type Callee struct {
	Node  NodeID
	Conn  Conn  // 0: none
	Timer Timer // NumTimers: none
}

// WarmSteps is how often Warm is called for a callee.
const WarmSteps = 4

// Warmer is a Machine that likes to know which callbacks come next, to have its records brought near before they are
// needed. Warm is called for each of them with step 0, 1, ... WarmSteps-1, some callbacks apart, so that what one step
// asked for is there when the next one looks into it. The last step appends to use the connections, other than the
// callee's, that the callback will probably use; it may be called twice. Warm must not change anything that matters: it may
// never be called, and what it says may not come true.
type Warmer interface {
	Warm(c Callee, step int, use []Conn) []Conn
}

// Warm implements Warmer.
func (s *Swarm) Warm(c Callee, step int, use []Conn) []Conn {
	if !s.nodes.Has(uint32(c.Node)) {
		return use
	}
	n := s.nodes.At(uint32(c.Node))
	switch step {
	case 0:
		prefetch.Row(n)
		if s.peers.Has(uint32(c.Conn)) {
			prefetch.Row(s.peers.At(uint32(c.Conn)))
		}
	case 1:
		s.warmLists(n, c)
	case 2:
		if h := n.directory; h != 0 {
			s.directories.At(h).warm()
		}
		if h := n.waiting; h != 0 {
			prefetch.Row(s.uploads.At(h))
		}
	case 3:
		return s.warmConns(n, c, use)
	}
	return use
}

// warmLists asks for the first row of each of a node's lists.
func (s *Swarm) warmLists(n *node, c Callee) {
	if h := n.videos; h != 0 {
		prefetch.Row(s.videos.At(h))
	}
	if h := n.streams; h != 0 {
		prefetch.Row(s.streams.At(h))
	}
	if h := n.requests; h != 0 {
		prefetch.Row(s.requests.At(h))
	}
	if h := n.partials; h != 0 {
		prefetch.Row(s.partials.At(h))
	}
	if h := n.views; h != 0 {
		prefetch.Row(s.views.At(h))
	}
	if h := n.directory; h != 0 {
		prefetch.Row(s.directories.At(h))
	}
	if h := n.usage.newest; h != 0 {
		prefetch.Row(s.cache.runs.At(h))
	}
	if s.peers.Has(uint32(c.Conn)) {
		if h := s.peers.At(uint32(c.Conn)).uploads; h != 0 {
			prefetch.Row(s.uploads.At(h))
		}
	}
}

// warmConns appends the connections on which the callee will probably speak or look something up, and asks for their rows.
func (s *Swarm) warmConns(n *node, c Callee, use []Conn) []Conn {
	was := len(use)
	switch {
	case c.Timer == timerPing && n.directory != 0:
		use = s.directories.At(n.directory).some(use)
	case c.Timer == timerRequest && n.requests != 0:
		use = append(use, s.requests.At(n.requests).conn)
	case c.Conn != 0 && n.waiting != 0:
		use = append(use, s.uploads.At(n.waiting).conn)
	}
	for _, u := range use[was:] {
		if s.peers.Has(uint32(u)) {
			prefetch.Row(s.peers.At(uint32(u)))
		}
	}
	return use
}

// warm asks for what most questions to a directory read.
func (d *directory) warm() {
	if len(d.kids) > 0 {
		prefetch.Part(&d.kids[0], 16*uintptr(min(len(d.kids), warmKids+1)))
	}
	if len(d.videos) > 0 {
		prefetch.Row(&d.videos[0])
	}
}

// some appends the connections of the first children.
func (d *directory) some(use []Conn) []Conn {
	for i := 1; i < min(len(d.kids), warmKids+1); i++ {
		if c := d.kids[i].conn; c != 0 {
			use = append(use, c)
		}
	}
	return use
}

// warmKids is to how many children it is worth the while to look ahead.
const warmKids = 8
