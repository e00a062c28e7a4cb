package bounds

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
)

const (
	mb = core.Bytes(1_000_000) // 8 Mbit
	s  = core.Second
)

// always returns n peers that are there from the start and stay.
func always(n int, up, down core.Rate) (out []Peer) {
	for range n {
		out = append(out, Peer{Uplink: up, Downlink: down, To: core.Never})
	}
	return out
}

// Ten viewers, F = 10 MB = 80 Mbit, u_s = 8 Mbit/s: F/u_s = 10 s, N*F/u_s = 100 s.
func TestStaticBounds(t *testing.T) {
	for _, c := range []struct {
		name                        string
		swarm                       Swarm
		clientServer, dist, sustain float64
	}{
		{"uplinks of 0.8: 800/(8+8) = 50", Swarm{File: 10 * mb, Source: 8e6, Viewers: always(10, 8e5, 1e8)}, 100, 50, 1.6e6},
		{"uplinks of 8: 800/88 < F/u_s = 10", Swarm{File: 10 * mb, Source: 8e6, Viewers: always(10, 8e6, 1e8)}, 100, 10, 8e6},
		{"downlinks of 0.4: F/d = 200", Swarm{File: 10 * mb, Source: 8e6, Viewers: always(10, 8e6, 4e5)}, 200, 200, 4e5},
		{"a relay adds its uplink: 800/(8+8+24) = 20", Swarm{File: 10 * mb, Source: 8e6, Viewers: always(10, 8e5, 1e8),
			Helpers: always(1, 24e6, 1e3)}, 100, 20, 4e6},
		{"no limit at the source: F/d = 1", Swarm{File: 10 * mb, Viewers: always(10, 8e5, 8e7)}, 1, 1, 8e7},
		{"no limit at a peer: F/u_s", Swarm{File: 10 * mb, Source: 8e6, Viewers: always(10, 0, 0)}, 100, 10, 8e6},
	} {
		near(t, c.name+": client-server", ClientServer(c.swarm), c.clientServer)
		near(t, c.name+": distribution", Distribution(c.swarm), c.dist)
		near(t, c.name+": sustainable rate", SustainableRate(c.swarm), c.sustain)
	}
	if got := SustainableRate(Swarm{Viewers: always(1, 0, 0)}); !math.IsInf(got, 1) {
		t.Errorf("sustainable rate without any limit = %v", got)
	}
}

func TestSourceEgressAndOffload(t *testing.T) {
	for _, c := range []struct {
		name            string
		r, up           core.Rate
		n               int
		egress, offload float64
	}{
		{"peers carry all but one copy", 1e6, 1e6, 10, 1e6, 0.9},      // 10 - 10 < 1
		{"peers carry 4 of 10", 1e6, 4e5, 10, 6e6, 0.4},               // 10 - 4
		{"peers carry nothing", 1e6, 1, 1, 1e6, 0},                    // one viewer
		{"no limit at the peers: 1 - 1/N", 5e6, 0, 100, 5e6, 1 - .01}, // r
	} {
		sw := Swarm{Viewers: always(c.n, c.up, 0)}
		near(t, c.name+": egress", SourceEgress(c.r, sw), c.egress)
		near(t, c.name+": offload", Offload(c.r, sw), c.offload)
	}
}

func TestCopies(t *testing.T) {
	peer := func(up core.Rate, from, to core.Time) Peer { return Peer{Uplink: up, From: from, To: to} }
	for _, c := range []struct {
		name  string
		swarm Swarm
		end   core.Time
		want  float64
	}{
		{"nobody finished", Swarm{File: mb}, 9 * s, 0},
		{"peers without uplink time: all from the source", Swarm{File: mb, Viewers: []Peer{
			peer(1e6, 9*s, 9*s), peer(1e6, 9*s, core.Never)}}, 9 * s, 2},
		// F = 8 Mbit. Two peers upload 1 Mbit/s for 2 s and 4 s: 6/8 of a copy.
		{"departures", Swarm{File: mb, Viewers: []Peer{
			peer(1e6, 0, 2*s), peer(1e6, 5*s, core.Never), peer(1, 9*s, core.Never)}}, 9 * s, 2.25},
		{"a helper helps too", Swarm{File: mb, Viewers: []Peer{peer(1, 8*s, 8*s), peer(1, 8*s, 8*s)},
			Helpers: []Peer{peer(1e6, 0, 4*s)}}, 9 * s, 1.5},
		{"never below one", Swarm{File: mb, Viewers: []Peer{peer(1e9, 0, core.Never), peer(1e9, 0, core.Never)}}, 9 * s, 1},
		{"no limit", Swarm{File: mb, Viewers: []Peer{peer(1, 0, 1), peer(0, 0, core.Never)}}, 9 * s, 1},
		// Presence before the first viewer asked does not count: 4 Mbit from T0 = 5 s on.
		{"before T0 nothing moves", Swarm{File: mb, T0: 5 * s, Viewers: []Peer{
			peer(1e6, 0, core.Never), peer(1, 9*s, core.Never)}}, 9 * s, 1.5},
	} {
		near(t, c.name, Copies(c.swarm, c.end), c.want)
	}
}

func TestCompletion(t *testing.T) {
	peer := func(up, down core.Rate, from, to core.Time) Peer {
		return Peer{Uplink: up, Downlink: down, From: from, To: to, Want: from}
	}
	for _, c := range []struct {
		name  string
		swarm Swarm
		want  float64
	}{
		{"nobody", Swarm{File: mb, Source: 8e6}, 0},
		{"one viewer: F/u_s", Swarm{File: mb, Source: 8e6, Viewers: []Peer{peer(1, 0, 0, core.Never)}}, 1},
		{"the last arrival's downlink: 30 + 8/4", Swarm{File: mb, Source: 8e6, Viewers: []Peer{
			peer(1, 0, 0, core.Never), peer(1, 4e6, 30*s, core.Never)}}, 32},
		// 4 x 8 = 32 Mbit. Source 1 Mbit/s; a helper of 3 Mbit/s from 4 s to 8 s gives 12; the rest is 20 s of the source.
		{"a helper comes and goes", Swarm{File: mb, Source: 1e6, Viewers: []Peer{
			peer(0+1, 0, 0, 0), peer(1, 0, 0, 0), peer(1, 0, 0, 0), peer(1, 0, 0, 0)},
			Helpers: []Peer{peer(3e6, 0, 4*s, 8*s)}}, 20},
		// 16 Mbit; source 1; a peer of 1 from 2 s on: 2 + (16-2)/2 = 9 s.
		{"an arrival", Swarm{File: mb, Source: 1e6, Viewers: []Peer{peer(1e6, 0, 2*s, core.Never), peer(1, 0, 0, 0)}}, 9},
		{"the clock starts at T0: 16 Mbit at 2 Mbit/s", Swarm{File: mb, Source: 1e6, T0: 7 * s, Viewers: []Peer{
			{Uplink: 1e6, From: 0, To: core.Never, Want: 7 * s}, {Uplink: 1, From: 0, To: 1, Want: 7 * s}}}, 8},
		// Without limit from 3 s on all is done at once, but one copy must have left the source: 8 s.
		{"a peer without limit", Swarm{File: mb, Source: 1e6, Viewers: []Peer{peer(0, 0, 3*s, core.Never), peer(1, 0, 0, 0),
			peer(1, 0, 0, 0)}}, 8},
		{"a source without limit", Swarm{File: mb, Viewers: []Peer{peer(1, 8e6, 2*s, core.Never)}}, 3},
	} {
		near(t, c.name, Completion(c.swarm), c.want)
	}
}

// With everybody there from the start, Completion is Kumar and Ross's Distribution; and what the sources must send until
// then fits into what they can send.
func TestCompletionIsDistributionAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		peers := func(label string, atLeast int) (out []Peer) {
			for range rapid.IntRange(atLeast, 8).Draw(t, label) {
				out = append(out, Peer{To: core.Never,
					Uplink:   core.Rate(rapid.Int64Range(1, 1e8).Draw(t, "up")),
					Downlink: core.Rate(rapid.Int64Range(1, 1e8).Draw(t, "down"))})
			}
			return out
		}
		sw := Swarm{
			File:   core.Bytes(rapid.Int64Range(1, 1e9).Draw(t, "file")),
			Source: core.Rate(rapid.Int64Range(1, 1e8).Draw(t, "source")),

			Viewers: peers("viewers", 1), Helpers: peers("helpers", 0),
		}
		got, want := Completion(sw), Distribution(sw)
		if math.Abs(got-want) > 1e-9*want {
			t.Fatalf("Completion = %v, Distribution = %v", got, want)
		}
		if cs := ClientServer(sw); got > cs*(1+1e-9) {
			t.Fatalf("with peers %v, without %v", got, cs)
		}
		sent := float64(sw.Source) * got / bits(sw.File)
		if end := core.Time(got * 1e9); Copies(sw, end) > sent*(1+1e-6)+1e-6 {
			t.Fatalf("needs %v copies in a time for %v", Copies(sw, end), sent)
		}
	})
}
