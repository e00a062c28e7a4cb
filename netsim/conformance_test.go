package netsim_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/netsim"
)

// world is a simulation as the conformance suite wants it.
type world struct {
	t     *testing.T
	sim   *netsim.Sim
	mux   coretest.Mux
	nodes map[string]*worldNode
	specs map[string]coretest.VideoSpec
	sites []netsim.Site // at which nodes are in turn; nil: none
}

type worldNode struct {
	id   core.NodeID
	spec coretest.NodeSpec
}

const worldLatency = core.Millisecond // small beside the tenths of a second that scripts derive by hand

func newWorld(t *testing.T) coretest.World {
	return worldOf(t, netsim.Config{Seed: 1, Latency: netsim.Constant(worldLatency)})
}

func worldOf(t *testing.T, cfg netsim.Config) *world {
	w := &world{t: t, nodes: map[string]*worldNode{}, specs: map[string]coretest.VideoSpec{}}
	w.sim = netsim.New(cfg, &w.mux)
	w.sim.OnDeliver(func(n core.NodeID, v core.View, d core.Delivery) {
		for _, node := range w.nodes {
			if node.id == n && node.spec.OnDeliver != nil {
				node.spec.OnDeliver(v, d)
			}
		}
	})
	return w
}

func (w *world) node(name string) *worldNode {
	w.t.Helper()
	n := w.nodes[name]
	if n == nil {
		w.t.Fatalf("no node %q was added", name)
	}
	return n
}

// living returns a node that must be running and not hung.
func (w *world) living(name string) *worldNode {
	w.t.Helper()
	n := w.node(name)
	if !w.sim.Running(n.id) || w.sim.Hung(n.id) {
		w.t.Fatalf("node %q is not running, or hangs", name)
	}
	return n
}

func (w *world) Add(spec coretest.NodeSpec) {
	l := netsim.Link{
		Uplink: spec.Uplink, Downlink: spec.Downlink, Slots: spec.Slots, StoreChunks: spec.StoreChunks,
		Undialable: spec.Silent,
	}
	if len(w.sites) > 0 {
		l.Site, l.MaxConns = w.sites[len(w.nodes)%len(w.sites)], 100
	}
	id := w.sim.AddNode(spec.Name, l)
	w.nodes[spec.Name] = &worldNode{id, spec}
	for _, v := range spec.Owns {
		w.specs[v.Name] = v
		w.sim.AddVideo(v.Name, v.Info())
	}
}

func (w *world) boot(name string) core.Boot {
	n := w.node(name)
	b := core.Boot{Name: core.HashName(name), IsSource: n.spec.IsSource}
	for _, p := range []struct {
		to   *core.NodeID
		name string
	}{{&b.Master, n.spec.Master}, {&b.Supermaster, n.spec.Supermaster}, {&b.Source, n.spec.Source}} {
		if p.name != "" {
			*p.to = w.node(p.name).id
		}
	}
	for _, v := range n.spec.Owns {
		b.Owns = append(b.Owns, core.VideoDesc{Video: w.Video(name, v.Name), Info: v.Info()})
	}
	return b
}

// now lets what was just asked for happen.
func (w *world) now() { w.sim.Run(w.sim.Now()) }

func (w *world) Start(name string) {
	w.t.Helper()
	w.begin(name)
	w.sim.Start(w.sim.Now(), w.node(name).id, w.boot(name))
	w.now()
}

func (w *world) begin(name string) {
	w.t.Helper()
	n := w.node(name)
	if w.sim.Running(n.id) {
		w.t.Fatalf("node %q is running", name)
	}
	w.mux.Set(n.id, n.spec.Machine())
}

func (w *world) Kill(name string) {
	w.t.Helper()
	n := w.node(name)
	if !w.sim.Running(n.id) {
		w.t.Fatalf("node %q is not running", name)
	}
	w.sim.Stop(w.sim.Now(), n.id)
	w.now()
}

func (w *world) Restart(name string, keepStore bool) {
	w.t.Helper()
	w.begin(name)
	w.sim.Restart(w.sim.Now(), w.node(name).id, w.boot(name), keepStore)
	w.now()
}

func (w *world) Hang(name string) {
	w.t.Helper()
	w.sim.Hang(w.sim.Now(), w.living(name).id)
	w.now()
}

func (w *world) Resume(name string) {
	w.t.Helper()
	n := w.node(name)
	if !w.sim.Hung(n.id) {
		w.t.Fatalf("node %q does not hang", name)
	}
	w.sim.Resume(w.sim.Now(), n.id)
	w.now()
}

func (w *world) Do(name string, f func(core.Network, core.NodeID)) {
	w.t.Helper()
	w.sim.Call(w.sim.Now(), w.living(name).id, f)
	w.now()
}

func (w *world) View(at string, e core.ViewEvent) {
	w.t.Helper()
	w.sim.View(w.sim.Now(), w.living(at).id, e)
	w.now()
}

func (w *world) Peer(_, of string) core.NodeID { return w.node(of).id }

func (w *world) Video(_, name string) core.Video {
	return w.sim.AddVideo(name, w.specs[name].Info())
}

// Until looks at cond every half millisecond of simulated time.
func (w *world) Until(limit core.Time, cond func() bool) bool {
	end := w.sim.Now() + limit
	for !cond() {
		if w.sim.Now() >= end {
			return false
		}
		w.sim.Run(min(end, w.sim.Now()+core.Millisecond/2))
	}
	return true
}

func (w *world) Traffic(name string) coretest.Traffic {
	return coretest.Traffic(w.sim.Traffic(w.node(name).id))
}

func (w *world) Check(_, _ string, _ uint32) error { return nil }
func (w *world) Simulated() bool                   { return true }
func (w *world) Latency() core.Time                { return worldLatency }
func (w *world) TimeScale() core.Time              { return 1 }
func (w *world) Close()                            {}

func (w *world) Corrupt(at, video string, chunk uint32) {
	w.sim.Corrupt(w.sim.Now(), w.node(at).id, core.ChunkID{Video: w.Video(at, video), Chunk: chunk})
	w.now()
}

func TestNetwork(t *testing.T) { coretest.TestNetwork(t, newWorld) }

// unsteady is a world in which nobody knows how long a message takes.
type unsteady struct{ *world }

func (unsteady) Latency() core.Time { return 0 }

// TestUnsteadyNetwork: the contracts hold where the way back is longer, messages are late at random, and some are lost.
func TestUnsteadyNetwork(t *testing.T) {
	coretest.TestNetwork(t, func(t *testing.T) coretest.World {
		return unsteady{worldOf(t, netsim.Config{Seed: 1, Latency: oneWay(10, worldLatency/2, 2*worldLatency),
			Jitter: worldLatency, Loss: netsim.Loss{Middle: 2_000}})}
	})
}

// TestNetworkOfSites: they hold between sites with links of their own, where payload starts slowly, and while a partition
// separates nodes that the scripts know nothing of.
func TestNetworkOfSites(t *testing.T) {
	coretest.TestNetwork(t, func(t *testing.T) coretest.World {
		w := worldOf(t, netsim.Config{Seed: 1, Latency: netsim.Constant(worldLatency), SlowStart: true})
		w.sites = []netsim.Site{0, w.sim.AddSite(core.Gbps, core.Gbps), w.sim.AddSite(0, core.Gbps)}
		a, b := w.sim.AddNode("a stranger", netsim.Link{}), w.sim.AddNode("another", netsim.Link{})
		w.sim.Partition(0, core.Never, []core.NodeID{a}, []core.NodeID{b})
		return unsteady{w}
	})
}

// TestBehaviours runs the protocol's scripts.
func TestBehaviours(t *testing.T) { coretest.TestBehaviours(t, newWorld) }
