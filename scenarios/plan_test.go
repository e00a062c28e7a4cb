package scenarios

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// planOf parses a scenario and draws its plan.
func planOf(t *testing.T, text string, set ...string) *Plan {
	t.Helper()
	c, err := Parse("plan.toml", []byte(text), set...)
	if err != nil {
		t.Fatal(err)
	}
	return NewPlan(c, c.Seed)
}

// nodesOf lists a plan's nodes.
func nodesOf(p *Plan) (list []Node) {
	for i := range p.Len() {
		list = append(list, p.Node(i))
	}
	return list
}

// parents lists each node as "name < parent < supermaster < source".
func parents(p *Plan) (list []string) {
	for i := range p.Len() {
		n, s := p.Node(i), p.Name(i)
		for _, above := range []int32{n.Master, n.Supermaster, n.Source} {
			if above == None {
				s += " < none"
			} else {
				s += " < " + p.Name(int(above))
			}
		}
		list = append(list, s)
	}
	return list
}

// TestTree writes out a binary tree of five nodes below its source.
func TestTree(t *testing.T) {
	p := planOf(t, valid, "group.viewer.count=5", "group.viewer.tree.arity=2")
	want := []string{
		"source < none < none < source",
		"viewer-0 < source < none < source",
		"viewer-1 < source < none < source",
		"viewer-2 < viewer-0 < source < source",
		"viewer-3 < viewer-0 < source < source",
		"viewer-4 < viewer-1 < source < source",
	}
	if diff := cmp.Diff(want, parents(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTreeShape checks the shape in numbers: 4 + 16 + 64 + 256 + 660 nodes at depths 1 to 5, at most four children each.
func TestTreeShape(t *testing.T) {
	p := planOf(t, valid, "group.viewer.count=1000", "group.viewer.tree.arity=4")
	depths, children := make([]int, 6), make([]int, p.Len())
	for i := range p.Len() {
		depth := 0
		for at := p.Node(i).Master; at != None; at = p.Node(int(at)).Master {
			depth++
		}
		depths[depth]++
		if m := p.Node(i).Master; m != None {
			children[m]++
		}
	}
	if diff := cmp.Diff([]int{1, 4, 16, 64, 256, 660}, depths); diff != "" {
		t.Errorf("nodes by depth (-want +got):\n%s", diff)
	}
	if most := slices.Max(children); most != 4 {
		t.Errorf("a node has %d children", most)
	}
}

// TestFaultsAtASite: nodes of all groups that are there are hit, or a share of them, or one.
func TestFaultsAtASite(t *testing.T) {
	for keys, want := range map[string]int{"": 15, "share = 0.4": 6, "index = 12": 1} {
		p := planOf(t, valid+"site = \"home\"\n[[group]]\nname = \"relay\"\ncount = 5\nmaster = \"source\"\nsite = \"home\"\naccess = \"regional\"\n"+
			"[[site]]\nname = \"home\"\n[[fault]]\nat = \"1s\"\nkind = \"crash\"\nsite = \"home\"\n"+keys)
		var hit []string
		for e := range p.Events() {
			if e.Kind == CrashNode {
				hit = append(hit, p.Name(int(e.Node)))
			}
		}
		if len(hit) != want || slices.Contains(hit, "source") || keys == "index = 12" && hit[0] != "relay-2" {
			t.Errorf("%q hits %v, want %d nodes", keys, hit, want)
		}
	}
}

// TestSeveralMasters has two sources' worth of trees: nodes are dealt out to a group of parents in turn.
func TestSeveralMasters(t *testing.T) {
	p := planOf(t, `
[[group]]
name = "a"
role = "source"
access = "regional"
[[group]]
name = "b"
role = "source"
access = "regional"
[[group]]
name = "hub"
count = 2
master = "a"
access = "regional"
[[group]]
name = "leaf"
count = 3
master = "hub"
supermaster = "b"
watches = true
access = "regional"
[[group]]
name = "twig"
count = 3
master = "leaf"
supermaster = "hub"
access = "regional"
[[group]]
name = "loner"
master = "b"
supermaster = "none"
access = "regional"
`)
	want := []string{
		"a < none < none < a",
		"b < none < none < b",
		"hub-0 < a < none < a",
		"hub-1 < a < none < a",
		"leaf-0 < hub-0 < b < a",
		"leaf-1 < hub-1 < b < a",
		"leaf-2 < hub-0 < b < a",
		"twig-0 < leaf-0 < hub-0 < a",
		"twig-1 < leaf-1 < hub-1 < a",
		"twig-2 < leaf-2 < hub-0 < a",
		"loner < b < none < b",
	}
	if diff := cmp.Diff(want, parents(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestArrivals checks each process against what defines it.
func TestArrivals(t *testing.T) {
	const n = 2000
	arrivals := func(set ...string) []float64 {
		p := planOf(t, valid, append(set, "group.viewer.count=2000", "group.viewer.arrive.at=10s")...)
		var at []float64
		for i := range p.Len() - 1 {
			at = append(at, (p.Node(i+1).Watch - 10*core.Second).Seconds())
			if p.Node(i+1).Start != p.Node(i+1).Watch {
				t.Fatalf("node %d starts at %v and its viewer comes at %v", i, p.Node(i+1).Start, p.Node(i+1).Watch)
			}
		}
		if !slices.IsSorted(at) || at[0] < 0 {
			t.Fatalf("%v: arrivals out of order, the first at %v", set, at[0])
		}
		return at
	}
	if at := arrivals(); at[n-1] != 0 {
		t.Errorf("once: the last comes after %v s", at[n-1])
	}
	at := arrivals("group.viewer.arrive.kind=constant", "group.viewer.arrive.rate=4")
	if at[1] != 0.25 || at[n-1] != 0.25*(n-1) {
		t.Errorf("constant, 4 a second: the second comes at %v s, the last at %v s", at[1], at[n-1])
	}
	at = arrivals("group.viewer.arrive.kind=constant", "group.viewer.arrive.over=1m")
	if at[1] != 0.03 || at[n-1] != 60-0.03 {
		t.Errorf("constant over a minute: the second comes at %v s, the last at %v s", at[1], at[n-1])
	}
	// The last of n arrivals of a Poisson process comes after n/rate, give or take sqrt(n)/rate; gaps vary as their mean.
	at = arrivals("group.viewer.arrive.kind=poisson", "group.viewer.arrive.rate=4")
	if math.Abs(at[n-1]-n/4) > 5*math.Sqrt(n)/4 {
		t.Errorf("poisson, 4 a second: the last comes at %v s", at[n-1])
	}
	short := 0
	for i := 1; i < n; i++ {
		if at[i]-at[i-1] < 0.25 {
			short++
		}
	}
	if share := float64(short) / n; math.Abs(share-0.632) > 0.05 {
		t.Errorf("poisson: %.3f of the gaps are shorter than their mean, want 0.632", share)
	}
	// Of a flash crowd 63 % come within tau, and all within over.
	at = arrivals("group.viewer.arrive.kind=flash", "group.viewer.arrive.tau=20s")
	if within := countBelow(at, 20); math.Abs(within-0.632) > 0.05 {
		t.Errorf("flash: %.3f come within tau, want 0.632", within)
	}
	at = arrivals("group.viewer.arrive.kind=flash", "group.viewer.arrive.tau=20s", "group.viewer.arrive.over=20s")
	if at[n-1] > 20 || countBelow(at, 10) < 0.57 || countBelow(at, 10) > 0.67 {
		t.Errorf("flash over tau: the last comes at %v s, %.3f in the first half", at[n-1], countBelow(at, 10))
	}
}

func countBelow(sorted []float64, x float64) float64 {
	i, _ := slices.BinarySearch(sorted, x)
	return float64(i) / float64(len(sorted))
}

// TestLinksAreDrawn checks the shares of a mix, and that regional links come in pairs.
func TestLinksAreDrawn(t *testing.T) {
	p := planOf(t, valid, "group.viewer.count=4000", `group.viewer.uplink={ mix = [["384kbit/s", 3], ["1Mbit/s..2Mbit/s", 1]] }`,
		"group.viewer.latency=5ms..40ms")
	slow := 0
	for _, n := range nodesOf(p)[1:] {
		switch {
		case n.Uplink == 384*core.Kbps:
			slow++
		case n.Uplink < core.Mbps || n.Uplink > 2*core.Mbps:
			t.Fatalf("uplink %v", n.Uplink)
		}
		if n.Latency < 5*core.Millisecond || n.Latency > 40*core.Millisecond || n.Downlink != 20*core.Mbps {
			t.Fatalf("latency %v, downlink %v", n.Latency, n.Downlink)
		}
	}
	if share := float64(slow) / 4000; math.Abs(share-0.75) > 0.035 {
		t.Errorf("%.3f have the slow link, want 0.75", share)
	}
	for _, mix := range accessMixes {
		percent := 0.0
		for _, c := range mix.classes {
			percent += c.percent
		}
		if percent != 100 {
			t.Errorf("%s: the shares add up to %v", mix.name, percent)
		}
		r := core.NewRand(1, mix.name, 0)
		count := map[core.Rate]int{}
		for range 10_000 {
			got := drawAccess(&r, mix.name, "")
			if !slices.Contains(mix.classes, got) {
				t.Fatalf("%s: %+v", mix.name, got)
			}
			count[got.up]++
		}
		for _, c := range mix.classes {
			if got := float64(count[c.up]) / 100; math.Abs(got-c.percent) > 2.5 {
				t.Errorf("%s: %.1f %% have an uplink of %v, want %v", mix.name, got, c.up, c.percent)
			}
		}
	}
}

// TestDrawsAreNamed checks that one thing more in a scenario leaves the draws of the others alone.
func TestDrawsAreNamed(t *testing.T) {
	drawn := valid + "access = \"regional\"\nlatency = \"1ms..9ms\"\narrive = { kind = \"flash\", tau = \"9s\" }\n"
	drawn = replaceOnce(t, drawn, "uplink = \"5Mbit/s\"\ndownlink = \"20Mbit/s\"\n", "")
	before := planOf(t, drawn)
	if again := planOf(t, drawn); !cmp.Equal(nodesOf(before), nodesOf(again)) || !cmp.Equal(events(before), events(again)) {
		t.Error("the same scenario and seed give another plan")
	}
	if other := planOf(t, drawn, "seed=2"); cmp.Equal(nodesOf(before), nodesOf(other)) {
		t.Error("another seed gives the same plan")
	}
	churn := planOf(t, drawn, "group.viewer.stay.kind=exponential", "group.viewer.stay.mean=1m")
	extra := planOf(t, replaceOnce(t, drawn, "[[group]]", "[[group]]\nname=\"first\"\nmaster=\"source\"\naccess=\"regional\"\n[[group]]"))
	for i, n := range nodesOf(before) {
		c, e := churn.Node(i), extra.Node(i+1)
		n.Leave, c.Leave, e.Leave = 0, 0, 0
		e.Group, e.Source = n.Group, n.Source // indices move, as they must
		if e.Master != None {
			e.Master = n.Master
		}
		if n != c {
			t.Errorf("with churn %s is %+v, was %+v", before.Name(i), c, n)
		}
		if n != e {
			t.Errorf("with a group more %s is %+v, was %+v", before.Name(i), e, n)
		}
	}
}

// events lists a plan's events after the first moment.
func events(p *Plan) (list []string) {
	for e := range p.Events() {
		if s := e.At.String() + " " + p.Name(int(e.Node)) + " " + e.Kind.String(); e.At > 0 {
			if e.KeepStore {
				s += " with store"
			}
			list = append(list, s)
		}
	}
	return list
}

// TestFaults writes out what happens, and that what cannot happen does not: a node that is down opens no view, one that
// runs is not restarted, one that left is not hit.
func TestFaults(t *testing.T) {
	p := planOf(t, valid+`
stay = { kind = "constant", mean = "10m" }
arrive = { kind = "constant", rate = 0.1 }
[[fault]]
at = "5s"
kind = "crash"
group = "viewer"
index = 0
after = "20s"
[[fault]]
at = "6s"
kind = "restart"
group = "source"
[[fault]]
at = "1m"
kind = "hang"
group = "source"
after = "3s"
[[fault]]
at = "62s"
kind = "crash"
group = "source"
[[fault]]
at = "70s"
kind = "restart"
group = "source"
keep_store = false
[[fault]]
at = "11m"
kind = "crash"
group = "viewer"
index = 1
`, "group.viewer.count=2", "group.source.stay.kind=end")
	want := []string{
		"5s viewer-0 crash",
		"10s viewer-1 start",
		"10s viewer-1 view",
		"25s viewer-0 restart with store",
		"1m source hang",
		"1m2s source crash",
		"1m10s source restart",
		"10m viewer-0 leave",
		"10m10s viewer-1 leave",
	}
	if diff := cmp.Diff(want, events(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNoViewAtANodeThatIsDown has relays, which are up from the beginning, go down before their viewers come.
func TestNoViewAtANodeThatIsDown(t *testing.T) {
	p := planOf(t, valid+`
tree = { arity = 2 }
arrive = { kind = "once", at = "10s" }
[[fault]]
at = "5s"
kind = "crash"
group = "viewer"
index = 0
[[fault]]
at = "5s"
kind = "crash"
group = "viewer"
index = 1
after = "1s"
`, "group.viewer.count=3")
	want := []string{
		"5s viewer-0 crash",
		"5s viewer-1 crash",
		"6s viewer-1 restart with store",
		"10s viewer-1 view",
		"10s viewer-2 view",
	}
	if diff := cmp.Diff(want, events(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int32{2, 3}, p.Viewers); diff != "" {
		t.Errorf("nodes with viewers (-want +got):\n%s", diff)
	}
}

// TestFaultShare checks that a share of the nodes is hit, drawn anew for each fault.
func TestFaultShare(t *testing.T) {
	p := planOf(t, valid+`
[[fault]]
at = "1m"
kind = "crash"
group = "viewer"
share = 0.3
[[fault]]
at = "2m"
kind = "hang"
group = "viewer"
share = 1
`)
	var crashed, hung []int32
	for e := range p.Events() {
		switch e.Kind {
		case CrashNode:
			crashed = append(crashed, e.Node)
		case HangNode:
			hung = append(hung, e.Node)
		}
	}
	slices.Sort(crashed)
	if len(slices.Compact(crashed)) != 3 || slices.Equal(crashed, []int32{1, 2, 3}) {
		t.Errorf("crashed are %v, want three drawn ones of ten", crashed)
	}
	if len(hung) != 7 {
		t.Errorf("%d hang, want the seven that are left", len(hung))
	}
}

// TestRelaysAreUpFirst checks that parents do not wait for their own viewers.
func TestRelaysAreUpFirst(t *testing.T) {
	p := planOf(t, valid, "group.viewer.tree.arity=2", "group.viewer.arrive.kind=constant", "group.viewer.arrive.rate=1")
	last := p.Node(10)
	if last.Start != 0 || last.Watch != 9*core.Second || !last.Relay || p.Node(0).Relay {
		t.Errorf("the tree's last node is %+v, its source %+v", last, p.Node(0))
	}
}
