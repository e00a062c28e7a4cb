package main

import (
	"context"
	"testing"

	"peerstreamer/bench/kills"
)

// TestKilledAgainAndAgain: a node that is killed with -9 ten times while it streams loses nothing that it has announced and
// serves no wrong byte. The hundred: go run ./bench/deploy -kills 100 kills.
func TestKilledAgainAndAgain(t *testing.T) {
	s := newStage(t)
	r, err := kills.Run(context.Background(), kills.Config{Binary: s.bin, Dir: s.dir, Kills: 10, Seed: 1, Log: s.log})
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	t.Logf("%+v", r)
	if r.Kills != 10 || r.Registers < 2 || r.Announced == 0 || r.Inspected == 0 || r.Viewings < 2 {
		t.Errorf("%+v: want ten kills, lives that register, chunks announced and looked at, and a video for each viewer", r)
	}
}
