package netsim

import (
	"fmt"

	"peerstreamer/core"
	"peerstreamer/core/slab"
	"peerstreamer/netsim/maxmin"
)

// Config is what a simulation is built from.
type Config struct {
	Seed    uint64    // of all randomness: nodes' streams and latencies
	Latency Latency   // of the middle of the network; nil: none
	Jitter  core.Time // each message takes up to so much longer, drawn uniformly
	Loss    Loss      // of packets: it limits flows and delays messages

	// SlowStart lets a connection's payload start slowly when it has been idle, instead of at its fair rate; see
	// slowstart.go.
	SlowStart bool

	// Epsilon makes rates approximate, and runs faster in which every node sends to many: a link's new rate is passed on
	// only when it differs by that part from the one passed on last, at most MaxEpsilon. 0: rates are exact.
	Epsilon PPM

	// Nodes is how many nodes there will be, about. It saves the copies of growing tables, not more; 0 is fine.
	Nodes int

	// Name, if not nil, returns a node's name, which appears in messages alone. It saves a million nodes the names that
	// AddNode would keep.
	Name func(core.NodeID) string
}

// MaxEpsilon is the largest Config.Epsilon: beyond, rates mean little.
const MaxEpsilon PPM = 100_000

// Link is a node's access to the network and what its Limits say.
type Link struct {
	Uplink, Downlink core.Rate // 0: not limited
	Latency          core.Time // one way, of the access link; not negative
	Slots            int32     // uploads at a time that core should allow itself; 0: not limited
	StoreChunks      int32     // chunks the store may hold; 0: not limited
	MaxConns         int32     // connections, those being dialled included; 0: not limited
	Site             Site      // where the node is; it stays there
	Undialable       bool      // whoever dials the node is refused, as behind a NAT that rejects; it can dial; for ever
}

// Sim is one simulation. It is not safe for concurrent use; two Sims share nothing.
type Sim struct {
	cfg     Config
	machine core.Machine

	now      core.Time
	current  core.NodeID // whose callback is running; 0: nobody's
	stopping bool        // it is OnStop, in which there is no Network

	queue queue
	fluid maxmin.Fluid

	followed Script
	scriptAt core.Time // when the script's next event happens; Never if there is none
	inScript bool      // the script's Happen runs
	finished bool      // nothing can happen any more

	nodes    []node // by NodeID; 0 is nobody
	far      slab.Slab[far]
	names    []string // as far as AddNode gave some, and Config.Name is nil
	videos   []video  // by Video; 0 is none
	ends     slab.Slab[end]
	closed   []uint32   // ends to release when the running callback has returned
	pairs    slab.Index // of nodes with many connections, by pairKey: the end of that to a peer
	lanes    lanes      // by end
	accesses accesses
	limits   []connLimit     // by NodeID, as far as nodes have limits
	barred   []uint64        // bits by NodeID, as far as there are nodes that nobody can dial
	sites    []site          // by Site; empty if there are none
	siteOf   []Site          // by NodeID, as far as nodes are at sites
	ramps    slab.Slab[ramp] // by end, as far as slow start has come up
	parts    parts           // what partitions keep apart
	letters  slab.Slab[letter]
	bodies   slab.Slab[body]
	watches  slab.Slab[watch]
	flows    slab.Slab[flow]
	intros   slab.Slab[intro]
	parked   slab.Slab[parked]

	boots  slab.Slab[boot]
	views  slab.Slab[core.ViewEvent]
	calls  slab.Slab[func(core.Network, core.NodeID)]
	links  slab.Slab[Link]
	traces []Trace
	kept   [][]core.ChunkID // stores of stopped nodes; 0 is none
	bad    []badChunk

	observer  func(*Event)
	observed  Event // what the observer is told, kept here so that it costs nothing else
	deliver   func(core.NodeID, core.View, core.Delivery)
	digest    digest
	warmth    warmth
	events    uint64
	transfers uint64
}

// video is one of the run's videos.
type video struct {
	name string
	info core.VideoInfo
}

// New returns a simulation of the nodes of one Machine, at time 0.
func New(cfg Config, m core.Machine) *Sim {
	if cfg.Latency == nil {
		cfg.Latency = Constant(0)
	}
	cfg.Latency.validate()
	if cfg.Epsilon > MaxEpsilon {
		panic(fmt.Sprintf("netsim: epsilon %v: want at most %v", cfg.Epsilon, MaxEpsilon))
	}
	warmer, _ := m.(core.Warmer)
	s := &Sim{
		cfg: cfg, machine: m, warmth: warmth{warmer: warmer}, digest: digestStart, scriptAt: core.Never, lanes: cfg.lanes(),
		nodes: make([]node, 1, cfg.Nodes+1), names: make([]string, 1), videos: make([]video, 1), kept: make([][]core.ChunkID, 1),
	}
	s.fluid.SetEpsilon(uint32(cfg.Epsilon))
	s.fluid.Grow(2 * cfg.Nodes)
	s.ends.Grow(5 * cfg.Nodes / 2) // Each node will have a connection, which has two; what Finish frees is to hold records.
	return s
}

// AddVideo returns the handle of a video, from 1, for all nodes. Its info is what Describe brings; a video whose info
// is zero has a name but does not exist. Adding a name again returns the same handle. O(videos).
func (s *Sim) AddVideo(name string, info core.VideoInfo) core.Video {
	s.alive("a new video")
	for i := range s.videos {
		if v := &s.videos[i]; i != 0 && v.name == name {
			if info != (core.VideoInfo{}) {
				v.info = info
			}
			return core.Video(i)
		}
	}
	s.videos = append(s.videos, video{name, info})
	return core.Video(len(s.videos) - 1)
}

// AddNode returns the handle of a new node, from 1, which has an address but does not run. Its name is not kept if there
// is a Config.Name.
func (s *Sim) AddNode(name string, l Link) core.NodeID {
	s.alive("a new node")
	l.validate()
	n := core.NodeID(len(s.nodes))
	s.nodes = append(s.nodes, node{
		access:  s.accesses.of(l.access()),
		up:      s.fluid.AddLink(maxmin.ShareOf(l.Uplink)),
		rand:    core.NewRand(s.cfg.Seed, "node", uint64(n)),
		timers:  allUnset,
		latency: l.Latency,
	})
	s.fluid.AddLink(maxmin.ShareOf(l.Downlink)) // See node.down.
	if s.cfg.Name == nil {
		s.names = append(s.names, name)
	}
	s.settleAt(n, l.Site)
	s.limitConns(n, l.MaxConns)
	s.bar(n, l.Undialable)
	return n
}

func (l Link) validate() {
	if l.Uplink < 0 || l.Downlink < 0 || l.Latency < 0 || l.Latency == core.Never || l.MaxConns < 0 {
		panic(fmt.Sprintf("netsim: link %+v: want no negative rate, latency or number", l))
	}
}

// OnDeliver sets what is called when a node Delivers to the reader of a view. f must not call the Sim.
func (s *Sim) OnDeliver(f func(n core.NodeID, w core.View, d core.Delivery)) { s.deliver = f }

// Now returns the simulated time.
func (s *Sim) Now() core.Time { return s.now }

// Digest returns the fingerprint of all that has happened.
func (s *Sim) Digest() uint64 { return uint64(s.digest) }

// Events returns how many callbacks there were.
func (s *Sim) Events() uint64 { return s.events }

// Transfers returns how many flows were done at their receivers.
func (s *Sim) Transfers() uint64 { return s.transfers }

// Idle reports that nothing will happen any more by itself.
func (s *Sim) Idle() bool {
	return s.queue.len() == 0 && s.scriptAt == core.Never && s.fluid.Next() == core.Never && !s.fluid.Dirty()
}

// Run lets everything happen that happens until then, the moment itself included, and returns the time: until, or that
// of the last event if until is Never. How a span is divided into Runs makes no difference to what happens.
//
// If a Machine panics, or breaks a rule of core.Network, Run panics with a *Panic that says where and when.
func (s *Sim) Run(until core.Time) core.Time {
	s.alive("run")
	defer s.explain()
	for {
		// The queue must not look beyond what may yet happen before its own first event.
		flows := s.fluid.Next()
		horizon := min(until, flows, s.scriptAt)
		if s.fluid.Dirty() {
			horizon = min(horizon, s.now)
		}
		events := s.queue.next(horizon)
		at := min(events, flows, s.scriptAt)
		if at > s.now && s.fluid.Dirty() {
			s.fluid.Repair(s.now) // Now that all of this moment's changes are known.
			continue
		}
		if at > until || at == core.Never {
			break
		}
		s.now = max(s.now, at)
		switch at {
		case flows:
			s.flowsDue()
		case s.scriptAt:
			s.scriptDue()
		default:
			if len(s.nodes) > warmNodes {
				s.warm()
			}
			s.dispatch(s.queue.pop())
		}
	}
	if until != core.Never {
		s.now = max(s.now, until)
	}
	return s.now
}

// Panic is the value of a panic inside Run.
type Panic struct {
	Node  core.NodeID // whose callback it was; 0: none
	Name  string
	At    core.Time
	Seed  uint64
	Value any
}

func (p *Panic) Error() string {
	return fmt.Sprintf("node %d (%s) at %.9f s, seed %d: %v", p.Node, p.Name, p.At.Seconds(), p.Seed, p.Value)
}

func (s *Sim) explain() {
	if v := recover(); v != nil {
		panic(&Panic{s.current, s.name(s.current), s.now, s.cfg.Seed, v})
	}
}
