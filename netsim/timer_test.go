package netsim_test

import (
	"slices"
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// TestTimersOfOneNodeShareAnEvent: whatever is set, moved and cleared, each timer fires at its last deadline, the earliest
// first and equal ones in their order.
func TestTimersOfOneNodeShareAnEvent(t *testing.T) {
	const ms = core.Millisecond
	m := newTape(1, 0, 0)
	m.at(10, 1, func(net core.Network) {
		net.SetTimer(4, 30*ms)
		net.SetTimer(2, 30*ms)
		net.SetTimer(5, 20*ms)
		net.SetTimer(0, 15*ms)
		net.SetTimer(0, 40*ms) // later: its event comes up too early
		net.SetTimer(3, 50*ms)
		net.SetTimer(3, 25*ms) // earlier: the old event means nothing
		net.SetTimer(1, 22*ms)
		net.SetTimer(1, core.Never)
		net.SetTimer(6, 5*ms) // in the past: now
	})
	m.want(t, `
	10 1 timer 6
	20 1 timer 5
	25 1 timer 3
	30 1 timer 2
	30 1 timer 4
	40 1 timer 0`)
}

// TestTimerBeyondTheEnd: what would be due in 36 years or later never is, and nothing waits for it; it still replaces what
// the timer was set to before.
func TestTimerBeyondTheEnd(t *testing.T) {
	const ms = core.Millisecond
	m := newTape(1, 0, 0)
	m.at(10, 1, func(net core.Network) {
		net.SetTimer(1, 1<<62)
		net.SetTimer(0, 20*ms)
		net.SetTimer(0, 1<<60)
		net.SetTimer(2, 30*ms)
	})
	m.want(t, `
	30 1 timer 2`)
	if end := m.s.Run(core.Never); end > core.Hour || !m.s.Idle() {
		t.Errorf("over at %v, idle: %v; want soon after 30 ms, and idle", end, m.s.Idle())
	}
}

// again is a tape whose node 1 sends a message with the first firing of timer 0, and sets it to now a number of times.
type again struct {
	*tape
	left int
}

func (m *again) OnTimer(net core.Network, self core.NodeID, t core.Timer) {
	m.tape.OnTimer(net, self, t)
	if m.left == 20 {
		net.Send(m.conn[[2]core.NodeID{1, 2}], core.Msg{Kind: core.MsgPing})
	}
	if m.left--; m.left > 0 {
		net.SetTimer(0, net.Now())
	}
}

// TestTimerSetToNowLetsOthersHappen: a timer that sets itself to now again and again does not hold up what else happens
// at that moment.
func TestTimerSetToNowLetsOthersHappen(t *testing.T) {
	m := &again{tape: &tape{conn: map[[2]core.NodeID]core.Conn{}}, left: 20}
	m.s = netsim.New(netsim.Config{Seed: 1}, m)
	for _, name := range []string{"a", "b"} {
		startAll(m.s, m.s.AddNode(name, netsim.Link{}))
	}
	m.connect(1, 2)
	m.at(2000, 1, func(net core.Network) { net.SetTimer(0, net.Now()) })
	m.s.Run(core.Never)
	if at := slices.Index(m.lines, "2000 2 ping 0"); at < 1 || at > core.NumTimers || len(m.lines) != 21 {
		t.Errorf("the message came after %d of %d lines:\n%v", at, len(m.lines), m.lines)
	}
}
