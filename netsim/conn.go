package netsim

import "peerstreamer/core"

// endState is how far a connection has come, as one of its nodes sees it.
type endState uint8

const (
	free     endState = iota
	unborn            // the peer has dialled; this node does not know yet
	dialling          // this node has dialled
	open              //
	closing           // the peer has closed, and the node is being told
)

// end is a node's end of a connection. Both ends come into being when one of the nodes dials, so crossed dials meet in
// one connection by themselves. Its number is the node's core.Conn.
type end struct {
	node, to   core.NodeID // whose it is, and who is at the other end
	peer       uint32      // the other end
	gen        uint32      // counts the lives of this row
	peerGen    uint32      // the other end is gone if its gen is not this
	next, prev uint32      // in the node's list
	lat        core.Time   // one way

	watches uint32 // list of what this node expects
	flows   uint32 // list of what this node sends and has not finished
	intros  uint32 // list of the videos that this end has named

	first, last uint32     // letters that wait for OnOpen
	flight      core.Bytes // control bytes that the peer has not taken
	refusals    uint32     // how many spans this end refused of which no flow had come
	seen        uint32     // how many such refusals of the peer have come here
	state       endState
	dialled     bool // by this node
}

// letter is a control message or, with Kind 0, a manifest on its way.
type letter struct {
	msg  core.Msg
	size core.Bytes
	next uint32
}

// intro says that an end has named a video to its peer, which costs bytes once.
type intro struct {
	video core.Video
	next  uint32
}

func pairKey(n, peer core.NodeID) uint64 { return uint64(n)<<32 | uint64(peer) }

// mine returns c's row if it is an end that the running node knows and has not closed.
func (s *Sim) mine(c core.Conn) (*end, bool) {
	if !s.ends.Has(uint32(c)) {
		return nil, false
	}
	e := s.ends.At(uint32(c))
	return e, e.node == s.current && e.state > unborn
}

// peer returns the other end, false if it is gone.
func (s *Sim) peer(i uint32) (uint32, bool) {
	e := s.ends.At(i)
	return e.peer, e.peer != 0 && s.ends.At(e.peer).gen == e.peerGen
}

// tell lets something arrive at the other end of i, one latency from now or, with jitter and loss, somewhat later. It is
// lost if that end is gone.
func (s *Sim) tell(i uint32, e event) {
	if peer, ok := s.peer(i); ok {
		e.a, e.b, e.at = peer, s.ends.At(peer).gen, s.arrival(i)
		s.queue.push(e)
	}
}

func (s *Sim) dial(peer core.NodeID) core.Conn {
	self := s.current
	if i := s.pairs.Get(pairKey(self, peer)); i != 0 {
		return core.Conn(i)
	}
	if peer == 0 || peer == self || int(peer) >= len(s.nodes) || s.full(self) {
		return s.dialNobody(peer)
	}
	// The peer may have dialled us, and we only do not know yet.
	if there := s.pairs.Get(pairKey(peer, self)); there != 0 {
		if i, ok := s.peer(there); ok && s.ends.At(i).state == unborn {
			s.startDialling(i)
			return core.Conn(i)
		}
	}
	i, there := s.newEnd(self, peer), s.newEnd(peer, self)
	e, t := s.ends.At(i), s.ends.At(there)
	e.peer, e.peerGen = there, t.gen
	t.peer, t.peerGen = i, e.gen
	e.lat = s.Latency(self, peer)
	t.lat = s.Latency(peer, self)
	s.parts.slowest = max(s.parts.slowest, e.lat, t.lat)
	s.newLane(i)
	s.newLane(there)
	s.startDialling(i)
	return core.Conn(i)
}

// dialNobody returns a connection to a handle that means no other node, or from a node that may have no more
// connections. It is refused at once.
func (s *Sim) dialNobody(peer core.NodeID) core.Conn {
	i := s.newEnd(s.current, peer)
	s.ends.At(i).state = dialling
	s.link(i)
	s.after(0, event{kind: evRefused, a: i, b: s.ends.At(i).gen})
	return core.Conn(i)
}

func (s *Sim) newEnd(node, to core.NodeID) uint32 {
	i := s.ends.Alloc()
	e := s.ends.At(i)
	*e = end{node: node, to: to, gen: e.gen + 1, state: unborn}
	return i
}

func (s *Sim) startDialling(i uint32) {
	s.ends.At(i).state, s.ends.At(i).dialled = dialling, true
	s.link(i)
	s.tell(i, event{kind: evDialled})
}

// link puts an end into its node's list and makes it the node's connection to its peer.
func (s *Sim) link(i uint32) {
	e := s.ends.At(i)
	n := &s.nodes[e.node]
	e.next = n.ends
	if n.ends != 0 {
		s.ends.At(n.ends).prev = i
	}
	n.ends = i
	s.countConns(e.node, 1)
	s.pairs.Put(pairKey(e.node, e.to), i)
}

// dialled: the peer's dial has come. The crossing dial of this node, if there was one, is thereby answered.
func (s *Sim) dialled(i uint32) {
	e := s.ends.At(i)
	switch {
	case e.state == dialling:
		s.open(i)
	case e.state != unborn:
	case s.nodes[e.node].state == stopped || s.full(e.node) || s.pairs.Get(pairKey(e.node, e.to)) != 0:
		s.tell(i, event{kind: evRefused})
		s.releaseEnd(i)
	default:
		s.link(i)
		s.tell(i, event{kind: evAccepted})
		s.open(i)
	}
}

func (s *Sim) accepted(i uint32) {
	if s.ends.At(i).state == dialling {
		s.open(i)
	}
}

func (s *Sim) refused(i uint32) {
	if e := s.ends.At(i); e.state == dialling {
		n := e.node
		s.drop(i, core.Refused)
		s.onClose(n, i, core.Refused)
	}
}

// open tells an end's node that it is open, and sends what has waited for that. In crossed dials the lower node counts
// as the one that dialled.
func (s *Sim) open(i uint32) {
	e := s.ends.At(i)
	var flags core.PeerFlags
	peer, ok := s.peer(i)
	if !e.dialled || ok && s.ends.At(peer).dialled && e.to < e.node {
		flags |= core.PeerInbound
	}
	if s.nodes[e.to].source {
		flags |= core.PeerIsSource
	}
	e.state = open
	if s.lost(i) {
		s.burn(e)
	}
	for l := e.first; l != 0; l = s.letters.At(l).next {
		s.tell(i, event{kind: evLetter, c: l})
	}
	e.first, e.last = 0, 0
	s.onOpen(e.node, i, uint32(e.to), flags)
}

// send queues a letter, which costs what it says and, for the first naming of a video, an introduction.
func (s *Sim) send(i uint32, l letter) {
	e := s.ends.At(i)
	if e.state == closing || s.lost(i) {
		return
	}
	if v := l.msg.Video; v != 0 && int(v) < len(s.videos) {
		if f, _ := l.msg.Kind.Fields(); l.msg.Kind == 0 || f&core.FieldVideo != 0 {
			l.size += s.introduce(e, v)
		}
	}
	e.flight += l.size
	s.nodes[e.node].past.ControlSent += l.size
	s.crosses(e.node, e.to, 0, l.size)
	j := s.letters.Alloc()
	*s.letters.At(j) = l
	switch {
	case e.state == open:
		s.tell(i, event{kind: evLetter, c: j})
	case e.first == 0:
		e.first, e.last = j, j
	default:
		s.letters.At(e.last).next = j
		e.last = j
	}
}

// lost reports whether the other end is gone for certain; what is sent there costs nothing and arrives nowhere.
func (s *Sim) lost(i uint32) bool {
	_, ok := s.peer(i)
	return !ok
}

// burn throws away the letters that wait for an end to open.
func (s *Sim) burn(e *end) {
	for l := e.first; l != 0; {
		next := s.letters.At(l).next
		s.letters.Release(l)
		l = next
	}
	e.first, e.last = 0, 0
}

// introduce returns what it costs an end to name a video: something the first time, then nothing. It keeps the list in
// the order of last use, so that a video in use is found at once.
func (s *Sim) introduce(e *end, v core.Video) core.Bytes {
	for prev, i := uint32(0), e.intros; i != 0; prev, i = i, s.intros.At(i).next {
		if in := s.intros.At(i); in.video == v {
			if prev != 0 {
				s.intros.At(prev).next = in.next
				in.next, e.intros = e.intros, i
			}
			return 0
		}
	}
	i := s.intros.Alloc()
	*s.intros.At(i) = intro{v, e.intros}
	e.intros = i
	return core.VideoIntroSize(len(s.videos[v].name))
}

// letterArrives hands a letter to the node, if it is still there to take it.
func (s *Sim) letterArrives(i, j uint32, alive bool) {
	l := *s.letters.At(j)
	s.letters.Release(j)
	if !alive {
		return
	}
	e := s.ends.At(i)
	if peer, ok := s.peer(i); ok {
		s.ends.At(peer).flight -= l.size
	}
	if e.state != open {
		return
	}
	s.nodes[e.node].past.ControlReceived += l.size
	if l.msg.Kind == 0 {
		s.onVideo(e.node, i, l.msg.Video, s.videos[l.msg.Video].info)
	} else {
		s.onMsg(e.node, i, l.msg)
	}
}

// drop closes an end and all that hangs on it, without a word to its node. The other end hears why, one latency later.
func (s *Sim) drop(i uint32, why core.Reason) {
	s.tell(i, event{kind: evClosed, x: uint8(why)})
	for s.ends.At(i).watches != 0 {
		s.unwatch(s.ends.At(i).watches)
	}
	for s.ends.At(i).flows != 0 {
		s.stopSending(s.ends.At(i).flows)
	}
	e := s.ends.At(i)
	s.burn(e)
	for in := e.intros; in != 0; {
		next := s.intros.At(in).next
		s.intros.Release(in)
		in = next
	}
	if e.next != 0 {
		s.ends.At(e.next).prev = e.prev
	}
	if e.prev != 0 {
		s.ends.At(e.prev).next = e.next
	} else {
		s.nodes[e.node].ends = e.next
	}
	if key := pairKey(e.node, e.to); s.pairs.Get(key) == i {
		s.pairs.Remove(key)
	}
	s.countConns(e.node, -1)
	s.releaseEnd(i)
}

// releaseEnd ends the life of a row. While a callback runs its number stays taken, so that a machine that has just closed
// a connection does not get the same handle for another before it has returned.
func (s *Sim) releaseEnd(i uint32) {
	e := s.ends.At(i)
	e.state = free
	e.gen++
	if s.current != 0 {
		s.closed = append(s.closed, i)
	} else {
		s.ends.Release(i)
	}
}

// peerClosed ends the flows of an end, telling its node of each, and then the end itself.
func (s *Sim) peerClosed(i uint32, why core.Reason) {
	e := s.ends.At(i)
	gen, n := e.gen, e.node
	e.state = closing
	// Each callback may close the end itself; then there is nothing more to tell.
	for s.ends.At(i).gen == gen {
		if f := s.ends.At(i).flows; f != 0 {
			s.endSending(f, core.FlowCut)
		} else if w := s.flowing(i); w != 0 {
			s.endReceiving(w, core.FlowCut)
		} else {
			s.drop(i, why)
			s.onClose(n, i, why)
			return
		}
	}
}
