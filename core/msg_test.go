package core

import (
	"testing"
	"unsafe"
)

func TestMsgStaysSmall(t *testing.T) {
	if got := unsafe.Sizeof(Msg{}); got != 64 {
		t.Errorf("a Msg has %d bytes, want 64: it is passed by value millions of times a second", got)
	}
}

// Sizes derived by hand from the layout in docs/wire.md.
func TestWireSize(t *testing.T) {
	for _, c := range []struct {
		m    Msg
		want Bytes
	}{
		{Msg{Kind: MsgPing}, 4},
		{Msg{Kind: MsgResolve, Video: 1}, 4 + 4},
		{Get(MsgGet, Span{Video: 1, N: 16}, 3), 4 + 4 + 4 + 2 + 4},
		{Get(MsgGetHere, Span{Video: 1, N: 16}, 0), 4 + 4 + 4 + 2},
		{Msg{Kind: MsgReport}, 4 + 4 + 4 + 4},
		{Msg{Kind: MsgHeld}, 4 + 4 + 4 + 16},
		{Msg{Kind: MsgPeers, NIDs: 3}, 4 + 4 + 4 + 2 + 4 + 1 + 3*18 + 16},
		{Msg{Kind: MsgPolicy + 1, NIDs: 1}, 4 + 4 + 4 + 2 + 4 + 1 + 18 + 16},
	} {
		if got := c.m.WireSize(); got != c.want {
			t.Errorf("%v takes %d bytes, want %d", c.m.Kind, got, c.want)
		}
	}
}

func TestNoCarriesWhatItRefuses(t *testing.T) {
	no := No(Get(MsgGetHere, Span{Video: 2, Chunk: 9, N: 1}, 0), NotHere)
	if no.Why() != NotHere || no.Refused() != MsgGetHere || no.ID() != (ChunkID{2, 9}) {
		t.Errorf("got %v of %v about %v", no.Why(), no.Refused(), no.ID())
	}
}

func TestHoldsKeepsPeersApart(t *testing.T) {
	var m Msg
	for i := range MaxPeers {
		m.setHolds(i, uint16(0xA000+i))
	}
	m.setHolds(3, 0x1234)
	for i := range MaxPeers {
		want := uint16(0xA000 + i)
		if i == 3 {
			want = 0x1234
		}
		if got := m.Holds(i); got != want {
			t.Errorf("peer %d has window %x, want %x", i, got, want)
		}
	}
}

func TestEveryKindAndReasonHasAName(t *testing.T) {
	for k := MsgKind(1); k < numMsgKinds; k++ {
		if k.String() == "" {
			t.Errorf("message kind %d has no name", k)
		}
		if _, ok := k.Fields(); !ok {
			t.Errorf("message kind %v has no fields", k)
		}
	}
	if _, ok := numMsgKinds.Fields(); ok {
		t.Errorf("kind %d is not a kind", numMsgKinds)
	}
	for r := Reason(0); r < numReasons; r++ {
		if r.String() == "" {
			t.Errorf("reason %d has no text", r)
		}
	}
}
