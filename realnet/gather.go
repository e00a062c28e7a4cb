package realnet

import (
	"crypto/tls"
	"net"
	"sync"
)

// gatherSize has room for a data frame's records: 64 KiB of payload, its head and tail, and 22 bytes for each record of
// 16 KiB.
const gatherSize = frameBuffer + 8*32

var gatherBuffers = sync.Pool{New: func() any { return new([gatherSize]byte) }}

// sealed is a TLS connection that hands all records of a Write to the kernel together. crypto/tls makes a system call for
// each record of at most 16 KiB, five for a data frame, which cost the sender a sixth of its time (bench/README.md).
type sealed struct {
	*tls.Conn
	out *gather
}

// Write encrypts b and sends it in one call, or a few if b is large.
func (s *sealed) Write(b []byte) (int, error) {
	s.out.hold()
	n, err := s.Conn.Write(b)
	if sent := s.out.release(); err == nil && sent != nil {
		return 0, sent
	}
	return n, err
}

// gather is the TCP connection under TLS. While it holds, it keeps what is written; otherwise it passes it on. Alerts may
// come from the reader's goroutine at any time.
type gather struct {
	*net.TCPConn

	mu   sync.Mutex
	kept []byte // nil: not holding
	buf  *[gatherSize]byte
}

func (g *gather) hold() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.buf = gatherBuffers.Get().(*[gatherSize]byte)
	g.kept = g.buf[:0]
}

// release sends what was kept.
func (g *gather) release() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.flush()
	gatherBuffers.Put(g.buf)
	g.kept, g.buf = nil, nil
	return err
}

func (g *gather) flush() error {
	if len(g.kept) == 0 {
		return nil
	}
	_, err := g.TCPConn.Write(g.kept)
	g.kept = g.kept[:0]
	return err
}

// Write keeps b, or sends it behind what is kept if there is no room.
func (g *gather) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept == nil {
		return g.TCPConn.Write(b)
	}
	if len(g.kept)+len(b) > cap(g.kept) {
		if err := g.flush(); err != nil {
			return 0, err
		}
	}
	if len(b) > cap(g.kept) {
		return g.TCPConn.Write(b)
	}
	g.kept = append(g.kept, b...)
	return len(b), nil
}
