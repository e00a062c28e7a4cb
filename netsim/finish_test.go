package netsim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// account is all that can be asked of a simulation that is over.
type account struct {
	Now       core.Time
	Digest    uint64
	Events    uint64
	Transfers uint64
	Traffic   []netsim.Traffic
	Crossings []netsim.Crossing
}

func accountOf(s *netsim.Sim, nodes int) account {
	a := account{Now: s.Now(), Digest: s.Digest(), Events: s.Events(), Transfers: s.Transfers(), Crossings: s.Crossings()}
	for n := range nodes {
		a.Traffic = append(a.Traffic, s.Traffic(core.NodeID(n+1)))
	}
	return a
}

// TestFinish: finished at any moment, whatever is going on, a simulation answers as before, holds nothing that waits, and
// does nothing more.
func TestFinish(t *testing.T) {
	busy := 0
	rapid.Check(t, func(t *rapid.T) {
		r := drawChaos(t)
		s, _, _ := r.build()
		s.Run(core.Time(rapid.Int64Range(0, int64(10*core.Second)).Draw(t, "until")))
		want := accountOf(s, r.nodes)
		if s.Flowing() > 0 {
			busy++
		}
		s.Finish()
		if diff := cmp.Diff(want, accountOf(s, r.nodes)); diff != "" {
			t.Fatal(diff)
		}
		if s.Flowing() != 0 || s.Queued() != 0 {
			t.Fatalf("%d flows and %d events are left", s.Flowing(), s.Queued())
		}
		for name, do := range map[string]func(){
			"run": func() { s.Run(core.Never) }, "fork": func() { s.Fork() }, "stop": func() { s.Stop(core.Hour, 1) },
			"a node": func() { s.AddNode("late", netsim.Link{Uplink: core.Mbps}) }, "a video": func() { s.AddVideo("late", core.VideoInfo{}) },
			"a script": func() { s.Follow(nil) },
		} {
			if !panics(do) {
				t.Fatalf("%s after Finish does not panic", name)
			}
		}
	})
	if busy == 0 {
		t.Error("flows were in progress in no run: nothing was tested")
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
