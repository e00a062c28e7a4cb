package realnet

import (
	"sync"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// outbox is what waits to be sent on a connection: control frames, encoded, and flows, which are cut into frames when
// their turn comes. The owner fills it, the writer empties it; it is there before the connection is open.
type outbox struct {
	mu      sync.Mutex
	ctl     []byte     // control frames
	spare   []byte     // ctl's other half: what the writer is writing
	writing core.Bytes // bytes that the writer is writing
	flows   []*outflow // begun or to begin, and not over
	current *outflow   // the one of which the writer is writing a frame, over or not
	lowBy   time.Time  // a frame of a flow that is not of the first priority is due then; zero: none waits
	number  wire.FlowNumber
	wake    chan struct{} // has a token if the writer should look
}

// outflow is a flow that this node sends. The outbox's lock guards all that changes.
type outflow struct {
	id    core.Flow
	c     *conn
	offer core.Offer
	key   store.Key
	info  core.VideoInfo
	src   store.Reader
	from  core.Bytes // where the span begins in the chunk

	number wire.FlowNumber
	avail  uint8      // pieces of the span that may be sent
	sent   core.Bytes // bytes of the span that are sent
	begun  bool       // the peer knows of it
	busy   bool       // the writer is writing a frame of it
	over   bool       // cancelled, refused or abandoned: not to be sent, no more events
	done   bool       // all is sent
	failed bool       // the store could not read it
	dry    bool       // the Machine knows that it is dry
	place  *place     // nil: not open. The writer's own while the flow is busy
}

// sendable returns how many bytes of f could be sent now.
func (f *outflow) sendable() core.Bytes {
	return f.info.Prefix(f.offer.Chunk, f.offer.First+f.avail) - f.from - f.sent
}

// signal wakes the writer.
func (b *outbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// control appends frames with f and returns how many bytes of control now wait, those that are being written included.
func (b *outbox) control(f func([]byte) []byte) core.Bytes {
	b.mu.Lock()
	b.ctl = f(b.ctl)
	n := core.Bytes(len(b.ctl)) + b.writing
	b.mu.Unlock()
	b.signal()
	return n
}

// saying returns how many bytes of control wait, those that are being written included.
func (b *outbox) saying() core.Bytes {
	b.mu.Lock()
	defer b.mu.Unlock()
	return core.Bytes(len(b.ctl)) + b.writing
}

// queued returns the bytes that the kernel has not taken: control, and payload that is available.
func (b *outbox) queued() core.Bytes {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := core.Bytes(len(b.ctl)) + b.writing
	for _, f := range b.flows {
		n += f.sendable()
	}
	return n
}

// start adds a flow and gives it its number.
func (b *outbox) start(f *outflow) {
	b.mu.Lock()
	b.number++
	f.number = b.number
	b.flows = append(b.flows, f)
	b.mu.Unlock()
	b.signal()
}

// extend raises what a flow may send.
func (b *outbox) extend(f *outflow, avail uint8) {
	b.mu.Lock()
	avail = min(avail, f.offer.N)
	more := avail > f.avail
	if more {
		f.avail, f.dry = avail, false
	}
	b.mu.Unlock()
	if more {
		b.signal()
	}
}

// sentOf returns how much of a flow is sent, and false if it is over.
func (b *outbox) sentOf(f *outflow) (core.Bytes, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return f.sent, !f.over && !f.done && !f.failed
}

// cancel ends a flow early and lets the peer know. It returns false and changes nothing if the flow has come to an end already,
// of which the owner has heard or is about to.
func (b *outbox) cancel(f *outflow) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.over || f.done || f.failed {
		return false
	}
	f.over = true
	b.remove(f)
	if !f.busy { // else the writer says so when it has written
		b.ctl = f.appendCut(b.ctl)
		b.signal()
	}
	return true
}

// mute keeps what the owner is about to hear of a flow that has ended from the Machine.
func (b *outbox) mute(f *outflow) {
	b.mu.Lock()
	f.over = true
	b.mu.Unlock()
}

// abandon ends a flow on a connection that ends. It returns whether all of it was sent.
func (b *outbox) abandon(f *outflow) (done bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f.over = true
	b.remove(f)
	return f.done
}

// appendCut appends the frames that end f early. A peer that has not heard of f is told that it began, so that it knows
// what it need not wait for.
func (f *outflow) appendCut(b []byte) []byte {
	if !f.begun {
		f.begun = true
		b = wire.AppendBegin(b, f.number, f.offer.Span, nil)
	}
	return wire.AppendEnd(b, f.number, wire.Cut)
}

// remove takes a flow out. If the writer is writing a frame of it, its place is closed after that.
func (b *outbox) remove(f *outflow) {
	if !f.busy {
		f.closePlace()
	}
	for i := range b.flows {
		if b.flows[i] == f {
			b.flows = append(b.flows[:i], b.flows[i+1:]...)
			return
		}
	}
}

// job is a data frame to be written.
type job struct {
	f     *outflow
	begin bool       // the first of its flow
	at    core.Bytes // where in the chunk
	n     core.Bytes
	last  bool // of its flow
	low   bool // others' frames go first, and it has not waited for trickle
}

// A frame of a low flow waits for others' for trickle at most, less than a receiver's patience with a sender that is silent
// (core.Config.GetTimeout), so that a flow that makes way is not taken for a dead one. What goes then is trickleSize bytes: a
// connection keeps 33 kbit/s of an uplink, so that hundreds of nodes that prefetch at the same time leave it to viewers.
const (
	trickle     = time.Second
	trickleSize = 4 * core.KiB
)

// size returns about how many bytes the job will put on the wire.
func (j *job) size() int { return wire.DataSize + int(j.n) }

// pick returns the next data frame, and with take also moves its flow behind its equals and marks it busy. The flows of
// the lowest priority number go first, but for a frame of another once in a trickle.
func (b *outbox) pick(take bool) (j job, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	best, low := -1, -1
	for i, f := range b.flows {
		if f.sendable() > 0 && (best < 0 || f.offer.Prio < b.flows[best].offer.Prio) {
			best = i
		}
		if f.offer.Prio > 0 && low < 0 && f.sendable() > 0 {
			low = i
		}
	}
	if best < 0 {
		b.lowBy = time.Time{}
		return j, false
	}
	due := false
	switch {
	case low < 0:
		b.lowBy = time.Time{}
	case b.lowBy.IsZero():
		b.lowBy = time.Now().Add(trickle)
	default:
		if due = !time.Now().Before(b.lowBy); due {
			best = low
		}
	}
	f := b.flows[best]
	if take && f.offer.Prio > 0 {
		b.lowBy = time.Now().Add(trickle)
	}
	s := f.offer.Span
	at := f.from + f.sent
	piece := uint8(at / f.info.PieceSize)
	n := min(core.FrameMax, f.info.Prefix(s.Chunk, piece+1)-at)
	if due {
		n = min(n, trickleSize)
	}
	j = job{f: f, begin: !f.begun, at: at, n: n, last: at+n == f.info.Prefix(s.Chunk, s.End()), low: f.offer.Prio > 0 && !due}
	if take {
		copy(b.flows[best:], b.flows[best+1:])
		b.flows[len(b.flows)-1] = f
		f.busy, b.current = true, f
		b.writing = core.Bytes(j.size())
		f.sent += n // no longer sendable; taken back if it fails
	}
	return j, true
}

// wrote settles a job. It returns whether the owner should look at the flow.
func (b *outbox) wrote(j job, failed bool) (news bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := j.f
	f.busy, b.current = false, nil
	b.writing = 0
	if failed || f.over {
		f.closePlace()
	}
	if failed {
		f.sent -= j.n
		if !f.over {
			f.failed = true
			b.remove(f)
		}
		b.ctl = f.appendCut(b.ctl)
		b.signal()
		return !f.over
	}
	f.begun = true
	switch {
	case j.last:
		f.done = true
		b.remove(f)
		return !f.over
	case f.over:
		b.ctl = f.appendCut(b.ctl)
		b.signal()
		return false
	}
	return f.sendable() == 0
}

// takeControl returns the control frames that wait; they must be written before it is called again.
func (b *outbox) takeControl() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	ctl := b.ctl
	if cap(b.spare) > maxSpare {
		b.spare = nil
	}
	b.ctl, b.spare = b.spare[:0], ctl
	b.writing = core.Bytes(len(ctl))
	return ctl
}

// maxSpare bounds the memory that an idle connection keeps for control frames.
const maxSpare = 16 << 10

// flowSlot keeps a flow and how often its slot was used, so that an old handle does not reach a new flow.
type flowSlot struct {
	generation uint32
	f          *outflow
}

// newFlow returns a flow with a handle of its own.
func (o *owner) newFlow(c *conn, offer core.Offer, e *video) *outflow {
	var slot uint32
	if k := len(o.freeFlows); k > 0 {
		slot = o.freeFlows[k-1]
		o.freeFlows = o.freeFlows[:k-1]
	} else {
		slot = uint32(len(o.flows))
		o.flows = append(o.flows, flowSlot{})
	}
	s := &o.flows[slot]
	s.generation++
	s.f = &outflow{
		id: core.Flow(uint64(s.generation)<<32 | uint64(slot)), c: c, offer: offer, avail: min(offer.Avail, offer.N),
		key: store.Key{ID: e.id, Chunk: offer.Chunk}, info: e.m.Info(), src: o.bytesOf(e),
		from: e.m.Info().Prefix(offer.Chunk, offer.First),
	}
	return s.f
}

// flow returns the flow of a handle, nil if it is over.
func (o *owner) flow(id core.Flow) *outflow {
	slot := uint32(id)
	if int(slot) >= len(o.flows) || o.flows[slot].f == nil || o.flows[slot].f.id != id {
		return nil
	}
	return o.flows[slot].f
}

// freeFlow ends a flow's handle.
func (o *owner) freeFlow(f *outflow) {
	sends := f.c.sends
	for i := range sends {
		if sends[i] == f {
			f.c.sends = append(sends[:i], sends[i+1:]...)
			break
		}
	}
	o.freeSlot(f)
}

func (o *owner) freeSlot(f *outflow) {
	slot := uint32(f.id)
	o.flows[slot].f = nil
	o.freeFlows = append(o.freeFlows, slot)
}

// flowEvent tells the Machine what became of a flow that it sends.
func (o *owner) flowEvent(f *outflow, kind core.FlowKind) {
	if kind != core.FlowDry {
		o.freeFlow(f)
	}
	o.m.OnFlow(o, self, core.FlowEvent{Kind: kind, Conn: f.c.id, Tag: f.offer.Tag, Flow: f.id, Span: f.offer.Span})
}

// sent looks at a flow of which the writer has news.
func (o *owner) sent(f *outflow) {
	b := &f.c.out
	kind := core.FlowKind(0)
	b.mu.Lock()
	switch {
	case f.over:
	case f.done:
		kind, f.over = core.FlowDone, true
	case f.failed:
		kind, f.over = core.FlowCut, true
	case f.sendable() == 0 && !f.dry && !f.busy:
		kind, f.dry = core.FlowDry, true
	}
	b.mu.Unlock()
	if kind != 0 {
		o.flowEvent(f, kind)
	}
}

// refused ends a flow that the peer does not want. If all of it has left meanwhile, that is how it ends.
func (o *owner) refused(c *conn, number wire.FlowNumber) {
	for _, f := range c.sends {
		if f.number == number {
			if c.out.cancel(f) {
				o.flowEvent(f, core.FlowCut)
			}
			return
		}
	}
}

// forget ends the flows of a span that the peer does not want, and confirms.
func (o *owner) forget(c *conn, s core.Span) {
	var cut []*outflow
	for _, f := range c.sends {
		if f.offer.Span == s && c.out.cancel(f) {
			cut = append(cut, f)
		}
	}
	o.say(c, func(b []byte) []byte { return wire.AppendForgot(o.introduce(c, b, s.Video), s) })
	for _, f := range cut {
		if c.state != connClosed {
			o.flowEvent(f, core.FlowCut)
		}
	}
}
