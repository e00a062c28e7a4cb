package realnet

import (
	"sync"
	"time"

	"peerstreamer/realnet/wire"
)

// A reader has a small buffer while it waits for messages, so that a thousand idle connections cost little, and a large
// one while a flow arrives: then one system call brings several frames, which are checked and stored from where they lie.
const (
	smallBuffer = 4 << 10
	largeBuffer = 256 << 10
	limitedRead = 16 << 10 // at most so much at once if the downlink is limited, so that messages are not late
)

var largeBuffers = sync.Pool{New: func() any { return new([largeBuffer]byte) }}

// frames cuts what arrives on a link into frames.
type frames struct {
	small []byte
	large *[largeBuffer]byte
	buf   []byte    // one of the two
	r, w  int       // buf[r:w] has arrived and is not yet taken
	bulk  int       // flows that are arriving
	timed bool      // the socket has a read deadline
	due   time.Time // by when the frame that is arriving must be whole; zero while nobody has waited for the rest of it
}

// next returns the next frame. body is good until the following call. It ends with an error at the first byte that
// breaks the format, before anything is allocated for it.
func (l *link) next() (h wire.Header, body []byte, err error) {
	f := &l.frames
	for {
		need := wire.HeaderSize
		if b := f.buf[f.r:f.w]; len(b) >= need {
			if h, err = wire.ParseHeader(b); err != nil {
				return h, nil, breach("%v", err)
			}
			if need += h.Len; len(b) >= need {
				f.r += need
				f.due = time.Time{}
				return h, b[wire.HeaderSize:need], nil
			}
			if h.Type == wire.TypeData && len(b) > wire.DataSize {
				l.trickle(b[wire.HeaderSize:])
			}
		}
		f.room(need)
		if err := l.fill(); err != nil {
			return h, nil, err
		}
	}
}

// room makes room for the rest of a frame of need bytes.
func (f *frames) room(need int) {
	if f.small == nil {
		f.small = make([]byte, smallBuffer)
		f.buf = f.small
	}
	switch {
	case f.large == nil && (need > smallBuffer || f.bulk > 0):
		f.large = largeBuffers.Get().(*[largeBuffer]byte)
		f.move(f.large[:])
	case f.large != nil && f.bulk == 0 && need <= smallBuffer && f.w-f.r <= smallBuffer:
		f.move(f.small)
		f.drop()
	case f.r == f.w:
		f.r, f.w = 0, 0
	case f.r+need > len(f.buf) || f.w == len(f.buf):
		f.move(f.buf)
	}
}

// move puts what has arrived at the front of b.
func (f *frames) move(b []byte) {
	f.w = copy(b, f.buf[f.r:f.w])
	f.r, f.buf = 0, b
}

// drop gives the large buffer back.
func (f *frames) drop() {
	if f.large != nil {
		largeBuffers.Put(f.large)
		f.large = nil
	}
}

// frameStalls is how many times Limits.Stall a whole frame may take. A peer that drips byte after byte holds a large buffer
// for no longer: with the default, two minutes for at most 64 KiB, 4.4 kbit/s.
const frameStalls = 6

// fill reads what there is, at least a byte, and no faster than the downlink allows. In the middle of a frame it waits
// only so long for a byte, and for all of them. A handshake has one deadline: a peer that drips bytes must not move that.
func (l *link) fill() error {
	f := &l.frames
	switch {
	case l.reader == nil: // the handshake's deadline stands
	case f.r < f.w:
		now := time.Now()
		if f.due.IsZero() {
			f.due = now.Add(frameStalls * l.n.cfg.Stall)
		}
		by := now.Add(l.n.cfg.Stall)
		if by.After(f.due) {
			by = f.due
		}
		l.tcp.SetReadDeadline(by)
		f.timed = true
	case f.timed:
		l.tcp.SetReadDeadline(time.Time{})
		f.timed = false
	}
	if l.closing.Load() { // the deadline that it has set may just have been moved
		return errClosing
	}
	room := f.buf[f.w:]
	limited := l.n.downlink.rate() != 0
	if limited {
		room = room[:min(len(room), limitedRead)]
	}
	n, err := l.sock.Read(room)
	if n > 0 {
		f.w += n
		if limited {
			l.pause(l.n.downlink.reserve(time.Now(), n))
		}
		return nil
	}
	return err
}

// pause waits for the downlink.
func (l *link) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.n.quit:
	}
}
