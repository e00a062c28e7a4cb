package scenarios

import (
	"cmp"
	"iter"
	"slices"

	"peerstreamer/core"
)

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

// departures returns who leaves by the horizon, and when, in order.
func (p *Plan) departures() (list []moment) {
	for i := range p.kin {
		g, k := &p.Config.Groups[i], &p.kin[i]
		if g.Stay.Kind == "end" {
			continue
		}
		for node := k.first; node < k.first+int(g.Count); node++ {
			if at := p.leave(i, node); at <= p.Config.Horizon {
				list = append(list, moment{at, int32(node)})
			}
		}
	}
	slices.SortFunc(list, func(a, b moment) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.node, b.node)) })
	return list
}

// disturbances returns what faults do by the horizon, in order.
func (p *Plan) disturbances() (list []Event) {
	add := func(at core.Time, node int32, kind EventKind, keep bool) {
		if at <= p.Config.Horizon {
			list = append(list, Event{at, node, kind, keep})
		}
	}
	for i := range p.Config.Faults {
		f := &p.Config.Faults[i]
		for _, node := range p.hit(i) {
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
	slices.SortStableFunc(list, func(a, b Event) int { return compareEvents(&a, &b) })
	return list
}

// compareEvents orders by time and, at the same moment, by kind.
func compareEvents(a, b *Event) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind))
}

// hit returns the nodes that fault i hits.
func (p *Plan) hit(i int) []int32 {
	f := &p.Config.Faults[i]
	nodes := p.nodesOf(cmp.Or(f.Group, f.Site))
	if f.Index >= 0 {
		return nodes[f.Index : f.Index+1]
	}
	if f.Share == 0 {
		return nodes // Validate has seen that this is meant.
	}
	r := core.NewRand(p.Seed, "fault", uint64(i))
	core.Shuffle(&r, nodes)
	return nodes[:int(float64(f.Share*float64(len(nodes)))+0.5)]
}

// viewers returns the nodes at which a viewer comes.
func (p *Plan) viewers() []int32 {
	most := 0
	for i := range p.kin {
		if p.Config.Groups[i].Watches {
			most += int(p.Config.Groups[i].Count)
		}
	}
	list := make([]int32, 0, most)
	for e := range p.Events() {
		if e.Kind == OpenView {
			list = append(list, e.Node)
		}
	}
	slices.Sort(list)
	return list
}

// Events lists all events up to the horizon in the order in which they happen, without those that cannot happen: a node
// that has left does not crash, and one that is down opens no view.
func (p *Plan) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for c := p.events(); c.ok && yield(c.event); c.next() {
		}
	}
}

// cursor walks over a plan's events: a merge of lists that are in order by themselves, a byte for each node.
type cursor struct {
	plan  *Plan
	event Event // the next, if ok
	ok    bool

	started, watched []int // of each group: how many of its nodes have had their start, and their viewer
	left, faulted    int   // how many of plan.leaves and plan.faults are done
	is               presence
}

// events returns a cursor on the first event.
func (p *Plan) events() *cursor {
	c := &cursor{plan: p, started: make([]int, len(p.kin)), watched: make([]int, len(p.kin)), is: newPresence(p.nodes)}
	c.next()
	return c
}

// next goes to the next event that can happen. O(groups).
func (c *cursor) next() {
	for {
		if !c.pull() || !c.is.impossible(c.event) {
			return
		}
	}
}

// pull takes the first event of all lists, possible or not. The lists have no kinds of events in common but for those of
// different groups, whose nodes are in order.
func (c *cursor) pull() bool {
	p := c.plan
	var from *int
	c.ok = false
	offer := func(list *int, e Event) {
		if e.At <= p.Config.Horizon && (!c.ok || compareEvents(&e, &c.event) < 0) {
			c.event, c.ok, from = e, true, list
		}
	}
	for i := range p.kin {
		g, k := &p.Config.Groups[i], &p.kin[i]
		if node := k.first + c.started[i]; c.started[i] < int(g.Count) {
			offer(&c.started[i], Event{At: p.start(k, node), Node: int32(node), Kind: StartNode})
		}
		if node := k.first + c.watched[i]; g.Watches && c.watched[i] < int(g.Count) {
			offer(&c.watched[i], Event{At: p.arrival(k, node), Node: int32(node), Kind: OpenView})
		}
	}
	if c.left < len(p.leaves) {
		m := p.leaves[c.left]
		offer(&c.left, Event{At: m.at, Node: m.node, Kind: LeaveNode})
	}
	if c.faulted < len(p.faults) {
		offer(&c.faulted, p.faults[c.faulted])
	}
	if c.ok {
		*from++
	}
	return c.ok
}
