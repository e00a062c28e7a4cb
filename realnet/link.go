package realnet

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/wire"
)

// link is a TCP connection with its two goroutines. It belongs to a conn once the owner has said so, and may outlive it
// by the time that the last words take.
type link struct {
	n       *Node
	tcp     *net.TCPConn
	sock    socket        // what is read and written: tcp, or TLS over it; deadlines are tcp's
	who     identity.Peer // proved by TLS; nobody without
	joins   *tls.Conn     // the peer wants to join: it is package join's
	mute    bool          // TLS has said the last words
	told    bool          // the peer has said why it closes
	inbound bool
	dial    uint64     // ours: its number; the peer's: how many of ours had begun
	peer    wire.Hello // after readHello
	frames  frames
	reader  *reader // of an open link

	c       *conn         // after decided
	decided chan *conn    // the owner's word: whose link this is, nil if it is not wanted
	refusal wire.Close    // not wanted: why; set before decided
	down    chan struct{} // closed when the reader has ended and the socket is closed

	mu      sync.Mutex
	closing atomic.Bool // shutdown was called: nothing that arrives matters any more
	last    wire.Close
}

func (n *Node) newLink(tcp *net.TCPConn, inbound bool) *link {
	tcp.SetWriteBuffer(n.cfg.SendBuffer)
	if err := limitUnsent(tcp, n.cfg.Unsent); err != nil {
		n.log.Debug("the send buffer alone bounds what control waits behind", zap.Error(err))
	}
	if n.cfg.ReceiveBuffer > 0 {
		tcp.SetReadBuffer(n.cfg.ReceiveBuffer)
	}
	l := &link{n: n, tcp: tcp, sock: tcp, inbound: inbound, decided: make(chan *conn, 1), down: make(chan struct{}),
		refusal: wire.Close{Why: core.Stopping}}
	return l
}

// String names the peer for people: by its name, once it has said that, and where it is.
func (l *link) String() string {
	if l.peer.Name != "" {
		return fmt.Sprintf("%s (%v)", l.peer.Name, l.tcp.RemoteAddr())
	}
	return l.tcp.RemoteAddr().String()
}

// decide is the owner's word on a link.
func (l *link) decide(c *conn) {
	l.c = c
	l.decided <- c
}

// run waits for the owner's word and then is the link's reader, until the link is down. Each of then is called as soon
// as the word is there.
func (l *link) run(then ...func()) {
	defer l.n.socks.close(l.tcp)
	var c *conn
	select {
	case c = <-l.decided:
	case <-l.n.quit:
		select { // the owner's last word
		case c = <-l.decided:
		default:
		}
	}
	for _, f := range then {
		f()
	}
	if c == nil {
		l.farewell(l.refusal)
		return
	}
	l.n.wg.Go(l.write)
	l.read()
	if l.closing.Load() {
		l.drain()
	}
	l.tcp.Close()
	close(l.down)
}

// farewell says why the link ends, and waits for a moment until the peer has heard it: to close a socket at once would
// destroy what the peer has not read.
func (l *link) farewell(c wire.Close) {
	if l.writeNow(wire.AppendClose(nil, c)) == nil {
		l.sock.CloseWrite()
		l.drain()
	}
}

// drain reads and forgets until the peer has closed its side too, or the time is over.
func (l *link) drain() {
	l.tcp.SetReadDeadline(time.Now().Add(l.n.cfg.Farewell))
	io.Copy(io.Discard, io.LimitReader(l.sock, maxDrain))
}

// maxDrain bounds what a peer may send after it was sent away.
const maxDrain = 64 << 20

// writeNow writes b with the patience of a farewell.
func (l *link) writeNow(b []byte) error {
	l.tcp.SetWriteDeadline(time.Now().Add(l.n.cfg.Farewell))
	_, err := l.sock.Write(b)
	l.tcp.SetWriteDeadline(time.Time{})
	l.n.meters.controlSent.Add(int64(len(b)))
	return err
}

// shutdown ends the link from any goroutine: what waits to be sent is, then why, then nothing. The first call counts.
func (l *link) shutdown(why wire.Close) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing.Load() {
		return
	}
	l.last = why
	l.closing.Store(true)
	soon := time.Now().Add(l.n.cfg.Farewell)
	l.tcp.SetWriteDeadline(soon)
	l.tcp.SetReadDeadline(soon)
	l.c.out.signal()
}
