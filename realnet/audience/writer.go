package audience

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"peerstreamer/core"
)

// slice is how much is copied, or handed to sendfile, between two looks at how far the player is.
const slice = 128 << 10

var buffers = sync.Pool{New: func() any { return new([slice]byte) }}

// writer counts what an answer brings its player. It passes files on to sendfile if what it writes to does.
type writer struct {
	http.ResponseWriter
	a      *Audience
	q      *request
	begun  bool
	counts bool // the answer is a video's bytes
}

// Unwrap is for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if status >= 200 && !w.begun {
		w.begun = true
		w.counts = status == http.StatusOK || status == http.StatusPartialContent
		w.place(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// place finds out where in the video the answer begins. Of several ranges in one answer it is not known.
func (w *writer) place(status int) {
	v := w.q.v
	if v == nil {
		return
	}
	w.a.mu.Lock()
	defer w.a.mu.Unlock()
	switch status {
	case http.StatusOK:
		w.q.at, w.q.placed = 0, true
	case http.StatusPartialContent:
		var first, last, length int64
		n, _ := fmt.Sscanf(strings.TrimPrefix(w.Header().Get("Content-Range"), "bytes "), "%d-%d/%d", &first, &last, &length)
		w.q.at, w.q.placed = core.Bytes(first), n == 3
	}
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if !w.counts {
		return w.ResponseWriter.Write(p)
	}
	w.a.wants(w.q)
	n, err := w.ResponseWriter.Write(p)
	w.a.took(w.q, int64(n))
	return n, err
}

// ReadFrom implements io.ReaderFrom, for io.Copy.
func (w *writer) ReadFrom(src io.Reader) (total int64, err error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	limited, isLimited := src.(*io.LimitedReader)
	inner := src
	if isLimited {
		inner = limited.R
	}
	to, sends := w.ResponseWriter.(io.ReaderFrom)
	if _, isFile := inner.(*os.File); !isFile || !sends || !w.counts {
		return w.copy(src)
	}
	for {
		part := &io.LimitedReader{R: inner, N: slice}
		if isLimited {
			part.N = min(part.N, limited.N)
		}
		want := part.N
		if want == 0 {
			return total, nil
		}
		w.a.wants(w.q)
		n, err := to.ReadFrom(part)
		w.a.took(w.q, n)
		total += n
		if isLimited {
			limited.N -= n
		}
		if err != nil || n < want {
			return total, err
		}
	}
}

// copy is io.Copy, with which it shows whether the player or the node keeps the other waiting.
func (w *writer) copy(src io.Reader) (total int64, err error) {
	buf := buffers.Get().(*[slice]byte)
	defer buffers.Put(buf)
	for {
		n, err := src.Read(buf[:])
		if n > 0 {
			m, werr := w.Write(buf[:n])
			total += int64(m)
			if werr != nil {
				return total, werr
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return total, nil
		case err != nil:
			return total, err
		}
	}
}
