package realnet

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"net"
	"testing"
	"time"

	"peerstreamer/core/coretest"
	"peerstreamer/realnet/identity"
)

// TestSealedWrites: what is written over TLS in pieces of any size arrives as it was, and a data frame's records leave in
// one call.
func TestSealedWrites(t *testing.T) {
	client, server := sealedPair(t)
	var want []byte
	for _, n := range []int{1, 100, 16 << 10, 64<<10 + 12, gatherSize, 1 << 20} {
		want = append(want, coretest.Content("sealed", 1<<20)[:n]...)
	}
	got := make(chan []byte, 1)
	go func() {
		b := make([]byte, len(want))
		_, _ = io.ReadFull(server, b)
		got <- b
	}()
	rest := want
	for _, n := range []int{1, 100, 16 << 10, 64<<10 + 12, gatherSize, 1 << 20} {
		if wrote, err := client.Write(rest[:n]); wrote != n || err != nil {
			t.Fatalf("wrote %d of %d bytes: %v", wrote, n, err)
		}
		rest = rest[n:]
	}
	if !bytes.Equal(<-got, want) {
		t.Error("other bytes arrived")
	}

	client.out.hold()
	if _, err := client.Conn.Write(want[:64<<10+12]); err != nil {
		t.Fatal(err)
	}
	if n := len(client.out.kept); n < 64<<10 {
		t.Errorf("%d bytes of a data frame are kept until the end of the call, want all of them", n)
	}
	if err := client.out.release(); err != nil {
		t.Fatal(err)
	}
	if client.out.buf != nil {
		t.Error("the buffer is not given back")
	}
}

// sealedPair returns both ends of a connection between two members of a swarm.
func sealedPair(t *testing.T) (client *sealed, server io.Reader) {
	t.Helper()
	a, err := identity.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys := func(name string) *identity.Keys {
		public, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := a.Issue(name, public, time.Now(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return identity.NewKeys(a.Certificate(), cert, private, nil, time.Now)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan io.Reader, 1)
	go func() {
		sock, err := l.Accept()
		if err != nil {
			close(accepted)
			return
		}
		t.Cleanup(func() { sock.Close() })
		conn, _, err := keys("server").Server(context.Background(), sock, false)
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}()
	sock, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sock.Close() })
	g := &gather{TCPConn: sock.(*net.TCPConn)}
	conn, _, err := keys("client").Client(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	return &sealed{Conn: conn, out: g}, <-accepted
}
