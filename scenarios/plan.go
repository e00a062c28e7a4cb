package scenarios

import (
	"cmp"
	"fmt"
	"slices"

	"peerstreamer/core"
)

// Plan is everything that a scenario and a seed decide before the first message: who is there, on what links, below
// whom, and what happens to them when. It is a pure function of the two, so that both networks run the same experiment.
// Every draw is from a stream named by its purpose and the node's name: a group more, or a longer stay, leaves the
// others' links and arrivals as they were.
type Plan struct {
	Config  *Config
	Seed    uint64
	Video   core.VideoInfo
	Nodes   []Node
	Viewers []int32 // the nodes at which a viewer comes
	Events  []Event // in the order in which they happen
}

// None is the index of no node.
const None = -1

// Node is one node of a Plan. Master, Supermaster and Source are indices in Plan.Nodes, or None.
type Node struct {
	Group        int32 // in Config.Groups
	Index        int32 // in its group
	Master       int32
	Supermaster  int32
	Source       int32 // the root of its tree: itself for a source
	Slots        int32
	StoreChunks  int32
	Relay        bool // others fetch through it whatever its own viewer does
	Uplink       core.Rate
	Downlink     core.Rate
	Latency      core.Time
	Start        core.Time // when it comes up
	Watch, Leave core.Time // when its viewer comes and when it leaves; core.Never for not at all
}

// EventKind says what happens to a node.
type EventKind uint8

// In the order of events at the same moment: a node is up before its viewer asks, and leaves after it.
const (
	StartNode EventKind = iota
	RestartNode
	ResumeNode
	OpenView
	HangNode
	CrashNode
	LeaveNode
)

func (k EventKind) String() string {
	return [...]string{"start", "restart", "resume", "view", "hang", "crash", "leave"}[k]
}

// Event is something that happens to a node at a moment.
type Event struct {
	At        core.Time
	Node      int32
	Kind      EventKind
	KeepStore bool // RestartNode
}

// NewPlan draws a plan. It costs about a microsecond and 200 bytes per node.
func NewPlan(c *Config, seed uint64) *Plan {
	p := &Plan{Config: c, Seed: seed, Video: c.Video.Info()}
	first := make([]int32, len(c.Groups)+1) // index of each group's first node
	for i := range c.Groups {
		first[i+1] = first[i] + int32(c.Groups[i].Count)
	}
	p.Nodes = make([]Node, first[len(c.Groups)])
	relays := c.relays()
	for i := range c.Groups {
		g := &c.Groups[i]
		nodes := p.Nodes[first[i]:first[i+1]]
		arrivals := p.arrivals(g)
		for j := range nodes {
			n := &nodes[j]
			*n = Node{Group: int32(i), Index: int32(j), Supermaster: None, Relay: relays[i] && g.Role != "source",
				Slots: int32(g.Slots), StoreChunks: int32(g.StoreChunks), Start: arrivals[j], Watch: core.Never, Leave: core.Never}
			p.link(n, g)
			n.Master = p.master(g, j, first)
			if relays[i] {
				n.Start = 0
			}
			if g.Watches {
				n.Watch = arrivals[j]
			}
			n.Leave = arrivals[j].After(p.stay(n, &g.Stay))
		}
	}
	for i := range p.Nodes {
		p.ancestors(int32(i), first)
	}
	p.schedule(first)
	return p
}

// Name returns a node's name: its group's if the group has one node, else with its number in the group.
func (p *Plan) Name(node int) string {
	n := &p.Nodes[node]
	g := &p.Config.Groups[n.Group]
	if g.Count == 1 {
		return g.Name
	}
	return fmt.Sprintf("%s-%d", g.Name, n.Index)
}

// stream returns the stream of randomness for a purpose and a node.
func (p *Plan) stream(purpose string, n *Node) core.Rand {
	return core.NewRand(p.Seed, purpose, core.HashName(p.Config.Groups[n.Group].Name)+uint64(n.Index))
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

func (p *Plan) link(n *Node, g *Group) {
	r := p.stream("link", n)
	if g.Access != "" {
		n.Uplink, n.Downlink = drawAccess(&r, g.Access)
	} else {
		n.Uplink, n.Downlink = g.Uplink.Draw(&r), g.Downlink.Draw(&r)
	}
	r = p.stream("latency", n)
	n.Latency = g.Latency.Draw(&r)
}

// master returns the parent of node j of a group. A tree is in heap order with the group's master as its root: the root's
// children are 0..arity-1, and node j's are arity*(j+1) and on.
func (p *Plan) master(g *Group, j int, first []int32) int32 {
	m := p.Config.master(g)
	switch {
	case m < 0:
		return None
	case g.Tree.Arity == 0:
		return first[m] + int32(j)%int32(p.Config.Groups[m].Count)
	case j < int(g.Tree.Arity):
		return first[m]
	}
	return first[p.Config.group(g.Name)] + int32(j/int(g.Tree.Arity)) - 1
}

// ancestors finds a node's supermaster and source.
func (p *Plan) ancestors(i int32, first []int32) {
	n := &p.Nodes[i]
	g := &p.Config.Groups[n.Group]
	switch {
	case n.Master == None || g.Supermaster == "none":
	case g.Supermaster == "":
		n.Supermaster = p.Nodes[n.Master].Master
	default:
		s := p.Config.group(g.Supermaster)
		n.Supermaster = first[s] + n.Index%int32(p.Config.Groups[s].Count)
	}
	for n.Source = i; p.Nodes[n.Source].Master != None; {
		n.Source = p.Nodes[n.Source].Master
	}
}

// arrivals returns when each viewer of a group comes, in order.
func (p *Plan) arrivals(g *Group) []core.Time {
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

// stay returns how long a node stays after its viewer came, core.Never for ever.
func (p *Plan) stay(n *Node, s *Stay) core.Time {
	r := p.stream("stay", n)
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

// schedule lists all events up to the horizon, without those that cannot happen: a node that has left does not crash, and
// one that is down opens no view.
func (p *Plan) schedule(first []int32) {
	add := func(at core.Time, node int32, kind EventKind, keep bool) {
		if at <= p.Config.Horizon {
			p.Events = append(p.Events, Event{at, node, kind, keep})
		}
	}
	for i := range p.Nodes {
		n := &p.Nodes[i]
		add(n.Start, int32(i), StartNode, false)
		add(n.Watch, int32(i), OpenView, false)
		add(n.Leave, int32(i), LeaveNode, false)
	}
	for i := range p.Config.Faults {
		f := &p.Config.Faults[i]
		for _, node := range p.hit(i, first) {
			switch f.Kind {
			case "crash":
				add(f.At, node, CrashNode, false)
				if f.After > 0 {
					add(f.At.After(f.After), node, RestartNode, f.KeepStore)
				}
			case "hang":
				add(f.At, node, HangNode, false)
				if f.After > 0 {
					add(f.At.After(f.After), node, ResumeNode, false)
				}
			case "restart":
				add(f.At, node, RestartNode, f.KeepStore)
			case "resume":
				add(f.At, node, ResumeNode, false)
			}
		}
	}
	slices.SortStableFunc(p.Events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind))
	})
	p.Events = slices.DeleteFunc(p.Events, newPresence(len(p.Nodes)).impossible)
	for _, e := range p.Events {
		if e.Kind == OpenView {
			p.Viewers = append(p.Viewers, e.Node)
		}
	}
	slices.Sort(p.Viewers)
}

// hit returns the nodes that fault i hits.
func (p *Plan) hit(i int, first []int32) []int32 {
	f := &p.Config.Faults[i]
	g := p.Config.group(f.Group)
	nodes := make([]int32, p.Config.Groups[g].Count)
	for j := range nodes {
		nodes[j] = first[g] + int32(j)
	}
	if f.Index >= 0 {
		return nodes[f.Index : f.Index+1]
	}
	if f.Share == 0 {
		return nodes // of one node
	}
	r := core.NewRand(p.Seed, "fault", uint64(i))
	core.Shuffle(&r, nodes)
	return nodes[:int(float64(f.Share*float64(len(nodes)))+0.5)]
}

// presence follows which nodes are up while events are looked at in order.
type presence []status

type status uint8

const (
	absent status = iota
	up
	hung
	crashed
	left
)

func newPresence(n int) presence { return make(presence, n) }

// impossible reports whether e cannot happen to its node as it is, and else carries it out.
func (l presence) impossible(e Event) bool {
	at := &l[e.Node]
	from, to := absent, up
	switch e.Kind {
	case StartNode:
		from = absent
	case RestartNode:
		from = crashed
	case ResumeNode:
		from = hung
	case OpenView:
		return *at != up && *at != hung
	case HangNode:
		from, to = up, hung
	case CrashNode:
		if *at == hung { // kill -9 ends a stopped process too
			*at = up
		}
		from, to = up, crashed
	case LeaveNode:
		gone := *at == absent || *at == crashed
		*at = left
		return gone
	}
	if *at != from {
		return true
	}
	*at = to
	return false
}
