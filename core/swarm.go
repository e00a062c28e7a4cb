package core

import (
	"fmt"
	"slices"

	"peerstreamer/core/slab"
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
	ranker Ranker // the policy, if it is one

	nodes       table[node]   // by NodeID
	peers       table[peer]   // by Conn
	views       table[view]   // by View
	streams     table[stream] // by slot
	errands     table[errand]
	requests    table[request]
	partials    table[partial]
	uploads     table[upload]
	videos      table[nodeVideo]
	asks        table[ask]
	troubles    table[trouble]
	bans        table[ban]
	directories table[directory]
	cache       cache
	infos       []VideoInfo     // by Video, zero where no manifest is known
	quotas      []uint32        // KiB by Video, 0 and beyond the last: none
	paces       []Pace          // of those
	opened      slab.Slab[View] // in the order of opening
	observer    func(Notice)
	clock       Time   // of the last callback, for OnStop, which has no Network
	opens       uint32 // streams opened so far, for their numbers

	// What is handed to the policy, kept here so that a call allocates nothing.
	streamHandle Stream
	nodeHandle   Node
	msg          Msg
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
	s := &Swarm{cfg: cfg, policy: p}
	s.ranker, _ = p.(Ranker)
	return s
}

// turn is one callback of one node: what it may do, to whom.
type turn struct {
	*Swarm
	net  Network
	self NodeID
	row  *node // self's; rows stay where they are
}

func (t turn) node() *node       { return t.row }
func (t turn) now() Time         { return t.net.Now() }
func (t turn) peer(c Conn) *peer { return t.peers.At(uint32(c)) }

// turn begins a node's turn, and tells whether it lives.
func (s *Swarm) turn(net Network, self NodeID) (turn, bool) {
	s.clock = net.Now()
	if !s.nodes.Has(uint32(self)) {
		return turn{}, false
	}
	t := turn{s, net, self, s.nodes.At(uint32(self))}
	return t, t.row.running
}

// look is a turn in which nothing can be done, of a node that has lived.
func (s *Swarm) look(id NodeID) turn { return turn{s, nil, id, s.nodes.At(uint32(id))} }

// mine reports whether c is a connection that this node knows.
func (t turn) mine(c Conn) bool {
	return t.peers.Has(uint32(c)) && t.peer(c).node == t.self
}

// OnStart implements Machine.
func (s *Swarm) OnStart(net Network, self NodeID, b Boot) {
	n := s.nodes.Reach(uint32(self))
	*n = node{name: b.Name, running: true, source: b.IsSource, rec: n.rec,
		joinBy: Never, deadline: Never}
	t := turn{s, net, self, n}
	n.master, n.fallback, n.member = s.policy.Parents(b)
	if n.master == self {
		n.master = 0 // A root of the tree, as the source is to itself.
	}
	if n.fallback == n.master || n.fallback == self {
		n.fallback = 0
	}
	for _, v := range b.Owns {
		s.learn(v.Video, v.Info)
		k := t.addVideo(v.Video)
		k.known, k.hold = true, owned
	}
	for _, v := range b.Knows {
		s.learn(v.Video, v.Info)
		if t.video(v.Video) == nil {
			t.addVideo(v.Video).known = true
		}
	}
	for _, id := range b.Held {
		if v := t.video(id.Video); v != nil && id.Chunk < s.infos[id.Video].Chunks() && !t.here(id) {
			s.keep(&n.usage, v, id.Chunk)
		}
	}
	t.shrink(0)
	if n.master != 0 {
		t.join()
		t.follow(n.master, t.node().joinConn)
	}
}

// OnStop implements Machine.
func (s *Swarm) OnStop(self NodeID, held []ChunkID) []ChunkID {
	n := s.nodes.At(uint32(self))
	for h := n.usage.oldest; h != 0; h = s.cache.runs.At(h).next {
		r := s.cache.runs.At(h)
		for c := r.first; c < r.first+r.n; c++ {
			held = append(held, ChunkID{r.video, c})
		}
	}
	s.cache.clear(&n.usage)
	for n.videos != 0 {
		s.dropVideo(n, n.videos)
	}
	for n.asks != 0 {
		s.dropAsk(n, n.asks)
	}
	if n.trouble != 0 {
		for h := s.troubles.At(n.trouble).bans; h != 0; {
			next := s.bans.At(h).next
			s.bans.give(h)
			h = next
		}
		s.troubles.give(n.trouble)
	}
	if n.directory != 0 {
		s.directories.give(n.directory)
	}
	for c := n.peers; c != 0; {
		p := s.peers.At(c)
		next := p.next
		for u := p.uploads; u != 0; {
			after := s.uploads.At(u).next
			s.uploads.give(u)
			u = after
		}
		*p = peer{}
		c = next
	}
	for h := n.streams; h != 0; {
		next := s.streams.At(h).next
		s.freeStream(h)
		h = next
	}
	for h := n.requests; h != 0; {
		next := s.requests.At(h).next
		s.requests.give(h)
		h = next
	}
	for h := n.partials; h != 0; {
		next := s.partials.At(h).next
		s.partials.give(h)
		h = next
	}
	for h := n.views; h != 0; {
		v := s.views.At(h)
		next := v.next
		v.next, v.stream, v.stopped, v.why = 0, 0, true, Stopping
		v.play.Leave(s.pace(v), s.clock)
		v.play.Until = s.clock // A reader outside may have had all before.
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
	if f&PeerUndialable != 0 {
		p.reach = reachInward
	}
	t.armIdle()
	if n := t.node(); c == n.joinConn && !n.member {
		t.joined()
	}
}

// meet makes a row for a connection. One row may be met twice: at Dial and at OnOpen.
func (t turn) meet(c Conn, id NodeID) {
	p := t.peers.Reach(uint32(c))
	if p.node == t.self && p.id != 0 {
		p.id = id
		return
	}
	n := t.node()
	*p = peer{node: t.self, id: id, next: n.peers, heard: t.now()}
	if n.peers != 0 {
		t.peers.At(n.peers).prev = uint32(c)
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
		s := t.streams.At(h)
		next := s.next
		if s.conn == c {
			t.endStream(h)
		} else if s.upConn == c {
			s.upConn, s.upStream, s.opening = 0, 0, false
		}
		h = next
	}
	for h := n.asks; h != 0; {
		next := t.asks.At(h).next
		if t.asks.At(h).conn == c {
			t.dropAsk(n, h)
		}
		h = next
	}
	for h := n.videos; h != 0; h = t.videos.At(h).next {
		if v := t.videos.At(h); v.from == c {
			v.from = 0
		}
	}
	p := t.peer(c)
	if p.prev != 0 {
		t.peers.At(p.prev).next = p.next
	} else {
		n.peers = p.next
	}
	if p.next != 0 {
		t.peers.At(p.next).prev = p.prev
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
	f.ranker, _ = f.policy.(Ranker)
	f.nodes, f.peers, f.views, f.streams = s.nodes.clone(), s.peers.clone(), s.views.clone(), s.streams.clone()
	f.errands, f.troubles = s.errands.clone(), s.troubles.clone()
	f.requests, f.partials, f.uploads = s.requests.clone(), s.partials.clone(), s.uploads.clone()
	f.videos, f.asks, f.bans, f.cache = s.videos.clone(), s.asks.clone(), s.bans.clone(), s.cache.clone()
	f.directories = s.directories.clone()
	for h := 1; h < f.directories.Len(); h++ {
		d := f.directories.At(uint32(h))
		*d = d.clone()
	}
	f.infos, f.paces, f.opened = slices.Clone(s.infos), slices.Clone(s.paces), s.opened.Clone()
	f.quotas = slices.Clone(s.quotas)
	f.streamHandle, f.nodeHandle, f.observer = Stream{}, Node{}, nil
	return &f
}

// Node returns what a node has received, sent and kept so far, over all its lives. O(streams and connections).
func (s *Swarm) Node(id NodeID) NodeRecord {
	if !s.nodes.Has(uint32(id)) {
		return NodeRecord{}
	}
	n := s.nodes.At(uint32(id))
	r := NodeRecord{Tally: n.rec, Children: n.children, Streams: n.nstreams, Cached: n.usage.count,
		Uploading: uint32(max(n.uploading, 0))}
	for u := n.waiting; u != 0; u = s.uploads.At(u).later {
		r.Queued++
	}
	if n.directory != 0 {
		r.DirectoryEntries = uint32(s.directories.At(n.directory).entries)
	}
	t := s.look(id)
	for h := n.streams; h != 0; h = s.streams.At(h).next {
		st := s.streams.At(h)
		for i := range t.window(st) {
			if t.cached(ChunkID{st.video, st.pos + i}) {
				r.Locks++
			}
		}
	}
	for c := n.peers; c != 0; c = s.peers.At(c).next {
		for u := s.peers.At(c).uploads; u != 0; u = s.uploads.At(u).next {
			if s.uploads.At(u).locked {
				r.Locks++
			}
		}
	}
	return r
}

// Holds reports whether a node has a whole chunk.
func (s *Swarm) Holds(id NodeID, c ChunkID) bool {
	return s.nodes.Has(uint32(id)) && s.look(id).here(c)
}

// Upstream returns who serves as a node's master now, 0 while nobody does.
func (s *Swarm) Upstream(id NodeID) NodeID {
	if !s.nodes.Has(uint32(id)) {
		return 0
	}
	return s.nodes.At(uint32(id)).up
}
