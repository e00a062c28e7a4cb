package coretest

import (
	"container/heap"
	"fmt"
	"slices"
	"testing"

	"peerstreamer/core"
)

// toy is the smallest World that keeps the contracts: one piece at a time leaves each node, every message takes
// toyLatency. It exists to be broken: bug names a defect that TestNetwork must find.
type toy struct {
	t      testing.TB
	bug    string
	now    core.Time
	queue  toyQueue
	nodes  []*toyNode // by NodeID-1
	ends   []*toyEnd  // by Conn; 0 unused, nil free
	videos []string   // by Video-1
	infos  map[core.Video]core.VideoInfo
}

const toyLatency = core.Millisecond

type toyNode struct {
	w        *toy
	id       core.NodeID
	spec     NodeSpec
	m        core.Machine
	up, hung bool
	life     int
	rng      core.Rand
	timers   [core.NumTimers]core.Time
	flows    []*toyFlow
	nextFlow uint32
	sending  bool
	inbox    []func() // what came while hung
	have     map[core.ChunkID][core.MaxPieces]bool
	knows    []core.VideoDesc
	held     []core.ChunkID
	traffic  Traffic
}

type toyEnd struct {
	n, peer *toyNode
	c       core.Conn
	other   *toyEnd
	open    bool
	gone    bool
	waiting []func()
	queued  core.Bytes
	watches []*toyWatch
}

type toyWatch struct {
	span      core.Span
	step      uint8
	got, told uint8
	flow      *toyFlow
}

type toyFlow struct {
	id    core.Flow
	end   *toyEnd
	o     core.Offer
	begun uint8 // pieces taken up by the uplink
	sent  uint8
	ended bool
}

func newToy(t testing.TB, bug string) *toy {
	return &toy{t: t, bug: bug, infos: map[core.Video]core.VideoInfo{}, ends: make([]*toyEnd, 1)}
}

// toyQueue orders events by time, then by insertion.
type toyQueue struct {
	list []toyEvent
	seq  int
}

type toyEvent struct {
	at  core.Time
	seq int
	f   func()
}

func (q *toyQueue) Len() int { return len(q.list) }
func (q *toyQueue) Less(i, j int) bool {
	a, b := q.list[i], q.list[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
func (q *toyQueue) Swap(i, j int) { q.list[i], q.list[j] = q.list[j], q.list[i] }
func (q *toyQueue) Push(x any)    { q.list = append(q.list, x.(toyEvent)) }
func (q *toyQueue) Pop() any {
	e := q.list[len(q.list)-1]
	q.list = q.list[:len(q.list)-1]
	return e
}

// at runs f at a node, in this life of it, when it is not hung.
func (w *toy) at(when core.Time, n *toyNode, f func()) {
	life := n.life
	run := func() {
		if n.up && n.life == life {
			f()
		}
	}
	w.queue.seq++
	heap.Push(&w.queue, toyEvent{max(when, w.now), w.queue.seq, func() {
		if n.hung && w.bug != "hung node answers" {
			n.inbox = append(n.inbox, run)
			return
		}
		run()
	}})
}

func (w *toy) later(n *toyNode, f func()) { w.at(w.now+toyLatency, n, f) }

func (w *toy) Until(limit core.Time, cond func() bool) bool {
	end := w.now + limit
	for {
		if cond() {
			return true
		}
		if len(w.queue.list) == 0 || w.queue.list[0].at > end {
			w.now = end
			return cond()
		}
		e := heap.Pop(&w.queue).(toyEvent)
		w.now = e.at
		e.f()
	}
}

func (w *toy) node(name string) *toyNode {
	for _, n := range w.nodes {
		if n.spec.Name == name {
			return n
		}
	}
	w.t.Fatalf("no node %q", name)
	return nil
}

func (w *toy) Add(s NodeSpec) {
	n := &toyNode{w: w, id: core.NodeID(len(w.nodes) + 1), spec: s}
	n.rng = core.NewRand(1, "toy", uint64(n.id))
	w.nodes = append(w.nodes, n)
	for _, v := range s.Owns {
		w.infos[w.Video("", v.Name)] = v.Info()
	}
}

func (w *toy) Start(name string) {
	n := w.node(name)
	n.have, n.held, n.knows = map[core.ChunkID][core.MaxPieces]bool{}, nil, nil
	n.begin()
}

func (n *toyNode) begin() {
	n.life++
	n.up, n.hung, n.inbox = true, false, nil
	for i, at := range n.timers {
		n.timers[i] = core.Never
		if n.w.bug == "timers outlive the node" && at > 0 {
			n.SetTimer(core.Timer(i), at)
		}
	}
	id := func(name string) core.NodeID {
		if name == "" {
			return 0
		}
		return n.w.node(name).id
	}
	b := core.Boot{Name: core.HashName(n.spec.Name), Master: id(n.spec.Master), Supermaster: id(n.spec.Supermaster),
		Source: id(n.spec.Source), IsSource: n.spec.IsSource, Held: n.held, Knows: n.knows}
	for _, v := range n.spec.Owns {
		h := n.w.Video("", v.Name)
		b.Owns = append(b.Owns, core.VideoDesc{Video: h, Info: v.Info()})
		for c := range v.Info().Chunks() {
			n.mark(v.Info().Whole(core.ChunkID{Video: h, Chunk: c}))
		}
	}
	n.m = n.spec.Machine()
	n.m.OnStart(n, n.id, b)
}

func (n *toyNode) mark(s core.Span) {
	p := n.have[s.ID()]
	for i := s.First; i < s.End(); i++ {
		p[i] = true
	}
	n.have[s.ID()] = p
}

func (w *toy) Kill(name string) {
	n := w.node(name)
	n.up = false
	for _, e := range w.ends {
		if e != nil && e.n == n {
			e.shut(core.Lost, w.bug != "kill is silent", w.bug == "kill is told at once")
		}
	}
	n.held = n.m.OnStop(n.id, nil)
}

func (w *toy) Restart(name string, keepStore bool) {
	n := w.node(name)
	if w.bug == "restart mixes up the store" {
		keepStore = !keepStore
	}
	if !keepStore {
		w.Start(name)
		return
	}
	n.begin()
}

func (w *toy) Hang(name string) { w.node(name).hung = true }
func (w *toy) Resume(name string) {
	n := w.node(name)
	n.hung = false
	inbox := n.inbox
	n.inbox = nil
	for _, f := range inbox {
		w.at(w.now, n, f)
	}
	for _, m := range w.nodes {
		w.at(w.now, m, m.pump)
	}
}

func (w *toy) Do(name string, f func(core.Network, core.NodeID)) { f(w.node(name), w.node(name).id) }
func (w *toy) View(at string, e core.ViewEvent) {
	n := w.node(at)
	if w.bug == "view loses its chunk" {
		e.Chunk = 0
	}
	n.m.OnView(n, n.id, e)
}
func (w *toy) Peer(_, of string) core.NodeID { return w.node(of).id }
func (w *toy) Video(_, name string) core.Video {
	if i := slices.Index(w.videos, name); i >= 0 {
		return core.Video(i + 1)
	}
	w.videos = append(w.videos, name)
	return core.Video(len(w.videos))
}
func (w *toy) Traffic(name string) Traffic { return w.node(name).traffic }
func (w *toy) Check(at, video string, chunk uint32) error {
	n, v := w.node(at), w.Video("", video)
	for p := range w.infos[v].Pieces(chunk) {
		if !n.have[core.ChunkID{Video: v, Chunk: chunk}][p] {
			return fmt.Errorf("piece %d of chunk %d of %s is not there", p, chunk, video)
		}
	}
	return nil
}
func (w *toy) Simulated() bool      { return true }
func (w *toy) Latency() core.Time   { return toyLatency }
func (w *toy) TimeScale() core.Time { return 1 }
func (w *toy) Close()               {}

// The rest is core.Network, for the node itself.

func (n *toyNode) Now() core.Time { return n.w.now }
func (n *toyNode) Rand() uint64   { return n.rng.Uint64() }

func (n *toyNode) SetTimer(t core.Timer, at core.Time) {
	moved := n.timers[t] != core.Never
	n.timers[t] = at
	if at == core.Never {
		return
	}
	when := at
	if n.w.bug == "timer fires early" {
		when -= core.Millisecond
	}
	n.w.at(when, n, func() {
		if n.timers[t] != at && (n.w.bug != "moved timer fires twice" || moved) {
			return
		}
		n.timers[t] = core.Never
		n.m.OnTimer(n, n.id, t)
	})
}

func (n *toyNode) newEnd(peer *toyNode) *toyEnd {
	w, e := n.w, &toyEnd{n: n, peer: peer}
	for c := 1; c < len(w.ends); c++ {
		if w.ends[c] == nil && w.bug != "handles are never reused" {
			e.c = core.Conn(c)
			w.ends[c] = e
			return e
		}
	}
	e.c = core.Conn(len(w.ends))
	w.ends = append(w.ends, e)
	return e
}

func (n *toyNode) endTo(peer *toyNode) *toyEnd {
	for _, e := range n.w.ends {
		if e != nil && e.n == n && e.peer == peer {
			return e
		}
	}
	return nil
}

func (n *toyNode) Dial(id core.NodeID) core.Conn {
	peer := n.w.nodes[id-1]
	if e := n.endTo(peer); e != nil && n.w.bug != "dial always connects" {
		return e.c
	}
	e := n.newEnd(peer)
	w := n.w
	life := n.life
	arrive := func() {
		if e.gone || n.life != life {
			return
		}
		p := peer.endTo(n)
		if p == nil || w.bug == "crossed dials give two connections" {
			p = peer.newEnd(n)
			w.later(n, func() { e.link(p, 0) }) // before what p sends when it opens
			p.link(e, core.PeerInbound)
			return
		}
		if n.spec.Silent { // What p has dialled comes to nothing.
			w.later(n, func() { e.link(p, 0) })
		}
		p.link(e, 0)
	}
	w.queue.seq++
	heap.Push(&w.queue, toyEvent{w.now + toyLatency, w.queue.seq, func() {
		switch {
		case !peer.up || peer.hung && w.bug == "hung peer refuses":
			if w.bug != "dead peer gives nothing" {
				w.later(n, func() { e.closed(core.Refused) })
			}
		case peer.spec.Silent && w.bug != "who does not listen can be dialled":
			if peer.endTo(n) == nil {
				w.later(n, func() { e.closed(core.Refused) })
			}
		case peer.hung:
			peer.inbox = append(peer.inbox, arrive)
		default:
			arrive()
		}
	}})
	return e.c
}

// link opens an end.
func (e *toyEnd) link(other *toyEnd, f core.PeerFlags) {
	if e.gone || e.open {
		return
	}
	e.open, e.other, other.other = true, other, e
	if e.peer.spec.IsSource && e.n.w.bug != "source is not flagged" {
		f |= core.PeerIsSource
	}
	if e.peer.spec.Silent && e.n.w.bug != "who does not listen is not flagged" {
		f |= core.PeerUndialable | core.PeerInbound
	}
	e.n.m.OnOpen(e.n, e.n.id, e.c, e.peer.id, f)
	waiting := e.waiting
	e.waiting = nil
	for _, send := range waiting {
		send()
	}
}

// shut ends an end from its own side.
func (e *toyEnd) shut(why core.Reason, tell, atOnce bool) {
	e.forget()
	if o := e.other; o != nil && tell {
		when := e.n.w.now + toyLatency
		if atOnce {
			when = e.n.w.now
		}
		e.n.w.at(when, o.n, func() { o.closed(why) })
	}
}

func (e *toyEnd) forget() {
	e.gone = true
	e.n.w.ends[e.c] = nil
	e.n.flows = slices.DeleteFunc(e.n.flows, func(f *toyFlow) bool { return f.end == e })
}

// closed ends an end because of the other.
func (e *toyEnd) closed(why core.Reason) {
	if e.gone {
		return
	}
	n := e.n
	flows := slices.Clone(n.flows)
	cut := func() {
		for _, f := range flows {
			if f.end == e {
				n.m.OnFlow(n, n.id, core.FlowEvent{Kind: core.FlowCut, Conn: e.c, Tag: f.o.Tag, Flow: f.id, Span: f.o.Span})
			}
		}
		for _, w := range e.watches {
			if w.flow != nil {
				n.m.OnFlow(n, n.id, core.FlowEvent{Kind: core.FlowCut, Conn: e.c, Span: w.span})
			}
		}
	}
	if n.w.bug != "close before cut" {
		cut()
	}
	e.forget()
	n.m.OnClose(n, n.id, e.c, why)
	if n.w.bug == "close before cut" {
		cut()
	}
}

// end returns an end that is not closed, or nil.
func (n *toyNode) end(c core.Conn) *toyEnd {
	if int(c) >= len(n.w.ends) || n.w.ends[c] == nil || n.w.ends[c].n != n {
		return nil
	}
	return n.w.ends[c]
}

func (n *toyNode) Close(c core.Conn, why core.Reason) {
	if e := n.end(c); e != nil {
		if n.w.bug == "closer is told" {
			n.w.at(n.w.now, n, func() { n.m.OnClose(n, n.id, c, why) })
		}
		if n.w.bug == "why is lost" {
			why = core.Lost
		}
		e.shut(why, true, false)
	}
}

// carry runs f at the other end one latency after the connection is open.
func (e *toyEnd) carry(delay core.Time, f func(o *toyEnd)) {
	send := func() {
		e.n.w.at(e.n.w.now+toyLatency+delay, e.other.n, func() {
			if !e.other.gone {
				f(e.other)
			}
		})
	}
	if e.open {
		send()
	} else {
		e.waiting = append(e.waiting, send)
	}
}

func (n *toyNode) Send(c core.Conn, m core.Msg) {
	e := n.end(c)
	if e == nil {
		return
	}
	n.traffic.ControlSent += m.WireSize()
	var delay core.Time
	switch {
	case n.w.bug == "messages overtake" && m.Aux == 500:
		delay = 1
	case n.w.bug == "message loses a field":
		m.First = 0
	case n.w.bug == "callbacks nest" && e.open:
		e.other.n.m.OnMsg(e.other.n, e.other.n.id, e.other.c, m)
		return
	case n.w.bug == "send before open is lost" && !e.open:
		return
	}
	e.carry(delay, func(o *toyEnd) {
		o.n.traffic.ControlReceived += m.WireSize()
		o.n.m.OnMsg(o.n, o.n.id, o.c, m)
	})
}

func (n *toyNode) Queued(c core.Conn) core.Bytes {
	if e := n.end(c); e != nil && n.w.bug != "nothing is ever queued" {
		return e.queued
	}
	return 0
}

func (n *toyNode) Describe(c core.Conn, v core.Video) {
	e := n.end(c)
	info, known := n.w.infos[v]
	if e == nil || !known {
		return
	}
	if n.w.bug == "manifest is cut short" {
		info.Length--
	}
	e.carry(0, func(o *toyEnd) {
		if !slices.ContainsFunc(o.n.knows, func(d core.VideoDesc) bool { return d.Video == v }) {
			o.n.knows = append(o.n.knows, core.VideoDesc{Video: v, Info: info})
		}
		o.n.m.OnVideo(o.n, o.n.id, o.c, v, info)
	})
}

func (e *toyEnd) watch(s core.Span) *toyWatch {
	for _, w := range e.watches {
		if w.span == s {
			return w
		}
	}
	return nil
}

func (n *toyNode) Watch(c core.Conn, s core.Span, step uint8) uint8 {
	e := n.end(c)
	if e == nil {
		return 0
	}
	w := e.watch(s)
	if w == nil {
		w = &toyWatch{span: s}
		e.watches = append(e.watches, w)
	}
	w.step = step
	if n.w.bug != "pieces are told again" {
		w.told = w.got
	}
	return w.got
}

func (n *toyNode) Received(c core.Conn, s core.Span) core.Bytes {
	if e := n.end(c); e != nil && e.watch(s) != nil && n.w.bug != "received stays at nothing" {
		return n.w.infos[s.Video].SpanBytes(core.Span{Video: s.Video, Chunk: s.Chunk, First: s.First, N: e.watch(s).got})
	}
	return 0
}

func (n *toyNode) Refuse(c core.Conn, s core.Span) {
	e := n.end(c)
	if e == nil || e.watch(s) == nil {
		return
	}
	w := e.watch(s)
	if n.w.bug == "refuse does nothing" {
		return
	}
	e.watches = slices.DeleteFunc(e.watches, func(x *toyWatch) bool { return x == w })
	if w.flow != nil {
		e.carry(0, func(o *toyEnd) { o.n.cut(w.flow) })
	}
}

// cut ends a flow at its sender because of the receiver.
func (n *toyNode) cut(f *toyFlow) {
	if !slices.Contains(n.flows, f) {
		return
	}
	n.drop(f)
	n.m.OnFlow(n, n.id, core.FlowEvent{Kind: core.FlowCut, Conn: f.end.c, Tag: f.o.Tag, Flow: f.id, Span: f.o.Span})
}

func (n *toyNode) drop(f *toyFlow) {
	f.ended = true
	n.flows = slices.DeleteFunc(n.flows, func(x *toyFlow) bool { return x == f })
}

func (n *toyNode) Transfer(c core.Conn, o core.Offer) core.Flow {
	e := n.end(c)
	if e == nil {
		return 0
	}
	n.nextFlow++
	f := &toyFlow{id: core.Flow(n.nextFlow)<<32 | 1, end: e, o: o}
	n.flows = append(n.flows, f)
	e.queued += n.w.infos[o.Video].SpanBytes(o.Span)
	n.traffic.ControlSent += core.FlowOverhead(n.w.infos[o.Video], o.Span)
	e.carry(0, func(r *toyEnd) {
		r.n.traffic.ControlReceived += core.FlowOverhead(n.w.infos[o.Video], o.Span)
		if w := r.watch(o.Span); w != nil && w.flow == nil {
			w.flow = f
		} else if n.w.bug != "unwatched flow is taken" {
			r.carry(0, func(s *toyEnd) { s.n.cut(f) })
		}
	})
	n.w.at(n.w.now, n, n.pump)
	return f.id
}

// next picks the flow that the uplink serves now: the lowest Prio that has pieces, in turn.
func (n *toyNode) next() *toyFlow {
	best := -1
	for i, f := range n.flows {
		if f.begun < f.o.Avail && !f.end.other.n.hung && !n.hung &&
			(best < 0 || f.o.Prio < n.flows[best].o.Prio && n.w.bug != "prio is ignored") {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	f := n.flows[best]
	if n.w.bug != "flows take no turns" {
		n.flows = append(slices.Delete(n.flows, best, best+1), f)
	}
	return f
}

func (n *toyNode) pump() {
	if n.sending || !n.up {
		return
	}
	f := n.next()
	if f == nil {
		return
	}
	n.sending = true
	piece := core.Span{Video: f.o.Video, Chunk: f.o.Chunk, First: f.o.First + f.begun, N: 1}
	f.begun++
	size := n.w.infos[f.o.Video].SpanBytes(piece)
	took := core.Microsecond
	if n.spec.Uplink > 0 {
		took = n.spec.Uplink.Time(size)
	}
	life := n.life
	n.w.queue.seq++
	heap.Push(&n.w.queue, toyEvent{n.w.now + took, n.w.queue.seq, func() {
		n.sending = false
		if n.life != life || !n.up {
			n.pump()
			return
		}
		if !f.ended && !f.end.gone {
			n.w.at(n.w.now, n, func() { n.sent(f, piece, size) })
		}
		n.w.at(n.w.now, n, n.pump)
	}})
}

// sent moves one piece from a flow to the wire.
func (n *toyNode) sent(f *toyFlow, piece core.Span, size core.Bytes) {
	if f.ended && n.w.bug != "cancel does nothing" || f.end.gone {
		return
	}
	f.sent++
	n.traffic.PayloadSent += size
	f.end.carry(0, func(r *toyEnd) {
		f.end.queued -= size
		r.arrived(f, piece, size)
	})
	ev := core.FlowEvent{Conn: f.end.c, Tag: f.o.Tag, Flow: f.id, Span: f.o.Span}
	switch {
	case f.sent == f.o.N:
		ev.Kind = core.FlowDone
		n.drop(f)
		if n.w.bug != "sender is not told of done" {
			n.m.OnFlow(n, n.id, ev)
		}
	case f.sent == f.o.Avail && n.w.bug != "dry is not told":
		ev.Kind = core.FlowDry
		n.m.OnFlow(n, n.id, ev)
	}
}

// arrived takes one piece at the receiver.
func (e *toyEnd) arrived(f *toyFlow, piece core.Span, size core.Bytes) {
	w := e.watch(f.o.Span)
	if w == nil || w.flow != f {
		return
	}
	n := e.n
	n.traffic.PayloadReceived += size
	if n.w.bug == "payload is counted twice" {
		n.traffic.PayloadReceived += size
	}
	n.mark(piece)
	if n.w.bug == "done before it is stored" && piece.First == 3 {
		delete(n.have, piece.ID())
	}
	w.got++
	ev := core.FlowEvent{Kind: core.FlowDone, Conn: e.c, Span: w.span}
	if w.got == w.span.N {
		e.watches = slices.DeleteFunc(e.watches, func(x *toyWatch) bool { return x == w })
		n.m.OnFlow(n, n.id, ev)
		if n.w.bug == "done is told twice" {
			n.m.OnFlow(n, n.id, ev)
		}
		return
	}
	if w.step > 0 && (w.got-w.told >= w.step || n.w.bug == "step is ignored") {
		ev.Kind = core.FlowPieces
		ev.Span.First, ev.Span.N = w.span.First+w.told, w.got-w.told
		w.told = w.got
		n.m.OnFlow(n, n.id, ev)
	}
}

func (n *toyNode) flow(id core.Flow) *toyFlow {
	for _, f := range n.flows {
		if f.id == id {
			return f
		}
	}
	return nil
}

func (n *toyNode) Extend(id core.Flow, avail uint8) {
	if f := n.flow(id); f != nil && avail > f.o.Avail && n.w.bug != "extend does nothing" {
		f.o.Avail = min(avail, f.o.N)
		n.w.at(n.w.now, n, n.pump)
	}
}

func (n *toyNode) Cancel(id core.Flow) {
	f := n.flow(id)
	if f == nil || n.w.bug == "cancel does nothing" {
		return
	}
	n.drop(f)
	f.end.carry(0, func(r *toyEnd) {
		if w := r.watch(f.o.Span); w != nil && w.flow == f {
			r.watches = slices.DeleteFunc(r.watches, func(x *toyWatch) bool { return x == w })
			if n.w.bug != "receiver is not told of cut" {
				r.n.m.OnFlow(r.n, r.n.id, core.FlowEvent{Kind: core.FlowCut, Conn: r.c, Span: w.span})
			}
		}
	})
}

func (n *toyNode) Sent(id core.Flow) (core.Bytes, bool) {
	f := n.flow(id)
	if f == nil {
		return 0, n.w.bug == "flows are never over"
	}
	return n.w.infos[f.o.Video].SpanBytes(core.Span{Video: f.o.Video, Chunk: f.o.Chunk, First: f.o.First, N: f.sent}), true
}

func (n *toyNode) Limits() core.Limits {
	l := core.Limits{Uplink: n.spec.Uplink, Downlink: n.spec.Downlink, Slots: n.spec.Slots, StoreChunks: n.spec.StoreChunks}
	if n.w.bug == "limits are swapped" {
		l.Uplink, l.Downlink = l.Downlink, l.Uplink
	}
	return l
}

func (n *toyNode) Forget(core.Video) {}

func (n *toyNode) Drop(id core.ChunkID) { delete(n.have, id) }

func (n *toyNode) Deliver(v core.View, d core.Delivery) {
	if n.spec.OnDeliver != nil {
		n.spec.OnDeliver(v, d)
	}
}
