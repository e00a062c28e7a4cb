package core_test

import (
	"testing"

	"peerstreamer/core"
)

// twoAtATime asks the master for the first two chunks that are absent.
func twoAtATime(s *core.Stream) {
	for s.InFlight() < 2 {
		chunk, ok := s.Absent(0)
		if !ok || !s.Get(s.Master(), chunk, core.MsgGet) {
			return
		}
	}
}

// TestGetBehindASlowOne: of two gets on one stream the second waits for as long as the first takes, here 8.4 s of the
// source's 1 Mbit/s, longer than get_timeout, and hears nothing meanwhile: a client is not looked after. It is not overdue, and the first one's flow runs on: every chunk leaves the
// source once.
func TestGetBehindASlowOne(t *testing.T) {
	info := core.VideoInfo{Length: 3 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB}
	r := newTrio(core.DefaultConfig(), info)
	r.policy.client = true
	most := 0
	r.policy.plan = func(s *core.Stream, _ core.Event) {
		twoAtATime(s)
		most = max(most, s.InFlight())
	}
	r.watch(t, 30*core.Second)
	if most < 2 {
		t.Errorf("%d gets at a time, want 2", most)
	}
	if sent := r.sim.Traffic(r.source).PayloadSent; sent != info.Length {
		t.Errorf("the source sent %v, want %v", sent, info.Length)
	}
}

// TestGetBehindADeadOne: when the first does not move any more both are given up.
func TestGetBehindADeadOne(t *testing.T) {
	info := core.VideoInfo{Length: 3 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB}
	cfg := core.DefaultConfig()
	r := newTrio(cfg, info)
	r.policy.client = true
	r.policy.plan = func(s *core.Stream, _ core.Event) { twoAtATime(s) }
	r.sim.Hang(5*core.Second, r.source)
	r.sim.View(core.Second, r.reader, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: r.video, Player: core.Download})
	r.sim.Run(5*core.Second + 3*cfg.GetTimeout)
	if n := r.swarm.Node(r.reader); n.TimedOut == 0 {
		t.Error("nothing timed out")
	}
	if faults := r.swarm.Audit(); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
}
