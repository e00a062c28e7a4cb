package netsim_test

import (
	"fmt"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// limited returns a tape of nodes that start at 0, 30 ms from one another, with these limits of connections.
func limited(limits ...int32) *tape {
	m := newTape(0, 0, 30*core.Millisecond)
	for i, most := range limits {
		startAll(m.s, m.s.AddNode(fmt.Sprint("node", i+1), netsim.Link{MaxConns: most}))
	}
	return m
}

func (m *tape) dial(ms float64, a, b core.NodeID) {
	m.at(ms, a, func(net core.Network) { net.Dial(b) })
}

func (m *tape) hangUp(ms float64, a, b core.NodeID) {
	m.at(ms, a, func(net core.Network) { net.Close(m.conn[[2]core.NodeID{a, b}], core.Fine) })
}

// TestInboundLimit: a node with room for one connection refuses the second one that is dialled to it, after the round trip
// that a refusal takes, and takes another when the first is closed.
func TestInboundLimit(t *testing.T) {
	m := limited(1, 0, 0)
	m.dial(0, 2, 1)
	m.dial(1, 3, 1)
	m.hangUp(100, 2, 1)
	m.dial(101, 3, 1)
	m.want(t, `
		30 1 open peer 2 flags 1
		60 2 open peer 1 flags 0
		61 3 closed: connection refused
		130 1 closed: fine
		131 1 open peer 3 flags 1
		161 3 open peer 1 flags 0`)
}

// TestOutboundLimit: a dial beyond the limit fails at once, and to dial a connected peer again is none. A dial that waits
// for its answer counts.
func TestOutboundLimit(t *testing.T) {
	m := limited(2, 0, 0, 0)
	m.dial(0, 1, 2)
	m.dial(0, 1, 3)
	m.dial(0, 1, 4)
	m.dial(100, 1, 2)
	m.hangUp(100, 1, 2)
	m.dial(100, 1, 4)
	m.want(t, `
		0 1 closed: connection refused
		30 2 open peer 1 flags 1
		30 3 open peer 1 flags 1
		60 1 open peer 2 flags 0
		60 1 open peer 3 flags 0
		130 2 closed: fine
		130 4 open peer 1 flags 1
		160 1 open peer 4 flags 0`)
}

// TestCrossedDialsAtTheLimit: both ends have room for the one connection that two crossed dials make.
func TestCrossedDialsAtTheLimit(t *testing.T) {
	m := limited(1, 1)
	m.dial(0, 1, 2)
	m.dial(10, 2, 1)
	m.want(t, `
		30 2 open peer 1 flags 1
		40 1 open peer 2 flags 0`)
}

// TestFullNodeDialsItsCaller: a node that is full dials one whose own dial is on its way. Both fail: the node's dial at
// once, the other's when it arrives.
func TestFullNodeDialsItsCaller(t *testing.T) {
	m := limited(1, 0, 0)
	m.dial(0, 2, 1)
	m.dial(100, 3, 1)
	m.dial(110, 1, 3)
	m.want(t, `
		30 1 open peer 2 flags 1
		60 2 open peer 1 flags 0
		110 1 closed: connection refused
		160 3 closed: connection refused`)
	m.s.Stop(m.s.Now(), 1)
	m.s.Stop(m.s.Now(), 2)
	m.s.Stop(m.s.Now(), 3)
	m.s.Run(core.Never)
	if left := m.s.Leaks(); left != "" {
		t.Errorf("left over: %s", left)
	}
}

// TestLimitAfterARestart: a node that was killed has all its room again.
func TestLimitAfterARestart(t *testing.T) {
	m := limited(1, 0, 0)
	m.dial(0, 2, 1)
	m.s.Stop(100*core.Millisecond, 1)
	m.s.Restart(200*core.Millisecond, 1, core.Boot{Name: 1}, false)
	m.dial(200, 3, 1)
	m.want(t, `
		30 1 open peer 2 flags 1
		60 2 open peer 1 flags 0
		130 2 closed: connection lost
		230 1 open peer 3 flags 1
		260 3 open peer 1 flags 0`)
}
