package netsim

import (
	"fmt"

	"peerstreamer/core"
	"peerstreamer/netsim/maxmin"
)

// flow is one transfer. It is over at the sender when its last byte has left or somebody has cut it, and at the receiver
// when that has arrived there; when both are, its row is free. Its number is also its number in the fluid.
type flow struct {
	span       core.Span
	tag        uint32
	from, to   core.NodeID
	out, in    uint32 // the ends; out is good until the flow is sent, in until it is received
	inGen      uint32 // of in
	next, prev uint32 // in the sender's end's list, until it is sent
	gen        uint32
	watch      uint32    // the receiver's; 0: none yet
	seen       uint16    // the refusals that its sender had seen when it began
	lat        core.Time // of the path
	avail      uint8     // pieces that may be sent
	goal       uint8     // pieces sent when something is to happen next
	prio       uint8
	sent       bool // over at the sender
	received   bool // over at the receiver
	running    bool // uses its links
	dry        bool // all that is available has left
	bad        bool // its chunk is damaged
}

func (f *flow) handle(i uint32) core.Flow { return core.Flow(f.gen)<<32 | core.Flow(i) }

func (f *flow) id(i uint32) maxmin.Flow { return maxmin.Flow(i) }

// size returns how many bytes the span's first k pieces have.
func (f *flow) size(s *Sim, k uint8) core.Bytes {
	info := &s.videos[f.span.Video].info
	return info.Prefix(f.span.Chunk, f.span.First+k) - info.Prefix(f.span.Chunk, f.span.First)
}

// left returns the work that is left when k pieces have been sent.
func (f *flow) left(s *Sim, k uint8) maxmin.Work {
	return maxmin.WorkOf(f.size(s, f.span.N) - f.size(s, k))
}

// piecesLeft returns how many of a flow's pieces had left the sender at a time.
func (s *Sim) piecesLeft(i uint32, at core.Time) uint8 {
	f := s.flows.At(i)
	left := s.fluid.Left(f.id(i), at)
	lo, hi := uint8(0), f.span.N // the answer lies in lo..hi
	for lo < hi {
		k := lo + (hi-lo+1)/2
		if f.left(s, k) >= left {
			lo = k
		} else {
			hi = k - 1
		}
	}
	return lo
}

// flowSent and flowReceived return the whole bytes of a flow that have left and that have come.
func (s *Sim) flowSent(i uint32) core.Bytes { return s.flowBytes(i, s.now) }

func (s *Sim) flowReceived(i uint32) core.Bytes { return s.flowBytes(i, s.seen(s.flows.At(i))) }

func (s *Sim) flowBytes(i uint32, at core.Time) core.Bytes {
	f := s.flows.At(i)
	return (f.left(s, 0) - s.fluid.Left(f.id(i), at)).Bytes()
}

// transfer starts a flow on an open end.
func (s *Sim) transfer(out uint32, o core.Offer) core.Flow {
	if info := s.videos[o.Video].info; o.N == 0 || int(o.First)+int(o.N) > int(info.Pieces(o.Chunk)) {
		panic(fmt.Sprintf("netsim: transfer of %+v, but the chunk has %d pieces", o.Span, info.Pieces(o.Chunk)))
	}
	if o.Tag == 0 {
		panic("netsim: transfer with tag 0")
	}
	e := s.ends.At(out)
	i := s.flows.Alloc()
	f := s.flows.At(i)
	*f = flow{
		span: o.Span, tag: o.Tag, from: e.node, to: e.to, out: out, in: e.peer, inGen: e.gen, next: e.flows,
		gen: f.gen + 1, seen: e.seen, lat: e.latency(), avail: min(o.Avail, o.N), prio: o.Prio,
		dry: o.Avail == 0, bad: s.isBad(e.node, o.ID()),
	}
	if e.flows != 0 {
		s.flows.At(e.flows).prev = i
	}
	e.flows = i
	control := s.introduce(e, o.Video) + s.overhead(f)
	s.nodes[e.node].past.ControlSent += control
	s.crosses(f.from, f.to, 0, control)
	s.fluid.Put(f.id(i), s.now, f.left(s, 0), f.lat)
	if _, ok := s.peer(out); !ok || !s.bind(i, f.in) {
		s.after(f.lat, event{kind: evBegin, a: i, b: f.gen})
		s.aim(i)
	}
	s.arrange(out)
	return s.flows.At(i).handle(i)
}

func (s *Sim) overhead(f *flow) core.Bytes {
	return core.FlowOverhead(s.videos[f.span.Video].info, f.span)
}

// aim tells the fluid when to call again: at the receiver's next event or when the sender runs dry.
func (s *Sim) aim(i uint32) {
	f := s.flows.At(i)
	if f.sent {
		return
	}
	f.goal = f.avail
	if f.watch != 0 {
		if c := s.watches.At(f.watch).coming; c != 0 {
			f.goal = min(f.goal, c)
		}
	}
	s.fluid.Aim(f.id(i), s.now, f.left(s, f.goal), f.left(s, f.avail))
}

// arrange decides which flows of an end run: of those that have something to send, all of the lowest prio, provided
// that neither node is hung and no partition separates the two. They share one connection, so nothing is gained by
// letting the others trickle.
func (s *Sim) arrange(out uint32) {
	e := s.ends.At(out)
	if e.state == free || e.peer == 0 { // Who dials nobody has nothing to send.
		return
	}
	still := e.state != open && e.state != closing ||
		s.nodes[e.node].state == hung || s.nodes[e.to].state == hung ||
		len(s.parts.cuts) > 0 && s.apart(e.node, e.to)
	lowest := 256
	for i := e.flows; i != 0; i = s.flows.At(i).next {
		if f := s.flows.At(i); !f.dry {
			lowest = min(lowest, int(f.prio))
		}
	}
	path := s.path(e.node, e.to)
	for i := e.flows; i != 0; i = s.flows.At(i).next {
		f := s.flows.At(i)
		switch run := !still && int(f.prio) == lowest && !f.dry; {
		case run && !f.running:
			s.fluid.Join(f.id(i), s.now, path, maxmin.Infinite)
		case !run && f.running:
			s.fluid.Leave(f.id(i), s.now)
		default:
			continue
		}
		f.running = !f.running
	}
	if s.lanes.on || s.cfg.SlowStart {
		s.allot(out)
	}
}

// extend raises a flow's available pieces.
func (s *Sim) extend(i uint32, avail uint8) {
	f := s.flows.At(i)
	if avail = min(avail, f.span.N); avail > f.avail {
		f.avail, f.dry = avail, false
		s.aim(i)
		s.arrange(f.out)
	}
}

// flowsDue handles the flows that have come to a goal by now.
func (s *Sim) flowsDue() {
	for {
		i := uint32(s.fluid.Pop(s.now))
		if i == 0 {
			return
		}
		if soon := s.fluid.Soon(); soon != nil {
			s.warmFlows(soon)
		}
		f := s.flows.At(i)
		if w := f.watch; w != 0 && s.watches.At(w).coming == f.goal {
			s.after(f.lat, event{kind: evPieces, a: i, b: f.gen, x: f.goal, y: s.watches.At(w).version})
			s.watches.At(w).advance()
		}
		switch {
		case f.goal < f.avail:
			s.aim(i)
		case f.avail < f.span.N:
			f.dry = true
			s.arrange(f.out)
			s.onFlow(f.from, s.senderEvent(i, core.FlowDry))
		default:
			s.after(f.lat, event{kind: evDone, a: i, b: f.gen})
			s.endSending(i, core.FlowDone)
		}
	}
}
