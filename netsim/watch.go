package netsim

import "peerstreamer/core"

// watch is a span that a node expects on a connection, and the flow that brings it once it has one.
type watch struct {
	end        uint32 // where it is expected
	next, prev uint32 // in the end's list
	flow       uint32 // 0: none yet
	span       core.Span
	since      uint16 // the end's refusals when it was made; see bind
	version    uint16
	step       uint8 // pieces between events; 0: none but the last
	told       uint8 // pieces that the node knows to be readable
	coming     uint8 // pieces at the next event that is not on its way
}

// findWatch returns an end's watch for exactly this span, 0 if there is none.
func (s *Sim) findWatch(end uint32, span core.Span) uint32 {
	for i := s.ends.At(end).watches; i != 0; i = s.watches.At(i).next {
		if s.watches.At(i).span == span {
			return i
		}
	}
	return 0
}

// flowing returns an end's first watch that has a flow, 0 if there is none.
func (s *Sim) flowing(end uint32) uint32 {
	for i := s.ends.At(end).watches; i != 0; i = s.watches.At(i).next {
		if s.watches.At(i).flow != 0 {
			return i
		}
	}
	return 0
}

func (s *Sim) watch(end uint32, span core.Span, step uint8) (readable uint8) {
	if i := s.findWatch(end, span); i != 0 {
		w := s.watches.At(i)
		w.step = step
		if w.flow != 0 {
			s.plan(i)
		}
		return s.watches.At(i).told
	}
	i := s.watches.Alloc()
	w, e := s.watches.At(i), s.ends.At(end)
	*w = watch{end: end, next: e.watches, since: e.refusals, span: span, step: step, version: w.version}
	if e.watches != 0 {
		s.watches.At(e.watches).prev = i
	}
	e.watches = i
	return 0
}

// plan finds out what has come of a watch's flow by now and arranges for its next events. Pieces that have left the
// sender already but are still on their way get their events here, the others when they leave.
func (s *Sim) plan(i uint32) {
	w := s.watches.At(i)
	w.version++ // Events of the former step that are on their way no longer count.
	f := s.flows.At(w.flow)
	w.told = max(w.told, s.piecesLeft(w.flow, s.seen(f)))
	w.coming = 0
	if f.bad {
		w.coming = 1
	} else if w.step != 0 && int(w.told)+int(w.step) < int(w.span.N) {
		w.coming = w.told + w.step
	}
	gone := s.piecesLeft(w.flow, s.now)
	for w.coming != 0 && w.coming <= gone {
		at := s.fluid.When(f.id(w.flow), f.left(s, w.coming)).After(f.lat)
		s.queue.push(event{at: max(at, s.now), kind: evPieces, a: w.flow, b: f.gen, x: w.coming, y: w.version})
		w.advance()
	}
	s.aim(w.flow)
}

// advance moves coming on by a step. Pieces at the span's end need no event of their own: FlowDone tells of them.
func (w *watch) advance() {
	next := int(w.coming) + int(w.step)
	w.coming = 0
	if w.step != 0 && next < int(w.span.N) {
		w.coming = uint8(next)
	}
}

// bind gives a flow to a receiver's watch, if there is one for it that has no flow.
//
// A sender may answer a request that its receiver has since refused and made anew. Such a flow left before the word of
// the refusal reached the sender, and must not be taken for the answer to the new request; so a watch takes only flows
// whose sender had seen all the refusals that came before it.
func (s *Sim) bind(i, receiver uint32) bool {
	f := s.flows.At(i)
	j := s.findWatch(receiver, f.span)
	if j == 0 {
		return false
	}
	w := s.watches.At(j)
	if w.flow != 0 || int16(f.seen-w.since) < 0 {
		return false
	}
	w.flow, f.watch = i, j
	s.plan(j)
	return true
}

// unwatch ends a watch: its flow, if it has one, has no receiver any more.
func (s *Sim) unwatch(i uint32) {
	w := s.watches.At(i)
	if w.next != 0 {
		s.watches.At(w.next).prev = w.prev
	}
	if w.prev != 0 {
		s.watches.At(w.prev).next = w.next
	} else {
		s.ends.At(w.end).watches = w.next
	}
	if w.flow != 0 {
		s.stopReceiving(w.flow)
	}
	s.watches.Release(i)
}

// refuse ends a watch and lets the sender know.
func (s *Sim) refuse(end uint32, span core.Span) {
	i := s.findWatch(end, span)
	if i == 0 {
		return
	}
	if f := s.watches.At(i).flow; f != 0 {
		s.unwant(f)
	} else {
		s.ends.At(end).refusals++
		s.tell(end, event{kind: evRefusal})
	}
	s.unwatch(i)
}

// received returns the bytes of a watched span that have come.
func (s *Sim) received(end uint32, span core.Span) core.Bytes {
	if i := s.findWatch(end, span); i != 0 && s.watches.At(i).flow != 0 {
		return s.flowReceived(s.watches.At(i).flow)
	}
	return 0
}

// receiverEvent returns the last event of a watch.
func (s *Sim) receiverEvent(i uint32, k core.FlowKind) core.FlowEvent {
	w := s.watches.At(i)
	return core.FlowEvent{Kind: k, Conn: core.Conn(w.end), Span: w.span}
}
