//go:build tools

package browser_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// door passes connections on to a server until it is shut; from then on it takes them, and whatever comes over them and over
// those that it has, and nothing comes back: a machine that hangs.
type door struct {
	l    net.Listener
	all  sync.WaitGroup
	shut chan struct{}

	mu    sync.Mutex
	conns []net.Conn
}

// open starts a door at an address to a server that may start later, and takes it away with the test.
func open(t *testing.T, at, to string) *door {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	d := &door{l: l, shut: make(chan struct{})}
	d.all.Go(func() { d.serve(to) })
	t.Cleanup(func() {
		l.Close()
		d.mu.Lock()
		for _, c := range d.conns {
			c.Close()
		}
		d.mu.Unlock()
		d.all.Wait()
	})
	return d
}

func (d *door) serve(to string) {
	for {
		in, err := d.l.Accept()
		if err != nil {
			return
		}
		d.keep(in)
		out, err := net.Dial("tcp", to)
		if err != nil {
			in.Close()
			continue
		}
		d.keep(out)
		d.all.Go(func() { d.carry(out, in) })
		d.all.Go(func() { d.carry(in, out) })
	}
}

func (d *door) keep(c net.Conn) {
	d.mu.Lock()
	d.conns = append(d.conns, c)
	d.mu.Unlock()
}

// carry copies until either end is done, which ends both, or the door is shut, which ends nothing.
func (d *door) carry(to, from net.Conn) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		select {
		case <-d.shut:
			_, _ = io.Copy(io.Discard, from) // until the other end or the test has enough of it
			return
		default:
		}
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				from.Close()
				return
			}
		}
		if err != nil {
			to.Close()
			return
		}
	}
}

// TestHungNode: a page that plays from a node which takes requests and answers none goes on elsewhere, past what it had. Not
// always at the next one: steering may have moved hls.js there already, which then blames it for the segment that never came.
func TestHungNode(t *testing.T) {
	at, behind := free(t, 3), free(t, 1)[0]
	d := open(t, at[1], behind)
	growAt(t, at, [3]string{1: behind}, playlisted(t), nil, thin)
	p := visit(t, "http://"+at[2]+"/watch/film.mp4", desktop)
	wait(t, p, `video.currentTime > 0.5 && !video.paused && peerstreamer.player.host === "`+at[1]+`"`)
	close(d.shut)
	had := eval[float64](t, p, `(video.playbackRate = 4, `+buffered+`)`)
	wait(t, p, `video.currentTime > `+js(had+inFlight)+` && !video.paused`)
	if host := eval[string](t, p, `peerstreamer.player.host`); host == at[1] {
		t.Errorf("plays from %s, which hangs", host)
	}
	if n := eval[int](t, p, `peerstreamer.player.restarts`); n != 0 {
		t.Errorf("began anew %d times", n)
	}
}
