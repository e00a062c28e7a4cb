package core

import (
	"fmt"
	"slices"
)

// Swarm is the Machine that policies share: the state machine of every node of one Network. It carries out what a
// Policy decides and owns everything else: connections and their timeouts, the tree and failover, the master's
// directory, the cache index, streams, uploads and playout.
//
// State lies in slabs indexed by handles, so that a node costs what it uses. Each callback is one turn of one node;
// the file named after a subject holds that part of it: member.go and children.go the tree, stream.go and upload.go what
// others read here, request.go, partial.go, upstream.go and overdue.go what this node reads elsewhere, view.go viewers.
type Swarm struct {
	cfg    Config
	policy Policy

	nodes    slab[node]   // by NodeID
	peers    slab[peer]   // by Conn
	views    slab[view]   // by View
	streams  slab[stream] // by slot
	requests slab[request]
	partials slab[partial]
	uploads  slab[upload]
	cache    cacheIndex
	infos    []VideoInfo // by Video, zero where no manifest is known
	opened   []View      // in the order of opening
	observer func(Notice)
	clock    Time   // of the last callback, for OnStop, which has no Network
	opens    uint32 // streams opened so far, for their numbers

	// What is handed to the policy, kept here so that a call allocates nothing.
	streamHandle Stream
	nodeHandle   Node
	msg          Msg
}

// node is one node's state.
type node struct {
	name    uint64
	running bool
	source  bool // has videos of its own and no master

	member           bool // registers with its master
	registered       bool
	master, fallback NodeID
	up               NodeID // who serves as master now: master, fallback, or 0 while there is none
	upConn, joinConn Conn   // to up; on which registration is under way or done
	joinBy           Time   // registration must be answered by then
	retryAt          Time   // then turn to the fallback
	rejoinAt         Time   // then try the master again
	pongBy           Time   // a pinged upstream must have said something by then
	backoff          Time   // before the next attempt but one

	peers     uint32 // list of Conns
	streams   uint32 // list of stream slots, newest first
	requests  uint32 // list of requests
	partials  uint32 // list of partials
	views     uint32 // list of Views that are not over
	children  uint32 // how many are registered
	nstreams  uint32
	uploading int32    // uploads that hold a slot
	waiting   []uint32 // uploads that wait for a slot, in the order they came
	deadline  Time     // what timerRequest is set to
	wakeAt    Time     // what timerWake is set to
	gets      uint32   // that opened a stream upstream, so far
	idleArmed bool

	cached    cacheList
	videos    []nodeVideo
	asks      []ask // peers that want a manifest this node is asking for itself
	banned    []ban
	directory directory

	rec NodeRecord
}

// nodeVideo is what a node knows of a video.
type nodeVideo struct {
	video  Video
	known  bool // has the manifest
	owned  bool // has all chunks, for ever
	from   Conn // who was asked for the manifest
	asked  Time // when the manifest was last asked for
	by     Time // the answer is due by then
	probed bool // the master was pinged because no answer came
}

type ask struct {
	conn  Conn
	video Video
}

// ban remembers a peer that sent bad data.
type ban struct {
	peer  NodeID
	until Time
}

const (
	banFor  = Minute
	maxBans = 16
)

// peer is one end of a connection.
type peer struct {
	node       NodeID // whose end this is
	id         NodeID // who is at the other
	next, prev uint32
	uploads    uint32 // list of gets that this peer asked and that are not over
	readers    uint32 // streams that it reads here
	gets       uint32 // uploads in its list
	child      bool   // registered here
	kid        uint32 // its row in the directory
	open       bool
	source     bool
	heard      Time // the last sign of life
	pinged     Time // a ping that was sent then is not answered yet; 0 none
}

// Timers of a node.
const (
	timerPing    Timer = iota // the master's round over its children
	timerRequest              // the first of the node's requests, queries and resolves is due
	timerMember               // registration, fallback or rejoining is due
	timerView                 // the first of the node's views plays into something
	timerIdle                 // look for streams and connections nobody uses
	timerWake                 // the first Stream.Wake is due
)

// NewSwarm returns the Machine for nodes that follow a policy. It panics if the configuration is invalid.
func NewSwarm(cfg Config, p Policy) *Swarm {
	if err := cfg.Validate(); err != nil {
		panic(fmt.Sprintf("core: NewSwarm: %v", err))
	}
	return &Swarm{cfg: cfg, policy: p}
}

// turn is one callback of one node: what it may do, to whom.
type turn struct {
	*Swarm
	net  Network
	self NodeID
}

func (t turn) node() *node       { return t.nodes.at(uint32(t.self)) }
func (t turn) now() Time         { return t.net.Now() }
func (t turn) peer(c Conn) *peer { return t.peers.at(uint32(c)) }

// running tells whether the node of a callback still lives, and begins its turn.
func (s *Swarm) turn(net Network, self NodeID) (turn, bool) {
	t := turn{s, net, self}
	s.clock = net.Now()
	return t, int(self) < len(s.nodes.rows) && s.nodes.at(uint32(self)).running
}

// mine reports whether c is a connection that this node knows.
func (t turn) mine(c Conn) bool {
	return c != 0 && int(c) < len(t.peers.rows) && t.peer(c).node == t.self
}

// OnStart implements Machine.
func (s *Swarm) OnStart(net Network, self NodeID, b Boot) {
	n := s.nodes.grow(uint32(self))
	*n = node{name: b.Name, running: true, source: b.IsSource, rec: n.rec,
		joinBy: Never, retryAt: Never, rejoinAt: Never, pongBy: Never, deadline: Never, wakeAt: Never, backoff: s.cfg.RejoinMin}
	n.master, n.fallback, n.member = s.policy.Parents(b)
	if n.master == self {
		n.master = 0 // A root of the tree, as the source is to itself.
	}
	if n.fallback == n.master || n.fallback == self {
		n.fallback = 0
	}
	t := turn{s, net, self}
	for _, v := range b.Owns {
		s.learn(v.Video, v.Info)
		n.videos = append(n.videos, nodeVideo{video: v.Video, known: true, owned: true, by: Never})
	}
	for _, v := range b.Knows {
		s.learn(v.Video, v.Info)
		if n.video(v.Video) == nil {
			n.videos = append(n.videos, nodeVideo{video: v.Video, known: true, by: Never})
		}
	}
	for _, id := range b.Held {
		if v := n.video(id.Video); v != nil && !v.owned && id.Chunk < s.infos[id.Video].Chunks() && s.cache.find(self, id) == 0 {
			s.cache.add(self, &n.cached, id)
		}
	}
	t.shrink()
	if n.master != 0 {
		t.join()
		t.follow(n.master, t.node().joinConn)
	}
}

// OnStop implements Machine.
func (s *Swarm) OnStop(self NodeID, held []ChunkID) []ChunkID {
	n := s.nodes.at(uint32(self))
	for h := n.cached.oldest; h != 0; {
		e := s.cache.entries.at(h)
		held = append(held, e.id)
		next := e.next
		s.cache.remove(&n.cached, h)
		h = next
	}
	for c := n.peers; c != 0; {
		p := s.peers.at(c)
		next := p.next
		for u := p.uploads; u != 0; {
			after := s.uploads.at(u).next
			s.uploads.give(u)
			u = after
		}
		*p = peer{}
		c = next
	}
	for h := n.streams; h != 0; {
		next := s.streams.at(h).next
		s.freeStream(h)
		h = next
	}
	for h := n.requests; h != 0; {
		next := s.requests.at(h).next
		s.requests.give(h)
		h = next
	}
	for h := n.partials; h != 0; {
		next := s.partials.at(h).next
		s.partials.give(h)
		h = next
	}
	for h := n.views; h != 0; {
		v := s.views.at(h)
		next := v.next
		v.next, v.stream, v.stopped, v.why, v.end = 0, 0, true, Stopping, s.clock
		v.play.Leave(s.clock)
		h = next
	}
	*n = node{name: n.name, rec: n.rec}
	return held
}

// OnOpen implements Machine.
func (s *Swarm) OnOpen(net Network, self NodeID, c Conn, id NodeID, f PeerFlags) {
	t, ok := s.turn(net, self)
	if !ok {
		return
	}
	t.meet(c, id)
	p := t.peer(c)
	p.open, p.source, p.heard = true, f&PeerIsSource != 0, t.now()
	t.armIdle()
	if n := t.node(); c == n.joinConn && !n.member {
		t.joined()
	}
}

// meet makes a row for a connection. One row may be met twice: at Dial and at OnOpen.
func (t turn) meet(c Conn, id NodeID) {
	p := t.peers.grow(uint32(c))
	if p.node == t.self && p.id != 0 {
		p.id = id
		return
	}
	n := t.node()
	*p = peer{node: t.self, id: id, next: n.peers, heard: t.now()}
	if n.peers != 0 {
		t.peers.at(n.peers).prev = uint32(c)
	}
	n.peers = uint32(c)
}

// dial returns a connection to a peer, new or not.
func (t turn) dial(id NodeID) Conn {
	c := t.net.Dial(id)
	t.meet(c, id)
	return c
}

// hangUp closes a connection and settles everything that depended on it.
func (t turn) hangUp(c Conn, why Reason) {
	t.net.Close(c, why)
	t.parted(c, why)
}

// OnClose implements Machine.
func (s *Swarm) OnClose(net Network, self NodeID, c Conn, why Reason) {
	if t, ok := s.turn(net, self); ok && t.mine(c) {
		t.parted(c, why)
	}
}

// parted forgets a connection that is closed, then tells everyone who counted on it.
func (t turn) parted(c Conn, why Reason) {
	n := t.node()
	t.disown(c)
	for u := t.peer(c).uploads; u != 0; u = t.peer(c).uploads {
		t.endUpload(u)
	}
	for h := n.streams; h != 0; {
		s := t.streams.at(h)
		next := s.next
		if s.conn == c {
			t.endStream(h)
		} else if s.upConn == c {
			s.upConn, s.upStream, s.opening = 0, 0, false
		}
		h = next
	}
	n.asks = slices.DeleteFunc(n.asks, func(a ask) bool { return a.conn == c })
	for i := range n.videos {
		if n.videos[i].from == c {
			n.videos[i].from = 0
		}
	}
	p := t.peer(c)
	if p.prev != 0 {
		t.peers.at(p.prev).next = p.next
	} else {
		n.peers = p.next
	}
	if p.next != 0 {
		t.peers.at(p.next).prev = p.prev
	}
	id := p.id
	*p = peer{}
	t.membershipParted(c)
	t.requestsParted(c, id, why)
	t.planHeirs()
	t.startWaiting()
}

// OnMsg implements Machine.
func (s *Swarm) OnMsg(net Network, self NodeID, c Conn, m Msg) {
	t, ok := s.turn(net, self)
	if !ok || !t.mine(c) {
		return
	}
	p := t.peer(c)
	p.heard, p.pinged = t.now(), 0
	switch m.Kind {
	case MsgResolve:
		t.onResolve(c, m)
	case MsgGet, MsgGetHere, MsgGetOnce:
		t.onGet(c, m)
	case MsgCancel:
		t.onCancel(c, m)
	case MsgRelease:
		t.onRelease(c, m)
	case MsgOpened:
		t.onOpened(c, m)
	case MsgNo:
		t.onNo(c, m)
	case MsgQuery:
		t.onQuery(c, m)
	case MsgPeers:
		t.onPeers(c, m)
	case MsgRegister:
		t.onRegister(c, m)
	case MsgRegistered:
		if c == t.node().joinConn {
			t.joined()
		}
	case MsgHeld:
		t.onHeld(c, m)
	case MsgReport:
		t.onReport(c, m)
	case MsgPing:
		t.net.Send(c, Msg{Kind: MsgPong})
	case MsgPong: // Being heard was all.
	default:
		if m.Kind >= MsgPolicy && m.Kind <= MsgPolicyLast {
			s.nodeHandle = Node{t}
			s.policy.Message(&s.nodeHandle, p.id, m)
			return
		}
		t.bad(c, m)
	}
}

// bad answers a message that makes no sense.
func (t turn) bad(c Conn, m Msg) {
	t.node().rec.BadCalls++
	t.net.Send(c, No(m, BadCall))
}

// OnFlow implements Machine.
func (s *Swarm) OnFlow(net Network, self NodeID, e FlowEvent) {
	t, ok := s.turn(net, self)
	if !ok || !t.mine(e.Conn) {
		return
	}
	t.peer(e.Conn).heard, t.peer(e.Conn).pinged = t.now(), 0
	if e.Tag != 0 {
		t.onSending(e)
	} else {
		t.onReceiving(e)
	}
}

// OnTimer implements Machine.
func (s *Swarm) OnTimer(net Network, self NodeID, timer Timer) {
	t, ok := s.turn(net, self)
	if !ok {
		return
	}
	switch timer {
	case timerPing:
		t.pingChildren()
	case timerRequest:
		t.requestsDue()
	case timerMember:
		t.membershipDue()
	case timerView:
		t.viewsDue()
	case timerIdle:
		t.sweepIdle()
	case timerWake:
		t.wakesDue()
	}
}

// Fork implements Machine.
func (s *Swarm) Fork() Machine {
	f := *s
	f.policy = s.policy.Fork()
	f.nodes = s.nodes.clone()
	for i := range f.nodes.rows {
		n := &f.nodes.rows[i]
		n.waiting = slices.Clone(n.waiting)
		n.videos = slices.Clone(n.videos)
		n.asks = slices.Clone(n.asks)
		n.banned = slices.Clone(n.banned)
		n.directory = n.directory.clone()
	}
	f.peers, f.views, f.streams = s.peers.clone(), s.views.clone(), s.streams.clone()
	f.requests, f.partials, f.uploads = s.requests.clone(), s.partials.clone(), s.uploads.clone()
	f.cache = s.cache.clone()
	f.infos, f.opened = slices.Clone(s.infos), slices.Clone(s.opened)
	f.streamHandle, f.nodeHandle, f.observer = Stream{}, Node{}, nil
	return &f
}

// Node returns what a node has received, sent and kept so far, over all its lives.
func (s *Swarm) Node(id NodeID) NodeRecord {
	if int(id) >= len(s.nodes.rows) {
		return NodeRecord{}
	}
	n := s.nodes.at(uint32(id))
	r := n.rec
	r.Children, r.DirectoryEntries = n.children, uint32(n.directory.entries)
	r.Streams, r.Cached = n.nstreams, n.cached.count
	for h := n.cached.oldest; h != 0; h = s.cache.entries.at(h).next {
		r.Locks += uint32(s.cache.entries.at(h).locks)
	}
	return r
}

// Holds reports whether a node has a whole chunk.
func (s *Swarm) Holds(id NodeID, c ChunkID) bool {
	if int(id) >= len(s.nodes.rows) {
		return false
	}
	n := s.nodes.at(uint32(id))
	if v := n.video(c.Video); v != nil && v.owned {
		return c.Chunk < s.infos[c.Video].Chunks()
	}
	return s.cache.find(id, c) != 0
}

// Upstream returns who serves as a node's master now, 0 while nobody does.
func (s *Swarm) Upstream(id NodeID) NodeID {
	if int(id) >= len(s.nodes.rows) {
		return 0
	}
	return s.nodes.at(uint32(id)).up
}
