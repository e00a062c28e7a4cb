package realnet

import (
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/wire"
)

// frameBuffer has room for a data frame with the begin frame before it and the end frame after it, so that they leave in
// one system call where they have to be copied.
const frameBuffer = wire.DataSize + wire.MaxPayload + 5<<10

var frameBuffers = sync.Pool{New: func() any { return new([frameBuffer]byte) }}

// writer is the sending side of an open link.
type writer struct {
	*link
	out    *outbox
	zero   *zerocopy          // nil: payload has to be copied
	head   []byte             // kept for the frames before payload that is not copied, and after it
	buf    *[frameBuffer]byte // nil while there is nothing to copy
	booked int                // bytes reserved on the uplink for the next data frame
	due    time.Time          // when they may be sent
	timer  *time.Timer
}

// write is the writer goroutine: control before payload, payload as fast as the uplink allows, until the link is down or
// says its last words.
func (l *link) write() {
	w := &writer{link: l, out: &l.c.out, zero: newZerocopy(l.sock), timer: time.NewTimer(time.Hour)}
	defer w.timer.Stop()
	defer w.idle()
	defer w.out.leave()
	if l.inbound {
		if !w.send(wire.AppendHello(nil, l.n.hello(l.dial))) {
			return
		}
	}
	for w.step() {
	}
}

// step writes what is to be written next, or waits. It returns false when the link has ended.
func (w *writer) step() bool {
	w.n.gate.pass()
	if ctl := w.out.takeControl(); len(ctl) > 0 {
		w.hurry(len(ctl))
		return w.send(ctl)
	}
	if w.closing.Load() {
		w.farewellNow()
		return false
	}
	j, ok := w.out.pick(false)
	if !ok {
		w.unbook()
		w.idle()
		return w.wait(nil)
	}
	if w.n.uplink.rate() != 0 && !w.book(j) {
		w.timer.Reset(time.Until(w.due))
		return w.wait(w.timer.C)
	}
	if j, ok = w.out.pick(true); ok {
		w.hurry(j.size())
		return w.data(j)
	}
	return true
}

// hurry gives the peer Limits.Stall for each frame's worth of the n bytes that are written next, 26 kbit/s with the default.
// One that takes nothing would hold an upload slot and what waits for it for ever.
func (w *writer) hurry(n int) {
	now := time.Now()
	w.tcp.SetWriteDeadline(now.Add(w.n.cfg.Stall * time.Duration(1+n/wire.MaxPayload)))
	if w.closing.Load() { // the deadline that it has set may just have been moved
		w.tcp.SetWriteDeadline(now.Add(w.n.cfg.Farewell))
	}
}

// book reserves the uplink for a data frame and returns whether its time has come. A low frame reserves nothing while others
// want the uplink.
func (w *writer) book(j job) bool {
	now := time.Now()
	if w.booked == 0 {
		wait, booked := time.Duration(0), true
		if j.low {
			wait, booked = w.n.uplink.spare(now, j.size())
		} else {
			wait = w.n.uplink.reserve(now, j.size())
		}
		w.due = now.Add(wait)
		if !booked {
			return false
		}
		w.booked = j.size()
	}
	return !now.Before(w.due)
}

// unbook gives back what was reserved.
func (w *writer) unbook() {
	w.n.uplink.adjust(time.Now(), -w.booked)
	w.booked = 0
}

// wait waits until there may be something to do.
func (w *writer) wait(timer <-chan time.Time) bool {
	select {
	case <-w.out.wake:
		return true
	case <-timer:
		return true
	case <-w.down:
		return false
	}
}

// data writes a data frame, with the flow's begin before the first and its end after the last.
func (w *writer) data(j job) bool {
	w.head = w.head[:0]
	if j.begin {
		hashes, ok := j.f.src.Hashes(j.f.key)
		if !ok {
			return w.unreadable(j, errNoHashes)
		}
		w.head = wire.AppendBegin(w.head, j.f.number, j.f.offer.Span, hashes)
	}
	before := len(w.head) + wire.DataSize
	w.head = slices.Grow(w.head, wire.DataSize)[:before]
	wire.PutData(w.head[before-wire.DataSize:], j.f.number, int(j.n))
	if j.last {
		w.head = wire.AppendEnd(w.head, j.f.number, wire.Done)
	}
	control := len(w.head)
	err := w.frame(j, w.head[:before], w.head[before:])
	var unreadable *unreadableError
	switch {
	case errors.As(err, &unreadable):
		return w.unreadable(j, err)
	case err != nil:
		w.fail(err)
		return false
	}
	if w.booked != 0 {
		w.n.uplink.adjust(time.Now(), control+int(j.n)-w.booked)
		w.booked = 0
	}
	w.n.meters.sent(w.c, int64(j.n))
	w.n.meters.controlSent.Add(int64(control))
	if w.out.wrote(j, false) {
		w.n.post(event{kind: evFlow, c: w.c, arg: j.f})
	}
	return true
}

// frame writes a data frame's payload between head and tail, from the chunk's file if it has one and the link can.
func (w *writer) frame(j job, head, tail []byte) error {
	if w.zero != nil {
		at, err := w.out.open(j)
		if err != nil {
			return &unreadableError{err}
		}
		if at != nil {
			return w.zero.send(head, at.raw, at.file.Offset+int64(j.at), int(j.n), tail)
		}
	}
	if w.buf == nil {
		w.buf = frameBuffers.Get().(*[frameBuffer]byte)
	}
	b := append(w.buf[:0], head...)
	b = b[:len(b)+int(j.n)]
	if err := j.f.src.ReadAt(j.f.key, int64(j.at), b[len(head):]); err != nil {
		return &unreadableError{err}
	}
	_, err := w.sock.Write(append(b, tail...))
	return err
}

// unreadable cuts a flow whose bytes the store does not give.
func (w *writer) unreadable(j job, err error) bool {
	w.n.log.Error("cannot read a chunk that is being sent", zap.Stringer("peer", w.link), zap.Uint32("chunk", j.f.key.Chunk),
		zap.Stringer("video", j.f.key.ID), zap.Error(err))
	w.n.lost(j.f.key)
	if w.out.wrote(j, true) {
		w.n.post(event{kind: evFlow, c: w.c, arg: j.f})
	}
	return true
}

// fail ends a link on which nothing can be sent any more. The reader, which may still find the peer's last words, is given
// a moment to notice.
func (w *writer) fail(err error) {
	if torn := (*tornError)(nil); errors.As(err, &torn) {
		w.n.log.Error("cannot read a chunk in the middle of a frame", zap.Stringer("peer", w.link), zap.Error(err))
		w.sock.CloseWrite() // the peer waits for the rest
	}
	w.tcp.SetReadDeadline(time.Now().Add(w.n.cfg.Farewell))
}

// send writes control frames.
func (w *writer) send(b []byte) bool {
	w.n.uplink.adjust(time.Now(), len(b))
	if _, err := w.sock.Write(b); err != nil {
		w.fail(err)
		return false
	}
	w.n.meters.controlSent.Add(int64(len(b)))
	return true
}

// farewellNow says why the link ends, and that nothing follows.
func (w *writer) farewellNow() {
	if w.send(wire.AppendClose(nil, w.last)) {
		w.sock.CloseWrite()
	}
}

// idle gives the buffer back.
func (w *writer) idle() {
	if w.buf != nil {
		frameBuffers.Put(w.buf)
		w.buf = nil
	}
}

// errNoHashes is a chunk that the store knows nothing of.
var errNoHashes = errors.New("the piece hashes are not known")
