package realnet_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/wire"
)

// swarm issues certificates for tests.
type swarm struct {
	t         testing.TB
	authority *identity.Authority
}

func newSwarm(t testing.TB) *swarm {
	t.Helper()
	a, err := identity.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &swarm{t, a}
}

// keys returns a node's keys, valid for an hour.
func (s *swarm) keys(name string) *identity.Keys {
	return s.keysFrom(name, time.Now(), nil)
}

// keysFrom returns keys that are valid for an hour from a time on, with an allow list.
func (s *swarm) keysFrom(name string, from time.Time, allow *identity.AllowList) *identity.Keys {
	s.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	cert, err := s.authority.Issue(name, public, from, time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	return identity.NewKeys(s.authority.Certificate(), cert, private, allow, time.Now)
}

// meetTLS dials a node as whoever the keys prove.
func meetTLS(t testing.TB, s *subject, keys *identity.Keys) *stranger {
	t.Helper()
	p := meet(t, s)
	conn, _, err := keys.Client(context.Background(), p.sock)
	if conn == nil {
		t.Fatalf("no TLS: %v", err)
	}
	p.sock = conn
	return p
}

// TestTLSRefuses: whoever cannot prove that it is a member under the name that it uses is told so, and the Machine
// hears nothing of it.
func TestTLSRefuses(t *testing.T) {
	ours, theirs := newSwarm(t), newSwarm(t)
	allowed := filepath.Join(t.TempDir(), "allow")
	if err := os.WriteFile(allowed, []byte("# friends\nben\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	allow, err := identity.OpenAllowList(allowed)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		peer  *identity.Keys
		hello string
		why   core.Reason
		text  string
	}{
		{"of another swarm", theirs.keys("ben"), "ben", core.Refused, "not of this swarm"},
		{"expired", ours.keysFrom("ben", time.Now().Add(-2*time.Hour), nil), "ben", core.Refused, "has expired"},
		{"not valid yet", ours.keysFrom("ben", time.Now().Add(2*time.Hour), nil), "ben", core.Refused, "compare the clocks"},
		{"under another name", ours.keys("ben"), "alyssa", core.BadPeer, `says that it is "alyssa", and its certificate that it is "ben"`},
		{"not on the allow list", ours.keys("mallory"), "mallory", core.Refused, "allow list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := begin(t, realnet.Config{Keys: ours.keysFrom("subject", time.Now(), allow)})
			p := meetTLS(t, s, c.peer)
			p.send(hello(c.hello))
			got := p.expectClose()
			if got.Why != c.why || !strings.Contains(got.Text, c.text) {
				t.Errorf("closed because %v, %q: want %v, %q", got.Why, got.Text, c.why, c.text)
			}
			if log := s.rec.Log(); len(log) != 1 {
				t.Errorf("the Machine heard %v", log)
			}
			if n := s.Counters().Refused; n != 1 {
				t.Errorf("counted %d refused peers, want 1", n)
			}
		})
	}
}

// TestTLSRefusesTheDialled: the other end of a dial is checked in the same way, before it hears who dials.
func TestTLSRefusesTheDialled(t *testing.T) {
	ours, theirs := newSwarm(t), newSwarm(t)
	for _, c := range []struct {
		name string
		peer *identity.Keys
		text string
	}{
		{"of another swarm", theirs.keys("ben"), "not of this swarm"},
		{"expired", ours.keysFrom("ben", time.Now().Add(-2*time.Hour), nil), "has expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := listen(t)
			s := begin(t, realnet.Config{Keys: ours.keys("subject")})
			peer := s.Peer(l.Addr().String())
			s.do(func(net core.Network) { net.Dial(peer) })
			sock, err := l.AcceptTCP()
			if err != nil {
				t.Fatal(err)
			}
			defer sock.Close()
			conn, _, err := c.peer.Server(context.Background(), sock, false)
			if conn == nil {
				t.Fatalf("no TLS: %v", err)
			}
			p := &stranger{t, conn}
			h, body, err := p.next()
			if err != nil || h.Type != wire.TypeClose {
				t.Fatalf("got a %v frame, %v: want a close before the hello", h.Type, err)
			}
			if got, _ := wire.ParseClose(body); got.Why != core.Refused || !strings.Contains(got.Text, c.text) {
				t.Errorf("closed because %v, %q: want refused, %q", got.Why, got.Text, c.text)
			}
			if e := s.await(coretest.OnClose, 1); e.Why != core.Refused {
				t.Errorf("the Machine heard %v: want refused", e.Why)
			}
		})
	}
}

// TestPlainMeetsTLS: where only one of two nodes has keys, both say what is wrong.
func TestPlainMeetsTLS(t *testing.T) {
	for _, c := range []struct {
		name                  string
		dialler, dialled      bool // has keys
		diallerSays, saysBack string
	}{
		{"plain dials TLS", false, true, "this node speaks TLS only", "this node speaks TLS only"},
		{"TLS dials plain", true, false, "the peer does not speak TLS", "this node has no keys and does not speak TLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSwarm(t)
			logs := map[string]*observer.ObservedLogs{}
			node := func(name string, keys bool) *subject {
				var zc zapcore.Core
				zc, logs[name] = observer.New(zap.InfoLevel)
				cfg := realnet.Config{Name: name, Log: zap.New(zc)}
				if keys {
					cfg.Keys = s.keys(name)
				}
				return begin(t, cfg)
			}
			dialled, dialler := node("dialled", c.dialled), node("dialler", c.dialler)
			peer := dialler.Peer(dialled.Addr())
			dialler.do(func(net core.Network) { net.Dial(peer) })
			if e := dialler.await(coretest.OnClose, 1); e.Why != core.Refused {
				t.Errorf("the dial ended with %v, want refused", e.Why)
			}
			for name, want := range map[string]string{"dialler": c.diallerSays, "dialled": c.saysBack} {
				wait(t, "a line in the log of the "+name, func() bool { return logged(logs[name], want) })
			}
		})
	}
}

// logged reports whether a line's reason contains a text.
func logged(logs *observer.ObservedLogs, want string) bool {
	for _, e := range logs.All() {
		if because, _ := e.ContextMap()["because"].(string); strings.Contains(because, want) {
			return true
		}
	}
	return false
}

// TestOldTLSRefused: nothing below TLS 1.3 is spoken, and nobody without a certificate gets a word.
func TestOldTLSRefused(t *testing.T) {
	s := newSwarm(t)
	n := begin(t, realnet.Config{Keys: s.keys("subject")})
	for _, c := range []struct {
		name string
		cfg  *tls.Config
		says string
	}{
		{"TLS 1.2", &tls.Config{MaxVersion: tls.VersionTLS12, NextProtos: []string{identity.ProtocolNode}}, "protocol version"},
		{"no certificate", &tls.Config{NextProtos: []string{identity.ProtocolNode}}, "certificate required"},
		{"another protocol", &tls.Config{NextProtos: []string{"h2"}}, "no application protocol"},
		{"a join where nobody can", &tls.Config{NextProtos: []string{identity.ProtocolJoin}}, "no application protocol"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.InsecureSkipVerify = true
			p := meet(t, n)
			p.sock.SetDeadline(time.Now().Add(patience))
			conn := tls.Client(p.sock, c.cfg)
			err := conn.Handshake()
			if err == nil { // with TLS 1.3 the client is done before the server has looked at it
				_, err = conn.Read(make([]byte, 1))
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
	wait(t, "all refused", func() bool { return n.Counters().Refused == 4 })
}

// TestNameOwnsItsAddress: a member cannot take the place of another one by claiming its address or its session, and the
// one who is reached at an address can take it back from one who only claims it.
func TestNameOwnsItsAddress(t *testing.T) {
	s := newSwarm(t)
	n := begin(t, realnet.Config{Keys: s.keys("subject")})
	ben := meetTLS(t, n, s.keys("ben"))
	ben.send(hello("ben", at("127.0.0.1:4001")))
	ben.expect(wire.TypeHello)

	mallory := s.keys("mallory")
	for _, lie := range []func(*wire.Hello){
		at("127.0.0.1:4001"),
		func(h *wire.Hello) { h.Session = wire.Session([]byte("session of ben\x00\x00")) },
	} {
		p := meetTLS(t, n, mallory)
		p.send(hello("mallory", lie))
		if got := p.expectClose(); got.Why != core.Refused || !strings.Contains(got.Text, `of "ben"`) {
			t.Errorf("closed because %v, %q: want refused, as that is ben's", got.Why, got.Text)
		}
	}
	// Nor once she has a connection of her own, whose session says nothing about ben's address.
	hers := func(h *wire.Hello) { h.Session = wire.Session([]byte("another session ")) }
	first := meetTLS(t, n, mallory)
	first.send(hello("mallory", at("127.0.0.1:4009"), hers))
	first.expect(wire.TypeHello)
	second := meetTLS(t, n, mallory)
	second.send(hello("mallory", at("127.0.0.1:4001"), hers, func(h *wire.Hello) { h.Dial = 2 }))
	if got := second.expectClose(); got.Why != core.Refused || !strings.Contains(got.Text, `of "ben"`) {
		t.Errorf("with a session of her own: closed because %v, %q: want refused, as that is ben's", got.Why, got.Text)
	}
	ben.send(frameOf(wire.Type(core.MsgPing), "")) // ben's connection is as it was
	n.await(coretest.OnMsg, 1)

	// Mallory is first to claim an address at which ben, not she, can be seen.
	p := meetTLS(t, n, mallory)
	p.send(hello("mallory", at("127.0.0.2:4002")))
	p.expect(wire.TypeHello)
	from := &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.2:0"))}
	sock, err := from.Dial("tcp", n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	conn, _, err := s.keys("carl").Client(context.Background(), sock)
	if err != nil {
		t.Fatal(err)
	}
	carl := &stranger{t, conn}
	carl.send(hello("carl", at("127.0.0.2:4002")))
	carl.expect(wire.TypeHello)
	if got := p.expectClose(); got.Why != core.Replaced {
		t.Errorf("mallory was closed because %v, want replaced", got.Why)
	}

	// Even one who is seen at the IP that a connection from elsewhere claims cannot have its session.
	dave := meetTLS(t, n, s.keys("dave"))
	dave.send(hello("dave", at("127.0.0.2:4003")))
	dave.expect(wire.TypeHello)
	sock, err = from.Dial("tcp", n.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer sock.Close()
	conn, _, err = mallory.Client(context.Background(), sock)
	if err != nil {
		t.Fatal(err)
	}
	thief := &stranger{t, conn}
	thief.send(hello("mallory", func(h *wire.Hello) { h.Session = wire.Session([]byte("session of dave\x00")) }))
	if got := thief.expectClose(); got.Why != core.Refused {
		t.Errorf("with dave's session: closed because %v, want refused", got.Why)
	}
}

// TestOneMemberManyConnections: a member cannot take all the connections that a node may have.
func TestOneMemberManyConnections(t *testing.T) {
	s := newSwarm(t)
	n := begin(t, realnet.Config{Keys: s.keys("subject"), Limits: realnet.Limits{MaxConns: 20}})
	keys := s.keys("mallory")
	for i := range byte(17) {
		p := meetTLS(t, n, keys)
		p.send(hello("mallory", func(h *wire.Hello) { h.Session = wire.Session{i} }))
		if i < 16 {
			p.expect(wire.TypeHello)
		} else if got := p.expectClose(); got.Why != core.Refused || got.Text != `too many connections of "mallory"` {
			t.Errorf("one more: closed because %v, %q: want refused", got.Why, got.Text)
		}
	}
	ben := meetTLS(t, n, s.keys("ben"))
	ben.send(hello("ben"))
	ben.expect(wire.TypeHello)
}

// TestLiarIsBanned: a member that breaks the rules is known by its name, whatever connection it comes over.
func TestLiarIsBanned(t *testing.T) {
	s := newSwarm(t)
	n := begin(t, realnet.Config{Keys: s.keys("subject")})
	another, waiting := meetTLS(t, n, s.keys("mallory")), meetTLS(t, n, s.keys("mallory"))
	another.send(hello("mallory", func(h *wire.Hello) { h.Session = wire.Session{1} }))
	another.expect(wire.TypeHello)
	p := meetTLS(t, n, s.keys("mallory"))
	p.send(hello("mallory"), hello("mallory"))
	p.expect(wire.TypeHello)
	if got := p.expectClose(); got.Why != core.BadPeer {
		t.Fatalf("closed because %v: want bad peer", got.Why)
	}
	wait(t, "the ban", func() bool { return n.Counters().Banned == 1 })
	waiting.send(hello("mallory", func(h *wire.Hello) { h.Session = wire.Session{2} }))
	for which, p := range map[string]*stranger{"that was open": another, "that was about to be": waiting} {
		if got := p.expectClose(); got.Why != core.Refused || !strings.Contains(got.Text, "banned until") {
			t.Errorf("a connection %s was closed because %v, %q: want refused, banned", which, got.Why, got.Text)
		}
	}
	again := meetTLS(t, n, s.keys("mallory"))
	if got := again.expectClose(); got.Why != core.Refused || !strings.Contains(got.Text, "banned until") {
		t.Errorf("came back with another certificate: closed because %v, %q: want refused, banned", got.Why, got.Text)
	}
	ben := meetTLS(t, n, s.keys("ben")) // same IP
	ben.send(hello("ben"))
	ben.expect(wire.TypeHello)
	if diff := cmp.Diff(realnet.Counters{Accepted: 3, Refused: 2, BadPeers: 1, Banned: 1}, n.Counters()); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

// TestLiarIsBannedByIP: without keys, an IP is all there is.
func TestLiarIsBannedByIP(t *testing.T) {
	n := begin(t, realnet.Config{})
	from := func(ip string) *stranger {
		d := &net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(ip + ":0"))}
		sock, err := d.Dial("tcp", n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { sock.Close() })
		return &stranger{t, sock.(*net.TCPConn)}
	}
	p := from("127.0.0.3")
	p.send([]byte("GET / HTTP/1.1\r\n\r\n"))
	p.expectClose()
	if got := from("127.0.0.3").expectClose(); got.Why != core.Refused || !strings.Contains(got.Text, "banned until") {
		t.Errorf("closed because %v, %q: want refused, banned", got.Why, got.Text)
	}
	other := from("127.0.0.4")
	other.send(hello("other"))
	other.expect(wire.TypeHello)

	// Nobody is dialled there either.
	peer := n.Peer("127.0.0.3:9")
	n.do(func(net core.Network) { net.Dial(peer) })
	if e := n.await(coretest.OnClose, 1); e.Why != core.Refused {
		t.Errorf("a dial of the banned: %v, want refused", e.Why)
	}
}

// TestSlowHandshake: TLS counts into the time that a stranger has.
func TestSlowHandshake(t *testing.T) {
	s := newSwarm(t)
	n := begin(t, realnet.Config{Keys: s.keys("subject"), Limits: realnet.Limits{Handshake: 50 * time.Millisecond}})
	p := meet(t, n)
	p.send([]byte{0x16, 3, 1, 2, 0, 1}) // the beginning of a client hello
	p.sock.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadAll(p.sock); err != nil && !errors.Is(err, net.ErrClosed) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the node does not hang up: %v", err)
	}
	if n.Counters().Refused != 1 {
		t.Errorf("counted %+v, want one refused", n.Counters())
	}
}

// TestConfigWithKeys: a node cannot be started under another name than its certificate's.
func TestConfigWithKeys(t *testing.T) {
	s := newSwarm(t)
	_, err := realnet.Start(realnet.Config{Name: "ben", Keys: s.keys("alyssa")}, &coretest.Recorder{})
	if err == nil || !strings.Contains(err.Error(), `certificate's "alyssa"`) {
		t.Errorf("started with another's certificate: %v", err)
	}
	_, err = realnet.Start(realnet.Config{Name: "ben", Join: func(context.Context, *tls.Conn) error { return nil }}, &coretest.Recorder{})
	if err == nil || !strings.Contains(err.Error(), "without keys") {
		t.Errorf("lets others join without keys: %v", err)
	}
}
