package realnet_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/wire"
)

// beginLogged is begin with what the node logs at a level and above.
func beginLogged(t *testing.T, level zapcore.Level) (*subject, *observer.ObservedLogs) {
	t.Helper()
	watched, logs := observer.New(level)
	return begin(t, realnet.Config{Log: zap.New(watched)}), logs
}

// TestSilentPeerIsInTheLog: a master that accepts and never answers is given up by core; whoever runs the node reads of
// it at the level that psnode logs at.
func TestSilentPeerIsInTheLog(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s, logs := beginLogged(t, zap.InfoLevel)
	peer := s.Peer(silent.Addr().String())
	s.do(func(net core.Network) { net.Close(net.Dial(peer), core.TimedOut) })
	closed := logs.FilterMessage("connection closed").All()
	if len(closed) != 1 || closed[0].ContextMap()["peer"] != silent.Addr().String() || closed[0].ContextMap()["why"] != "timed out" {
		t.Errorf("logged %v: want one line with the peer and that it timed out", closed)
	}
}

// TestComplaintIsInTheLog: a peer that says that it got bad data from here has seen what this node cannot: that its disk
// lies.
func TestComplaintIsInTheLog(t *testing.T) {
	s, logs := beginLogged(t, zap.WarnLevel)
	introduced(t, s).send(wire.AppendClose(nil, wire.Close{Why: core.BadData, Text: "a piece does not match its hash"}))
	wait(t, "a warning", func() bool { return logs.Len() > 0 })
	said := logs.All()[0].ContextMap()
	for key, want := range map[string]string{"why": "bad data", "because": "a piece does not match its hash", "advice": "a restart checks every chunk on the disk"} {
		if said[key] != want {
			t.Errorf("%s: %v: want %s", key, said[key], want)
		}
	}
}

// TestComplaintsDoNotFillTheDisk: of many at once some are logged, and the rest is counted.
func TestComplaintsDoNotFillTheDisk(t *testing.T) {
	const complaints = 60
	s, logs := beginLogged(t, zap.WarnLevel)
	var all []*stranger
	for i := range complaints {
		p := meet(t, s)
		p.send(hello(fmt.Sprintf("stranger-%d", i), at(fmt.Sprintf("127.0.0.1:%d", 4000+i)), func(h *wire.Hello) { h.Session[0] = byte(i) }))
		p.expect(wire.TypeHello)
		all = append(all, p)
	}
	for _, p := range all {
		p.send(wire.AppendClose(nil, wire.Close{Why: core.BadData, Text: "lies"}))
	}
	for _, p := range all {
		p.sock.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, p.sock); err != nil { // to its end, which comes after the line
			t.Fatal(err)
		}
	}
	if n := logs.FilterMessage("a peer complains").Len(); n == 0 || n >= complaints {
		t.Errorf("%d lines about %d complaints", n, complaints)
	}
}
