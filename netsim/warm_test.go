package netsim_test

import (
	"testing"

	"peerstreamer/core"
)

// blind is a Machine that is not told what comes next.
type blind struct{ core.Machine }

// seer counts the callbacks that it was told of, step by step.
type seer struct {
	*core.Swarm
	step            map[core.Callee]int // steps taken so far for callbacks that have not come
	calls, foreseen int
	disorder        int // steps that were not the next of their callee; those for flows come all at once
}

func (m *seer) Warm(c core.Callee, step int, use []core.Conn) []core.Conn {
	switch done := m.step[c]; {
	case c.Conn == 0:
	case step == done:
		m.step[c]++
	default:
		m.disorder++
	}
	return m.Swarm.Warm(c, step, use)
}

func (m *seer) OnMsg(net core.Network, self core.NodeID, c core.Conn, msg core.Msg) {
	call := core.Callee{Node: self, Conn: c, Timer: core.NumTimers}
	m.calls++
	if m.step[call] == core.WarmSteps {
		m.foreseen++
	}
	delete(m.step, call)
	m.Swarm.OnMsg(net, self, c, msg)
}

func (m *seer) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	delete(m.step, core.Callee{Node: self, Conn: e.Conn, Timer: core.NumTimers})
	m.Swarm.OnFlow(net, self, e)
}

// TestWarmingForeseesAndChangesNothing: of the messages in a large network nearly all are announced to the machine in all
// steps, in their order, before they come; and what happens is what happens without.
func TestWarmingForeseesAndChangesNothing(t *testing.T) {
	const nodes = 2000
	swarm := func() *core.Swarm { return core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic())) }
	run := func(m core.Machine) uint64 {
		s := classicTreeOf(m, nodes, 3)
		s.Run(20 * core.Second)
		return s.Digest()
	}
	m := &seer{Swarm: swarm(), step: map[core.Callee]int{}}
	with, without := run(m), run(blind{swarm()})
	if with != without {
		t.Errorf("digest %x when warmed, %x when not", with, without)
	}
	if m.calls < 10_000 || m.foreseen < m.calls*7/10 {
		t.Errorf("%d of %d messages were foreseen, want 70 %% of 10,000 or more", m.foreseen, m.calls)
	}
	if m.disorder > 5*m.calls {
		t.Errorf("%d of the steps for %d messages were not the next", m.disorder, m.calls)
	}
}
