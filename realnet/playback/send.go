package playback

import (
	"fmt"
	"io"
	"os"
	"sync"

	"peerstreamer/core"
	"peerstreamer/realnet/store"
)

// copySize is how much is copied at a time where the bytes are in no file.
const copySize = 64 << 10

var copies = sync.Pool{New: func() any { b := make([]byte, copySize); return &b }}

// Send writes verified bytes from the position on to w, at most most of them and no more than a chunk has, and returns how many.
// It waits for the first of them as Read does. Where w can take them from a file, as a TCP connection and net/http's
// response can, they never come into this process: w's ReadFrom is given an io.LimitedReader of an *os.File whose position is
// this session's own.
func (s *Session) Send(w io.Writer, most int64) (int64, error) {
	return s.take(most, func(id core.ChunkID, off, n int64) (int64, error) {
		if to, ok := w.(io.ReaderFrom); ok {
			place, err := s.d.node.File(id, off, n)
			if err != nil {
				return 0, err
			}
			if place != nil {
				defer place.Close()
				if f, err := s.file.open(place); err == nil {
					return s.sendFile(to, f, place.Offset+off, n)
				}
			}
		}
		return s.sendCopy(w, id, off, n)
	})
}

// sendFile has to take n bytes of a file.
func (s *Session) sendFile(to io.ReaderFrom, f *os.File, off, n int64) (int64, error) {
	if _, err := f.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	sent, err := to.ReadFrom(&io.LimitedReader{R: f, N: n})
	if err == nil && sent < n {
		err = fmt.Errorf("%s ends %d bytes early: %w", f.Name(), n-sent, io.ErrUnexpectedEOF)
	}
	return sent, err
}

// sendCopy writes at most copySize bytes through memory.
func (s *Session) sendCopy(w io.Writer, id core.ChunkID, off, n int64) (int64, error) {
	buf := copies.Get().(*[]byte)
	defer copies.Put(buf)
	b := (*buf)[:min(n, copySize)]
	if err := s.d.node.ReadAt(id, off, b); err != nil {
		return 0, err
	}
	sent, err := w.Write(b)
	return int64(sent), err
}

// descriptor is a session's own way to the file that it sends from, opened again so that its position is nobody else's.
type descriptor struct {
	f  *os.File
	of *os.File // the store's
}

// open returns a file for a place, with a position of its own.
func (d *descriptor) open(p *store.File) (*os.File, error) {
	if p.Own {
		return p.F, nil
	}
	if d.of == p.F {
		return d.f, nil
	}
	_ = d.close() // it was only read
	f, err := os.Open(p.F.Name())
	if err != nil {
		return nil, err
	}
	if err := same(f, p.F); err != nil {
		f.Close()
		return nil, err
	}
	d.f, d.of = f, p.F
	return f, nil
}

// same returns nil if two descriptors are of one file: its name may have passed to another.
func same(a, b *os.File) error {
	x, err := a.Stat()
	if err != nil {
		return err
	}
	y, err := b.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(x, y) {
		return fmt.Errorf("%s is another file now", a.Name())
	}
	return nil
}

func (d *descriptor) close() error {
	if d.f == nil {
		return nil
	}
	f := d.f
	d.f, d.of = nil, nil
	return f.Close()
}
