package realnet_test

import (
	"net"
	"sync/atomic"
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/wire"
)

// TestAdvertisesAndNeverSends: a sibling that says that it has every chunk, takes every request and sends nothing costs a
// stream one timeout: it is asked at most once, the master serves instead, and every byte is right.
func TestAdvertisesAndNeverSends(t *testing.T) {
	film := newFeature(t, 2*core.MiB, library.Options{ChunkSize: 64 * core.KiB})
	source := operated(t, realnet.Config{Name: "source", Library: film.lib}, 1)
	liar, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer liar.Close()
	var asked atomic.Int32
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		promise(t, liar, &asked)
	}()
	defer func() { liar.Close(); <-ended }()

	child := dialled(t, source.Addr())
	child.send(hello("liar", at(liar.Addr().String())), film.intro)
	register := core.Msg{Kind: core.MsgRegister, Mask: [4]uint32{1, 2}}
	held := core.Msg{Kind: core.MsgHeld, Video: 9, Mask: [4]uint32{1<<32 - 1}}
	child.send(wire.AppendMsg(nil, &register, &wire.Peers{}), wire.AppendMsg(nil, &held, &wire.Peers{}))
	child.expect(wire.Type(core.MsgRegistered))
	wait(t, "the source to believe it", func() bool { return source.record().DirectoryEntries == 32 })

	node := operated(t, realnet.Config{Name: "node", Master: source.Addr()}, 20)
	film.watch(t, node.Addr())
	if n := asked.Load(); n < 1 || n > 4 { // Of a viewer that is served late there may be a second stream; there are 32 chunks.
		t.Errorf("the sibling that sends nothing was asked %d times: want once in a stream", n)
	}
}

// promise accepts connections, says hello, and counts requests that it will not fulfil, until the listener closes.
func promise(t testing.TB, l net.Listener, asked *atomic.Int32) {
	for {
		sock, err := l.Accept()
		if err != nil {
			return
		}
		p := &stranger{t, sock.(*net.TCPConn)}
		sock.Write(hello("liar", at(l.Addr().String())))
		for {
			h, _, err := p.next()
			if err != nil {
				break
			}
			switch core.MsgKind(h.Type) {
			case core.MsgGet, core.MsgGetHere, core.MsgGetOnce:
				asked.Add(1)
			}
		}
		sock.Close()
	}
}

// TestFloodOfUnaskedData: what nobody asked for is thrown away as it comes: it costs no memory, and others are heard
// meanwhile.
func TestFloodOfUnaskedData(t *testing.T) {
	s, p, tp, _ := lender(t, realnet.Config{})
	good := meet(t, s)
	good.send(hello("good"))
	good.expect(wire.TypeHello)
	p.send(wire.AppendBegin(nil, 1, tp.span(1, 0, 3), tp.hashes[1]))
	if flow, err := wire.ParseRefuse(p.expect(wire.TypeRefuse)); flow != 1 || err != nil {
		t.Fatalf("refused flow %d, %v: want 1", flow, err)
	}
	const total, step = 64 << 20, 1 << 20
	flood := payload(1, make([]byte, step))
	before := heap()
	for sent := 0; sent < total; sent += step {
		p.send(flood)
		if sent == total/2 {
			good.send(frameOf(wire.Type(core.MsgPing), ""))
		}
	}
	s.await(coretest.OnMsg, 1)
	wait(t, "all of it to arrive", func() bool { return s.Traffic().PayloadReceived == total })
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("%d bytes that nobody asked for make the node grow by %d", total, grown)
	}
	if got := s.flowsOf(); got != nil {
		t.Errorf("flow events %v: want none", got)
	}
}
