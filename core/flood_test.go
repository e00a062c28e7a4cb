package core_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/netsim"
)

// flooder sends a message many times over as soon as it is connected.
type flooder struct {
	lateMaster
	msgs    []core.Msg
	to      core.NodeID
	refused map[core.Reason]int
}

func (f *flooder) OnStart(net core.Network, _ core.NodeID, _ core.Boot) {
	c := net.Dial(f.to)
	for _, m := range f.msgs {
		net.Send(c, m)
	}
}

func (f *flooder) OnMsg(_ core.Network, _ core.NodeID, _ core.Conn, m core.Msg) {
	if m.Kind == core.MsgNo {
		f.refused[m.Why()]++
	}
}

// flood lets a stranger send messages to a source of one video, and returns what it was refused and the source's books.
func flood(t *testing.T, msgs []core.Msg) (map[core.Reason]int, *core.Swarm) {
	t.Helper()
	var mux coretest.Mux
	sim := netsim.New(netsim.Config{Seed: 1}, &mux)
	swarm := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	video := sim.AddVideo("movie", threeChunks)
	source := sim.AddNode("source", netsim.Link{Uplink: core.Kbps})
	f := &flooder{msgs: msgs, to: source, refused: map[core.Reason]int{}}
	stranger := sim.AddNode("stranger", netsim.Link{})
	mux.Set(source, swarm)
	mux.Set(stranger, f)
	sim.Start(0, source, core.Boot{Name: 1, IsSource: true, Owns: []core.VideoDesc{{Video: video, Info: threeChunks}}})
	sim.Start(0, stranger, core.Boot{Name: 2})
	sim.Run(core.Millisecond)
	if faults := swarm.Audit(); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
	return f.refused, swarm
}

// TestFloodOfGets: what one peer asks for at a time is bounded, and it is told.
func TestFloodOfGets(t *testing.T) {
	for _, c := range []struct {
		kind          core.MsgKind
		want, streams int
	}{{core.MsgGetHere, 5000 - 4096, 0}, {core.MsgGetOnce, 5000 - 1024, 0}, {core.MsgGet, 5000 - 1024, 1024}} {
		msgs := make([]core.Msg, 5000)
		for i := range msgs {
			msgs[i] = core.Get(c.kind, core.Span{Video: 1, N: 8}, 0)
		}
		refused, swarm := flood(t, msgs)
		if refused[core.TooMany] != c.want {
			t.Errorf("%v: %d of 5000 were refused as too many, want %d", c.kind, refused[core.TooMany], c.want)
		}
		if n, _, _, _, _ := swarm.InUse(); n != c.streams {
			t.Errorf("%v: %d streams, want %d", c.kind, n, c.streams)
		}
	}
}

// TestTooManyPeersNamed: a message that says it names more peers than a message can is a bad call.
func TestTooManyPeersNamed(t *testing.T) {
	refused, _ := flood(t, []core.Msg{{Kind: core.MsgPeers, Video: 1, NIDs: core.MaxPeers + 1}})
	if refused[core.BadCall] != 1 {
		t.Errorf("refused %v, want one bad call", refused)
	}
}
