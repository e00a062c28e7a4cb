package core_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// ownLab is a source with two levels below it, each of one node.
type ownLab struct {
	sim          *netsim.Sim
	swarm        *core.Swarm
	src, mit, be core.NodeID
	first, other core.Video
	info         core.VideoInfo
}

func newOwnLab(t *testing.T, storeChunks int32) *ownLab {
	l := &ownLab{swarm: core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))}
	l.sim = netsim.New(netsim.Config{Seed: 1}, l.swarm)
	l.info = core.VideoInfo{Length: 8 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB, Duration: 8 * core.Second}
	l.first, l.other = l.sim.AddVideo("first", l.info), l.sim.AddVideo("other", l.info)
	link := netsim.Link{Uplink: 100 * core.Mbps, Downlink: 100 * core.Mbps, Latency: core.Millisecond, StoreChunks: storeChunks}
	l.src, l.mit, l.be = l.sim.AddNode("src", link), l.sim.AddNode("mit", link), l.sim.AddNode("ben", link)
	owns := []core.VideoDesc{{Video: l.first, Info: l.info}}
	l.sim.Start(0, l.src, core.Boot{Name: 1, IsSource: true, Owns: owns})
	l.sim.Start(0, l.mit, core.Boot{Name: 2, Master: l.src})
	l.sim.Start(0, l.be, core.Boot{Name: 3, Master: l.mit})
	return l
}

// watch lets ben download a video from a moment on.
func (l *ownLab) watch(at core.Time, w core.View, v core.Video) {
	l.sim.View(at, l.be, core.ViewEvent{Kind: core.ViewOpen, View: w, Video: v, Player: core.Download})
}

// ended returns how a view went.
func (l *ownLab) ended(w core.View) (core.ViewState, core.Reason) {
	r := l.swarm.View(w, l.sim.Now())
	return r.State, r.Why
}

// TestOwn: a video that the source gets while it runs can be had below it, also where it was asked for in vain before.
func TestOwn(t *testing.T) {
	l := newOwnLab(t, 50)
	l.watch(core.Second, 1, l.other)
	l.sim.Call(2*core.Second, l.src, func(net core.Network, self core.NodeID) {
		l.swarm.OnOwn(net, self, core.VideoDesc{Video: l.other, Info: l.info})
	})
	l.watch(3*core.Second, 2, l.other)
	l.sim.Run(20 * core.Second)
	if s, why := l.ended(1); why != core.NoVideo {
		t.Errorf("before: %v, %v; want no such video", s, why)
	}
	if s, why := l.ended(2); s != core.Ended {
		t.Errorf("after: %v, %v; want ended", s, why)
	}
}

// TestOwnInTheMiddle: who waits for a manifest that this node waits for itself gets it when the node becomes a source.
func TestOwnInTheMiddle(t *testing.T) {
	l := newOwnLab(t, 50)
	l.sim.Hang(core.Second/2, l.src)
	l.watch(core.Second, 1, l.other)
	l.sim.Call(core.Second+100*core.Millisecond, l.mit, func(net core.Network, self core.NodeID) {
		l.swarm.OnOwn(net, self, core.VideoDesc{Video: l.other, Info: l.info})
	})
	l.sim.Run(core.Second + 1500*core.Millisecond) // before anybody asks again
	if s, why := l.ended(1); s != core.Ended {
		t.Errorf("%v, %v; want ended", s, why)
	}
}

// TestWithdraw: when the source gives a video up, whoever watches it hears so in the middle, and no node keeps anything of it
// though nobody below asked. Then it may come back.
func TestWithdraw(t *testing.T) {
	l := newOwnLab(t, 50)
	l.watch(core.Second, 1, l.first)
	withdraw := func(at core.Time) {
		l.sim.Call(at, l.src, func(net core.Network, self core.NodeID) { l.swarm.OnWithdraw(net, self, l.first) })
	}
	withdraw(core.Second + 400*core.Millisecond) // 8 MiB take 0.7 s
	l.sim.Run(3 * core.Second)
	if s, why := l.ended(1); why != core.NoVideo {
		t.Errorf("in the middle: %v, %v; want no such video", s, why)
	}
	own := func(at core.Time) {
		l.sim.Call(at, l.src, func(net core.Network, self core.NodeID) {
			l.swarm.OnOwn(net, self, core.VideoDesc{Video: l.first, Info: l.info})
		})
	}
	own(4 * core.Second)
	l.watch(5*core.Second, 2, l.first)
	l.sim.Run(15 * core.Second)
	if s, why := l.ended(2); s != core.Ended || l.swarm.Node(l.be).Cached != 8 {
		t.Fatalf("come back: %v, %v with %d chunks; want ended with 8", s, why, l.swarm.Node(l.be).Cached)
	}
	withdraw(16 * core.Second) // nobody watches
	withdraw(17 * core.Second) // of what is not owned: nothing
	l.sim.Run(20 * core.Second)
	for _, n := range []core.NodeID{l.src, l.mit, l.be} {
		if r := l.swarm.Node(n); r.Cached+r.Locks+r.Streams != 0 {
			t.Errorf("node %d keeps %d chunks, %d locks, %d streams", n, r.Cached, r.Locks, r.Streams)
		}
	}
}

// TestPin: a pinned video stays whole while others come and go, and goes when it is not pinned any more.
func TestPin(t *testing.T) {
	for _, pin := range []bool{false, true} {
		l := newOwnLab(t, 12) // a video and a half
		l.sim.Call(0, l.src, func(net core.Network, self core.NodeID) {
			l.swarm.OnOwn(net, self, core.VideoDesc{Video: l.other, Info: l.info})
		})
		l.watch(core.Second, 1, l.first)
		set := func(at core.Time, on bool) {
			l.sim.Call(at, l.be, func(net core.Network, self core.NodeID) { l.swarm.OnPin(net, self, l.first, on) })
		}
		if pin {
			set(10*core.Second, true)
		}
		l.watch(11*core.Second, 2, l.other)
		l.sim.Run(30 * core.Second)
		here := func(v core.Video) (n int) {
			for c := range l.info.Chunks() {
				l.sim.Call(l.sim.Now(), l.be, func(net core.Network, self core.NodeID) {
					if l.swarm.Holds(self, core.ChunkID{Video: v, Chunk: c}) {
						n++
					}
				})
			}
			l.sim.Run(l.sim.Now() + core.Second)
			return n
		}
		if s, why := l.ended(2); s != core.Ended {
			t.Errorf("pinned %v: the other is %v, %v; want ended", pin, s, why)
		}
		if got := here(l.first); pin && got != 8 || !pin && got == 8 {
			t.Errorf("pinned %v: %d of 8 chunks stay", pin, got)
		}
		set(l.sim.Now()+core.Second, false)
		l.watch(l.sim.Now()+2*core.Second, 3, l.other)
		l.sim.Run(l.sim.Now() + 20*core.Second)
		if got := here(l.first); got == 8 {
			t.Errorf("pinned %v: all stay although it is not pinned any more", pin)
		}
	}
}
