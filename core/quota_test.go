package core_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// whole returns which chunks of a video ben has.
func (l *ownLab) whole(v core.Video) (chunks []uint32) {
	l.sim.Call(l.sim.Now(), l.be, func(net core.Network, self core.NodeID) {
		for c := range l.info.Chunks() {
			if l.swarm.Holds(self, core.ChunkID{Video: v, Chunk: c}) {
				chunks = append(chunks, c)
			}
		}
	})
	l.sim.Run(l.sim.Now() + core.Millisecond)
	return chunks
}

// ration gives a video a quota at ben.
func (l *ownLab) ration(at core.Time, v core.Video, most core.Bytes) {
	l.sim.Call(at, l.be, func(net core.Network, self core.NodeID) { l.swarm.OnQuota(net, self, v, most) })
}

// ownOther makes the source one of the second video as well.
func (l *ownLab) ownOther() {
	l.sim.Call(0, l.src, func(net core.Network, self core.NodeID) {
		l.swarm.OnOwn(net, self, core.VideoDesc{Video: l.other, Info: l.info})
	})
}

// TestQuota: a store of 12 chunks has the whole of the first video, 8 chunks, when the second is watched, 8 as well. Without a
// quota that takes 4 of the first one's places. With one of 3 chunks it has its own last three, and the first loses nothing:
// not even for the moment in which a chunk comes.
func TestQuota(t *testing.T) {
	all := []uint32{0, 1, 2, 3, 4, 5, 6, 7}
	for _, c := range []struct {
		name         string
		most         core.Bytes
		first, other []uint32
	}{
		{"none", 0, all[4:], all},
		{"three chunks", 3 * core.MiB, all, all[5:]},
		{"three chunks and a half", 3*core.MiB + 512*core.KiB, all, all[5:]},
		{"less than a chunk", 1, all, nil},
		{"more than the video", 100 * core.MiB, all[4:], all},
		{"more than can be counted", 1 << 62, all[4:], all},
	} {
		l := newOwnLab(t, 12)
		l.ownOther()
		l.ration(0, l.other, c.most)
		l.watch(core.Second, 1, l.first)
		l.watch(10*core.Second, 2, l.other)
		l.sim.Run(20 * core.Second)
		if s, why := l.ended(2); s != core.Ended {
			t.Errorf("%s: %v, %v; want ended", c.name, s, why)
		}
		if diff := cmp.Diff(c.first, l.whole(l.first)); diff != "" {
			t.Errorf("%s: chunks of the first (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.other, l.whole(l.other)); diff != "" {
			t.Errorf("%s: chunks of the other (-want +got):\n%s", c.name, diff)
		}
		if faults := l.swarm.Audit(); len(faults) > 0 {
			t.Errorf("%s: %v", c.name, faults)
		}
	}
}

// TestQuotaChanges: what is too much goes when the quota is told, the least recently used first; a pinned video counts and
// stays, and goes when it is not pinned any more; without a quota all may stay; a fork has its own.
func TestQuotaChanges(t *testing.T) {
	l := newOwnLab(t, 50)
	l.watch(core.Second, 1, l.first)
	l.sim.Run(10 * core.Second)
	want := func(what string, chunks ...uint32) {
		t.Helper()
		if diff := cmp.Diff(chunks, l.whole(l.first)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	l.ration(l.sim.Now(), l.first, 6*core.MiB)
	want("told", 2, 3, 4, 5, 6, 7)
	l.sim.View(l.sim.Now(), l.be, core.ViewEvent{Kind: core.ViewOpen, View: 2, Video: l.first, Player: core.Pull, Chunk: 2})
	l.sim.View(l.sim.Now()+core.Millisecond, l.be, core.ViewEvent{Kind: core.ViewNeed, View: 2, Video: l.first, Chunk: 4})
	l.sim.View(l.sim.Now()+2*core.Millisecond, l.be, core.ViewEvent{Kind: core.ViewClose, View: 2, Video: l.first})
	l.sim.Run(l.sim.Now() + core.Second)
	l.ration(l.sim.Now(), l.first, 3*core.MiB)
	want("2 and 3 were used last", 2, 3, 7)
	pin := func(on bool) {
		l.sim.Call(l.sim.Now(), l.be, func(net core.Network, self core.NodeID) { l.swarm.OnPin(net, self, l.first, on) })
	}
	pin(true)
	l.ration(l.sim.Now(), l.first, 2*core.MiB)
	want("pinned", 2, 3, 7)
	pin(false)
	want("not pinned any more", 2, 3)
	fork := l.swarm.Fork().(*core.Swarm)
	l.ration(l.sim.Now(), l.first, 0)
	l.watch(l.sim.Now(), 3, l.first)
	l.sim.Run(l.sim.Now() + 5*core.Second)
	want("no quota", 0, 1, 2, 3, 4, 5, 6, 7)
	if kept := fork.Quota(l.first); kept != 2*core.MiB {
		t.Errorf("the fork's quota is %v after the original's was taken away, want 2 MiB", kept)
	}
}

// TestQuotaReader: what a reader's window covers stays though it is too much, and goes as the reader leaves it behind.
func TestQuotaReader(t *testing.T) {
	l := newOwnLab(t, 50)
	l.watch(core.Second, 1, l.first)
	l.sim.Run(10 * core.Second)
	l.sim.View(l.sim.Now(), l.be, core.ViewEvent{Kind: core.ViewOpen, View: 2, Video: l.first, Player: core.Pull})
	l.ration(l.sim.Now(), l.first, 3*core.MiB)
	l.sim.Run(l.sim.Now() + core.Second)
	if diff := cmp.Diff([]uint32{0, 1, 2, 3, 4, 5, 6, 7}, l.whole(l.first)); diff != "" {
		t.Errorf("in the window (-want +got):\n%s", diff)
	}
	l.sim.View(l.sim.Now(), l.be, core.ViewEvent{Kind: core.ViewNeed, View: 2, Video: l.first, Chunk: 4})
	l.sim.Run(l.sim.Now() + core.Second)
	if diff := cmp.Diff([]uint32{4, 5, 6, 7}, l.whole(l.first)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}
