package netsim

import "peerstreamer/core"

// port is the Sim as the core.Network of the node whose callback is running.
type port Sim

var _ core.Network = (*port)(nil)

// sim returns the Sim. It panics unless a callback that may use the Network is running.
func (p *port) sim() *Sim {
	if p.current == 0 || p.stopping {
		panic("netsim: a call of the Network outside the callback that received it")
	}
	return (*Sim)(p)
}

func (p *port) Now() core.Time { return p.now }

func (p *port) Rand() uint64 {
	s := p.sim()
	return s.nodes[s.current].rand.Uint64()
}

func (p *port) SetTimer(t core.Timer, at core.Time) {
	s := p.sim()
	s.setTimer(s.current, t, at)
}

func (p *port) Dial(peer core.NodeID) core.Conn { return p.sim().dial(peer) }

func (p *port) Close(c core.Conn, why core.Reason) {
	s := p.sim()
	if _, ok := s.mine(c); ok {
		if s.observer != nil {
			s.observe(Event{Call: ActClose, Conn: c, Why: why})
		}
		s.drop(uint32(c), why)
	}
}

func (p *port) Send(c core.Conn, m core.Msg) {
	s := p.sim()
	if m.Kind == 0 {
		panic("netsim: a message of kind 0")
	}
	if _, ok := s.mine(c); ok {
		s.send(uint32(c), &m, m.WireSize())
	}
}

func (p *port) Queued(c core.Conn) core.Bytes {
	s := p.sim()
	if _, ok := s.mine(c); !ok {
		return 0
	}
	return s.queued(uint32(c))
}

func (p *port) Describe(c core.Conn, v core.Video) {
	s := p.sim()
	if _, ok := s.mine(c); !ok || v == 0 || int(v) >= len(s.videos) || s.videos[v].info == (core.VideoInfo{}) {
		return
	}
	s.send(uint32(c), &core.Msg{Video: v}, core.ManifestSize(s.videos[v].info))
}

func (p *port) Watch(c core.Conn, span core.Span, step uint8) (readable uint8) {
	s := p.sim()
	if _, ok := s.mine(c); !ok {
		return 0
	}
	return s.watch(uint32(c), span, step)
}

func (p *port) Received(c core.Conn, span core.Span) core.Bytes {
	s := p.sim()
	if _, ok := s.mine(c); !ok {
		return 0
	}
	return s.received(uint32(c), span)
}

func (p *port) Refuse(c core.Conn, span core.Span) {
	s := p.sim()
	if _, ok := s.mine(c); ok {
		if s.observer != nil {
			s.observe(Event{Call: ActRefuse, Conn: c, Flow: core.FlowEvent{Conn: c, Span: span}})
		}
		s.refuse(uint32(c), span)
	}
}

func (p *port) Transfer(c core.Conn, o core.Offer) core.Flow {
	s := p.sim()
	if e, ok := s.mine(c); !ok || e.state != open {
		return 0
	}
	f := s.transfer(uint32(c), o)
	if s.observer != nil {
		s.observe(Event{Call: ActTransfer, Conn: c, Flow: core.FlowEvent{Conn: c, Tag: o.Tag, Flow: f, Span: o.Span}})
	}
	return f
}

// flow returns the number of a flow that the running node is sending.
func (s *Sim) flow(h core.Flow) (uint32, bool) {
	i := uint32(h)
	if !s.flows.Has(i) {
		return 0, false
	}
	f := s.flows.At(i)
	return i, f.gen == uint32(h>>32) && f.from == s.current && !f.sent
}

func (p *port) Extend(h core.Flow, avail uint8) {
	s := p.sim()
	if i, ok := s.flow(h); ok {
		s.extend(i, avail)
	}
}

func (p *port) Cancel(h core.Flow) {
	s := p.sim()
	if i, ok := s.flow(h); ok {
		if s.observer != nil {
			f := s.flows.At(i)
			s.observe(Event{Call: ActCancel, Conn: core.Conn(f.out), Flow: core.FlowEvent{Flow: h, Span: f.span}})
		}
		s.cancel(i)
	}
}

func (p *port) Sent(h core.Flow) (core.Bytes, bool) {
	s := p.sim()
	i, ok := s.flow(h)
	if !ok {
		return 0, false
	}
	return s.flowSent(i), true
}

func (p *port) Limits() core.Limits {
	s := p.sim()
	a := s.accesses.rows.At(s.nodes[s.current].access)
	return core.Limits{Uplink: a.uplink, Downlink: a.downlink, Slots: a.slots, StoreChunks: a.storeChunks}
}

// Forget does nothing: a name means one video as long as a simulation runs.
func (p *port) Forget(core.Video) {}

func (p *port) Drop(id core.ChunkID) {
	s := p.sim()
	s.mend(s.current, id) // The bytes themselves are nothing here.
}

func (p *port) Deliver(w core.View, d core.Delivery) {
	s := p.sim()
	s.digest.event(delivery, s.now, s.current)
	s.digest.add2(uint32(w), d.Chunk)
	s.digest.add2(uint32(d.Pieces), uint32(d.Why))
	if s.observer != nil {
		s.observe(Event{Call: CallDelivery, Reader: w, Delivery: d})
	}
	if s.deliver != nil {
		s.deliver(s.current, w, d)
	}
}
