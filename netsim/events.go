package netsim

import "peerstreamer/core"

// eventKind says what an event is. a, b, c, x, y are its fields that count.
type eventKind uint8

const (
	// What the script does. a: node.
	evStart      eventKind = iota + 1 // c: boot
	evStop                            //
	evHang                            //
	evResume                          //
	evRelink                          // c: link
	evCorrupt                         // b: video, c: chunk
	evView                            // c: view event
	evCall                            // c: function
	evRelinkSite                      // a: site, c: link
	evTrace                           // b: trace, c: step, x: traceJoin or 0
	evSplit                           // a: cut
	evHeal                            // a: cut
	evHealed                          // nothing is under way any more that a healed cut held up

	evTimer // a: node
	evRamp  // a: end, b: its generation: a round trip of slow start is over

	// What arrives at an end of a connection. a: end, b: its generation.
	evDialled  // the peer dialled
	evAccepted // the peer has opened
	evRefused  // nobody is there
	evLetter   // c: letter
	evRefusal  // the peer refused a span of which no flow had reached it
	evClosed   // x: why

	// What arrives at a flow's receiver, and evUnwanted at its sender. a: flow, b: its generation.
	evBegin    // its first byte; only if nobody watched for it when it left
	evPieces   // x: pieces in all, y: the watch's version
	evDone     // its last byte
	evCut      // word that the sender cancelled
	evUnwanted // word that the receiver does not want it
)

// after pushes an event that happens d from now.
func (s *Sim) after(d core.Time, e event) {
	e.at = s.now.After(d)
	s.queue.push(e)
}

// dispatch lets an event happen. Those for a hung node are parked; those for an end or a flow that is gone only give
// back what they hold.
func (s *Sim) dispatch(e event) {
	switch e.kind {
	case evStart:
		s.startNode(e)
	case evStop:
		s.stopNode(core.NodeID(e.a))
	case evHang:
		s.hangNode(core.NodeID(e.a))
	case evResume:
		s.resumeNode(core.NodeID(e.a))
	case evRelink:
		s.relinkNode(e)
	case evRamp:
		s.climb(e)
	case evSplit:
		s.cut(e.a)
	case evHeal:
		s.heal(e.a)
	case evHealed:
		s.cutOver()
	case evTrace:
		s.traceStep(e)
	case evRelinkSite:
		s.relinkSite(e)
	case evCorrupt:
		s.corruptChunk(e)
	case evView, evCall, evTimer:
		s.atNode(e)
	case evDialled, evAccepted, evRefused, evLetter, evRefusal, evClosed:
		s.atEnd(e)
	case evBegin, evPieces, evDone, evCut, evUnwanted:
		s.atFlow(e)
	default:
		panic("netsim: event of unknown kind")
	}
}

// atNode handles what concerns a node as such.
func (s *Sim) atNode(e event) {
	n := core.NodeID(e.a)
	if s.nodes[n].state == hung {
		s.park(n, e)
		return
	}
	switch e.kind {
	case evTimer:
		s.timersDue(n, e.at)
	case evView:
		v := *s.views.At(e.c)
		s.views.Release(e.c)
		if s.nodes[n].state == running {
			s.onView(n, v)
		}
	case evCall:
		f := *s.calls.At(e.c)
		*s.calls.At(e.c) = nil
		s.calls.Release(e.c)
		if s.nodes[n].state == running {
			s.onCall(n, f)
		}
	}
}

// atEnd handles what arrives at an end.
func (s *Sim) atEnd(e event) {
	if len(s.parts.cuts) > 0 && s.stops(e) {
		return
	}
	end := s.ends.At(e.a)
	alive := end.gen == e.b
	if alive && s.nodes[end.node].state == hung {
		e.setMark(markArrived)
		s.park(end.node, e)
		return
	}
	switch {
	case e.kind == evLetter:
		s.letterArrives(e.a, e.c, alive)
	case !alive:
	case e.kind == evDialled:
		s.dialled(e.a)
	case e.kind == evAccepted:
		s.accepted(e.a)
	case e.kind == evRefused:
		s.refused(e.a)
	case e.kind == evRefusal:
		end.seen++
	case e.kind == evClosed:
		s.peerClosed(e.a, core.Reason(e.x))
	}
}

// atFlow handles what arrives at an end of a flow.
func (s *Sim) atFlow(e event) {
	if len(s.parts.cuts) > 0 && s.stops(e) {
		return
	}
	f := s.flows.At(e.a)
	if f.gen != e.b {
		return
	}
	n := f.to
	if e.kind == evUnwanted {
		n = f.from
	}
	if s.nodes[n].state == hung {
		e.setMark(markArrived)
		s.park(n, e)
		return
	}
	switch e.kind {
	case evBegin:
		s.flowBegins(e.a)
	case evPieces:
		s.piecesArrive(e.a, e.x, e.y)
	case evDone:
		s.flowArrives(e.a, core.FlowDone)
	case evCut:
		s.flowArrives(e.a, core.FlowCut)
	case evUnwanted:
		s.flowUnwanted(e.a)
	}
}
