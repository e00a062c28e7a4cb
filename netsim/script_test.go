package netsim_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// scripted is a thing that a script does at a moment.
type scripted struct {
	at core.Time
	do func(s *netsim.Sim, at core.Time)
}

// list is a Script that is told from a list.
type list []scripted

func (l *list) Next() core.Time {
	if len(*l) == 0 {
		return core.Never
	}
	return (*l)[0].at
}

func (l *list) Happen(s *netsim.Sim) {
	(*l)[0].do(s, (*l)[0].at)
	*l = (*l)[1:]
}

// TestScriptIsTheCalls: what a script does is what the same calls before the run do, to the digest, also where its
// moments meet those of messages, timers and transfers, which all last whole milliseconds here.
func TestScriptIsTheCalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const nodes = 4
		var things list
		for i := range nodes {
			things = append(things, scripted{0, func(s *netsim.Sim, at core.Time) {
				s.Start(at, core.NodeID(i+1), core.Boot{Name: 1, Master: core.NodeID((i+1)%nodes + 1)})
			}})
		}
		kinds := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 40).Draw(t, "kinds")
		at := core.Time(0)
		for i, kind := range kinds {
			at += core.Time(rapid.IntRange(0, 2).Draw(t, fmt.Sprint("gap", i))) * core.Millisecond
			node := core.NodeID(rapid.IntRange(1, nodes).Draw(t, fmt.Sprint("node", i)))
			things = append(things, scripted{at, func(s *netsim.Sim, at core.Time) {
				switch kind {
				case 0:
					s.Stop(at, node)
				case 1:
					s.Hang(at, node)
				case 2:
					s.Resume(at, node)
				case 3:
					s.View(at, node, core.ViewEvent{Kind: core.ViewOpen, View: core.View(i + 1), Video: 1})
				case 4:
					s.Corrupt(at, node, core.ChunkID{Video: 1, Chunk: 4})
				case 5:
					s.Relink(at, node, netsim.Link{Uplink: 1000, Downlink: 2000})
				}
			}})
		}
		history := func(follow bool) (uint64, uint64) {
			s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(core.Millisecond)}, &gossip{})
			for i := range nodes {
				s.AddNode(fmt.Sprint("n", i), netsim.Link{})
			}
			if follow {
				mine := append(list(nil), things...)
				s.Follow(&mine)
			} else {
				for _, c := range things {
					c.do(s, c.at)
				}
			}
			for until := core.Time(0); until < 100*core.Millisecond; until += 700 * core.Microsecond {
				s.Run(until)
			}
			return s.Digest(), s.Events()
		}
		digest, events := history(false)
		if d, e := history(true); d != digest || e != events {
			t.Fatalf("followed the history is %016x of %d events, by calls %016x of %d", d, e, digest, events)
		}
	})
}

// gossip is a Machine whose nodes keep a timer and a message to the next node going, one a millisecond.
type gossip struct{ idle }

func (gossip) OnStart(net core.Network, _ core.NodeID, b core.Boot) {
	net.Dial(b.Master)
	net.SetTimer(0, net.Now()+core.Millisecond)
}
func (gossip) OnOpen(net core.Network, _ core.NodeID, c core.Conn, _ core.NodeID, _ core.PeerFlags) {
	net.Send(c, core.Msg{Kind: core.MsgPing})
}
func (gossip) OnMsg(net core.Network, _ core.NodeID, c core.Conn, m core.Msg) { net.Send(c, m) }
func (gossip) OnTimer(net core.Network, _ core.NodeID, t core.Timer) {
	net.SetTimer(t, net.Now()+core.Millisecond)
}

// TestScriptHoldsNothingInTheSim: what a script has started and shown leaves nothing behind but the nodes.
func TestScriptHoldsNothingInTheSim(t *testing.T) {
	s := netsim.New(netsim.Config{Seed: 1}, idle{})
	var things list
	for i := range 100 {
		n := s.AddNode("", netsim.Link{})
		at := core.Time(i/10) * core.Second
		things = append(things,
			scripted{at, func(s *netsim.Sim, at core.Time) { s.Start(at, n, core.Boot{Name: 1}) }},
			scripted{at, func(s *netsim.Sim, at core.Time) { s.View(at, n, core.ViewEvent{Kind: core.ViewOpen, View: 1}) }})
	}
	s.Follow(&things)
	if s.Idle() {
		t.Error("idle before the script has begun")
	}
	s.Run(core.Never)
	if leaks := s.Leaks(); leaks != "" || s.Events() != 200 || !s.Idle() {
		t.Errorf("after %d events there are still %s", s.Events(), leaks)
	}
}

// TestScriptKeepsTime: a script that goes back in time, or lets something happen in the past, is told so.
func TestScriptKeepsTime(t *testing.T) {
	s := netsim.New(netsim.Config{Seed: 1, Name: func(n core.NodeID) string { return fmt.Sprint("the", n) }}, idle{})
	n := s.AddNode("", netsim.Link{})
	late := func(s *netsim.Sim, _ core.Time) { s.Stop(core.Second, n) }
	s.Follow(&list{{2 * core.Second, late}})
	if got := caught(func() { s.Run(core.Never) }); !strings.Contains(got, "is to happen at 1.000000000 s, but it is 2.0") {
		t.Errorf("panic %q", got)
	}
	s = netsim.New(netsim.Config{Seed: 1, Name: func(n core.NodeID) string { return fmt.Sprint("the", n) }}, idle{})
	n = s.AddNode("", netsim.Link{})
	start := func(s *netsim.Sim, at core.Time) { s.Start(at, n, core.Boot{}) }
	s.Follow(&list{{2 * core.Second, start}, {core.Second, start}})
	if got := caught(func() { s.Run(core.Never) }); !strings.Contains(got, "next event is at 1.000000000 s, but it is 2.0") {
		t.Errorf("panic %q", got)
	}
	s.Follow(&list{{2 * core.Second, start}})
	if got := caught(func() { s.Run(core.Never) }); !strings.Contains(got, "start of node 1 (the1), which is running") {
		t.Errorf("panic %q", got)
	}
}
