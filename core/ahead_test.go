package core_test

import (
	"testing"

	"peerstreamer/core"
)

// TestAheadMakesWay: while ben has the other video fetched ahead, a viewer at his master gets the first video through the one
// connection to the source as fast as if she were alone: what is asked for ben has less priority there as well. A second viewer
// in ben's place would take half of it. Afterwards ben gets all of his.
func TestAheadMakesWay(t *testing.T) {
	took := func(second core.PlayerKind) (core.Time, uint32) {
		l := newOwnLab(t, 50)
		l.ownOther()
		if second != core.Play {
			l.sim.View(core.Second, l.be, core.ViewEvent{Kind: core.ViewOpen, View: 2, Video: l.other, Player: second})
		}
		l.sim.View(core.Second+50*core.Millisecond, l.mit, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: l.first, Player: core.Download})
		l.sim.Run(20 * core.Second)
		r := l.swarm.View(1, l.sim.Now())
		if r.State != core.Ended {
			t.Fatalf("beside a player of kind %d: %v, %v; want ended", second, r.State, r.Why)
		}
		if faults := l.swarm.Audit(); len(faults) > 0 {
			t.Error(faults)
		}
		return r.Until - r.Asked, l.swarm.Node(l.be).Cached
	}
	alone, _ := took(core.Play)
	beside, cached := took(core.Ahead)
	pulling, _ := took(core.Pull)
	if beside > alone+alone/8 {
		t.Errorf("%v beside who fetches ahead, alone %v: want no more than an eighth on top", beside, alone)
	}
	if pulling < alone+alone/3 {
		t.Errorf("%v beside another viewer, alone %v: this test sees no contention", pulling, alone)
	}
	if cached != 8 {
		t.Errorf("%d chunks were fetched ahead, want all 8", cached)
	}
}

// TestLowGets: a get says that it is low without another meaning of its pieces, and a message that is no get never is.
func TestLowGets(t *testing.T) {
	span := core.Span{Video: 1, Chunk: 2, First: 3, N: 125}
	for kind := core.MsgKind(1); kind < 20; kind++ {
		m := core.Get(kind, span, 0)
		if m.Low() {
			t.Errorf("%v: low unasked", kind)
		}
		m.First |= 0x80
		get := kind == core.MsgGet || kind == core.MsgGetHere || kind == core.MsgGetOnce
		if m.Low() != get || m.Span() != span {
			t.Errorf("%v: low %v, span %+v; want %v and %+v", kind, m.Low(), m.Span(), get, span)
		}
		if u := m.Unmarked(); get && (u != core.Get(kind, span, 0)) || !get && u != m {
			t.Errorf("%v: unmarked %+v", kind, u)
		}
	}
}
