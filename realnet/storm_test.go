package realnet_test

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/wire"
)

// TestReconnectStorm: a peer that connects, says hello and vanishes, a thousand times over, by turns as one node that comes
// back and as a new client each time, leaves nothing behind; another peer is answered all the while.
func TestReconnectStorm(t *testing.T) {
	film := newFeature(t, core.MiB, library.Options{ChunkSize: 64 * core.KiB})
	node := operated(t, realnet.Config{Name: "source", Library: film.lib}, 1)
	good := dialled(t, node.Addr())
	good.send(hello("good"))
	good.expect(wire.TypeHello)
	const times = 1000
	goroutines, before := runtime.NumGoroutine(), heap()
	for i := range times {
		sock, err := net.Dial("tcp", node.Addr())
		if err != nil {
			t.Fatal(err)
		}
		p := &stranger{t, sock.(*net.TCPConn)}
		if i%2 == 0 {
			p.send(hello("flapping", at("127.0.0.1:9"), func(h *wire.Hello) { h.Dial = uint64(i + 1) }))
		} else {
			p.send(hello("new", func(h *wire.Hello) { copy(h.Session[:], fmt.Sprintf("storm%011d", i)) }))
		}
		if i%3 > 0 {
			p.expect(wire.TypeHello)
		}
		if i%5 == 0 {
			sock.(*net.TCPConn).SetLinger(0) // ends with a reset
		}
		sock.Close()
		if i%100 == 0 {
			good.send(frameOf(wire.Type(core.MsgPing), ""))
			good.expect(wire.Type(core.MsgPong))
		}
	}
	wait(t, "the node to be rid of them", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	if grown := heap() - before; grown > 4<<20 {
		t.Errorf("%d connections that have ended leave %d bytes", times, grown)
	}
	film.watch(t, node.Addr())
}

// TestThousandStreams: a peer that opens a thousand streams and reads them all is answered on each, and when it is gone, so
// are they and what they held.
func TestThousandStreams(t *testing.T) {
	film := newFeature(t, 8*core.MiB, library.Options{ChunkSize: 64 * core.KiB, PieceSize: 8 * core.KiB})
	source := operated(t, realnet.Config{Name: "source", Library: film.lib}, 1)
	node := operated(t, realnet.Config{Name: "node", Master: source.Addr(), StoreChunks: 50}, 1)
	wait(t, "the node to register", func() bool { return source.record().Children == 1 })
	const streams = 1000
	before := heap()
	p := dialled(t, node.Addr())
	p.send(hello("greedy"), film.intro)
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for i := range uint32(streams) {
			if _, err := p.sock.Write(get(core.MsgGet, i%4, 1, i)); err != nil {
				return
			}
		}
	}()
	for answers := 0; answers < streams; {
		h, body, err := p.next()
		if err != nil {
			t.Fatalf("after %d answers: %v", answers, err)
		}
		switch {
		case h.Type == wire.TypeEnd, h.Type == wire.Type(core.MsgNo):
			answers++
		case h.Type == wire.TypeClose:
			c, _ := wire.ParseClose(body)
			t.Fatalf("after %d answers the node closes: %v, %s", answers, c.Why, c.Text)
		}
	}
	<-asked
	if n := node.record().Streams; n == 0 || n > streams {
		t.Errorf("%d streams are open: want some of the %d", n, streams)
	}
	if grown := heap() - before; grown > 32<<20 {
		t.Errorf("%d streams make the node grow by %d bytes", streams, grown)
	}
	p.sock.Close()
	wait(t, "the streams to end", func() bool { r := node.record(); return r.Streams == 0 && r.Locks == 0 })
	film.watch(t, node.Addr())
}
