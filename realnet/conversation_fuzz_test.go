package realnet_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/wire"
)

// FuzzConversation lets a stranger say anything after its hello to a node as operators run it, the classic policy below a
// source. Whatever was said, and whether or not the connection survived it, the node goes on: it answers a peer that was
// there all the time.
func FuzzConversation(f *testing.F) {
	dir := f.TempDir()
	film, err := library.Split(context.Background(), dir, "tape", bytes.NewReader(coretest.Content("tape", 100_000)),
		library.Options{ChunkSize: 32 * core.KiB, PieceSize: 8 * core.KiB})
	if err != nil {
		f.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { lib.Close() })
	source := operated(f, realnet.Config{Name: "source", Library: lib}, 1)
	node := operated(f, realnet.Config{Name: "node", Master: source.Addr(), Limits: realnet.Limits{Farewell: 20 * time.Millisecond}}, 1)
	good := dialled(f, node.Addr())
	good.send(hello("good"))
	good.expect(wire.TypeHello)

	intro := wire.AppendVideo(nil, wire.Video{Handle: 9, ID: film.ID(), Name: "tape"})
	about := "\x00\x00\x00\x09\x00\x00\x00\x01\x00\x01" // chunk 1 of it, its first piece
	for kind := core.MsgResolve; kind <= core.MsgPong; kind++ {
		m := core.Msg{Kind: kind, Video: 9, Chunk: 1, N: 1, NIDs: 2}
		f.Add(bytes.Join([][]byte{intro, wire.AppendMsg(nil, &m, &wire.Peers{}), wire.AppendMsg(nil, &m, &wire.Peers{})}, nil))
	}
	for typ := wire.TypeHello; typ <= wire.TypeForgot; typ++ {
		f.Add(bytes.Join([][]byte{intro, frameOf(typ, "\x00\x00\x00\x01"+about), frameOf(typ, about)}, nil))
	}
	get := core.Get(core.MsgGet, core.Span{Video: 9, N: 4}, 0)
	f.Add(bytes.Join([][]byte{intro, wire.AppendMsg(nil, &get, &wire.Peers{}), wire.AppendRefuse(nil, 1)}, nil))
	f.Add(wire.AppendManifest(intro, 9, film.Encoded()))
	f.Add(append(hello("again"), "GET / HTTP/1.1\r\n\r\n"...))
	dials := uint64(0)
	f.Fuzz(func(t *testing.T, said []byte) {
		dials++
		bad := dialled(t, node.Addr())
		bad.send(hello("bad", func(h *wire.Hello) { h.Dial = dials })) // In the place of the one before, if that is not gone yet.
		bad.expect(wire.TypeHello)
		if _, err := bad.sock.Write(said); err == nil {
			bad.sock.CloseWrite()
			for err == nil { // The node has heard all of it when it hangs up.
				_, _, err = bad.next()
			}
		}
		bad.sock.Close()
		good.t = t
		good.send(frameOf(wire.Type(core.MsgPing), ""))
		good.expect(wire.Type(core.MsgPong))
	})
}
