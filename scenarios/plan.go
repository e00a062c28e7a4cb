package scenarios

import (
	"slices"
	"strconv"

	"peerstreamer/core"
)

// Plan is everything that a scenario and a seed decide before the first message: who is there, on what links, below
// whom, and what happens to them when. It is a pure function of the two, so that both networks run the same experiment.
// Every draw is from a stream named by its purpose and the node's name: a group more, or a longer stay, leaves the
// others' links and arrivals as they were.
//
// What can be drawn again when it is asked for is not kept: a viewer costs 12 bytes, and 16 more if it may leave before
// the end.
type Plan struct {
	Config  *Config
	Seed    uint64
	Video   core.VideoInfo
	Viewers []int32 // the nodes at which a viewer comes, in the order of their numbers

	kin     []kin    // of each group
	nodes   int      // in all
	leaves  []moment // of nodes that leave by the horizon, in order
	faults  []Event  // in order
	sites   []place  // by number, but for the open internet
	changes []change // of links, in order
	cuts    []cut
}

// kin is what a plan knows of a group.
type kin struct {
	first       int // its first node
	master      int // the group of its parents; None for a source
	supermaster int // the group of its fallbacks; None: the parents' parents, or nobody
	relay       bool
	arrivals    []core.Time // of its nodes' viewers, in order; nil: all at the same time
}

// moment is when something happens to a node.
type moment struct {
	at   core.Time
	node int32
}

// None is the index of no node and of no group.
const None = -1

// Node is one node of a Plan. Master, Supermaster and Source are numbers of nodes, or None.
type Node struct {
	Group        int32 // in Config.Groups
	Index        int32 // in its group
	Master       int32
	Supermaster  int32
	Source       int32 // the root of its tree: itself for a source
	Slots        int32
	StoreChunks  int32
	Place        uint16 // where it lives, if the latency is between places
	Relay        bool   // others fetch through it whatever its own viewer does
	Uplink       core.Rate
	Downlink     core.Rate
	Latency      core.Time
	Start        core.Time // when it comes up
	Watch, Leave core.Time // when its viewer comes and when it leaves; core.Never for not at all
}

// NewPlan draws a plan. It costs about half a microsecond for each node.
func NewPlan(c *Config, seed uint64) *Plan {
	p := &Plan{Config: c, Seed: seed, Video: c.Video.Info(), kin: make([]kin, len(c.Groups))}
	relays := c.relays()
	for i := range c.Groups {
		g := &c.Groups[i]
		p.kin[i] = kin{first: p.nodes, master: c.master(g), supermaster: None, relay: relays[i], arrivals: p.arrivals(g)}
		if g.Supermaster != "" && g.Supermaster != "none" {
			p.kin[i].supermaster = c.group(g.Supermaster)
		}
		p.nodes += int(g.Count)
	}
	p.leaves = p.departures()
	p.faults = p.disturbances()
	p.sites = p.places()
	p.changes = p.slowdowns()
	p.cuts = p.partitions()
	p.Viewers = p.viewers()
	return p
}

// Len returns how many nodes there are.
func (p *Plan) Len() int { return p.nodes }

// Node returns a node, from 0. Its links are drawn anew, and are the same each time. O(depth of the tree).
func (p *Plan) Node(node int) Node {
	i := p.group(node)
	g, k := &p.Config.Groups[i], &p.kin[i]
	n := Node{Group: int32(i), Index: int32(node - k.first), Supermaster: None, Relay: k.relay && g.Role != "source",
		Slots: int32(g.Slots), StoreChunks: int32(g.StoreChunks), Watch: core.Never}
	p.link(&n, g, node)
	n.Master = p.master(node)
	switch {
	case n.Master == None || g.Supermaster == "none":
	case k.supermaster == None:
		n.Supermaster = p.master(int(n.Master))
	default:
		n.Supermaster = int32(p.kin[k.supermaster].first) + n.Index%int32(p.Config.Groups[k.supermaster].Count)
	}
	n.Source = p.Source(node)
	n.Start = p.start(k, node)
	if g.Watches {
		n.Watch = p.arrival(k, node)
	}
	n.Leave = p.leave(i, node)
	return n
}

// group returns the group of a node.
func (p *Plan) group(node int) int {
	i := len(p.kin) - 1
	for p.kin[i].first > node {
		i--
	}
	return i
}

// Name returns a node's name: its group's if the group has one node, else with its number in the group.
func (p *Plan) Name(node int) string { return string(p.appendName(nil, node)) }

func (p *Plan) appendName(b []byte, node int) []byte {
	i := p.group(node)
	g := &p.Config.Groups[i]
	if b = append(b, g.Name...); g.Count > 1 {
		b = strconv.AppendInt(append(b, '-'), int64(node-p.kin[i].first), 10)
	}
	return b
}

// nameHash returns the hash of a node's name.
func (p *Plan) nameHash(node int) uint64 {
	var room [64]byte
	return core.HashName(string(p.appendName(room[:0], node)))
}

// stream returns the stream of randomness for a purpose and a node of a group.
func (p *Plan) stream(purpose string, g *Group, index int) core.Rand {
	return core.NewRand(p.Seed, purpose, core.HashName(g.Name)+uint64(index))
}

// Source returns the root of a node's tree: itself for a source. O(depth of the tree).
func (p *Plan) Source(node int) int32 {
	for {
		above := p.master(node)
		if above == None {
			return int32(node)
		}
		node = int(above)
	}
}

// IsSource reports whether a node has the video and no master.
func (p *Plan) IsSource(node int) bool { return p.kin[p.group(node)].master == None }

// view returns the number, from 1, of the viewer of a node that has one: whether the others really come changes nothing
// in it, so that it is the same in all branches. O(groups).
func (p *Plan) view(node int) core.View {
	w := 1
	for i := range p.kin {
		g, k := &p.Config.Groups[i], &p.kin[i]
		switch {
		case !g.Watches:
		case k.first+int(g.Count) > node:
			return core.View(w + node - k.first)
		default:
			w += int(g.Count)
		}
	}
	panic("scenarios: a node without a viewer has no view")
}

// comes returns when the viewer of a node that has one comes.
func (p *Plan) comes(node int) core.Time { return p.arrival(&p.kin[p.group(node)], node) }

// arrival returns when a node's viewer comes, if one does; start when the node comes up.
func (p *Plan) arrival(k *kin, node int) core.Time {
	if k.arrivals != nil {
		return k.arrivals[node-k.first]
	}
	return p.Config.Groups[p.group(node)].Arrive.At
}

func (p *Plan) start(k *kin, node int) core.Time {
	if k.relay {
		return 0
	}
	return p.arrival(k, node)
}

// leave returns when a node leaves, core.Never if it stays.
func (p *Plan) leave(group, node int) core.Time {
	g, k := &p.Config.Groups[group], &p.kin[group]
	return p.arrival(k, node).After(p.stay(g, node-k.first))
}

// relays says of each group whether others hang below it, so that its nodes must be up from the beginning.
func (c *Config) relays() []bool {
	relays := make([]bool, len(c.Groups))
	for i := range c.Groups {
		g := &c.Groups[i]
		if g.Role == "source" || g.Tree.Arity > 0 {
			relays[i] = true
		}
		for _, j := range []int{c.master(g), c.group(g.Supermaster)} {
			if j >= 0 {
				relays[j] = true
			}
		}
	}
	return relays
}

func (p *Plan) link(n *Node, g *Group, node int) {
	region := ""
	if len(g.Region) > 0 {
		r := p.stream("region", g, int(n.Index))
		region = g.Region.draw(&r)
	}
	r := p.stream("link", g, int(n.Index))
	if t := g.Trace.trace; t != nil {
		step := t.At(p.offset(g, int(n.Index)))
		n.Uplink, n.Downlink = step.Uplink, step.Downlink
	} else if g.Access != "" {
		c := drawAccess(&r, g.Access, region)
		n.Uplink, n.Downlink = c.up, c.down
		if region == "" {
			region = c.region
		}
	} else {
		n.Uplink, n.Downlink = g.Uplink.Draw(&r), g.Downlink.Draw(&r)
	}
	r = p.stream("latency", g, int(n.Index))
	n.Latency = g.Latency.Draw(&r)
	n.Place = p.place(n, node, region)
}

// master returns the parent of a node, None for a source. A tree is in heap order with the group's master as its root: the
// root's children are 0..arity-1, and node j's are arity*(j+1) and on.
func (p *Plan) master(node int) int32 {
	k := &p.kin[p.group(node)]
	if k.master == None {
		return None
	}
	j, arity := node-k.first, int(p.Config.Groups[p.group(node)].Tree.Arity)
	above := p.kin[k.master].first
	switch {
	case arity == 0:
		return int32(above + j%int(p.Config.Groups[k.master].Count))
	case j < arity:
		return int32(above)
	}
	return int32(k.first + j/arity - 1)
}

// arrivals returns when each viewer of a group comes, in order; nil if all come at the same time.
func (p *Plan) arrivals(g *Group) []core.Time {
	if g.Arrive.Kind == "once" {
		return nil
	}
	at := make([]core.Time, g.Count)
	r := core.NewRand(p.Seed, "arrive", core.HashName(g.Name))
	a := &g.Arrive
	gap := a.Over / core.Time(g.Count)
	if a.Rate > 0 {
		gap = core.Time(float64(core.Second) / a.Rate)
	}
	t := core.Time(0)
	for i := range at {
		switch a.Kind {
		case "constant":
			t = core.Time(i) * gap
		case "poisson":
			t = t.After(r.Exponential(gap))
		case "flash":
			over := a.Over
			if over == 0 {
				over = core.Never
			}
			t = r.Flash(a.Tau, over)
		}
		at[i] = a.At.After(t)
	}
	slices.Sort(at) // a flash crowd's are drawn in any order
	return at
}

// stay returns how long a node of a group stays after its viewer came, core.Never for ever.
func (p *Plan) stay(g *Group, index int) core.Time {
	s := &g.Stay
	r := p.stream("stay", g, index)
	switch s.Kind {
	case "constant":
		return s.Mean
	case "exponential":
		return r.Exponential(s.Mean)
	case "weibull":
		return r.Weibull(s.Shape, s.Scale)
	case "lognormal":
		return r.Lognormal(s.Median, s.Sigma)
	}
	return core.Never
}
