package netsim

import (
	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// Slow start, as Config.SlowStart asks for it. A connection that carries payload for the first time, or after it has
// carried none for longer than a timeout, may at first send initialWindow in a round trip, then twice as
// much, and so on (RFC 5681, sections 3.1 and 4.1; the initial window is RFC 6928's). When that is more than its links
// could ever give it, slow start is over.
//
// Known error: a real sender leaves slow start at its first loss, which may be earlier, at a rate that depends on the
// queues, and its rate rises with every acknowledgement, not once in a round trip; its first flight leaves at once. Within
// a round trip it may so be ahead or behind by that flight. Control messages neither open the window nor keep it open.
const initialWindow = 10 * segment // RFC 6928

// ramp is the slow start of what an end sends.
type ramp struct {
	gen     uint32       // of the end whose ramp it is
	running uint32       // flows
	limit   maxmin.Share // of all flows together; 0: not begun; maxmin.Infinite: over
	since   core.Time    // when the last flow stopped
	trip    core.Time    // round trip
	ticking bool         // an event is on its way that doubles the limit
}

// window returns the rate that slow start allows to the flows of an end, of which so many run now; most is what they
// could have at best for other reasons than their links.
func (s *Sim) window(out, running uint32, most maxmin.Share) maxmin.Share {
	e, r := s.ends.At(out), s.ramps.Reach(out)
	if r.gen != e.gen {
		*r = ramp{gen: e.gen, trip: e.latency().After(s.Latency(e.to, e.node))}
	}
	was := r.running
	r.running = running
	switch {
	case r.trip == 0: // No round trip, no slow start.
		return maxmin.Infinite
	case running == 0:
		if was > 0 {
			r.since = s.now
		}
		return r.limit
	case r.limit == 0 || was == 0 && s.now-r.since > timeout(r.trip):
		r.limit = max(1, maxmin.Share(int64(initialWindow)*1e12/int64(r.trip))) // in thousandths of a byte per second
	}
	for _, l := range s.path(e.node, e.to) {
		if l != 0 {
			most = min(most, s.fluid.Capacity(l))
		}
	}
	if r.limit >= most {
		r.limit = maxmin.Infinite
	} else if !r.ticking {
		r.ticking = true
		s.after(r.trip, event{kind: evRamp, a: out, b: e.gen})
	}
	return r.limit
}

// climb doubles an end's limit after a round trip. A window that is not in use does not grow.
func (s *Sim) climb(e event) {
	if s.ends.At(e.a).gen != e.b {
		return
	}
	r := s.ramps.At(e.a)
	r.ticking = false
	if r.running > 0 && r.limit < maxmin.Infinite {
		r.limit *= 2
		s.allot(e.a)
	}
}
