package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// crowd is a scenario with everything that can happen in one: arrivals, departures, a crash, a hang.
const crowd = valid + `
latency = "1ms..20ms"
arrive = { kind = "flash", tau = "5s" }
stay = { kind = "exponential", mean = "40s" }
[video]
duration = "20s"
[net]
latency = "5ms..30ms"
[[fault]]
at = "10s"
kind = "crash"
group = "source"
after = "5s"
[[fault]]
at = "12s"
kind = "hang"
group = "viewer"
share = 0.2
after = "5s"
`

func simulated(t *testing.T, text string, set ...string) *analysis.Run {
	t.Helper()
	r, err := Simulate(planOf(t, text, set...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRunIsRepeatable runs everything twice: every record is the same, and another seed's are not.
func TestRunIsRepeatable(t *testing.T) {
	a, b := simulated(t, crowd), simulated(t, crowd)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if other := simulated(t, crowd, "seed=2"); other.Digest == a.Digest {
		t.Error("another seed gives the same history")
	}
}

// TestStepSize checks that looking at a run more often changes nothing in it: up to the same moment it is the same history.
func TestStepSize(t *testing.T) {
	digest := func(step core.Time) string {
		p := planOf(t, crowd)
		policy, err := p.Config.Policy.New()
		if err != nil {
			t.Fatal(err)
		}
		s := newSimulation(t.Context(), p, policy)
		w := newWatchers(p)
		for now := step; now <= 30*core.Second; now += step {
			if _, err := s.advance(now); err != nil {
				t.Fatal(err)
			}
			w.sample(s, now)
		}
		return s.total().digest
	}
	want := digest(30 * core.Second)
	for _, step := range []core.Time{7500 * core.Millisecond, core.Second, 10 * core.Millisecond} {
		if got := digest(step); got != want {
			t.Errorf("in steps of %v the history is %s, in one step %s", step, got, want)
		}
	}
}

// TestRecords checks the account of a run against itself: payload sent is payload received where nothing is cut, every
// viewer is somewhere, samples end with the run.
func TestRecords(t *testing.T) {
	r := simulated(t, valid, "video.duration=20s", "group.viewer.downlink=5Mbit/s", "group.source.uplink=1Gbit/s")
	var sent, received core.Bytes
	for _, n := range r.Nodes {
		sent += n.Sent
		received += n.Received()
	}
	if sent != received || received != 10*r.Video.Length {
		t.Errorf("sent %v, received %v, want ten times %v", sent, received, r.Video.Length)
	}
	last := r.Samples[len(r.Samples)-1]
	if last.At != r.End || last.Ended != 10 || last.SourceSent != r.SourceSent() {
		t.Errorf("the last sample is %+v, the run ended at %v with %v from the source", last, r.End, r.SourceSent())
	}
	for i, s := range r.Samples {
		if n := s.Waiting + s.Playing + s.Stalled + s.Ended + s.Gone; n != 10 {
			t.Errorf("sample %d counts %d viewers of 10", i, n)
		}
	}
	if r.Startup != 625_000 || r.Video.Length != 12_500_000 {
		t.Errorf("startup %v of %v, want 1 s of 20 s", r.Startup, r.Video.Length)
	}
}

// TestDepartures checks that who leaves is recorded as gone at that moment, and who comes after the horizon not at all.
func TestDepartures(t *testing.T) {
	r := simulated(t, valid, "group.viewer.stay.kind=constant", "group.viewer.stay.mean=30s", "horizon=45s",
		"group.viewer.arrive.kind=constant", "group.viewer.arrive.rate=0.1")
	if len(r.Viewers) != 5 { // at 0, 10, 20, 30 and 40 s
		t.Fatalf("%d viewers came by 45 s, want 5", len(r.Viewers))
	}
	for _, s := range r.Samples { // who has not come is in no count
		came := int(s.At/(10*core.Second)) + 1
		if n := s.Waiting + s.Playing + s.Stalled + s.Ended + s.Gone; n != came {
			t.Errorf("at %v %d viewers are counted, %d have come", s.At, n, came)
		}
	}
	for i, v := range r.Viewers {
		n := r.Nodes[v.Node]
		came := core.Time(i) * 10 * core.Second
		switch left := came + 30*core.Second; {
		case v.Arrival != came || n.Start != came:
			t.Errorf("%s arrived at %v and its node at %v, want %v", r.Name(int(v.Node)), v.Arrival, n.Start, came)
		case left <= r.End && (v.Last != core.Gone || v.Until != left || n.Stop != left):
			t.Errorf("%s is %v since %v and its node stopped at %v, want %v", r.Name(int(v.Node)), v.Last, v.Until, n.Stop, left)
		case left > r.End && (v.Until != core.Never || n.Stop != core.Never):
			t.Errorf("%s is %v since %v, its node stopped at %v; it should be there", r.Name(int(v.Node)), v.Last, v.Until, n.Stop)
		}
	}
}

// TestEventsReachTheNetwork checks that what the plan says of a node is so in the simulator.
func TestEventsReachTheNetwork(t *testing.T) {
	p := planOf(t, crowd, "group.viewer.stay.kind=constant", "group.viewer.stay.mean=10s", "seed=3")
	policy, err := p.Config.Policy.New()
	if err != nil {
		t.Fatal(err)
	}
	s := newSimulation(t.Context(), p, policy)
	is := newPresence(p.Len())
	events := slices.Collect(p.Events())
	for i, e := range events {
		is.impossible(e) // carries it out
		if i+1 < len(events) && events[i+1].At == e.At {
			continue
		}
		if _, err := s.advance(e.At); err != nil {
			t.Fatal(err)
		}
		for node, status := range is {
			id := core.NodeID(node + 1)
			if s.sim.Running(id) != (status == up || status == hung) || s.sim.Hung(id) != (status == hung) {
				t.Errorf("at %v after %v of %s: %s is %d in the plan; running %t, hung %t in the simulator", e.At, e.Kind,
					p.Name(int(e.Node)), p.Name(node), status, s.sim.Running(id), s.sim.Hung(id))
			}
		}
	}
}

// TestViewerAtAHungNode checks that a viewer whose node does not act yet waits from the moment it came.
func TestViewerAtAHungNode(t *testing.T) {
	r := simulated(t, valid+`
[[fault]]
at = "0s"
kind = "hang"
group = "viewer"
index = 0
`, "group.viewer.arrive.at=1s", "horizon=10s", "group.viewer.tree.arity=10")
	if v := r.Viewers[0]; v.Last != core.Waiting || v.Arrival != core.Second || v.First != core.Never {
		t.Errorf("the viewer is %+v", v)
	}
	if v := r.Viewers[1]; v.First == core.Never {
		t.Errorf("another viewer is %+v", v)
	}
}

// greedy breaks a rule: it asks for something at a moment at which nobody may.
type greedy struct{ core.Defaults }

func (greedy) Plan(*core.Stream, core.Event) { panic("greedy wants it all") }
func (greedy) Fork() core.Policy             { return greedy{} }

// TestBrokenRule checks that a policy that panics is an error that says where and when.
func TestBrokenRule(t *testing.T) {
	p := planOf(t, valid, "seed=5")
	_, err := run(p, newSimulation(t.Context(), p, greedy{}), nil)
	if !IsBroken(err) || !strings.Contains(err.Error(), "greedy wants it all") || !strings.Contains(err.Error(), "seed 5") ||
		!strings.Contains(err.Error(), "viewer-") || !strings.Contains(err.Error(), "greedy.Plan") {
		t.Errorf("got %v", err)
	}
}

// TestProgress checks that a run says how far it is, to the end.
func TestProgress(t *testing.T) {
	p := planOf(t, valid, "video.duration=5s", "group.viewer.downlink=unlimited", "group.source.uplink=unlimited")
	calls, lastDone := 0, 0
	_, err := Simulate(p, func(now, horizon core.Time, done, viewers int) {
		if calls++; now != core.Time(calls)*core.Second || horizon != core.Hour || viewers != 10 || done < lastDone {
			t.Errorf("call %d: now %v of %v, %d of %d done", calls, now, horizon, done, viewers)
		}
		lastDone = done
	})
	if err != nil || lastDone != 10 {
		t.Errorf("%d of 10 done at the end, %v", lastDone, err)
	}
}
