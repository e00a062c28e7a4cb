package realnet_test

import (
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/wire"
)

// descriptors returns how many descriptors this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		d, err = os.ReadDir("/dev/fd")
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(d)
}

// TestTenThousandFailedDials: dials that nobody answers, and dials that are given up, leave no descriptor behind;
// TestMain sees that they leave no goroutine.
func TestTenThousandFailedDials(t *testing.T) {
	const dials, window = 10_000, 50
	rec := &coretest.Recorder{}
	node, err := realnet.Start(realnet.Config{Name: "dialler"}, rec)
	if err != nil {
		t.Fatal(err)
	}
	defer node.Kill()
	before := descriptors(t)
	begun, ended, refused := 0, 0, 0 // the owner's alone
	dialled := map[core.Conn]core.NodeID{}
	dial := func(net core.Network, peer core.NodeID) {
		if begun < dials {
			dialled[net.Dial(peer)] = peer
			begun++
		}
	}
	rec.React(func(net core.Network, _ core.NodeID, e coretest.Event) {
		if e.Kind == coretest.OnClose {
			ended++
			if e.Why == core.Refused {
				refused++
			}
			dial(net, dialled[e.Conn])
		}
	})
	for range window {
		peer := node.Peer(reserve(t))
		node.Do(func(net core.Network, _ core.NodeID) { dial(net, peer) })
	}
	wait(t, "the end of all dials", func() (all bool) {
		node.Do(func(core.Network, core.NodeID) { all = ended == dials })
		return all
	})
	if refused != dials {
		t.Errorf("%d of %d dials were refused", refused, dials)
	}
	if got := node.Counters().DialsFailed; got != dials {
		t.Errorf("counted %d failed dials: want %d", got, dials)
	}

	// Given up at once, in the middle of whatever the dial was doing.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	peer := node.Peer(silent.Addr().String())
	for i := range 500 {
		var c core.Conn
		node.Do(func(net core.Network, _ core.NodeID) { c = net.Dial(peer) })
		if i%5 == 0 { // when it has connected and waits for an answer
			sock, err := silent.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer sock.Close()
		}
		node.Do(func(net core.Network, _ core.NodeID) { net.Close(c, core.Cancelled) })
	}
	wait(t, "all descriptors to be closed", func() bool { return descriptors(t) <= before+1+100 }) // the listener's
}

// TestSelfDial: a node is not its own peer, by whatever address.
func TestSelfDial(t *testing.T) {
	s := begin(t, realnet.Config{Listen: "0.0.0.0:0"})
	_, port, _ := net.SplitHostPort(s.Addr())
	for i, peer := range []core.NodeID{1, s.Peer("127.0.0.1:" + port), s.Peer("127.0.0.2:" + port)} {
		s.do(func(net core.Network) { net.Dial(peer) })
		if e := s.await(coretest.OnClose, i+1); e.Why != core.Refused {
			t.Errorf("dial of itself as peer %d: %v: want refused", peer, e.Why)
		}
	}
	s.do(func(net core.Network) { net.Dial(0) })
	if e := s.await(coretest.OnClose, 4); e.Why != core.Refused {
		t.Errorf("dial of nobody: %v: want refused", e.Why)
	}
}

// small and large are sessions below and above any other.
func small(h *wire.Hello) { h.Session = wire.Session{} }
func large(h *wire.Hello) {
	for i := range h.Session {
		h.Session[i] = 0xff
	}
}

// listen returns a listener for a stranger that can be dialled.
func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

// TestCrossedDials shows both ends of a crossing to the stranger: which of the two TCP connections stays depends on the
// sessions alone, and the Machine sees one connection, the one it dialled.
func TestCrossedDials(t *testing.T) {
	for _, c := range []struct {
		name      string
		session   func(*wire.Hello)
		strangers bool // the stranger's dial stays
		flags     core.PeerFlags
	}{
		{"the stranger's stays", small, true, core.PeerInbound},
		{"the node's stays", large, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begin(t, realnet.Config{})
			l := listen(t)
			peer := s.Peer(l.Addr().String())
			var conn core.Conn
			s.do(func(net core.Network) {
				conn = net.Dial(peer)
				net.Send(conn, core.Msg{Kind: core.MsgPing})
			})
			sock, err := l.AcceptTCP()
			if err != nil {
				t.Fatal(err)
			}
			defer sock.Close()
			theirs := &stranger{t, sock} // the node's dial
			theirs.expect(wire.TypeHello)
			ours := meet(t, s) // the stranger's dial
			ours.send(hello("crossing", c.session, at(l.Addr().String())))
			stays, goes := ours, theirs
			if !c.strangers {
				stays, goes = theirs, ours
				if got := goes.expectClose(); got.Why != core.Replaced {
					t.Errorf("the stranger's dial was closed: %v: want replaced", got.Why)
				}
				stays.send(hello("crossing", c.session, at(l.Addr().String())))
			} else {
				stays.expect(wire.TypeHello)
				if _, _, err := goes.next(); err == nil {
					t.Errorf("the node's own dial goes on")
				}
			}
			stays.expect(wire.Type(core.MsgPing)) // sent before anything was open
			e := s.await(coretest.OnOpen, 1)
			if e.Conn != conn || e.Peer != peer || e.Flags != c.flags {
				t.Errorf("got %v: want connection %d, peer %d, flags %d", e, conn, peer, c.flags)
			}
			s.do(func(net core.Network) {
				if again := net.Dial(peer); again != conn {
					t.Errorf("Dial returned %d: want %d", again, conn)
				}
			})
		})
	}
}

// TestOvertakenDial: a hello that was under way when the node's own dial was accepted is refused; the same from a peer
// that dialled is taken, for then its old connection is gone.
func TestOvertakenDial(t *testing.T) {
	for _, c := range []struct {
		name    string
		session func(*wire.Hello)
		taken   bool
	}{{"the node's dials stay", large, false}, {"the stranger's dials stay", small, true}} {
		t.Run(c.name, func(t *testing.T) {
			s := begin(t, realnet.Config{})
			l := listen(t)
			peer := s.Peer(l.Addr().String())
			s.do(func(net core.Network) { net.Dial(peer) })
			sock, err := l.AcceptTCP()
			if err != nil {
				t.Fatal(err)
			}
			defer sock.Close()
			first := &stranger{t, sock}
			first.send(hello("peer", c.session, at(l.Addr().String())))
			s.await(coretest.OnOpen, 1)
			second := meet(t, s)
			second.send(hello("peer", c.session, at(l.Addr().String())))
			if !c.taken {
				if got := second.expectClose(); got.Why != core.Replaced {
					t.Errorf("closed: %v: want replaced", got.Why)
				}
				return
			}
			second.expect(wire.TypeHello)
			if e := s.await(coretest.OnClose, 1); e.Why != core.Replaced {
				t.Errorf("the first connection closed: %v: want replaced", e.Why)
			}
			s.await(coretest.OnOpen, 2)
		})
	}
}

// TestReplacedConnection: a peer that dials again has lost its old connection, or is a new life of itself; but an older
// dial that arrives late does not replace a newer one.
func TestReplacedConnection(t *testing.T) {
	const addr = "127.0.0.1:9"
	number := func(n uint64) func(*wire.Hello) { return func(h *wire.Hello) { h.Dial = n } }
	s := begin(t, realnet.Config{})
	first, late, again, reborn := meet(t, s), meet(t, s), meet(t, s), meet(t, s)
	first.send(hello("peer", at(addr), number(2)))
	first.expect(wire.TypeHello)
	late.send(hello("peer", at(addr), number(1)))
	if c := late.expectClose(); c.Why != core.Replaced {
		t.Errorf("an older dial was closed: %v: want replaced", c.Why)
	}
	again.send(hello("peer", at(addr), number(3)))
	again.expect(wire.TypeHello)
	if c := first.expectClose(); c.Why != core.Replaced {
		t.Errorf("the first connection was closed: %v: want replaced", c.Why)
	}
	reborn.send(hello("reborn", at(addr), number(1)))
	reborn.expect(wire.TypeHello)
	if c := again.expectClose(); c.Why != core.Replaced {
		t.Errorf("the earlier life's connection was closed: %v: want replaced", c.Why)
	}
	for i := range 3 {
		e := s.await(coretest.OnOpen, i+1)
		if e.Peer != s.Peer(addr) {
			t.Errorf("connection %d is with peer %d: want %d", i+1, e.Peer, s.Peer(addr))
		}
	}
}

// TestUnspecifiedAddress: a peer that listens on all its addresses is known by the one that it came from.
func TestUnspecifiedAddress(t *testing.T) {
	s := begin(t, realnet.Config{})
	p := meet(t, s)
	p.send(hello("everywhere", at("0.0.0.0:4711")))
	e := s.await(coretest.OnOpen, 1)
	if want := s.Peer("127.0.0.1:4711"); e.Peer != want {
		t.Errorf("peer %d (%s): want %d", e.Peer, s.PeerAddr(e.Peer), want)
	}
}

// TestTooManyConnections: the limit counts both kinds, and a refused peer is told.
func TestTooManyConnections(t *testing.T) {
	s := begin(t, realnet.Config{Limits: realnet.Limits{MaxConns: 2}})
	for _, name := range []string{"a", "b"} {
		p := meet(t, s)
		p.send(hello(name))
		p.expect(wire.TypeHello)
	}
	p := meet(t, s)
	p.send(hello("c"))
	if c := p.expectClose(); c.Why != core.Refused || c.Text != "too many connections" {
		t.Errorf("closed: %+v", c)
	}
	s.do(func(net core.Network) { net.Dial(s.Peer("127.0.0.1:9")) })
	if e := s.await(coretest.OnClose, 1); e.Why != core.Refused {
		t.Errorf("a dial beyond the limit: %v: want refused", e.Why)
	}
}

// TestSilentStrangersDoNotBlock: those who connect and say nothing hold places for handshakes only for a while.
func TestSilentStrangersDoNotBlock(t *testing.T) {
	s := begin(t, realnet.Config{Limits: realnet.Limits{MaxHandshakes: 2, Handshake: 20 * time.Millisecond, Farewell: 20 * time.Millisecond}})
	for range 4 {
		meet(t, s)
	}
	p := meet(t, s)
	p.send(hello("patient"))
	p.expect(wire.TypeHello)
}

// TestDrippingStrangerDoesNotBlock: one that sends its hello byte by byte has no more time for it than others. This one
// would need 50 s, and holds the only place.
func TestDrippingStrangerDoesNotBlock(t *testing.T) {
	s := begin(t, realnet.Config{Limits: realnet.Limits{MaxHandshakes: 1, Handshake: 200 * time.Millisecond, Farewell: 20 * time.Millisecond}})
	drip := meet(t, s)
	drip.send([]byte{byte(wire.TypeHello), 0, 1024 >> 8, 0})
	var dripping sync.WaitGroup
	defer dripping.Wait()
	dripping.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for range 1024 {
			<-tick.C
			if _, err := drip.sock.Write([]byte("d")); err != nil {
				return
			}
		}
	})
	p := meet(t, s)
	p.send(hello("patient"))
	p.expect(wire.TypeHello)
	drip.sock.Close()
}

// TestCloseWithDeafPeer: a peer that neither reads nor closes does not keep a node from ending.
func TestCloseWithDeafPeer(t *testing.T) {
	s := begin(t, realnet.Config{Limits: realnet.Limits{Farewell: 50 * time.Millisecond}})
	introduced(t, s)
	meet(t, s) // and one in the middle of the handshake
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if s.Do(func(core.Network, core.NodeID) {}) {
		t.Error("Do on a node that has ended returned true")
	}
}

// TestStartErrors: what can be wrong at the start is said clearly.
func TestStartErrors(t *testing.T) {
	s := begin(t, realnet.Config{})
	for _, c := range []struct {
		cfg  realnet.Config
		want string
	}{
		{realnet.Config{Name: "x", Listen: s.Addr()}, "another program uses this port"},
		{realnet.Config{Name: "../x"}, "slash"},
		{realnet.Config{}, "node's name"},
		{realnet.Config{Name: "x", Listen: "localhost"}, `address "localhost": want tcp://host:port`},
		{realnet.Config{Name: "x", Listen: "127.0.0.1:0", Master: "http://h:1"}, `scheme "http"`},
		{realnet.Config{Name: "x", Listen: "127.0.0.1:0", Master: "127.0.0.1:0"}, "can be dialled"},
		{realnet.Config{Name: "x", Listen: "127.0.0.1:0", Supermaster: "no such host:1"}, "supermaster: "},
		{realnet.Config{Name: "x", Advertise: "127.0.0.1:5"}, "does not listen"},
		{realnet.Config{Name: "x", Listen: "127.0.0.1:0", Advertise: "0.0.0.0:5"}, "advertise: "},
		{realnet.Config{Name: "x", Uplink: -1, Slots: -2}, "slots -2: want 0 or more"},
	} {
		n, err := realnet.Start(c.cfg, &coretest.Recorder{})
		if err == nil {
			n.Kill()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v: want %q", c.cfg, err, c.want)
		}
	}
}

// TestPeerMoves: a peer that comes back from another address, at which there is a connection as well, takes the place of
// both: without keys, whoever says that it is there is there.
func TestPeerMoves(t *testing.T) {
	s := begin(t, realnet.Config{})
	ben, carl := meet(t, s), meet(t, s)
	ben.send(hello("ben", at("127.0.0.1:4001")))
	ben.expect(wire.TypeHello)
	carl.send(hello("carl", at("127.0.0.1:4002")))
	carl.expect(wire.TypeHello)
	again := meet(t, s)
	again.send(hello("carl", at("127.0.0.1:4001"), func(h *wire.Hello) { h.Dial = 2 }))
	again.expect(wire.TypeHello)
	for who, p := range map[string]*stranger{"ben": ben, "carl": carl} {
		if got := p.expectClose(); got.Why != core.Replaced {
			t.Errorf("%s was closed because %v, want replaced", who, got.Why)
		}
	}
}

// TestLostAndDialledAgain: a Machine that dials a peer as soon as it has lost it, because the peer has come anew, gets the
// new connection and not one more.
func TestLostAndDialledAgain(t *testing.T) {
	s := begin(t, realnet.Config{})
	first, second := meet(t, s), meet(t, s)
	first.send(hello("ben", at("127.0.0.1:4001")))
	first.expect(wire.TypeHello)
	peer := s.Peer("127.0.0.1:4001")
	s.rec.React(func(net core.Network, _ core.NodeID, e coretest.Event) {
		if e.Kind == coretest.OnClose {
			net.Dial(peer)
		}
	})
	second.send(hello("ben", at("127.0.0.1:4001"), func(h *wire.Hello) { h.Session[15]++ }))
	second.expect(wire.TypeHello)
	second.send(frameOf(wire.Type(core.MsgPing), ""))
	if e, open := s.await(coretest.OnMsg, 1), s.await(coretest.OnOpen, 2); e.Conn != open.Conn {
		t.Errorf("connection %d says something, want %d, which was opened", e.Conn, open.Conn)
	}
	s.rec.React(nil)
}
