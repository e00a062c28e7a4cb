//go:build linux

package realnet_test

import (
	"bytes"
	"errors"
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/realnet"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// filesOnly is a store whose bytes can be had only by those who do not copy them.
type filesOnly struct{ *store.Store }

func (filesOnly) ReadAt(store.Key, int64, []byte) error {
	return errors.New("the payload of a frame is copied")
}

// TestPayloadIsNotCopied: what a node relays goes from its store's file to the socket and never through its memory.
func TestPayloadIsNotCopied(t *testing.T) {
	st, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	span := core.Span{N: 3}
	s, p, tp, conn := lender(t, realnet.Config{Store: filesOnly{st}}, span)
	p.send(wire.AppendBegin(nil, 1, tp.span(0, 0, 3), tp.hashes[0]))
	for i := range uint8(3) {
		p.send(payload(1, tp.piece(0, i)))
	}
	s.await(coretest.OnFlow, 3) // now the chunk is here
	span = core.Span{Video: s.Video("tape"), First: 1, N: 2}
	s.do(func(net core.Network) { net.Transfer(conn, core.Offer{Span: span, Avail: 2, Tag: 5}) })

	b, err := wire.ParseBegin(p.expect(wire.TypeBegin))
	if err != nil || len(b.Hashes) == 0 {
		t.Fatalf("begin %+v, %v: want one with hashes", b, err)
	}
	var got []byte
	for range 4 { // two frames to a piece
		flow, part, err := wire.ParseData(p.expect(wire.TypeData))
		if err != nil || flow != b.Flow {
			t.Fatalf("data of flow %d, %v: want flow %d", flow, err, b.Flow)
		}
		got = append(got, part...)
	}
	if !bytes.Equal(got, append(tp.piece(0, 1), tp.piece(0, 2)...)) {
		t.Error("other bytes arrived than were sent")
	}
	if flow, how, err := wire.ParseEnd(p.expect(wire.TypeEnd)); flow != b.Flow || how != wire.Done || err != nil {
		t.Errorf("end of flow %d, how %d, %v: want flow %d done", flow, how, err, b.Flow)
	}
	if e := s.await(coretest.OnFlow, 4); e.Flow.Kind != core.FlowDone || e.Flow.Tag != 5 {
		t.Errorf("got %v: want our flow done", e)
	}
	if got := s.Traffic().PayloadSent; got != 2*tapePiece {
		t.Errorf("%d bytes of payload sent: want %d", got, 2*tapePiece)
	}
}
