package core_test

import (
	"slices"
	"testing"

	"peerstreamer/core"
)

// TestGlances: at every moment of a viewer's life what is told at a glance is what the records say.
func TestGlances(t *testing.T) {
	sim, swarm, video, boots := threeNodes()
	for i := core.NodeID(1); i <= 3; i++ {
		sim.Start(core.Time(i)*core.Second, i, boots[i])
	}
	sim.View(4*core.Second, 3, core.ViewEvent{Kind: core.ViewOpen, View: 2, Video: video, Player: core.Play})
	sim.View(5*core.Second, 2, core.ViewEvent{Kind: core.ViewOpen, View: 3, Video: video, Player: core.Play})
	sim.View(6*core.Second, 2, core.ViewEvent{Kind: core.ViewClose, View: 3})
	var states []core.ViewState
	chunks := uint32(0)
	for now := core.Time(0); now < 2*core.Minute; now += 100 * core.Millisecond {
		sim.Run(now)
		for w := core.View(0); w < 5; w++ {
			s := swarm.ViewState(w)
			if want := swarm.View(w, now).State; s != want {
				t.Fatalf("at %v view %d is %v, its record says %v", now, w, s, want)
			}
			if !slices.Contains(states, s) {
				states = append(states, s)
			}
		}
		for n := core.NodeID(0); n < 5; n++ {
			r := swarm.Node(n)
			want := core.Payload{FromSource: r.FromSource, FromMaster: r.FromMaster, FromSibling: r.FromSibling,
				ChunksFetched: r.ChunksFetched}
			if got := swarm.Payload(n); got != want {
				t.Fatalf("at %v node %d received %+v, its record says %+v", now, n, got, want)
			}
			chunks = max(chunks, want.ChunksFetched)
		}
	}
	for _, s := range []core.ViewState{core.Waiting, core.Playing, core.Ended, core.Gone} {
		if !slices.Contains(states, s) {
			t.Errorf("nobody was ever %v", s)
		}
	}
	if chunks == 0 {
		t.Error("nobody fetched a chunk")
	}
}
