package core_test

import (
	"slices"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// threeNodes is a source, mit below it and ben below mit, with the source as fallback. Nobody is started.
func threeNodes() (sim *netsim.Sim, swarm *core.Swarm, video core.Video, boots [4]core.Boot) {
	swarm = core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	sim = netsim.New(netsim.Config{Seed: 1}, swarm)
	info := core.VideoInfo{Length: 40 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB, Duration: 80 * core.Second}
	video = sim.AddVideo("movie", info)
	for i, name := range []string{"", "source", "mit", "ben"} {
		if i > 0 {
			sim.AddNode(name, netsim.Link{Uplink: 100 * core.Mbps, Downlink: 100 * core.Mbps, Latency: core.Millisecond, StoreChunks: 50})
		}
		boots[i] = core.Boot{Name: uint64(i), Master: core.NodeID(max(i-1, 0)), Supermaster: core.NodeID(max(i-2, 0))}
	}
	boots[1].IsSource, boots[1].Owns = true, []core.VideoDesc{{Video: video, Info: info}}
	return sim, swarm, video, boots
}

// The master of ben is killed and comes back: the log of the tree reads as it happened.
func TestNotices(t *testing.T) {
	sim, swarm, video, boots := threeNodes()
	var got []core.Notice
	swarm.Observe(func(n core.Notice) { got = append(got, n) })
	for i := core.NodeID(1); i <= 3; i++ {
		sim.Start(core.Time(i)*core.Second, i, boots[i])
	}
	sim.View(4*core.Second, 3, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: video})
	sim.Stop(10*core.Second, 2)
	sim.Restart(20*core.Second, 2, boots[2], true)
	sim.Run(core.Minute)
	const source, mit, ben = 1, 2, 3
	want := []core.Notice{
		{Kind: core.ChildJoined, Node: source, Peer: mit}, {Kind: core.Registered, Node: mit, Peer: source},
		{Kind: core.ChildJoined, Node: mit, Peer: ben}, {Kind: core.Registered, Node: ben, Peer: mit},
		{Kind: core.UpstreamLost, Node: ben, Peer: mit}, {Kind: core.ChildLeft, Node: source, Peer: mit},
		{Kind: core.FellBack, Node: ben, Peer: source},
		{Kind: core.ChildJoined, Node: source, Peer: mit}, {Kind: core.Registered, Node: mit, Peer: source},
		{Kind: core.ChildJoined, Node: mit, Peer: ben}, {Kind: core.Registered, Node: ben, Peer: mit},
	}
	order := func(n []core.Notice) []core.Notice { // What happens at one moment at two nodes has no order.
		s := slices.Clone(n)
		if len(s) == len(want) && s[4].Node == source {
			s[4], s[5] = s[5], s[4]
		}
		return s
	}
	if !slices.Equal(order(got), want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// A node that has tried its master in vain for minutes tries again within a second or so when a viewer comes.
func TestSomebodyWaitingHurriesTheNode(t *testing.T) {
	sim, swarm, video, boots := threeNodes()
	sim.Start(0, 2, boots[2])
	sim.Start(5*core.Minute-100*core.Millisecond, 1, boots[1])
	sim.View(5*core.Minute, 2, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: video})
	sim.Run(6 * core.Minute)
	if r := swarm.View(1, sim.Now()); r.First == core.Never || r.First-r.Asked > 1500*core.Millisecond {
		t.Errorf("the first frame came %v after pressing play, want within 1.5 s", r.First-r.Asked)
	}
}
