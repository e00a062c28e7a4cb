package realnet_test

import (
	"bytes"
	"net"
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/wire"
)

// TestBackPressure: a peer that does not read gets no more than the kernels' buffers hold, says so through Queued and
// Sent, and gets the rest when it reads again.
func TestBackPressure(t *testing.T) {
	const chunks, chunk = 24, core.MiB
	dir := t.TempDir()
	content := coretest.Content("long", chunks*chunk)
	if _, err := library.Split(t.Context(), dir, "long", bytes.NewReader(content), library.Options{ChunkSize: chunk}); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	const buffer = 64 << 10
	s := begin(t, realnet.Config{Library: lib, Limits: realnet.Limits{SendBuffer: buffer}})
	p := meet(t, s)
	p.sock.(*net.TCPConn).SetReadBuffer(buffer)
	p.send(hello("stranger"))
	p.expect(wire.TypeHello)
	conn := s.await(coretest.OnOpen, 1).Conn
	v := s.Video("long")
	var flows []core.Flow
	s.do(func(net core.Network) {
		for i := range uint32(chunks) {
			flows = append(flows, net.Transfer(conn, core.Offer{Span: core.Span{Video: v, Chunk: i, N: 16}, Avail: 16, Prio: uint8(i), Tag: i + 1}))
		}
	})
	var sent core.Bytes
	quiet := 0
	wait(t, "the node stops sending", func() bool {
		now := s.Traffic().PayloadSent
		if quiet++; now != sent || now == 0 {
			sent, quiet = now, 0
		}
		return quiet == 100
	})
	// The kernel doubles what it is asked for, at both ends, and a frame may be half way.
	if most := core.Bytes(4*buffer + 2*wire.MaxPayload); sent > most {
		t.Errorf("%d bytes left for a peer that does not read: want at most %d", sent, most)
	}
	s.do(func(net core.Network) {
		if got, want := net.Queued(conn), chunks*chunk-sent; got < want-2*core.FrameMax || got > want+core.FrameMax {
			t.Errorf("%d bytes are queued: want about %d", got, want)
		}
		if got, ok := net.Sent(flows[chunks-1]); got != 0 || !ok {
			t.Errorf("%d bytes of the last flow are sent, %v: want none yet", got, ok)
		}
	})
	got := make([]byte, 0, len(content))
	for len(got) < len(content) {
		_, part, err := wire.ParseData(p.expect(wire.TypeData))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, part...)
	}
	if !bytes.Equal(got, content) {
		t.Error("other bytes arrived than were sent")
	}
}
