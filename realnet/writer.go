package realnet

import (
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/wire"
)

// frameBuffer has room for a data frame with the begin frame before it and the end frame after it, so that they leave in
// one system call.
const frameBuffer = wire.DataSize + wire.MaxPayload + 5<<10

var frameBuffers = sync.Pool{New: func() any { return new([frameBuffer]byte) }}

// writer is the sending side of an open link.
type writer struct {
	*link
	out    *outbox
	buf    *[frameBuffer]byte // nil while there is nothing to send
	booked int                // bytes reserved on the uplink for the next data frame
	due    time.Time          // when they may be sent
	timer  *time.Timer
}

// write is the writer goroutine: control before payload, payload as fast as the uplink allows, until the link is down or
// says its last words.
func (l *link) write() {
	w := &writer{link: l, out: &l.c.out, timer: time.NewTimer(time.Hour)}
	defer w.timer.Stop()
	defer w.idle()
	if l.inbound {
		if !w.send(wire.AppendHello(nil, l.n.hello(0)), true) {
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
		return w.send(ctl, true)
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
	if w.n.uplink.rate() != 0 && !w.book(j.size()) {
		w.timer.Reset(time.Until(w.due))
		return w.wait(w.timer.C)
	}
	if j, ok = w.out.pick(true); ok {
		return w.data(j)
	}
	return true
}

// book reserves the uplink for a data frame and returns whether its time has come.
func (w *writer) book(n int) bool {
	now := time.Now()
	if w.booked == 0 {
		w.booked = n
		w.due = now.Add(w.n.uplink.reserve(now, n))
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

// data writes a data frame: header and payload, with the flow's begin before the first and its end after the last.
func (w *writer) data(j job) bool {
	if w.buf == nil {
		w.buf = frameBuffers.Get().(*[frameBuffer]byte)
	}
	f, b := j.f, w.buf[:0]
	if j.begin {
		hashes, ok := f.src.Hashes(f.key)
		if !ok {
			return w.unreadable(j, errNoHashes)
		}
		b = wire.AppendBegin(b, f.number, f.offer.Span, hashes)
	}
	b = b[:len(b)+wire.DataSize+int(j.n)]
	payload := b[len(b)-int(j.n):]
	wire.PutData(b[len(b)-int(j.n)-wire.DataSize:], f.number, int(j.n))
	if err := f.src.ReadAt(f.key, int64(j.at), payload); err != nil {
		return w.unreadable(j, err)
	}
	if j.last {
		b = wire.AppendEnd(b, f.number, wire.Done)
	}
	if w.booked != 0 {
		w.n.uplink.adjust(time.Now(), len(b)-w.booked)
		w.booked = 0
	}
	if !w.send(b, false) {
		return false
	}
	w.n.meters.payloadSent.Add(int64(j.n))
	w.n.meters.controlSent.Add(int64(len(b)) - int64(j.n))
	if w.out.wrote(j, false) {
		w.n.post(event{kind: evFlow, c: w.c, arg: f})
	}
	return true
}

// unreadable cuts a flow whose bytes the store does not give.
func (w *writer) unreadable(j job, err error) bool {
	w.n.log.Error("cannot read a chunk that is being sent", zap.Stringer("peer", w.link), zap.Uint32("chunk", j.f.key.Chunk),
		zap.Stringer("video", j.f.key.ID), zap.Error(err))
	if w.out.wrote(j, true) {
		w.n.post(event{kind: evFlow, c: w.c, arg: j.f})
	}
	return true
}

// send writes b. If that fails the link is broken, and the reader, which may still find the peer's last words, is given
// a moment to notice.
func (w *writer) send(b []byte, control bool) bool {
	if control {
		w.n.uplink.adjust(time.Now(), len(b))
	}
	if _, err := w.sock.Write(b); err != nil {
		w.tcp.SetReadDeadline(time.Now().Add(w.n.cfg.Farewell))
		return false
	}
	if control {
		w.n.meters.controlSent.Add(int64(len(b)))
	}
	return true
}

// farewellNow says why the link ends, and that nothing follows.
func (w *writer) farewellNow() {
	if w.send(wire.AppendClose(nil, w.last), true) {
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
