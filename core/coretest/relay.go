package coretest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"peerstreamer/core"
)

// TestRelay asks whether what arrives is passed on while it arrives, on the network behind the Worlds of makeWorld: down a
// chain of nodes, and among siblings that start together.
func TestRelay(t *testing.T, makeWorld func(t *testing.T) World) {
	t.Run("Chain", func(t *testing.T) { relayChain(t, makeWorld(t)) })
	t.Run("Siblings", func(t *testing.T) { relaySiblings(t, makeWorld(t)) })
}

// relayPatience is how long a relay may take, in the World's time.
const relayPatience = core.Minute

// audience are nodes that watch a video.
type audience struct {
	w      World
	policy core.ClassicConfig
	swarms map[string]*core.Swarm // by node; "": of all
	begun  atomic.Bool            // a puller has had a piece
}

func newAudience(w World, early bool) *audience {
	a := &audience{w: w, policy: core.DefaultClassic(), swarms: map[string]*core.Swarm{}}
	a.policy.Early = early
	if w.Simulated() {
		a.swarms[""] = a.swarm()
	}
	return a
}

func (a *audience) swarm() *core.Swarm {
	return core.NewSwarm(core.DefaultConfig(), core.NewClassic(a.policy))
}

// of returns the Swarm that runs a node.
func (a *audience) of(name string) *core.Swarm {
	if s := a.swarms[""]; s != nil {
		return s
	}
	if a.swarms[name] == nil {
		a.swarms[name] = a.swarm()
	}
	return a.swarms[name]
}

// add declares and starts a node.
func (a *audience) add(name, master string, up core.Rate, owns ...VideoSpec) {
	a.w.Add(NodeSpec{Name: name, Master: master, Uplink: up, Owns: owns, IsSource: master == "",
		Machine: func() core.Machine { return a.of(name) },
		OnDeliver: func(_ core.View, d core.Delivery) {
			if d.Pieces > 0 || d.Chunk > 0 {
				a.begun.Store(true)
			}
		}})
	a.w.Start(name)
}

// wait waits until a node's record is as it should be.
func (a *audience) wait(t *testing.T, name, what string, done func(core.NodeRecord) bool) {
	t.Helper()
	var r core.NodeRecord
	if !a.w.Until(relayPatience, func() bool {
		a.w.Do(name, func(_ core.Network, self core.NodeID) { r = a.of(name).Node(self) })
		return done(r)
	}) {
		t.Fatalf("%s: no %s within %v: %+v", name, what, relayPatience, r)
	}
}

// children waits until a node has so many.
func (a *audience) children(t *testing.T, name string, n uint32) {
	t.Helper()
	a.wait(t, name, fmt.Sprint(n, " children"), func(r core.NodeRecord) bool { return r.Children == n })
}

// watch opens view v of a video at a node.
func (a *audience) watch(at string, v core.View, video string, as core.PlayerKind) {
	a.w.View(at, core.ViewEvent{Kind: core.ViewOpen, Player: as, View: v, Video: a.w.Video(at, video)})
}

// relayChain has the first piece arrive at the end of a chain while the source, whose uplink is narrow, is still sending
// the chunk that it is of.
func relayChain(t *testing.T, w World) {
	defer w.Close()
	a := newAudience(w, false)
	video := VideoSpec{Name: "movie", Length: 64 * core.KiB, ChunkSize: 16 * core.KiB, PieceSize: core.KiB}
	a.add("source", "", 64*core.Kbps, video) // A chunk takes two seconds.
	master := "source"
	for i := range 4 {
		name := fmt.Sprint("node", i)
		a.add(name, master, 0)
		a.children(t, master, 1)
		master = name
	}
	a.watch(master, 1, video.Name, core.Pull)
	if !w.Until(relayPatience, a.begun.Load) {
		t.Fatal("no piece at the end of the chain")
	}
	if sent := w.Traffic("source").PayloadSent; sent >= video.ChunkSize {
		t.Errorf("the source had sent %d bytes when the end of the chain could read one, want less than a chunk's %d", sent,
			video.ChunkSize)
	}
}

// relaySiblings has siblings start together at a source with a narrow uplink. Asked early, it sends each byte once. A real
// machine that hesitates for longer than a get's timeout makes a sibling ask the source itself, so there less is asked.
func relaySiblings(t *testing.T, w World) {
	defer w.Close()
	const siblings, chunks = 6, 25
	a := newAudience(w, true)
	video := VideoSpec{Name: "movie", Length: chunks * 16 * core.KiB, ChunkSize: 16 * core.KiB, PieceSize: core.KiB}
	a.add("source", "", 2*core.Mbps, video) // A copy takes 1.6 s.
	for i := range siblings {
		a.add(fmt.Sprint("node", i), "source", 0)
	}
	a.children(t, "source", siblings)
	for i := range siblings {
		a.watch(fmt.Sprint("node", i), core.View(i+1), video.Name, core.Download)
	}
	for i := range siblings {
		a.wait(t, fmt.Sprint("node", i), "whole video", func(r core.NodeRecord) bool { return r.Cached == chunks })
	}
	most := video.Length
	if !w.Simulated() {
		most *= siblings / 2
	}
	if sent := w.Traffic("source").PayloadSent; sent > most {
		t.Errorf("%d bytes left the source for %d siblings, want at most %d", sent, siblings, most)
	}
}
