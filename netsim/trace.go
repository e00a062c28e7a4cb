package netsim

import (
	"fmt"

	"peerstreamer/core"
)

// Trace is the rates of an access link over time, as somebody has measured them. Its first step is at 0.
type Trace struct {
	Steps []TraceStep // in order of time, at least one

	// Period is the time after which the trace begins anew, later than the last step; 0: the last step lasts for ever.
	Period core.Time
}

// TraceStep is the rates that a link has from a moment of the trace on.
type TraceStep struct {
	At               core.Time
	Uplink, Downlink core.Rate // 0: not limited
}

func (t *Trace) validate() {
	for i, p := range t.Steps {
		if i == 0 && p.At != 0 || i > 0 && p.At <= t.Steps[i-1].At || p.Uplink < 0 || p.Downlink < 0 {
			panic(fmt.Sprintf("netsim: step %d of a trace is %+v: want 0 first, then later times, and no negative rate", i, p))
		}
	}
	if n := len(t.Steps); n == 0 || t.Period != 0 && t.Period <= t.Steps[n-1].At {
		panic(fmt.Sprintf("netsim: a trace of %d steps and period %d ns: want a step, and the period behind the last", n, t.Period))
	}
}

// step returns the step that a trace is at after a time, and how long that lasts from there on; Never for ever.
func (t *Trace) step(after core.Time) (i int, left core.Time) {
	if t.Period > 0 {
		after %= t.Period
	}
	lo, hi := 0, len(t.Steps)-1 // the answer lies in lo..hi
	for lo < hi {
		if m := lo + (hi-lo+1)/2; t.Steps[m].At <= after {
			lo = m
		} else {
			hi = m - 1
		}
	}
	if end := t.end(lo); end != core.Never {
		return lo, end - after
	}
	return lo, core.Never
}

// At returns the step that a trace is at after a time.
func (t *Trace) At(after core.Time) TraceStep {
	i, _ := t.step(after)
	return t.Steps[i]
}

// end returns when a step gives way to the next.
func (t *Trace) end(i int) core.Time {
	switch {
	case i+1 < len(t.Steps):
		return t.Steps[i+1].At
	case t.Period > 0:
		return t.Period
	}
	return core.Never
}

// AddTrace returns the number of a trace that links can follow. Its steps are not copied.
func (s *Sim) AddTrace(t Trace) int {
	t.validate()
	s.traces = append(s.traces, t)
	return len(s.traces) - 1
}

// RelinkTrace gives a node's access link the rates of a trace from then on, as if the trace had begun offset earlier: several
// nodes can follow one trace at different places. It costs an event for each step, and a trace with a Period never ends:
// Run needs a time. A node follows one trace at most; Relink changes its rates only until the trace's next step.
func (s *Sim) RelinkTrace(at core.Time, n core.NodeID, trace int, offset core.Time) {
	if trace < 0 || trace >= len(s.traces) || offset < 0 {
		panic(fmt.Sprintf("netsim: node %d follows trace %d of %d from %d ns", n, trace, len(s.traces), offset))
	}
	t := &s.traces[trace]
	i, left := t.step(offset)
	s.script(at, event{kind: evTrace, a: uint32(n), b: uint32(trace), c: uint32(i), x: traceJoin})
	if left != core.Never {
		s.script(at.After(left), event{kind: evTrace, a: uint32(n), b: uint32(trace), c: t.next(i)})
	}
}

// traceJoin marks the event at which a link joins a trace, in the middle of a step. It brings no event after it.
const traceJoin = 1

// next returns the step that follows on step i.
func (t *Trace) next(i int) uint32 { return uint32((i + 1) % len(t.Steps)) }

// traceStep gives a link the rates of a step that begins.
func (s *Sim) traceStep(e event) {
	t, i := &s.traces[e.b], int(e.c)
	step := t.Steps[i]
	s.setRates(core.NodeID(e.a), step.Uplink, step.Downlink)
	if end := t.end(i); e.x != traceJoin && end != core.Never {
		s.after(end-step.At, event{kind: evTrace, a: e.a, b: e.b, c: t.next(i)})
	}
}

// setRates changes the rates of a node's access link.
func (s *Sim) setRates(id core.NodeID, uplink, downlink core.Rate) {
	a := *s.accesses.rows.At(s.nodes[id].access)
	a.uplink, a.downlink = uplink, downlink
	s.relink(id, a)
}
