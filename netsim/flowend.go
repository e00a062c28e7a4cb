package netsim

import "peerstreamer/core"

// endSending ends a flow at its sender, whose other flows on the connection may go on, and tells it.
func (s *Sim) endSending(i uint32, k core.FlowKind) {
	f := s.flows.At(i)
	n, out, ev := f.from, f.out, s.senderEvent(i, k)
	s.stopSending(i)
	s.arrange(out)
	s.onFlow(n, ev)
}

// endReceiving ends a watch that has a flow, and tells its node.
func (s *Sim) endReceiving(w uint32, k core.FlowKind) {
	n, ev := s.ends.At(s.watches.At(w).end).node, s.receiverEvent(w, k)
	s.unwatch(w)
	s.onFlow(n, ev)
}

// stopSending ends a flow at its sender.
func (s *Sim) stopSending(i uint32) {
	f := s.flows.At(i)
	s.fluid.Leave(f.id(i), s.now)
	sent := s.flowSent(i)
	s.nodes[f.from].past.PayloadSent += sent
	s.crosses(f.from, f.to, sent, 0)
	if f.next != 0 {
		s.flows.At(f.next).prev = f.prev
	}
	if f.prev != 0 {
		s.flows.At(f.prev).next = f.next
	} else {
		s.ends.At(f.out).flows = f.next
	}
	f.sent, f.running = true, false
	if s.ends.At(f.in).gen != f.inGen {
		f.received = true
	}
	s.releaseFlow(i)
}

// stopReceiving ends a flow at its receiver. What still comes of it is not counted as received.
func (s *Sim) stopReceiving(i uint32) {
	f := s.flows.At(i)
	s.nodes[f.to].past.PayloadReceived += s.flowReceived(i)
	s.nodes[f.to].past.ControlReceived += s.overhead(f)
	f.watch, f.received = 0, true
	s.releaseFlow(i)
}

// releaseFlow frees a flow that is over at both ends. Events that are on their way to it find another generation.
func (s *Sim) releaseFlow(i uint32) {
	if f := s.flows.At(i); f.sent && f.received {
		s.fluid.Drop(f.id(i), s.now)
		f.gen++
		s.flows.Release(i)
	}
}

// unwant lets the sender know that a flow's receiver, whose end is alive, does not want it.
func (s *Sim) unwant(i uint32) {
	if f := s.flows.At(i); !f.sent {
		s.after(s.ends.At(f.in).latency(), event{kind: evUnwanted, a: i, b: f.gen})
	}
}

// cancel ends a flow from the sender's side.
func (s *Sim) cancel(i uint32) {
	f := s.flows.At(i)
	out := f.out
	s.after(f.lat, event{kind: evCut, a: i, b: f.gen})
	s.stopSending(i)
	s.arrange(out)
}

// flowUnwanted: word has come to the sender that the receiver does not want the flow.
func (s *Sim) flowUnwanted(i uint32) {
	if !s.flows.At(i).sent {
		s.endSending(i, core.FlowCut)
	}
}

// flowBegins: the first byte of a flow has come that nobody watched for when it left. If nobody does now, it is refused.
func (s *Sim) flowBegins(i uint32) {
	f := s.flows.At(i)
	alive := s.ends.At(f.in).gen == f.inGen
	if alive && s.bind(i, f.in) {
		return
	}
	if alive {
		s.unwant(i) // Otherwise the sender is about to hear that the connection is closed.
	}
	f.received = true
	s.releaseFlow(i)
}

// piecesArrive: k pieces of a flow have come in all.
func (s *Sim) piecesArrive(i uint32, k uint8, version uint16) {
	f := s.flows.At(i)
	if f.watch == 0 || s.watches.At(f.watch).version != version {
		return
	}
	if f.bad {
		s.unwant(i)
		s.endReceiving(f.watch, core.FlowCorrupt)
		return
	}
	w := s.watches.At(f.watch)
	ev := s.receiverEvent(f.watch, core.FlowPieces)
	ev.Span.First += w.told
	ev.Span.N = k - w.told
	w.told = k
	s.onFlow(f.to, ev)
}

// flowArrives: the end of a flow has come to its receiver.
func (s *Sim) flowArrives(i uint32, k core.FlowKind) {
	w := s.flows.At(i).watch
	if w == 0 {
		return
	}
	if k == core.FlowDone {
		s.transfers++
	}
	s.endReceiving(w, k)
}

// senderEvent returns an event of a flow for its sender.
func (s *Sim) senderEvent(i uint32, k core.FlowKind) core.FlowEvent {
	f := s.flows.At(i)
	return core.FlowEvent{Kind: k, Conn: core.Conn(f.out), Tag: f.tag, Flow: f.handle(i), Span: f.span}
}
