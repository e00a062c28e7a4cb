package realnet_test

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/client"
	"peerstreamer/realnet/library"
)

// cable leads from one node to another and can be cut: neither hears anything of that.
type cable struct {
	l  net.Listener
	to string
	wg sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	socks []net.Conn
}

// newCable returns a cable that leads to an address.
func newCable(t testing.TB, to string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{l: l, to: to}
	c.wg.Go(c.accept)
	t.Cleanup(func() {
		l.Close()
		c.mu.Lock()
		for _, s := range c.socks {
			s.Close()
		}
		c.mu.Unlock()
		c.wg.Wait()
	})
	return c
}

func (c *cable) accept() {
	for {
		near, err := c.l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", c.to)
		if err != nil {
			near.Close()
			continue
		}
		c.mu.Lock()
		c.socks = append(c.socks, near, far)
		c.mu.Unlock()
		c.wg.Go(func() { c.carry(near, far) })
		c.wg.Go(func() { c.carry(far, near) })
	}
}

// carry passes bytes on until the cable is cut. Then it reads on, as a network would take packets for a host that is gone,
// and closes nothing.
func (c *cable) carry(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		c.mu.Lock()
		cut := c.cut
		c.mu.Unlock()
		if err != nil {
			if !cut {
				to.Close()
			}
			return
		}
		if !cut {
			if _, err := to.Write(buf[:n]); err != nil {
				from.Close()
				return
			}
		}
	}
}

// sever cuts the cable, for connections to come too.
func (c *cable) sever() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
}

// TestHalfOpen: a master that vanishes without a word in mid-stream is given up after a timeout and the supermaster serves;
// the master, of which the same is true the other way, drops the child. The viewer notices nothing.
func TestHalfOpen(t *testing.T) {
	film := newFeature(t, 4*core.MiB, library.Options{ChunkSize: 64 * core.KiB})
	source := operated(t, realnet.Config{Name: "source", Library: film.lib}, 20)
	master := operated(t, realnet.Config{Name: "master", Master: source.Addr()}, 20)
	to := newCable(t, master.Addr())
	node := operated(t, realnet.Config{Name: "node", Master: to.l.Addr().String(), Supermaster: source.Addr()}, 20)
	wait(t, "the node to register", func() bool { return master.record().Children == 1 })
	var got bytes.Buffer
	_, err := client.Stream(context.Background(), client.Config{Source: node.Addr(), Video: "feature", GiveUp: patience,
		Interval: 2 * time.Millisecond}, writerFunc(func(b []byte) (int, error) {
		if got.Len() <= len(film.data)/4 && got.Len()+len(b) > len(film.data)/4 {
			to.sever()
		}
		return got.Write(b)
	}))
	if err != nil || !bytes.Equal(got.Bytes(), film.data) {
		t.Fatalf("the viewer got %d bytes, %v: want the %d of the video", got.Len(), err, len(film.data))
	}
	wait(t, "the master to miss its child", func() bool { return master.record().Children == 0 })
	if n := node.record().Failovers; n == 0 {
		t.Error("the node never turned to its supermaster: the cable was cut too late")
	}
}

// writerFunc is an io.Writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
