package netsim

import (
	"fmt"

	"peerstreamer/core"
)

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
// one connection by themselves. Its number is the node's core.Conn. It fills a cache line: at a million nodes each event
// finds the line of its end cold, so nothing that happens all the time looks at the peer's.
type end struct {
	node, to   core.NodeID // whose it is, and who is at the other end
	peer       uint32      // the other end; 0: there never was one
	gen        uint32      // counts the lives of this row; the other end is gone if its gen is not the same
	next, prev uint32      // in the node's list

	watches uint32     // list of what this node expects
	flows   uint32     // list of what this node sends and has not finished
	waiting uint32     // the last of the letters that wait for OnOpen, in a ring
	intro   core.Video // the video that this end has named last
	intros  uint32     // list of the others
	sent    uint32     // control bytes sent, and ...
	taken   uint32     // ... taken here, modulo 2^32: what the peer has not taken is the difference, or sent if it is gone

	latLow         uint32 // one way to the peer, in ns
	latHigh        uint8
	state          endState
	dialled        bool   // by this node
	refusals, seen uint16 // spans refused here of which no flow had come, and those of the peer, modulo 2^16; see bind
}

// latency returns how long it takes to the other end, at most maxLatency.
func (e *end) latency() core.Time { return core.Time(e.latLow) | core.Time(e.latHigh)<<32 }

func (e *end) setLatency(t core.Time) {
	if t < 0 || t > maxLatency {
		panic(fmt.Sprintf("netsim: %.3f s from node %d to node %d: want 0 to %.0f s", t.Seconds(), e.node, e.to, maxLatency.Seconds()))
	}
	e.latLow, e.latHigh = uint32(t), uint8(t>>32)
}

// maxLatency is the longest way between two nodes: 18 minutes.
const maxLatency core.Time = 1<<40 - 1

// intro says that an end has named a video to its peer, which costs bytes once.
type intro struct {
	video core.Video
	next  uint32
}

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
	return e.peer, e.peer != 0 && s.ends.At(e.peer).gen == e.gen
}

// tell lets something arrive at the other end of i, one latency from now or, with jitter and loss, somewhat later. It is
// lost if that end is gone by then.
func (s *Sim) tell(i uint32, e event) {
	if from := s.ends.At(i); from.peer != 0 {
		e.a, e.b, e.at = from.peer, from.gen, s.arrival(i)
		s.queue.push(e)
	}
}

func (s *Sim) dial(peer core.NodeID) core.Conn {
	self := s.current
	if i := s.endOf(self, peer); i != 0 {
		return core.Conn(i)
	}
	if peer == 0 || peer == self || int(peer) >= len(s.nodes) || s.full(self) {
		return s.dialNobody(peer)
	}
	// The peer may have dialled us, and we only do not know yet.
	if there := s.endOf(peer, self); there != 0 {
		if i, ok := s.peer(there); ok && s.ends.At(i).state == unborn {
			s.startDialling(i)
			return core.Conn(i)
		}
	}
	i, there := s.newEnd(self, peer), s.newEnd(peer, self)
	e, t := s.ends.At(i), s.ends.At(there)
	e.peer, t.peer = there, i
	e.gen = max(e.gen, t.gen)
	t.gen = e.gen
	e.setLatency(s.Latency(self, peer))
	t.setLatency(s.Latency(peer, self))
	s.parts.slowest = max(s.parts.slowest, e.latency(), t.latency())
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
	s.index(n, i)
	e.next = n.ends
	if n.ends != 0 {
		s.ends.At(n.ends).prev = i
	}
	n.ends = i
	s.countConns(e.node, 1)
}

// dialled: the peer's dial has come. The crossing dial of this node, if there was one, is thereby answered.
func (s *Sim) dialled(i uint32) {
	e := s.ends.At(i)
	switch {
	case e.state == dialling && s.isBarred(e.node): // It came to nothing; the node's own dial is on its way.
	case e.state == dialling:
		if s.isBarred(e.to) {
			s.tell(i, event{kind: evAccepted})
		}
		s.open(i)
	case e.state != unborn:
	case s.isBarred(e.node) || s.nodes[e.node].state == stopped || s.full(e.node) || s.endOf(e.node, e.to) != 0:
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
// as the one that dialled, or the one that cannot be dialled.
func (s *Sim) open(i uint32) {
	e := s.ends.At(i)
	var flags core.PeerFlags
	peer, ok := s.peer(i)
	if !e.dialled || ok && s.ends.At(peer).dialled && e.to < e.node {
		flags |= core.PeerInbound
	}
	switch {
	case s.isBarred(e.to):
		flags = core.PeerInbound | core.PeerUndialable
	case s.isBarred(e.node):
		flags = 0
	}
	if s.nodes[e.to].source {
		flags |= core.PeerIsSource
	}
	e.state = open
	if last := e.waiting; last != 0 {
		e.waiting = 0
		for l := s.letters.At(last).next; ; l = s.letters.At(l).next {
			s.tell(i, event{kind: evLetter, c: l})
			if l == last {
				break
			}
		}
	}
	s.onOpen(e.node, i, uint32(e.to), flags)
}

// send queues a message, which costs so many bytes and, for the first naming of a video, an introduction.
func (s *Sim) send(i uint32, m *core.Msg, bytes core.Bytes) {
	e := s.ends.At(i)
	if e.state == closing || e.peer == 0 {
		return
	}
	if v := m.Video; v != 0 && int(v) < len(s.videos) {
		if f, _ := m.Kind.Fields(); m.Kind == 0 || f&core.FieldVideo != 0 {
			bytes += s.introduce(e, v)
		}
	}
	e.sent += uint32(bytes)
	s.nodes[e.node].past.ControlSent += bytes
	s.crosses(e.node, e.to, 0, bytes)
	j := s.write(m, uint32(bytes))
	switch {
	case e.state == open:
		s.tell(i, event{kind: evLetter, c: j})
	case e.waiting == 0:
		s.letters.At(j).next = j
		e.waiting = j
	default:
		last := s.letters.At(e.waiting)
		s.letters.At(j).next, last.next = last.next, j
		e.waiting = j
	}
}

// burn throws away the letters that wait for an end to open.
func (s *Sim) burn(e *end) {
	for e.waiting != 0 {
		last := s.letters.At(e.waiting)
		l := last.next
		if last.next = s.letters.At(l).next; l == e.waiting {
			e.waiting = 0
		}
		s.throwAway(l)
	}
}

// introduce returns what it costs an end to name a video: something the first time, then nothing.
func (s *Sim) introduce(e *end, v core.Video) core.Bytes {
	if e.intro == v {
		return 0
	}
	last := e.intro
	e.intro = v
	for i := e.intros; i != 0; i = s.intros.At(i).next {
		if in := s.intros.At(i); in.video == v {
			in.video = last
			return 0
		}
	}
	if last != 0 {
		i := s.intros.Alloc()
		*s.intros.At(i) = intro{last, e.intros}
		e.intros = i
	}
	return core.VideoIntroSize(len(s.videos[v].name))
}

// letterArrives hands a letter to the node, if it is still there to take it.
func (s *Sim) letterArrives(i, j uint32, alive bool) {
	if !alive {
		s.throwAway(j)
		return
	}
	m, size := s.read(j)
	e := s.ends.At(i)
	e.taken += size
	if e.state != open {
		return
	}
	s.nodes[e.node].past.ControlReceived += core.Bytes(size)
	if m.Kind == 0 {
		s.onVideo(e.node, i, m.Video, s.videos[m.Video].info)
	} else {
		s.onMsg(e.node, i, m)
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
	if peer, ok := s.peer(i); ok {
		s.ends.At(peer).sent -= e.taken
	}
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
	s.unindex(&s.nodes[e.node], i)
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
