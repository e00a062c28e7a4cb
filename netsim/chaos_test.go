package netsim_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/netsim"
)

// chaos is a Machine whose nodes do at random whatever the Network allows. All it knows of right and wrong is in the
// coretest.Audit around it.
type chaos struct {
	idle
	videos []core.VideoDesc
	nodes  []chaosNode
	peers  uint32
	log    []core.Time // when flows were done, for relations between runs
}

type chaosNode struct {
	conns  []core.Conn
	flows  []core.Flow
	wanted []wantedSpan
}

type wantedSpan struct {
	c core.Conn
	s core.Span
}

func pick[T any](net core.Network, list []T) (one T, ok bool) {
	if len(list) == 0 {
		return one, false
	}
	return list[net.Rand()%uint64(len(list))], true
}

func (m *chaos) OnStart(net core.Network, self core.NodeID, _ core.Boot) {
	m.nodes[self] = chaosNode{}
	m.rearm(net)
}

func (m *chaos) OnStop(self core.NodeID, held []core.ChunkID) []core.ChunkID {
	return append(held, core.ChunkID{Video: 1, Chunk: uint32(self)})
}

// rearm sets a timer or two: the first drives the node, the others are moved about.
func (m *chaos) rearm(net core.Network) {
	net.SetTimer(0, net.Now()+core.Time(net.Rand()%uint64(300*core.Millisecond)))
	at := net.Now() + core.Time(net.Rand()%uint64(2*core.Second))
	if net.Rand()%4 == 0 {
		at = core.Never
	}
	net.SetTimer(core.Timer(1+net.Rand()%(core.NumTimers-1)), at)
}

func (m *chaos) OnTimer(net core.Network, self core.NodeID, t core.Timer) {
	if t == 0 {
		m.rearm(net)
	}
	m.act(net, self)
}

func (m *chaos) OnOpen(net core.Network, self core.NodeID, c core.Conn, _ core.NodeID, _ core.PeerFlags) {
	n := &m.nodes[self]
	n.conns = append(n.conns, c)
	m.act(net, self)
}

func (m *chaos) OnClose(net core.Network, self core.NodeID, c core.Conn, _ core.Reason) {
	m.forget(self, c)
	m.act(net, self)
}

func (m *chaos) OnView(net core.Network, self core.NodeID, e core.ViewEvent) {
	net.Deliver(e.View, core.Delivery{Chunk: e.Chunk, Pieces: uint8(net.Rand())})
}

func (m *chaos) forget(self core.NodeID, c core.Conn) {
	n := &m.nodes[self]
	n.conns = slices.DeleteFunc(n.conns, func(d core.Conn) bool { return d == c })
	n.wanted = slices.DeleteFunc(n.wanted, func(w wantedSpan) bool { return w.c == c })
}

func (m *chaos) OnMsg(net core.Network, self core.NodeID, c core.Conn, msg core.Msg) {
	if msg.Kind != core.MsgGetHere {
		return
	}
	s := msg.Span()
	avail := s.N
	if net.Rand()%3 == 0 {
		avail = uint8(net.Rand() % uint64(s.N+1))
	}
	f := net.Transfer(c, core.Offer{Span: s, Avail: avail, Prio: uint8(net.Rand() % 2), Tag: 1 + uint32(net.Rand()%100)})
	if f != 0 {
		n := &m.nodes[self]
		n.flows = append(n.flows, f)
	}
}

func (m *chaos) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	if e.Tag == 0 && e.Kind != core.FlowPieces {
		n := &m.nodes[self]
		n.wanted = slices.DeleteFunc(n.wanted, func(w wantedSpan) bool { return w == wantedSpan{e.Conn, e.Span} })
		if e.Kind == core.FlowDone {
			m.log = append(m.log, net.Now())
		}
	}
	if net.Rand()%2 == 0 {
		m.act(net, self)
	}
}

// span draws pieces of some chunk.
func (m *chaos) span(net core.Network) core.Span {
	d, _ := pick(net, m.videos)
	s := d.Info.Whole(core.ChunkID{Video: d.Video, Chunk: uint32(net.Rand() % uint64(d.Info.Chunks()))})
	s.First = uint8(net.Rand() % uint64(s.N))
	s.N = 1 + uint8(net.Rand()%uint64(s.N-s.First))
	return s
}

// act does one thing.
func (m *chaos) act(net core.Network, self core.NodeID) {
	n := &m.nodes[self]
	c, connected := pick(net, n.conns)
	w, wants := pick(net, n.wanted)
	f, sends := pick(net, n.flows)
	switch r := net.Rand() % 32; {
	case r < 6:
		d := net.Dial(core.NodeID(net.Rand() % uint64(m.peers+1))) // itself, or nobody, now and then
		if net.Rand()%4 == 0 {
			net.Send(d, core.Msg{Kind: core.MsgPing})
		}
		if net.Rand()%8 == 0 {
			net.Close(d, core.Cancelled)
			m.forget(self, d)
		}
	case r < 7 && connected:
		net.Close(c, core.Stopping)
		m.forget(self, c)
		m.act(net, self)
	case r < 18 && connected:
		s := m.span(net)
		for _, w := range n.wanted {
			if w.c == c && w.s.Overlaps(s) {
				return // FlowPieces could not tell them apart.
			}
		}
		if net.Rand()%16 != 0 {
			net.Watch(c, s, uint8(net.Rand()%6))
			n.wanted = append(n.wanted, wantedSpan{c, s})
		}
		net.Send(c, core.Get(core.MsgGetHere, s, 0))
	case r < 21 && wants:
		net.Watch(w.c, w.s, uint8(net.Rand()%5))
	case r < 23 && wants:
		net.Refuse(w.c, w.s)
		if net.Rand()%2 == 0 { // and at once anew
			net.Watch(w.c, w.s, 1)
			net.Send(w.c, core.Get(core.MsgGetHere, w.s, 0))
		} else {
			n.wanted = slices.DeleteFunc(n.wanted, func(v wantedSpan) bool { return v == w })
		}
	case r < 27 && sends:
		net.Extend(f, uint8(net.Rand()%128))
	case r < 28 && sends:
		net.Cancel(f)
	case r < 29 && connected:
		net.Describe(c, 1)
	case r < 30 && connected:
		net.Queued(c)
		net.Received(w.c, w.s)
		net.Sent(f)
	}
}

// chaosRun is a network in chaos for a minute of its time.
type chaosRun struct {
	alone   bool // without the Audit, which cannot be forked
	seed    uint64
	nodes   int
	latency netsim.Latency
	jitter  core.Time
	loss    netsim.Loss
	links   bool // sites, limits of connections, traces, partitions and slow start
	idle    int  // nodes more that never do anything

	around func(core.Machine) core.Machine // if not nil, the simulation's machine
}

// build scripts the run.
func (r chaosRun) build() (*netsim.Sim, *coretest.Audit, *chaos) {
	m := &chaos{nodes: make([]chaosNode, r.nodes+r.idle+1), peers: uint32(r.nodes)}
	audit := coretest.NewAudit(m)
	machine := core.Machine(audit)
	switch {
	case r.alone:
		machine = m
	case r.around != nil:
		machine = r.around(audit)
	}
	s := netsim.New(netsim.Config{Seed: r.seed, Latency: r.latency, Jitter: r.jitter, Loss: r.loss,
		SlowStart: r.links}, machine)
	rng, odd := core.NewRand(r.seed, "chaos", 0), core.NewRand(r.seed, "links", 0)
	var sites []netsim.Site
	if r.links {
		sites = append(sites, s.AddSite(5*core.Mbps, 0), s.AddSite(0, 2*core.Mbps))
	}
	for i, info := range []core.VideoInfo{
		{Length: 3*core.MiB + 5, ChunkSize: core.MiB, PieceSize: 64 * core.KiB},
		{Length: 200 * core.KiB, ChunkSize: 64 * core.KiB, PieceSize: core.KiB},
	} {
		v := s.AddVideo([]string{"large", "small"}[i], info)
		m.videos = append(m.videos, core.VideoDesc{Video: v, Info: info})
	}
	for range r.nodes {
		l := netsim.Link{
			Uplink:   []core.Rate{0, core.Mbps, 10 * core.Mbps, 777_777}[rng.Below(4)],
			Downlink: []core.Rate{0, 3 * core.Mbps, 10 * core.Mbps}[rng.Below(3)],
			Latency:  core.Time(rng.Below(3)) * 7 * core.Millisecond,
		}
		if r.links {
			l.Site, l.MaxConns = netsim.Site(odd.Below(uint32(len(sites)+1))), int32(odd.Below(4))
		}
		n := s.AddNode("n", l)
		if r.links && odd.Below(3) == 0 {
			s.RelinkTrace(core.Time(odd.Below(1e9)), n, s.AddTrace(netsim.Trace{Steps: wave}), 0)
		}
		s.Start(core.Time(rng.Below(2000))*core.Millisecond, n, core.Boot{Name: uint64(n), IsSource: rng.Below(3) == 0})
		for at := 3 * core.Second; at < core.Minute; at += core.Time(rng.Below(20)+1) * core.Second / 2 {
			switch rng.Below(6) {
			case 0:
				s.Stop(at, n)
				s.Restart(at+core.Time(rng.Below(40))*core.Millisecond, n, core.Boot{Name: 1}, rng.Below(2) == 0)
			case 1:
				s.Hang(at, n)
				s.Resume(at+core.Time(rng.Below(3000))*core.Millisecond, n)
			case 2:
				s.Relink(at, n, netsim.Link{Uplink: core.Rate(rng.Below(1e7)), Downlink: core.Mbps})
			case 3:
				s.View(at, n, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: 1})
			case 4:
				s.Corrupt(at, n, core.ChunkID{Video: 1, Chunk: rng.Below(4)})
			}
			at++
		}
		s.Stop(core.Minute, n)
	}
	if r.links {
		r.faults(s, &odd, sites)
	}
	for range r.idle {
		s.AddNode("idle", netsim.Link{Uplink: core.Mbps})
	}
	return s, audit, m
}

// faults scripts what happens to sites and between nodes.
func (r chaosRun) faults(s *netsim.Sim, rng *core.Rand, sites []netsim.Site) {
	for at := core.Second; at < core.Minute; at += core.Time(1 + rng.Below(4e9)) {
		var sides [3][]core.NodeID
		for n := range r.nodes {
			side := rng.Below(3)
			sides[side] = append(sides[side], core.NodeID(n+1))
		}
		if rng.Below(4) == 0 {
			sides[1] = nil // everybody else
		}
		s.Partition(at, at+core.Time(rng.Below(3e9)), sides[0], sides[1])
		s.RelinkSite(at, sites[rng.Below(2)], core.Rate(rng.Below(1e7)), core.Rate(rng.Below(1e7)))
	}
}

func drawChaos(t *rapid.T) chaosRun {
	middles := []netsim.Latency{nil, netsim.Range{Max: 90 * core.Millisecond}, netsim.Constant(core.Second / 5),
		oneWay(100, 5*core.Millisecond, 45*core.Millisecond)}
	return chaosRun{
		seed:    rapid.Uint64Range(1, 1e6).Draw(t, "seed"),
		nodes:   rapid.IntRange(2, 7).Draw(t, "nodes"),
		latency: rapid.SampledFrom(middles).Draw(t, "latency"),
		jitter:  rapid.SampledFrom([]core.Time{0, 50 * core.Millisecond}).Draw(t, "jitter"),
		loss: netsim.Loss{
			Middle: rapid.SampledFrom([]netsim.PPM{0, 5_000, 200_000}).Draw(t, "loss"),
			Access: rapid.SampledFrom([][]netsim.PPM{nil, {0, 100_000, 0, 30_000}}).Draw(t, "access loss"),
		},
		links: rapid.Bool().Draw(t, "links"),
	}
}

// TestChaos: whatever nodes do, every contract that an Audit can see holds, nothing is left over when all have stopped,
// and nobody has received what nobody sent. Nor does it matter in which steps it runs, or that more nodes exist.
func TestChaos(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawChaos(t)
		s, audit, m := r.build()
		s.Run(core.Never)
		for _, f := range audit.Faults() {
			t.Error(f)
		}
		if !s.Idle() || s.Leaks() != "" {
			t.Errorf("left over at the end: %s", s.Leaks())
		}
		var sum netsim.Traffic
		for n := range r.nodes {
			tr := s.Traffic(core.NodeID(n + 1))
			sum.PayloadSent += tr.PayloadSent
			sum.PayloadReceived += tr.PayloadReceived
			sum.ControlSent += tr.ControlSent
			sum.ControlReceived += tr.ControlReceived
		}
		if sum.PayloadSent < sum.PayloadReceived || sum.ControlSent < sum.ControlReceived {
			t.Errorf("more was received than sent: %+v", sum)
		}
		if uint64(len(m.log)) != s.Transfers() {
			t.Errorf("%d transfers, want %d", s.Transfers(), len(m.log))
		}

		r.idle = rapid.IntRange(0, 3).Draw(t, "idle nodes")
		again, _, _ := r.build()
		step := core.Time(rapid.Int64Range(1e6, 5e9).Draw(t, "step"))
		for !again.Idle() {
			again.Run(again.Now() + step)
		}
		if s.Digest() != again.Digest() || s.Events() != again.Events() {
			t.Errorf("digest %016x after %d events, in steps of %d ns %016x after %d", s.Digest(), s.Events(), step,
				again.Digest(), again.Events())
		}
	})
}

// TestGoldenDigest pins the whole history of one run. It changes when the model does, and with nothing else: not with the
// machine, the architecture or the compiler.
func TestGoldenDigest(t *testing.T) {
	middle := netsim.Range{Min: 5 * core.Millisecond, Max: 60 * core.Millisecond}
	s, _, m := chaosRun{seed: 42, nodes: 6, latency: middle}.build()
	s.Run(core.Never)
	if len(m.log) < 100 {
		t.Errorf("only %d transfers were done: not much of a history", len(m.log))
	}
	if got, want := s.Digest(), uint64(0x9f356598f0dbfb5d); got != want {
		t.Errorf("digest %#016x after %d events and %d transfers, want %#016x", got, s.Events(), s.Transfers(), want)
	}
}
