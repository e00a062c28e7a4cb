package netsim_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// shopper is a Machine whose nodes fetch one chunk from each of some others, all at once, and note when each is there.
type shopper struct {
	idle
	video core.Video
	from  map[core.NodeID][]core.NodeID
	done  map[[2]core.NodeID]core.Time // by sender and receiver
	peer  map[core.Conn]core.NodeID
}

func newShopper(latency core.Time) (*shopper, *netsim.Sim) {
	m := &shopper{from: map[core.NodeID][]core.NodeID{}, done: map[[2]core.NodeID]core.Time{}, peer: map[core.Conn]core.NodeID{}}
	s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(latency)}, m)
	m.video = s.AddVideo("v", tapeInfo)
	return m, s
}

func (m *shopper) OnStart(net core.Network, self core.NodeID, _ core.Boot) {
	for _, peer := range m.from[self] {
		net.Dial(peer)
	}
}

func (m *shopper) OnOpen(net core.Network, self core.NodeID, c core.Conn, peer core.NodeID, _ core.PeerFlags) {
	if m.peer[c] = peer; slices.Contains(m.from[self], peer) {
		net.Watch(c, core.Span{Video: m.video, N: 10}, 0)
		net.Send(c, core.Get(core.MsgGetHere, core.Span{Video: m.video, N: 10}, 0))
	}
}

func (m *shopper) OnMsg(net core.Network, _ core.NodeID, c core.Conn, msg core.Msg) {
	net.Transfer(c, core.Offer{Span: msg.Span(), Avail: msg.N, Tag: 1})
}

func (m *shopper) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	if e.Tag == 0 {
		m.done[[2]core.NodeID{m.peer[e.Conn], self}] = net.Now()
	}
}

// TestSites lets nodes fetch a chunk of 1 MB each, all at time 0 and without latency. Nodes 1 and 2 are at a site with
// uplink u and downlink d, 3 and 4 at one with the same, 5 and 6 on the open internet. All rates are in Mbit/s, access
// links of all nodes have 8 in both directions, so that a chunk alone takes 1 s. Each case says what holds the
// transfers back.
func TestSites(t *testing.T) {
	type pairs = [][2]core.NodeID // sender, receiver
	for _, c := range []struct {
		name      string
		u, d      core.Rate
		transfers pairs
		seconds   []float64
		out, in   []core.Bytes // payload over the shared links, in MB: open internet, first site, second site
	}{
		{"within a site only the access links count", 1, 1, pairs{{1, 2}, {4, 3}}, []float64{1, 1},
			[]core.Bytes{0, 0, 0}, []core.Bytes{0, 0, 0}},
		{"the open internet has no shared link", 1, 1, pairs{{5, 6}}, []float64{1},
			[]core.Bytes{0, 0, 0}, []core.Bytes{0, 0, 0}},
		{"two leave a site: u/2 each, 2F/u", 8, 1, pairs{{1, 5}, {2, 6}}, []float64{2, 2},
			[]core.Bytes{0, 2, 0}, []core.Bytes{2, 0, 0}},
		{"two enter a site: d/2 each, 2F/d", 1, 4, pairs{{5, 1}, {6, 2}}, []float64{4, 4},
			[]core.Bytes{2, 0, 0}, []core.Bytes{0, 2, 0}},
		{"from site to site: min(u, d)", 4, 2, pairs{{1, 3}}, []float64{4},
			[]core.Bytes{0, 1, 0}, []core.Bytes{0, 0, 1}},
		{"both ways: u and d are different links", 4, 4, pairs{{1, 3}, {3, 1}}, []float64{2, 2},
			[]core.Bytes{0, 1, 1}, []core.Bytes{0, 1, 1}},
		// 1 gives u/2 = 1 to the outside, the rest of its uplink, 7, to its neighbour. That is done after 8/7 s, but its
		// uplink is not what holds the other back: 2F/u all the same.
		{"what a site's uplink leaves over goes to the neighbour", 2, 8, pairs{{1, 2}, {1, 5}, {2, 6}},
			[]float64{8.0 / 7, 8, 8}, []core.Bytes{0, 2, 0}, []core.Bytes{2, 0, 0}},
		// Site to site: both uplinks of the first site and the downlink of the second are shared by two flows: d/2 = 2 for
		// each of them; the third flow into the second site makes it d/3.
		{"a shared downlink with flows from two places", 8, 3, pairs{{1, 3}, {2, 4}, {5, 3}}, []float64{8, 8, 8},
			[]core.Bytes{1, 2, 0}, []core.Bytes{0, 0, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, s := newShopper(0)
			sites := []netsim.Site{0, s.AddSite(c.u*core.Mbps, c.d*core.Mbps), s.AddSite(c.u*core.Mbps, c.d*core.Mbps)}
			for n := range 6 {
				s.AddNode(fmt.Sprint("n", n), netsim.Link{Uplink: 8 * core.Mbps, Downlink: 8 * core.Mbps,
					Site: sites[(n/2+1)%3]})
			}
			for _, p := range c.transfers {
				m.from[p[1]] = append(m.from[p[1]], p[0])
			}
			startAll(s, 1, 2, 3, 4, 5, 6)
			s.Run(core.Never)
			for i, p := range c.transfers {
				within(t, fmt.Sprintf("from %d to %d", p[0], p[1]), c.seconds[i], m.done[p].Seconds())
			}
			var out, in []core.Bytes
			var control core.Bytes
			for _, x := range s.Crossings() {
				out, in = append(out, x.PayloadOut/1e6), append(in, x.PayloadIn/1e6)
				control += x.ControlOut - x.ControlIn
			}
			if diff := cmp.Diff([][]core.Bytes{c.out, c.in}, [][]core.Bytes{out, in}); diff != "" {
				t.Errorf("MB out and in, by site (-want +got):\n%s", diff)
			}
			if control != 0 {
				t.Errorf("%d control bytes more went out than came in", control)
			}
		})
	}
}

// TestCrossingsSoFar looks at a site's account in the middle of a flow and at the control bytes: the request and what it
// introduces on its way in, the flow's headers and hashes on its way out.
func TestCrossingsSoFar(t *testing.T) {
	m, s := newShopper(0)
	home := s.AddSite(0, 0)
	s.AddNode("a", netsim.Link{Uplink: 8 * core.Mbps, Site: home})
	s.AddNode("b", netsim.Link{})
	m.from[2] = []core.NodeID{1}
	startAll(s, 1, 2)
	s.Run(core.Second / 4)
	request, flow := s.Traffic(2).ControlSent, s.Traffic(1).ControlSent
	want := []netsim.Crossing{
		{PayloadIn: 250_000, ControlIn: flow, ControlOut: request},
		{PayloadOut: 250_000, ControlOut: flow, ControlIn: request},
	}
	if diff := cmp.Diff(want, s.Crossings()); diff != "" || flow == 0 || request == 0 {
		t.Errorf("after a quarter of a second (-want +got):\n%s", diff)
	}
	s.Finish()
	if diff := cmp.Diff(want, s.Crossings()); diff != "" {
		t.Errorf("finished then (-want +got):\n%s", diff)
	}
	if got := s.Traffic(2).PayloadReceived; got != 250_000 {
		t.Errorf("the receiver has %d bytes, want 250000", got)
	}
}

// TestRelinkSite: a site's uplink falls to a tenth when half a chunk has left.
func TestRelinkSite(t *testing.T) {
	m, s := newShopper(0)
	home := s.AddSite(8*core.Mbps, 0)
	s.AddNode("a", netsim.Link{Site: home})
	s.AddNode("b", netsim.Link{})
	m.from[2] = []core.NodeID{1}
	startAll(s, 1, 2)
	s.RelinkSite(core.Second/2, home, 800*core.Kbps, 0)
	s.Run(core.Never)
	within(t, "the chunk is there", 0.5+5, m.done[[2]core.NodeID{1, 2}].Seconds())
}

// TestSitesAgainstOracle: on random networks with sites, all transfers end when an oracle says that fills the whole
// network anew, in real numbers, whenever one of them ends.
func TestSitesAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]core.Rate{0, 1e6, 2e6, 2e6, 3e6, 5e6, 8e6, 13e6})
		m, s := newShopper(0)
		var capacity []float64 // bytes per second, of each link
		links := func(up, down core.Rate) (int, int) {
			for _, r := range []core.Rate{up, down} {
				capacity = append(capacity, float64(r)/8)
				if r == 0 {
					capacity[len(capacity)-1] = math.Inf(1)
				}
			}
			return len(capacity) - 2, len(capacity) - 1
		}
		var siteUp, siteDown, up, down []int
		sites := rapid.IntRange(1, 3).Draw(t, "sites")
		for i := range sites + 1 { // site 0 is the open internet
			u, d := rate.Draw(t, "site uplink"), rate.Draw(t, "site downlink")
			if i == 0 {
				u, d = 0, 0
			} else {
				s.AddSite(u, d)
			}
			a, b := links(u, d)
			siteUp, siteDown = append(siteUp, a), append(siteDown, b)
		}
		var at []int
		nodes := rapid.IntRange(2, 7).Draw(t, "nodes")
		for i := range nodes {
			u, d := max(rate.Draw(t, "uplink"), core.Mbps), rate.Draw(t, "downlink")
			at = append(at, rapid.IntRange(0, sites).Draw(t, "site"))
			s.AddNode(fmt.Sprint("n", i), netsim.Link{Uplink: u, Downlink: d, Site: netsim.Site(at[i])})
			a, b := links(u, d)
			up, down = append(up, a), append(down, b)
		}
		var pairs [][2]core.NodeID
		var paths [][]int
		for from := range nodes {
			for to := range nodes {
				if from == to || !rapid.Bool().Draw(t, "transfer") {
					continue
				}
				a, b := core.NodeID(from+1), core.NodeID(to+1)
				m.from[b] = append(m.from[b], a)
				pairs = append(pairs, [2]core.NodeID{a, b})
				paths = append(paths, []int{up[from], down[to]})
				if at[from] != at[to] {
					paths[len(paths)-1] = append(paths[len(paths)-1], siteUp[at[from]], siteDown[at[to]])
				}
			}
		}
		for n := range nodes {
			startAll(s, core.NodeID(n+1))
		}
		s.Run(core.Never)
		want := endTimes(capacity, paths, float64(tapeInfo.ChunkSize))
		for i, p := range pairs {
			if got := m.done[p].Seconds(); math.Abs(got-want[i]) > 1e-6*want[i] {
				t.Fatalf("from %d to %d: %.9f s, the oracle says %.9f s", p[0], p[1], got, want[i])
			}
		}
	})
}

// endTimes returns when transfers of equal size that all begin at 0 end: rates by progressive filling, the next end, and
// so on. A link of infinite capacity must not be all that a path has.
func endTimes(capacity []float64, paths [][]int, size float64) []float64 {
	left, ends := make([]float64, len(paths)), make([]float64, len(paths))
	var active []int
	for i := range paths {
		left[i] = size
		active = append(active, i)
	}
	for now := 0.0; len(active) > 0; {
		rates := fillLinks(capacity, paths, active)
		step := math.Inf(1)
		for _, i := range active {
			step = min(step, left[i]/rates[i])
		}
		now += step
		active = slices.DeleteFunc(active, func(i int) bool {
			left[i] -= rates[i] * step
			ends[i] = now
			return left[i] < 1e-6
		})
	}
	return ends
}

// fillLinks returns the max-min fair rates of the active paths: the link with the least capacity per path fixes the
// rates of its paths, again and again.
func fillLinks(capacity []float64, paths [][]int, active []int) []float64 {
	rest, rates := slices.Clone(capacity), make([]float64, len(paths))
	for open := slices.Clone(active); len(open) > 0; {
		users := make([]float64, len(capacity))
		for _, i := range open {
			for _, l := range paths[i] {
				users[l]++
			}
		}
		tightest := 0
		share := func(l int) float64 {
			if users[l] == 0 {
				return math.Inf(1)
			}
			return rest[l] / users[l]
		}
		for l := range capacity {
			if share(l) < share(tightest) {
				tightest = l
			}
		}
		rate := share(tightest)
		open = slices.DeleteFunc(open, func(i int) bool {
			if !slices.Contains(paths[i], tightest) {
				return false
			}
			rates[i] = rate
			for _, l := range paths[i] {
				rest[l] -= rate
			}
			return true
		})
	}
	return rates
}
