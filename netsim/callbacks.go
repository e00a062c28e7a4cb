package netsim

import "peerstreamer/core"

// callback names the Machine's methods in the digest.
type callback uint8

const (
	onStart callback = iota + 1
	onStop
	onOpen
	onMsg
	onFlow
	onTimer
	onView
	onVideo
	onClose
	onCall
	delivery
)

// begin opens a callback of n: from here to finish the Network speaks for n.
func (s *Sim) begin(k callback, n core.NodeID) {
	if s.current != 0 {
		panic("netsim: a callback inside a callback")
	}
	s.current = n
	s.events++
	s.digest.event(k, s.now, n)
}

// finish closes a callback. Handles that it closed may be used again from now on.
func (s *Sim) finish() {
	s.current = 0
	for _, e := range s.closed {
		s.ends.Release(e)
	}
	s.closed = s.closed[:0]
}

func (s *Sim) onStart(n core.NodeID, b core.Boot) {
	s.begin(onStart, n)
	s.digest.boot(&b)
	if s.observer != nil {
		told := b // Not b itself, which would then always be on the heap.
		s.observe(Event{Call: CallStart, Boot: &told})
	}
	s.machine.OnStart((*port)(s), n, b)
	s.finish()
}

func (s *Sim) onStop(n core.NodeID, held []core.ChunkID) []core.ChunkID {
	s.begin(onStop, n)
	s.stopping = true
	held = s.machine.OnStop(n, held)
	s.stopping = false
	s.digest.chunks(held)
	if s.observer != nil {
		s.observe(Event{Call: CallStop, Held: held})
	}
	s.finish()
	return held
}

func (s *Sim) onOpen(n core.NodeID, c, peer uint32, f core.PeerFlags) {
	s.begin(onOpen, n)
	s.digest.add2(c, peer)
	s.digest.add(uint64(f))
	if s.observer != nil {
		s.observe(Event{Call: CallOpen, Conn: core.Conn(c), Flags: f})
	}
	s.machine.OnOpen((*port)(s), n, core.Conn(c), core.NodeID(peer), f)
	s.finish()
}

func (s *Sim) onMsg(n core.NodeID, c uint32, m core.Msg) {
	s.begin(onMsg, n)
	s.digest.add(uint64(c))
	s.digest.msg(&m)
	if s.observer != nil {
		s.observe(Event{Call: CallMsg, Conn: core.Conn(c), Msg: m})
	}
	s.machine.OnMsg((*port)(s), n, core.Conn(c), m)
	s.finish()
}

func (s *Sim) onFlow(n core.NodeID, e core.FlowEvent) {
	s.begin(onFlow, n)
	s.digest.flow(&e)
	if s.observer != nil {
		s.observe(Event{Call: CallFlow, Conn: e.Conn, Flow: e})
	}
	s.machine.OnFlow((*port)(s), n, e)
	s.finish()
}

func (s *Sim) onTimer(n core.NodeID, t core.Timer) {
	s.begin(onTimer, n)
	s.digest.add(uint64(t))
	if s.observer != nil {
		s.observe(Event{Call: CallTimer, Timer: t})
	}
	s.machine.OnTimer((*port)(s), n, t)
	s.finish()
}

func (s *Sim) onView(n core.NodeID, e core.ViewEvent) {
	s.begin(onView, n)
	s.digest.view(e)
	if s.observer != nil {
		s.observe(Event{Call: CallView, View: e})
	}
	s.machine.OnView((*port)(s), n, e)
	s.finish()
}

func (s *Sim) onVideo(n core.NodeID, c uint32, v core.Video, info core.VideoInfo) {
	s.begin(onVideo, n)
	s.digest.add(uint64(c))
	s.digest.video(v, info)
	if s.observer != nil {
		s.observe(Event{Call: CallVideo, Conn: core.Conn(c), Video: v, Info: info})
	}
	s.machine.OnVideo((*port)(s), n, core.Conn(c), v, info)
	s.finish()
}

func (s *Sim) onClose(n core.NodeID, c uint32, why core.Reason) {
	s.begin(onClose, n)
	s.digest.add2(c, uint32(why))
	if s.observer != nil {
		s.observe(Event{Call: CallClose, Conn: core.Conn(c), Why: why})
	}
	s.machine.OnClose((*port)(s), n, core.Conn(c), why)
	s.finish()
}

func (s *Sim) onCall(n core.NodeID, f func(core.Network, core.NodeID)) {
	s.begin(onCall, n)
	if s.observer != nil {
		s.observe(Event{Call: CallScript})
	}
	f((*port)(s), n)
	s.finish()
}
