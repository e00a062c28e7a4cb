package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"peerstreamer/realnet/playback"
)

// sendSize is how much a client must take within Options.Stall, in bytes, and so the slowest that is served: 14 kbit/s by default.
const sendSize = 1 << 20

// body is a session as http.ServeContent reads it, which for several ranges at once does so on a goroutine of its own that may
// outlive the request.
type body struct {
	came time.Time       // the request
	ctx  context.Context // the session's
	end  context.CancelFunc
	seat *seat
	mu   sync.Mutex
	s    *playback.Session // nil: closed
}

var errClosed = errors.New("the request is over")

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.s == nil {
		return 0, errClosed
	}
	n, err := b.seated(func() (int64, error) { n, err := b.s.Read(p); return int64(n), err })
	return int(n), err
}

func (b *body) Seek(off int64, whence int) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.s == nil {
		return 0, errClosed
	}
	return b.s.Seek(off, whence)
}

// begin takes a place among those who read.
func (b *body) begin() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.s == nil {
		return errClosed
	}
	_, err := b.seated(func() (int64, error) { return 0, b.s.Begin() })
	return err
}

// send writes as Session.Send does.
func (b *body) send(w io.Writer, most int64) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.s == nil {
		return 0, errClosed
	}
	return b.seated(func() (int64, error) { return b.s.Send(w, most) })
}

// seated reads, for which the desk may have to have room made.
func (b *body) seated(read func() (int64, error)) (n int64, err error) {
	for {
		if n, err = read(); !errors.Is(err, playback.ErrFull) || n > 0 || !b.seat.claim(b.ctx) {
			break
		}
	}
	if b.s != nil && b.s.Reads() {
		b.seat.moves()
	}
	return n, err
}

// Close ends the session, and whoever waits for it.
func (b *body) Close() error {
	b.end()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.s == nil {
		return nil
	}
	s := b.s
	b.s = nil
	defer b.seat.leave()
	return s.Close()
}

// sender is a response whose bytes come from a body. Its headers leave before the first byte is here, its bytes leave as they
// come, from files where they can, and a client that takes nothing for too long is cut.
type sender struct {
	http.ResponseWriter
	ctl   *http.ResponseController
	from  *body
	stall time.Duration
	fail  func(error) // answers in place of what cannot be had
	first func()      // called after the first bytes; nil: nobody waits for it

	failed bool
	sent   int64
	err    error // why it ended early
}

// WriteHeader implements http.ResponseWriter. Headers that promise bytes are sent when there is room for one who reads them.
func (w *sender) WriteHeader(status int) {
	h := w.Header()
	if strings.HasPrefix(h.Get("Content-Type"), "multipart/") { // the body is being read already, by another goroutine
		w.fail, w.first = nil, nil
	}
	if status != http.StatusOK && status != http.StatusPartialContent || w.fail == nil {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	if err := w.from.begin(); err != nil {
		w.failed = true
		for _, key := range []string{"Accept-Ranges", "Content-Length", "Content-Range", "ETag"} {
			h.Del(key)
		}
		w.fail(err)
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// ReadFrom implements io.ReaderFrom. http.ServeContent calls it with what is asked for of the body.
func (w *sender) ReadFrom(src io.Reader) (total int64, err error) {
	if w.failed {
		return 0, errClosed
	}
	part, ok := src.(*io.LimitedReader)
	if !ok || part.R != io.Reader(w.from) {
		return io.Copy(writer{w}, src)
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	for part.N > 0 {
		w.more()
		n, err := w.from.send(w.ResponseWriter, min(part.N, sendSize))
		part.N -= n
		total += n
		w.count(n, err)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// Write implements io.Writer: parts of a response of several ranges.
func (w *sender) Write(p []byte) (int, error) {
	w.more()
	n, err := w.ResponseWriter.Write(p)
	w.count(int64(n), err)
	return n, err
}

// flush sends the headers.
func (w *sender) flush() error {
	w.more()
	if err := w.ctl.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		w.count(0, err)
		return err
	}
	return nil
}

// more gives the client time for what comes next.
func (w *sender) more() { w.from.seat.more(w.stall) }

func (w *sender) count(n int64, err error) {
	w.sent += n
	if err != nil && err != io.EOF {
		w.err = err
	}
	if n > 0 && w.first != nil {
		w.first()
		w.first = nil
	}
}

// Unwrap is for http.ResponseController.
func (w *sender) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// writer is a sender that can only write.
type writer struct{ io.Writer }
