package coretest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"peerstreamer/core"
)

// Audit is a Machine around another that checks, callback by callback, that the Network keeps its contracts, and that
// the Machine uses the Network only inside its callbacks. It changes nothing. It knows the rules that can be told from
// one node alone: C1, the forms of C3 and C4 that need no second witness, and that a peer has one connection (C7).
type Audit struct {
	// OnSend, if not nil, sees each message that a node sends, inside the node's callback.
	OnSend func(self, to core.NodeID, m core.Msg)

	inner core.Machine

	mu      sync.Mutex // ledgers is written by OnStart, faults by every callback
	ledgers map[core.NodeID]*ledger
	faults  []string
}

// NewAudit returns an Audit around m.
func NewAudit(m core.Machine) *Audit { return &Audit{inner: m, ledgers: map[core.NodeID]*ledger{}} }

// Faults returns the contracts broken so far, in the order in which that was seen.
func (a *Audit) Faults() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.faults...)
}

// Do runs f as a callback of the node, audited like the others. Call it inside World.Do.
func (a *Audit) Do(net core.Network, self core.NodeID, f func(core.Network, core.NodeID)) {
	defer a.enter(net, self, "Do")()
	f(auditNet{net, a.of(self)}, self)
}

// ledger is what a node should expect, from what it did and what it was told.
type ledger struct {
	a       *Audit
	self    core.NodeID
	busy    atomic.Bool
	running bool
	now     core.Time
	timers  [core.NumTimers]core.Time
	conns   map[core.Conn]*end
	flows   map[core.Flow]*upload
}

// end is a node's end of a connection.
type end struct {
	open    bool
	peer    core.NodeID
	watches []*watch
}

type watch struct {
	span core.Span
	step uint8
	told uint8 // pieces of the span that the node knows to be readable
	seen bool  // the flow has reached us
}

type upload struct {
	conn  core.Conn
	offer core.Offer
	dry   bool
}

func (a *Audit) fault(self core.NodeID, format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = append(a.faults, fmt.Sprintf("node %d: ", self)+fmt.Sprintf(format, args...))
}

func (l *ledger) fault(format string, args ...any) { l.a.fault(l.self, format, args...) }

func (a *Audit) of(self core.NodeID) *ledger {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.ledgers[self]
	if l == nil {
		l = &ledger{a: a, self: self}
		l.reset()
		a.ledgers[self] = l
	}
	return l
}

func (l *ledger) reset() {
	l.conns, l.flows = map[core.Conn]*end{}, map[core.Flow]*upload{}
	for i := range l.timers {
		l.timers[i] = core.Never
	}
}

// enter begins a callback and returns what ends it.
func (a *Audit) enter(net core.Network, self core.NodeID, what string) (leave func()) {
	l := a.of(self)
	if l.busy.Swap(true) {
		l.fault("C1: %s came while another callback of the node was running", what)
	}
	if what == "OnStart" {
		l.reset()
		l.running = true
	} else if !l.running {
		l.fault("C1: %s came to a node that is not running", what)
	}
	if now := net.Now(); now < l.now && what != "OnStart" {
		l.fault("time went back from %d to %d before %s", l.now, now, what)
	} else {
		l.now = now
	}
	return func() { l.busy.Store(false) }
}

// open returns the node's end of a connection that a callback names, which must be open.
func (l *ledger) open(c core.Conn, what string) *end {
	e := l.conns[c]
	switch {
	case e == nil:
		l.fault("C1: %s on connection %d, which is closed or was never opened", what, c)
	case !e.open:
		l.fault("%s on connection %d before OnOpen", what, c)
	default:
		return e
	}
	return &end{}
}

func (a *Audit) OnStart(net core.Network, self core.NodeID, b core.Boot) {
	defer a.enter(net, self, "OnStart")()
	a.inner.OnStart(auditNet{net, a.of(self)}, self, b)
}

func (a *Audit) OnStop(self core.NodeID, held []core.ChunkID) []core.ChunkID {
	l := a.of(self)
	if l.busy.Load() {
		l.fault("C1: OnStop came while another callback of the node was running")
	}
	l.running = false
	l.reset()
	return a.inner.OnStop(self, held)
}

func (a *Audit) OnOpen(net core.Network, self core.NodeID, c core.Conn, peer core.NodeID, f core.PeerFlags) {
	defer a.enter(net, self, "OnOpen")()
	l := a.of(self)
	e := l.conns[c]
	switch {
	case c == 0 || peer == 0:
		l.fault("OnOpen with connection %d and peer %d: neither may be 0", c, peer)
	case e == nil && f&core.PeerInbound == 0:
		l.fault("OnOpen of connection %d, which this node did not dial and the peer did not either", c)
	case e != nil && e.open:
		l.fault("OnOpen of connection %d, which is open already", c)
	case e != nil && e.peer != peer:
		l.fault("OnOpen of connection %d with peer %d, but peer %d was dialled", c, peer, e.peer)
	}
	for d, other := range l.conns {
		if d != c && other.peer == peer {
			l.fault("C7: OnOpen of connection %d with peer %d, which has connection %d", c, peer, d)
		}
	}
	if e == nil {
		e = &end{}
		l.conns[c] = e
	}
	e.open, e.peer = true, peer
	a.inner.OnOpen(auditNet{net, l}, self, c, peer, f)
}

func (a *Audit) OnMsg(net core.Network, self core.NodeID, c core.Conn, m core.Msg) {
	defer a.enter(net, self, "OnMsg")()
	l := a.of(self)
	l.open(c, "message "+m.Kind.String())
	a.inner.OnMsg(auditNet{net, l}, self, c, m)
}

func (a *Audit) OnVideo(net core.Network, self core.NodeID, c core.Conn, v core.Video, info core.VideoInfo) {
	defer a.enter(net, self, "OnVideo")()
	l := a.of(self)
	l.open(c, "OnVideo")
	a.inner.OnVideo(auditNet{net, l}, self, c, v, info)
}

func (a *Audit) OnView(net core.Network, self core.NodeID, e core.ViewEvent) {
	defer a.enter(net, self, "OnView")()
	a.inner.OnView(auditNet{net, a.of(self)}, self, e)
}

func (a *Audit) OnTimer(net core.Network, self core.NodeID, t core.Timer) {
	defer a.enter(net, self, "OnTimer")()
	l := a.of(self)
	switch at := l.timers[t]; {
	case at == core.Never:
		l.fault("C4: timer %d fired at %d, but it is not set", t, net.Now())
	case net.Now() < at:
		l.fault("C4: timer %d fired at %d, but is set to %d", t, net.Now(), at)
	}
	l.timers[t] = core.Never
	a.inner.OnTimer(auditNet{net, l}, self, t)
}

func (a *Audit) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	defer a.enter(net, self, "OnFlow")()
	l := a.of(self)
	if e.Tag != 0 {
		l.sent(e)
	} else {
		l.received(e)
	}
	a.inner.OnFlow(auditNet{net, l}, self, e)
}

func (a *Audit) OnClose(net core.Network, self core.NodeID, c core.Conn, why core.Reason) {
	defer a.enter(net, self, "OnClose")()
	l := a.of(self)
	e := l.conns[c]
	if e == nil {
		l.fault("C1: OnClose of connection %d, which is closed or was never opened", c)
		e = &end{}
	}
	for _, w := range e.watches {
		if w.seen {
			l.fault("C3: OnClose of connection %d before the terminal event of the flow of %v", c, w.span)
		}
	}
	for _, u := range l.flows {
		if u.conn == c {
			l.fault("C3: OnClose of connection %d before the terminal event of our flow of %v, tag %d", c, u.offer.Span,
				u.offer.Tag)
		}
	}
	l.forget(c)
	a.inner.OnClose(auditNet{net, l}, self, c, why)
}

// Fork panics: an Audit belongs to one run.
func (a *Audit) Fork() core.Machine { panic("coretest: an Audit cannot be copied") }

// forget removes a connection and all that hangs on it.
func (l *ledger) forget(c core.Conn) {
	delete(l.conns, c)
	for f, u := range l.flows {
		if u.conn == c {
			delete(l.flows, f)
		}
	}
}

// sent checks an event of a flow that this node sends.
func (l *ledger) sent(e core.FlowEvent) {
	l.open(e.Conn, "event of our "+flowText(e))
	u := l.flows[e.Flow]
	if u == nil {
		l.fault("C3: %s of flow %#x, which is over, cancelled or was never begun", flowText(e), e.Flow)
		return
	}
	if u.conn != e.Conn || u.offer.Tag != e.Tag || u.offer.Span != e.Span {
		l.fault("%s on connection %d belongs to the offer %+v on connection %d", flowText(e), e.Conn, u.offer, u.conn)
	}
	switch e.Kind {
	case core.FlowDry:
		if u.dry {
			l.fault("%s twice without Extend between", flowText(e))
		}
		if u.offer.Avail >= u.offer.N {
			l.fault("%s, but all pieces are available: it should be done", flowText(e))
		}
		u.dry = true
	case core.FlowDone:
		if u.offer.Avail < u.offer.N {
			l.fault("%s, but only %d of %d pieces were available", flowText(e), u.offer.Avail, u.offer.N)
		}
		delete(l.flows, e.Flow)
	case core.FlowCut:
		delete(l.flows, e.Flow)
	default:
		l.fault("%s is not a sender's event", flowText(e))
	}
}

// received checks an event of a flow that this node watches.
func (l *ledger) received(e core.FlowEvent) {
	end := l.open(e.Conn, "flow "+flowText(e))
	if e.Flow != 0 {
		l.fault("%s has flow %#x, but a receiver knows no flows", flowText(e), e.Flow)
	}
	for i, w := range end.watches {
		if e.Kind == core.FlowPieces && w.span.Overlaps(e.Span) {
			l.pieces(w, e)
			return
		}
		if w.span == e.Span && e.Kind != core.FlowPieces {
			if e.Kind == core.FlowDry {
				l.fault("%s is not a receiver's event", flowText(e))
			}
			end.watches = append(end.watches[:i:i], end.watches[i+1:]...)
			return
		}
	}
	l.fault("C3: %s, which is not watched, was refused or has had its terminal event", flowText(e))
}

func (l *ledger) pieces(w *watch, e core.FlowEvent) {
	next := w.span.First + w.told
	switch {
	case w.step == 0:
		l.fault("%s, but the node asked for no pieces", flowText(e))
	case e.Span.N < w.step:
		l.fault("%s, but the node asked for %d pieces at a time", flowText(e), w.step)
	case e.Span.First < next:
		l.fault("%s, but the node was told of the pieces before %d", flowText(e), next)
	case e.Span.First > next:
		l.fault("%s, but piece %d is due", flowText(e), next)
	case e.Span.End() >= w.span.End():
		l.fault("%s are the last of the span: it should be done", flowText(e))
	}
	w.told, w.seen = e.Span.End()-w.span.First, true
}

// auditNet is the Network as an audited Machine sees it.
type auditNet struct {
	core.Network
	l *ledger
}

func (n auditNet) inside(what string) {
	if !n.l.busy.Load() {
		n.l.fault("the machine called Network.%s outside a callback", what)
	}
}

func (n auditNet) SetTimer(t core.Timer, at core.Time) {
	n.inside("SetTimer")
	n.l.timers[t] = at
	n.Network.SetTimer(t, at)
}

func (n auditNet) Dial(peer core.NodeID) core.Conn {
	n.inside("Dial")
	c := n.Network.Dial(peer)
	for d, e := range n.l.conns {
		if e.peer == peer && d != c {
			n.l.fault("C7: Dial of peer %d returned connection %d, but connection %d exists", peer, c, d)
		}
	}
	switch e := n.l.conns[c]; {
	case e == nil && c != 0:
		n.l.conns[c] = &end{peer: peer}
	case e != nil && e.peer != peer:
		n.l.fault("Dial of peer %d returned connection %d, which is peer %d's", peer, c, e.peer)
	}
	return c
}

func (n auditNet) Close(c core.Conn, why core.Reason) {
	n.inside("Close")
	n.l.forget(c)
	n.Network.Close(c, why)
}

func (n auditNet) Send(c core.Conn, m core.Msg) {
	n.inside("Send")
	if e := n.l.conns[c]; e != nil && n.l.a.OnSend != nil {
		n.l.a.OnSend(n.l.self, e.peer, m)
	}
	n.Network.Send(c, m)
}

func (n auditNet) Describe(c core.Conn, v core.Video) {
	n.inside("Describe")
	n.Network.Describe(c, v)
}

func (n auditNet) Watch(c core.Conn, s core.Span, step uint8) uint8 {
	n.inside("Watch")
	readable := n.Network.Watch(c, s, step)
	e := n.l.conns[c]
	if e == nil {
		return readable
	}
	for _, w := range e.watches {
		if w.span == s {
			if readable < w.told {
				n.l.fault("Watch says that %d pieces of %v are readable, but the node was told of %d", readable, s, w.told)
			}
			w.step, w.told = step, readable
			return readable
		}
	}
	e.watches = append(e.watches, &watch{span: s, step: step, told: readable})
	return readable
}

func (n auditNet) Refuse(c core.Conn, s core.Span) {
	n.inside("Refuse")
	if e := n.l.conns[c]; e != nil {
		for i, w := range e.watches {
			if w.span == s {
				e.watches = append(e.watches[:i:i], e.watches[i+1:]...)
				break
			}
		}
	}
	n.Network.Refuse(c, s)
}

func (n auditNet) Transfer(c core.Conn, o core.Offer) core.Flow {
	n.inside("Transfer")
	f := n.Network.Transfer(c, o)
	if f == 0 {
		return 0
	}
	if n.l.flows[f] != nil {
		n.l.fault("Transfer returned flow %#x, which is in use", f)
	}
	n.l.flows[f] = &upload{conn: c, offer: o}
	return f
}

func (n auditNet) Extend(f core.Flow, avail uint8) {
	n.inside("Extend")
	if u := n.l.flows[f]; u != nil && avail > u.offer.Avail {
		u.offer.Avail, u.dry = avail, false
	}
	n.Network.Extend(f, avail)
}

func (n auditNet) Cancel(f core.Flow) {
	n.inside("Cancel")
	delete(n.l.flows, f)
	n.Network.Cancel(f)
}

func (n auditNet) Drop(id core.ChunkID) {
	n.inside("Drop")
	n.Network.Drop(id)
}

func (n auditNet) Deliver(w core.View, d core.Delivery) {
	n.inside("Deliver")
	n.Network.Deliver(w, d)
}
