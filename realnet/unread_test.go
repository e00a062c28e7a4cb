package realnet_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/client"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/wire"
)

// feature is a video in a library of its own, and the frame with which a stranger introduces it as handle 9.
type feature struct {
	lib   *library.Library
	data  []byte
	intro []byte
}

func newFeature(t testing.TB, length core.Bytes, o library.Options) *feature {
	t.Helper()
	dir, data := t.TempDir(), coretest.Content("feature", length)
	m, err := library.Split(context.Background(), dir, "feature", bytes.NewReader(data), o)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	return &feature{lib, data, wire.AppendVideo(nil, wire.Video{Handle: 9, ID: m.ID(), Name: m.Name()})}
}

// watch reads the whole video from a node as psnode stream does, and fails the test unless it is right.
func (f *feature) watch(t testing.TB, addr string) {
	t.Helper()
	var got bytes.Buffer
	_, err := client.Stream(context.Background(), client.Config{Source: addr, Video: "feature", GiveUp: patience}, &got)
	if err != nil || !bytes.Equal(got.Bytes(), f.data) {
		t.Fatalf("the viewer got %d bytes, %v: want the %d of the video", got.Len(), err, len(f.data))
	}
}

// get is the frame of a get of the feature's chunk, all of it.
func get(kind core.MsgKind, chunk uint32, pieces uint8, stream uint32) []byte {
	m := core.Get(kind, core.Span{Video: 9, Chunk: chunk, N: pieces}, stream)
	return wire.AppendMsg(nil, &m, &wire.Peers{})
}

// heap returns the bytes that are in use on the heap and the stacks when all garbage is gone.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}

// TestAsksAndNeverReads: peers that ask for everything and read nothing cost little memory, do not keep the upload slots
// that they got, and leave when they have taken nothing for a while; others are served.
func TestAsksAndNeverReads(t *testing.T) {
	film := newFeature(t, 16*core.MiB, library.Options{ChunkSize: core.MiB, PieceSize: 64 * core.KiB})
	const strangers, slots = 6, 2
	node := operated(t, realnet.Config{Name: "source", Library: film.lib, Slots: slots, Limits: realnet.Limits{
		Stall: 300 * time.Millisecond, Farewell: 20 * time.Millisecond, SendBuffer: 64 << 10}}, 1)
	before := heap()
	for i := range strangers {
		p := dialled(t, node.Addr())
		p.sock.(*net.TCPConn).SetReadBuffer(16 << 10)
		p.send(hello(fmt.Sprint(i, "-deaf")), film.intro)
		for chunk := range uint32(16) {
			p.send(get(core.MsgGetOnce, chunk, 16, 0))
		}
	}
	wait(t, "all strangers to be in", func() bool { return node.Counters().Accepted == strangers })
	// A connection with its two goroutines and buffers, a flow of 64 KiB under way, sixteen gets.
	if grown, most := heap()-before, int64(strangers*(512<<10)); grown > most {
		t.Errorf("%d peers that do not read make the node grow by %d bytes: want at most %d", strangers, grown, most)
	}
	film.watch(t, node.Addr()) // There are two slots: it is served when the others have lost theirs.
}

// TestFloodOfPings: a peer that asks what is quickly answered and never reads the answers is closed when so many wait.
func TestFloodOfPings(t *testing.T) {
	film := newFeature(t, 100_000, library.Options{ChunkSize: 32 * core.KiB})
	node := operated(t, realnet.Config{Name: "source", Library: film.lib, Limits: realnet.Limits{
		MaxQueued: core.MiB, SendBuffer: 64 << 10, Farewell: 20 * time.Millisecond}}, 1)
	p := dialled(t, node.Addr())
	p.sock.(*net.TCPConn).SetReadBuffer(16 << 10)
	p.send(hello("deaf"), film.intro)
	resolve := core.Msg{Kind: core.MsgResolve, Video: 9}
	ask := bytes.Repeat(wire.AppendMsg(nil, &resolve, &wire.Peers{}), 100)
	before, sent := heap(), 0
	p.sock.SetWriteDeadline(time.Now().Add(patience))
	for {
		n, err := p.sock.Write(ask)
		if sent += n; err != nil {
			break
		}
	}
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("%d bytes of questions make the node grow by %d", sent, grown)
	}
	film.watch(t, node.Addr())
}
