package realnet

import (
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// mailboxSize is how many events may wait for the owner before those who bring more have to wait.
const mailboxSize = 256

type evKind uint8

const (
	evDo      evKind = iota + 1 // arg: doing
	evView                      // arg: core.ViewEvent
	evStop                      // end with farewells
	evKill                      // end without
	evMsg                       // c, msg
	evVideo                     // c, msg.Video: its manifest has come
	evWatch                     // arg: *watch has news
	evFlow                      // arg: *outflow has news
	evRefuse                    // c, msg.Aux: the peer wants no more of this flow
	evForget                    // c, msg: the peer wants no flow of this span
	evLost                      // c, arg: lost
	evInbound                   // arg: *link: a peer dialled and said who it is
	evDialled                   // c, arg: *link: the peer that c dialled answered
	evFailed                    // c, arg: lost: the dial ended without a connection
	evGone                      // arg: store.Key of a chunk that the store has lost
	evBanned                    // arg: string: the name in a certificate of a peer that broke the rules
)

// event is a letter to the owner.
type event struct {
	kind evKind
	c    *conn
	msg  core.Msg
	arg  any
}

type doing struct {
	f    func(core.Network, core.NodeID)
	done chan struct{}
}

// lost says why a connection ended, on its own or by the peer's word.
type lost struct {
	why  core.Reason
	text string // for the log, and the peer if it can be told
}

// post brings an event to the owner. It waits if the mailbox is full, and returns false if the owner has ended.
func (n *Node) post(e event) bool {
	select {
	case n.mail <- e:
		return true
	case <-n.quit:
		return false
	}
}

// owner is the state of a node that only its owner goroutine may touch, and with it the node's core.Network.
type owner struct {
	*Node
	m      core.Machine
	teller teller // m, if it tells; else nil

	conns     []*conn     // by handle; nil: free
	freeConns []core.Conn // handles to use again
	byPeer    map[core.NodeID]*conn
	bySession map[wire.Session]*conn
	dialled   uint64
	overtaken overtaken

	flows     []flowSlot // by slot; slot 0 is not used
	freeFlows []uint32

	deadlines [core.NumTimers]core.Time
	timer     *time.Timer
	alarm     core.Time // what timer is set to

	quotaOf func(name string) core.Bytes // nil: videos have none

	rng     core.Rand
	later   []event // what a call of the running callback has caused; for after it
	stopped bool
}

func (o *owner) init(n *Node, m core.Machine) {
	o.Node = n
	o.m = m
	o.teller, _ = m.(teller)
	o.conns = make([]*conn, 1)
	o.flows = make([]flowSlot, 1)
	o.byPeer = map[core.NodeID]*conn{}
	o.bySession = map[wire.Session]*conn{}
	o.rng = core.NewRand(n.cfg.Seed, "node", core.HashName(n.cfg.Name))
	for i := range o.deadlines {
		o.deadlines[i] = core.Never
	}
	o.alarm = core.Never
}

// run is the owner goroutine.
func (n *Node) run(boot core.Boot, started chan<- struct{}) {
	o := &n.owner
	o.timer = time.NewTimer(time.Hour)
	defer o.timer.Stop()

	n.turn.Lock()
	o.m.OnStart(o, self, boot)
	o.settle()
	n.turn.Unlock()
	close(started)
	for !o.stopped {
		select {
		case e := <-n.mail:
			o.takeTurn()
			o.handle(e)
			o.settle()
			n.turn.Unlock()
		case <-o.timer.C:
			o.takeTurn()
			o.ring()
			o.settle()
			n.turn.Unlock()
		}
	}
}

// takeTurn waits until the node is not hung and claims the turn.
func (o *owner) takeTurn() {
	for {
		o.gate.pass()
		o.turn.Lock()
		if !o.gate.isShut() {
			return
		}
		o.turn.Unlock()
	}
}

// settle works off what the last callback has caused, and sets the alarm.
func (o *owner) settle() {
	for i := 0; i < len(o.later); i++ {
		o.handle(o.later[i])
	}
	clear(o.later)
	o.later = o.later[:0]
	o.setAlarm()
}

// handle works on one event. Events of a connection that has closed meanwhile come to nothing.
func (o *owner) handle(e event) {
	if o.stopped || o.killed.Load() {
		o.discard(e)
		return
	}
	if e.c != nil && e.c.state == connClosed {
		o.discard(e)
		return
	}
	switch e.kind {
	case evDo:
		d := e.arg.(doing)
		d.f(o, self)
		close(d.done)
	case evView:
		o.m.OnView(o, self, e.arg.(core.ViewEvent))
	case evStop:
		o.stop()
	case evMsg:
		o.asked(&e.msg)
		o.m.OnMsg(o, self, e.c.id, e.msg)
	case evVideo:
		o.m.OnVideo(o, self, e.c.id, e.msg.Video, o.videos.at(e.msg.Video).m.Info())
		o.ration(e.msg.Video)
	case evWatch:
		o.arrived(e.arg.(*watch))
	case evFlow:
		o.sent(e.arg.(*outflow))
	case evRefuse:
		o.refused(e.c, wire.FlowNumber(e.msg.Aux))
	case evForget:
		o.forget(e.c, e.msg.Span())
	case evLost:
		o.lose(e.c, e.arg.(lost))
	case evInbound:
		o.greet(e.arg.(*link))
	case evDialled:
		o.answered(e.c, e.arg.(*link))
	case evFailed:
		o.failed(e.c, e.arg.(lost))
	case evGone:
		o.gone(e.arg.(store.Key))
	case evBanned:
		o.expel(e.arg.(string))
	}
}

// discard throws an event away. Links that wait for the owner's word are told no.
func (o *owner) discard(e event) {
	if o.killed.Load() {
		o.stopped = true
	}
	if l, ok := e.arg.(*link); ok {
		l.decide(nil)
	}
}

// stop ends the node's life: first its connections, then the Machine.
func (o *owner) stop() {
	if o.listener != nil {
		o.listener.Close()
	}
	for _, c := range o.conns {
		if c != nil {
			o.drop(c, core.Stopping)
		}
	}
	held := o.m.OnStop(self, nil)
	o.keepOrder(held)
	if o.cfg.OnStop != nil {
		o.cfg.OnStop(held)
	}
	o.stopped = true
	o.log.Info("stopped", zap.Int("held", len(held)))
}

// keepOrder tells a store that outlives the process in which order its chunks were last used.
func (o *owner) keepOrder(held []core.ChunkID) {
	st, ok := o.cfg.Store.(*store.Store)
	if !ok {
		return
	}
	var keys []store.Key
	for _, id := range held {
		if e := o.videos.at(id.Video); e != nil && e.m != nil {
			keys = append(keys, store.Key{ID: e.id, Chunk: id.Chunk})
		}
	}
	if err := st.Used(keys...); err != nil {
		o.log.Warn("cannot keep the order of use", zap.Error(err))
	}
}

// ring fires the timers that are due, the earliest first, each at most once.
func (o *owner) ring() {
	o.alarm = core.Never
	for range o.deadlines {
		t, at := o.next()
		if at > o.Now() || o.killed.Load() {
			return
		}
		o.deadlines[t] = core.Never
		o.m.OnTimer(o, self, t)
	}
}

// next returns the timer whose deadline comes first.
func (o *owner) next() (t core.Timer, at core.Time) {
	at = core.Never
	for i, d := range o.deadlines {
		if d < at {
			t, at = core.Timer(i), d
		}
	}
	return t, at
}

// setAlarm makes the one Go timer ring at the earliest deadline.
func (o *owner) setAlarm() {
	_, at := o.next()
	if at == o.alarm {
		return
	}
	o.alarm = at
	if at == core.Never {
		o.timer.Stop()
		return
	}
	o.timer.Reset(time.Duration(at - o.Now()))
}
