package netsim_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

const ms = core.Millisecond

// ping sends a message with a number in Aux, which no transcript but count's shows.
func (m *tape) ping(at float64, a, b core.NodeID, kind core.MsgKind) {
	m.at(at, a, func(net core.Network) { net.Send(m.conn[[2]core.NodeID{a, b}], core.Msg{Kind: kind}) })
}

// TestPartitionHoldsMessages: what was under way at 1000 and what is sent until 2000 comes at 2030, in order; so does what
// is sent at 2000 itself, when the cut is healed. Nodes on the same side notice nothing.
func TestPartitionHoldsMessages(t *testing.T) {
	m := newTape(3, 0, 30*ms)
	m.connect(1, 2)
	m.connect2(t, 1, 3)
	m.s.Partition(2000*ms, 3000*ms, []core.NodeID{2}, nil)
	m.ping(1969, 1, 2, core.MsgPing)
	m.ping(1970, 1, 2, core.MsgPing) // it would come at the very moment of the cut
	m.ping(1980, 1, 2, core.MsgPong)
	m.ping(2500, 1, 2, core.MsgPing)
	m.ping(2500, 2, 1, core.MsgPing)
	m.ping(2500, 1, 3, core.MsgPong)
	m.ping(2985, 1, 2, core.MsgPong) // it would come when the cut has healed
	m.ping(3000, 1, 2, core.MsgPing)
	m.ping(3001, 1, 2, core.MsgPong)
	m.want(t, `
		1999 2 ping 0
		2530 3 pong 0
		3030 2 ping 0
		3030 2 pong 0
		3030 2 ping 0
		3030 1 ping 0
		3030 2 pong 0
		3030 2 ping 0
		3031 2 pong 0`)
	if !m.s.Idle() {
		t.Error("something waits for ever")
	}
}

// connect2 is connect for a second pair, one second later.
func (m *tape) connect2(t *testing.T, a, b core.NodeID) {
	t.Helper()
	m.at(1000, a, func(net core.Network) { net.Dial(b) })
	m.s.Run(1100 * ms)
	if m.conn[[2]core.NodeID{a, b}] == 0 {
		t.Fatal("not connected")
	}
	m.lines = nil
}

// TestPartitionStopsFlows: four pieces have left at 1430 when the cut comes at 1435, the last of them still under way. A
// second later all goes on: what was under way comes one latency after the healing, the rest a second late.
func TestPartitionStopsFlows(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 30*ms)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 4) })
	m.s.Partition(1435*ms, 2435*ms, []core.NodeID{1}, []core.NodeID{2})
	var received []core.Bytes
	for _, at := range []float64{1434, 1436, 1500, 2464, 2466} {
		m.at(at, 2, func(net core.Network) {
			received = append(received, net.Received(m.conn[[2]core.NodeID{2, 1}], m.span(0)))
		})
	}
	m.want(t, `
		1030 1 get-here 0
		2465 2 in pieces chunk 0 0..4
		2860 2 in pieces chunk 0 4..8
		3030 1 out done chunk 0 0..10
		3060 2 in done chunk 0 0..10`)
	// 1 kB per ms has left since 1030 and comes 30 ms later; at 1435 that stands still.
	if diff := cmp.Diff([]core.Bytes{374_000, 375_000, 375_000, 375_000, 406_000}, received); diff != "" {
		t.Errorf("received at 1434, 1436, 1500, 2464 and 2466 ms (-want +got):\n%s", diff)
	}
}

// TestPartitionHidesPieces: a receiver that asks during a cut what is readable hears nothing of pieces under way.
func TestPartitionHidesPieces(t *testing.T) {
	m := newTape(2, 8*core.Mbps, 250*ms)
	m.connect(1, 2)
	m.at(1000, 2, func(net core.Network) { m.get(net, 2, 1, 0, 0) }) // flows from 1250
	m.s.Partition(1760*ms, 3000*ms, []core.NodeID{1}, nil)           // five have left, two have come
	for _, at := range []float64{1755, 2500, 3240} {
		m.at(at, 2, func(net core.Network) {
			if got := net.Watch(m.conn[[2]core.NodeID{2, 1}], m.span(0), 1); got != 2 {
				t.Errorf("at %v ms %d pieces are readable, want 2", at, got)
			}
		})
	}
	m.s.Run(3249 * ms)
	if diff := cmp.Diff([]string{"1250 1 get-here 0"}, m.lines); diff != "" {
		t.Errorf("until 3249 ms (-want +got):\n%s", diff)
	}
	m.lines = nil
	m.s.Run(3250 * ms)
	want := []string{"3250 2 in pieces chunk 0 2..3", "3250 2 in pieces chunk 0 3..4", "3250 2 in pieces chunk 0 4..5"}
	if diff := cmp.Diff(want, m.lines); diff != "" {
		t.Errorf("at 3250 ms (-want +got):\n%s", diff)
	}
}

// TestPartitionGivesNoAnswer: a dial in a cut is answered when it has healed; a stop and a close are heard of then.
func TestPartitionGivesNoAnswer(t *testing.T) {
	m := newTape(4, 0, 30*ms)
	m.connect(1, 2)
	m.connect2(t, 1, 3)
	m.s.Partition(2000*ms, 3000*ms, []core.NodeID{1}, nil)
	m.dial(2100, 1, 4)
	m.s.Stop(2200*ms, 2)
	m.at(2300, 1, func(net core.Network) { net.Close(m.conn[[2]core.NodeID{1, 3}], core.Fine) })
	m.want(t, `
		3030 4 open peer 1 flags 1
		3030 1 closed: connection lost
		3030 3 closed: fine
		3060 1 open peer 4 flags 0`)
}

// TestPartitionsOverlap: what one cut sets free another may still hold, also one that comes while it is under way again.
func TestPartitionsOverlap(t *testing.T) {
	m := newTape(3, 0, 30*ms)
	m.connect(1, 2)
	m.s.Partition(1000*ms, 2000*ms, []core.NodeID{1}, nil)
	m.s.Partition(1500*ms, 2500*ms, []core.NodeID{2}, []core.NodeID{1, 3})
	m.s.Partition(2510*ms, 4000*ms, []core.NodeID{1}, []core.NodeID{2})
	m.s.Partition(3990*ms, 5000*ms, []core.NodeID{3}, []core.NodeID{2})
	m.ping(1100, 1, 2, core.MsgPing)
	m.ping(2490, 1, 2, core.MsgPong)
	m.ping(3980, 1, 2, core.MsgPing)
	m.want(t, `
		4030 2 ping 0
		4030 2 pong 0
		4030 2 ping 0`)
}

// TestHungBehindAPartition: a node that resumes in a cut takes what had arrived before, and the rest when it has healed.
func TestHungBehindAPartition(t *testing.T) {
	m := newTape(2, 0, 30*ms)
	m.connect(1, 2)
	m.s.Hang(1000*ms, 2)
	m.ping(1010, 1, 2, core.MsgPing)
	m.s.Partition(1100*ms, 2000*ms, []core.NodeID{2}, nil)
	m.ping(1110, 1, 2, core.MsgPong)
	m.s.Resume(1200*ms, 2)
	m.want(t, `
		1200 2 ping 0
		2030 2 pong 0`)
}

// TestPartitionForEver never heals, and Run comes to an end all the same.
func TestPartitionForEver(t *testing.T) {
	m := newTape(2, 0, 30*ms)
	m.connect(1, 2)
	m.s.Partition(1000*ms, core.Never, []core.NodeID{2}, nil)
	m.ping(1010, 1, 2, core.MsgPing)
	m.s.Run(core.Never)
	if len(m.lines) > 0 {
		t.Errorf("%v happened", m.lines)
	}
}

// TestPartitionIsChecked: nobody is on both sides, and everybody exists.
func TestPartitionIsChecked(t *testing.T) {
	for want, sides := range map[string][2][]core.NodeID{
		"netsim: there is no node 3 to cut off":                           {{1}, {3}},
		"netsim: there is no node 0 to cut off":                           {{0}, nil},
		"netsim: node 2 (it) is on both sides of a partition":             {{1, 2}, {2}},
		"netsim: a partition from 1000000000 until 0 ns: want it to last": {},
	} {
		t.Run(want, func(t *testing.T) {
			s := netsim.New(netsim.Config{Name: func(core.NodeID) string { return "it" }}, idle{})
			s.AddNode("", netsim.Link{})
			s.AddNode("", netsim.Link{})
			defer func() {
				v := recover()
				if p, ok := v.(*netsim.Panic); ok {
					v = p.Value
				}
				if v != want {
					t.Errorf("panic: %v, want %s", v, want)
				}
			}()
			until := core.Second
			if sides[0] == nil {
				until = 0
			}
			s.Partition(core.Second, until, sides[0], sides[1])
			s.Run(core.Never)
		})
	}
}

// teller is a Machine whose node 1 numbers its messages to 2 and 3, who note when they come.
type teller struct {
	idle
	next  uint32
	conns []core.Conn
	came  [4][]told
}

type told struct {
	number uint32
	at     core.Time
}

func (m *teller) OnOpen(_ core.Network, self core.NodeID, c core.Conn, _ core.NodeID, _ core.PeerFlags) {
	if self == 1 {
		m.conns = append(m.conns, c)
	}
}

func (m *teller) OnMsg(net core.Network, self core.NodeID, _ core.Conn, msg core.Msg) {
	m.came[self] = append(m.came[self], told{msg.Aux, net.Now()})
}

// TestPartitionProperty lets cuts come and heal at random, and compares when messages arrive with what the rule says: at
// the earliest time, not before a latency has passed, at which no cut stands between, nor has healed less than a latency
// ago. They never overtake one another.
func TestPartitionProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const latency = 10
		m := &teller{}
		s := netsim.New(netsim.Config{Latency: netsim.Constant(latency)}, m)
		for n := range core.NodeID(3) {
			startAll(s, s.AddNode(fmt.Sprint(n), netsim.Link{}))
		}
		s.Call(0, 1, func(net core.Network, _ core.NodeID) { net.Dial(2); net.Dial(3) })
		s.Run(100)
		type span struct {
			from, until core.Time
			hits        [4]bool
		}
		var cuts []span
		for range rapid.IntRange(1, 4).Draw(t, "cuts") {
			from := core.Time(rapid.IntRange(100, 200).Draw(t, "from"))
			until := from + core.Time(rapid.IntRange(0, 40).Draw(t, "lasts"))
			c := span{from: from, until: until}
			switch rapid.IntRange(0, 3).Draw(t, "sides") {
			case 0:
				c.hits = [4]bool{2: true, 3: true}
				s.Partition(from, until, []core.NodeID{1}, nil)
			case 1:
				c.hits[2] = true
				s.Partition(from, until, []core.NodeID{2}, []core.NodeID{1, 3})
			case 2:
				c.hits[3] = true
				s.Partition(from, until, []core.NodeID{2, 1}, []core.NodeID{3})
			case 3: // between others
				s.Partition(from, until, []core.NodeID{2}, []core.NodeID{3})
			}
			cuts = append(cuts, c)
		}
		times := rapid.SliceOfN(rapid.IntRange(100, 260), 1, 60).Draw(t, "sent at")
		slices.Sort(times)
		for _, at := range times {
			s.Call(core.Time(at), 1, func(net core.Network, _ core.NodeID) {
				m.next++
				for _, c := range m.conns {
					net.Send(c, core.Msg{Kind: core.MsgPing, Aux: m.next})
				}
			})
		}
		s.Run(core.Never)
		var want [4][]told
		for i, sent := range times {
			for peer := 2; peer <= 3; peer++ {
				at := core.Time(sent) + latency
				for again := true; again; {
					again = false
					for _, c := range cuts {
						if c.hits[peer] && c.from <= at && at < c.until+latency {
							at, again = c.until+latency, true
						}
					}
				}
				want[peer] = append(want[peer], told{uint32(i + 1), at})
			}
		}
		if diff := cmp.Diff(want, m.came, cmp.AllowUnexported(told{})); diff != "" {
			t.Fatalf("messages and when they came, by receiver (-want +got):\n%s", diff)
		}
		if left := s.Queued(); left != 0 {
			t.Errorf("%d events wait at the end", left)
		}
	})
}
