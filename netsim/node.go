package netsim

import (
	"fmt"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// nodeState says whether a node lives.
type nodeState uint8

const (
	stopped nodeState = iota
	running
	hung
)

// node is what the network knows of a node: what nearly every event needs comes first.
type node struct {
	ends     uint32 // list of its ends
	access   uint32
	up       maxmin.Link // its downlink has the next number
	state    nodeState
	source   bool
	corrupts bool // some of its chunks are bad
	busy     bool // its ends are in Sim.pairs
	rand     core.Rand
	past     Traffic

	timers  timers
	latency core.Time // of its access link
	far     uint32    // more timers; 0: none

	parked   uint32 // list of what waits for it to resume, and its last
	lastPark uint32
	kept     uint32 // what its store kept from the last life; 0: nothing
}

func (n *node) down() maxmin.Link { return n.up + 1 }

// boot is what a node will start with.
type boot struct {
	core.Boot
	keepStore bool
}

// script schedules an event of node e.a.
func (s *Sim) script(at core.Time, e event) {
	if e.a == 0 || int(e.a) >= len(s.nodes) {
		panic(fmt.Sprintf("netsim: there is no node %d", e.a))
	}
	s.schedule(at, e)
}

func (s *Sim) schedule(at core.Time, e event) {
	if at < s.now {
		panic(fmt.Sprintf("netsim: something is to happen at %.9f s, but it is %.9f s", at.Seconds(), s.now.Seconds()))
	}
	if s.current != 0 {
		panic("netsim: a script calls the Sim inside a callback")
	}
	s.alive("an event")
	e.at = at
	if s.inScript && at == s.now {
		s.dispatch(e)
		return
	}
	s.queue.push(e)
}

// Start begins a life of node n. It panics, in Run, if n is running then.
func (s *Sim) Start(at core.Time, n core.NodeID, b core.Boot) { s.start(at, n, boot{Boot: b}) }

// Restart begins another life of node n, after Stop. With keepStore b.Held is what the Machine's OnStop said the store
// kept, and b.Knows gains the videos of those chunks. It panics, in Run, if n is running then.
func (s *Sim) Restart(at core.Time, n core.NodeID, b core.Boot, keepStore bool) {
	s.start(at, n, boot{b, keepStore})
}

func (s *Sim) start(at core.Time, n core.NodeID, b boot) {
	i := s.boots.Alloc()
	*s.boots.At(i) = b
	s.script(at, event{kind: evStart, a: uint32(n), c: i})
}

// Stop ends a life of node n as kill -9 would: its connections are lost, at its peers one latency later. It does
// nothing if n is not running then.
func (s *Sim) Stop(at core.Time, n core.NodeID) { s.script(at, event{kind: evStop, a: uint32(n)}) }

// View lets a viewer do something at node n. It is lost if n is not running then.
func (s *Sim) View(at core.Time, n core.NodeID, e core.ViewEvent) {
	i := s.views.Alloc()
	*s.views.At(i) = e
	s.script(at, event{kind: evView, a: uint32(n), c: i})
}

// Call runs f as a callback of node n. It is not called if n is not running then.
func (s *Sim) Call(at core.Time, n core.NodeID, f func(net core.Network, self core.NodeID)) {
	i := s.calls.Alloc()
	*s.calls.At(i) = f
	s.script(at, event{kind: evCall, a: uint32(n), c: i})
}

// Running reports whether node n lives, hung or not.
func (s *Sim) Running(n core.NodeID) bool { return s.nodes[n].state != stopped }

// Hung reports whether node n hangs.
func (s *Sim) Hung(n core.NodeID) bool { return s.nodes[n].state == hung }

func (s *Sim) startNode(e event) {
	id := core.NodeID(e.a)
	n := &s.nodes[id]
	if n.state != stopped {
		panic(fmt.Sprintf("netsim: start of node %d (%s), which is running", id, s.name(id)))
	}
	b := *s.boots.At(e.c)
	*s.boots.At(e.c) = boot{}
	s.boots.Release(e.c)
	if n.kept != 0 {
		if b.keepStore {
			b.Held = s.kept[n.kept]
			b.Knows = s.knows(b.Boot)
		} else {
			s.kept[n.kept] = nil
		}
	}
	s.mendLost(id, &b.Boot)
	n.state, n.source = running, b.IsSource
	s.onStart(id, b.Boot)
}

// knows returns b.Knows and the videos of b.Held that are not among it.
func (s *Sim) knows(b core.Boot) []core.VideoDesc {
	knows := append([]core.VideoDesc(nil), b.Knows...)
	seen := make([]bool, len(s.videos))
	for _, d := range b.Knows {
		seen[d.Video] = true
	}
	for _, id := range b.Held {
		if !seen[id.Video] {
			seen[id.Video] = true
			knows = append(knows, core.VideoDesc{Video: id.Video, Info: s.videos[id.Video].info})
		}
	}
	return knows
}

func (s *Sim) stopNode(id core.NodeID) {
	n := &s.nodes[id]
	if n.state == stopped {
		return
	}
	n.state = stopped
	s.clearTimers(n)
	for n.ends != 0 {
		s.drop(n.ends, core.Lost)
	}
	s.unpark(id) // Nobody is there to hear it; what the events hold must be given back.
	held := s.onStop(id, nil)
	if n.kept == 0 && len(held) > 0 {
		s.kept = append(s.kept, nil)
		n.kept = uint32(len(s.kept) - 1)
	}
	if n.kept != 0 {
		s.kept[n.kept] = held
	}
}
