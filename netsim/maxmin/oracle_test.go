package maxmin_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/netsim/maxmin"
)

// system is a network as the oracle sees it.
type system struct {
	links []maxmin.Share // capacities; links[0] is link 1
	flows map[maxmin.Flow]demand
}

type demand struct {
	path maxmin.Path
	cap  maxmin.Share
}

// numbers are what rates are computed in.
type number interface{ ~int64 | ~float64 }

// fill computes max-min fair rates by progressive filling of the whole network: the links with the least capacity per
// flow fix the rates of their flows, again and again. Integers are rounded down.
func fill[N number](s *system, flows []maxmin.Flow) map[maxmin.Flow]N {
	rates := map[maxmin.Flow]N{}
	rest, users := make([]N, len(s.links)+1), make([]N, len(s.links)+1)
	for i, c := range s.links {
		rest[i+1] = N(c)
	}
	crosses := func(f maxmin.Flow, use func(l maxmin.Link)) {
		for _, l := range s.flows[f].path {
			if l != 0 && s.links[l-1] < maxmin.Infinite {
				use(l)
			}
		}
	}
	for _, f := range flows {
		crosses(f, func(l maxmin.Link) { users[l]++ })
	}
	left := slices.Clone(flows)
	for len(left) > 0 {
		per := func(f maxmin.Flow) N {
			least := N(s.flows[f].cap)
			crosses(f, func(l maxmin.Link) { least = min(least, rest[l]/users[l]) })
			return least
		}
		least := N(maxmin.Infinite)
		for _, f := range left {
			least = min(least, per(f))
		}
		var fixed []maxmin.Flow
		left = slices.DeleteFunc(left, func(f maxmin.Flow) bool {
			if per(f) > least {
				return false
			}
			fixed = append(fixed, f)
			return true
		})
		for _, f := range fixed {
			rates[f] = least
			crosses(f, func(l maxmin.Link) { rest[l] -= least; users[l]-- })
		}
	}
	return rates
}

// sorted returns the flows in order, so that a failing case is the same each time.
func (s *system) sorted() []maxmin.Flow {
	var flows []maxmin.Flow
	for f := range s.flows {
		flows = append(flows, f)
	}
	slices.Sort(flows)
	return flows
}

// capacities has ties and extremes on purpose.
var capacities = rapid.OneOf(
	rapid.SampledFrom([]maxmin.Share{1000, 1000, 125_000, 1_000_000, maxmin.Infinite}),
	rapid.Map(rapid.Int64Range(1, 1e9), func(v int64) maxmin.Share { return maxmin.Share(v) }),
)

// drawPath returns a path over two to four different links, so that sites are covered too.
func drawPath(t *rapid.T, links int) (p maxmin.Path) {
	ids := rapid.Permutation(sequence(links)).Draw(t, "links")
	hops := rapid.IntRange(2, min(maxmin.MaxHops, links)).Draw(t, "hops")
	copy(p[:], ids[:hops])
	return p
}

func sequence(n int) (ids []maxmin.Link) {
	for i := range n {
		ids = append(ids, maxmin.Link(i+1))
	}
	return ids
}

// TestRepairAgainstOracle lets flows come and go and capacities change. After each repair, of one change or several, all
// rates equal those of filling the whole network anew in integers, and are close to those in real numbers.
func TestRepairAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n maxmin.Net
		s := &system{flows: map[maxmin.Flow]demand{}}
		for range rapid.IntRange(2, 12).Draw(t, "number of links") {
			c := capacities.Draw(t, "capacity")
			n.AddLink(c)
			s.links = append(s.links, c)
		}
		n.SetHubDegree(rapid.SampledFrom(hubDegrees).Draw(t, "hub degree"))
		for range rapid.IntRange(1, 25).Draw(t, "repairs") {
			for range rapid.IntRange(1, 4).Draw(t, "changes") {
				change(t, &n, s)
			}
			n.Repair()
			flows := s.sorted()
			want, real := fill[maxmin.Share](s, flows), fill[float64](s, flows)
			for _, f := range flows {
				got := n.Rate(f)
				if got != want[f] {
					t.Fatalf("flow %d has rate %d, filling gives %d", f, got, want[f])
				}
				// Each rounding costs at most a unit, and costs are passed on along chains of links.
				if d := math.Abs(float64(got) - real[f]); got < maxmin.Infinite && d > 2*float64(len(flows)) {
					t.Fatalf("flow %d has rate %d, in real numbers %f", f, got, real[f])
				}
			}
			fair(t, s, &n)
		}
	})
}

// hubDegrees are thresholds from which links are hubs: nearly all, some, none.
var hubDegrees = []int{1, 3, math.MaxInt32}

// change lets one flow join or leave, or gives a flow another cap or a link another capacity.
func change(t *rapid.T, n *maxmin.Net, s *system) {
	switch what := rapid.IntRange(0, 10).Draw(t, "change"); {
	case what < 6:
		f := maxmin.Flow(rapid.IntRange(1, 40).Draw(t, "flow"))
		if _, ok := s.flows[f]; ok {
			return
		}
		d := demand{path: drawPath(t, len(s.links)), cap: maxmin.Infinite}
		if rapid.IntRange(0, 4).Draw(t, "capped") == 0 {
			d.cap = capacities.Draw(t, "cap")
		}
		s.flows[f] = d
		n.Join(f, d.path, d.cap)
	case what < 7:
		if flows := s.sorted(); len(flows) > 0 {
			f := rapid.SampledFrom(flows).Draw(t, "flow")
			s.flows[f] = demand{s.flows[f].path, capacities.Draw(t, "cap")}
			n.SetCap(f, s.flows[f].cap)
		}
	case what < 10:
		if flows := s.sorted(); len(flows) > 0 {
			f := rapid.SampledFrom(flows).Draw(t, "flow")
			delete(s.flows, f)
			n.Leave(f)
		}
	default:
		l := rapid.IntRange(1, len(s.links)).Draw(t, "link")
		s.links[l-1] = capacities.Draw(t, "capacity")
		n.SetCapacity(maxmin.Link(l), s.links[l-1])
	}
}

// fair checks max-min fairness by its definition: no link carries more than its capacity, and every flow is at its cap or
// crosses a link that is full, give or take a unit per flow, and on which no flow is faster.
func fair(t *rapid.T, s *system, n *maxmin.Net) {
	sums := func() []maxmin.Share { return make([]maxmin.Share, len(s.links)+1) }
	load, users, fastest := sums(), sums(), sums()
	for f, d := range s.flows {
		for _, l := range d.path {
			if l != 0 {
				load[l] += n.Rate(f)
				users[l]++
				fastest[l] = max(fastest[l], n.Rate(f))
			}
		}
	}
	for i, c := range s.links {
		if c < maxmin.Infinite && load[i+1] > c {
			t.Fatalf("link %d carries %d of %d", i+1, load[i+1], c)
		}
	}
	for f, d := range s.flows {
		rate, held := n.Rate(f), n.Rate(f) == d.cap
		for _, l := range d.path {
			slack := 2 * maxmin.Share(len(s.flows))
			if l != 0 && s.links[l-1]-load[l] <= slack*users[l] && fastest[l]-rate <= slack {
				held = true
			}
		}
		if !held && rate < maxmin.Infinite {
			t.Fatalf("flow %d has rate %d and nothing holds it back", f, rate)
		}
	}
}

// TestScale: a thousand times the capacities give a thousand times the rates, but for what rounding lost.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var small, large maxmin.Net
		links := rapid.IntRange(2, 8).Draw(t, "number of links")
		for range links {
			c := maxmin.Share(rapid.Int64Range(1e6, 1e9).Draw(t, "capacity"))
			small.AddLink(c)
			large.AddLink(1000 * c)
		}
		flows := rapid.IntRange(1, 30).Draw(t, "number of flows")
		for f := range flows {
			p := drawPath(t, links)
			small.Join(maxmin.Flow(f+1), p, maxmin.Infinite)
			large.Join(maxmin.Flow(f+1), p, maxmin.Infinite)
		}
		small.Repair()
		large.Repair()
		for f := range flows {
			a, b := 1000*small.Rate(maxmin.Flow(f+1)), large.Rate(maxmin.Flow(f+1))
			if d := b - a; d < -2000*maxmin.Share(flows) || d > 2000*maxmin.Share(flows) {
				t.Fatalf("flow %d: %d at a thousand times the capacity, want about %d", f+1, b, a)
			}
		}
	})
}

// TestRepairIsLocal: a change in one part of the network neither solves nor rates anything in another.
func TestRepairIsLocal(t *testing.T) {
	var n maxmin.Net
	const parts = 100
	for p := range maxmin.Link(parts) {
		n.AddLink(1000)
		n.AddLink(700)
		n.Join(maxmin.Flow(2*p+1), maxmin.Path{2*p + 1, 2*p + 2}, maxmin.Infinite)
	}
	n.Repair()
	solves := n.Solves()
	n.Join(2, maxmin.Path{1, 2}, maxmin.Infinite)
	n.Repair()
	if d := n.Solves() - solves; d > 6 {
		t.Errorf("%d links were solved for a change that concerns 2", d)
	}
}
