package realnet_test

import (
	"fmt"
	"net"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/wire"
)

// idlers is how many connections do nothing, if the system lets a process have them, both ends being in this one.
const idlers = 5000

// crowd opens connections to a node that say hello and nothing else.
func crowd(t testing.TB, addr string, n int) (all []*stranger) {
	t.Helper()
	for i := range n {
		sock, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatalf("idle connection %d: %v", i, err)
		}
		p := &stranger{t, sock.(*net.TCPConn)}
		all = append(all, p)
		p.send(hello(fmt.Sprintf("%08d", i), func(h *wire.Hello) { copy(h.Session[:], fmt.Sprintf("idle%012d", i)) }))
		p.expect(wire.TypeHello)
	}
	return all
}

func hangUp(all []*stranger) {
	for _, p := range all {
		p.sock.Close()
	}
}

// TestIdleConnections: thousands of peers that open a connection and ask for nothing cost some kilobytes each, and a viewer
// is served beside them. None of them is sent away for it.
func TestIdleConnections(t *testing.T) {
	film := newFeature(t, 4*core.MiB, library.Options{ChunkSize: 256 * core.KiB})
	n := min(idlers, (mayOpen()-200)/2)
	node := operated(t, realnet.Config{Name: "source", Library: film.lib, Limits: realnet.Limits{MaxConns: n + 10}}, 1)
	before := heap()
	all := crowd(t, node.Addr(), n)
	defer hangUp(all)
	// BenchmarkIdleConnection prints 18 kB, the test's own end included: two stacks, the reader's small buffer, two sockets.
	if grown, most := heap()-before, int64(n)*64<<10; grown > most {
		t.Errorf("%d idle connections take %d bytes: want at most %d", n, grown, most)
	}
	film.watch(t, node.Addr())
	for i := 0; i < n; i += n/10 + 1 {
		all[i].send(frameOf(wire.Type(core.MsgPing), ""))
		all[i].expect(wire.Type(core.MsgPong))
	}
	if got := node.Counters(); got.Accepted < int64(n) || got.Refused > 1 { // The viewer knocks before it comes in.
		t.Errorf("counted %+v: want %d accepted and none of them refused", got, n)
	}
}

// BenchmarkIdleConnection prints what one more idle connection takes, the benchmark's own end of it included.
func BenchmarkIdleConnection(b *testing.B) {
	film := newFeature(b, core.MiB, library.Options{ChunkSize: 256 * core.KiB})
	n := min(idlers, (mayOpen()-200)/2)
	node := operated(b, realnet.Config{Name: "source", Library: film.lib, Limits: realnet.Limits{MaxConns: n + 10}}, 1)
	for b.Loop() {
		before := heap()
		all := crowd(b, node.Addr(), n)
		b.ReportMetric(float64(heap()-before)/float64(n), "B/conn")
		b.ReportMetric(float64(n), "conns")
		hangUp(all)
	}
}
