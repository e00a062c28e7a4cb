package core_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// scripted is a policy that a test writes on the spot, for the reader alone.
type scripted struct {
	core.Defaults
	reader core.NodeID
	client bool // nobody is a master's child, so that no master looks after it
	plan   func(s *core.Stream, e core.Event)
}

func (p *scripted) Parents(b core.Boot) (master, fallback core.NodeID, member bool) {
	return b.Master, b.Supermaster, !p.client
}

func (p *scripted) Fork() core.Policy { return p }

func (p *scripted) Plan(s *core.Stream, e core.Event) {
	if s.Node().ID() == p.reader {
		p.plan(s, e)
	}
}

// trio is a source, a sibling that holds chunk 0 and 1, and a reader, both children of the source, which sends
// 1 Mbit/s. Of the video's three chunks, of 8 pieces, each takes the source half a second.
type trio struct {
	sim                 *netsim.Sim
	swarm               *core.Swarm
	video               core.Video
	source, sib, reader core.NodeID
	policy              *scripted
}

func newTrio(cfg core.Config, info core.VideoInfo) *trio {
	p := &scripted{}
	swarm := core.NewSwarm(cfg, p)
	sim := netsim.New(netsim.Config{Seed: 1}, swarm)
	r := &trio{sim: sim, swarm: swarm, policy: p, video: sim.AddVideo("movie", info)}
	desc := []core.VideoDesc{{Video: r.video, Info: info}}
	r.source = sim.AddNode("source", netsim.Link{Uplink: core.Mbps, Latency: core.Millisecond})
	r.sib = sim.AddNode("sib", netsim.Link{Uplink: 10 * core.Mbps, Latency: core.Millisecond})
	r.reader = sim.AddNode("reader", netsim.Link{Latency: core.Millisecond})
	p.reader = r.reader
	sim.Start(0, r.source, core.Boot{Name: 1, IsSource: true, Owns: desc})
	sim.Start(0, r.sib, core.Boot{Name: 2, Master: r.source, Knows: desc,
		Held: []core.ChunkID{{Video: r.video}, {Video: r.video, Chunk: 1}}})
	sim.Start(0, r.reader, core.Boot{Name: 3, Master: r.source, Knows: desc})
	return r
}

var threeChunks = core.VideoInfo{Length: 3 * 64 * core.KiB, ChunkSize: 64 * core.KiB, PieceSize: 8 * core.KiB}

// watch opens a viewer that takes every chunk, and wants it finished in time without a request that timed out.
func (r *trio) watch(t *testing.T, within core.Time) {
	t.Helper()
	r.sim.View(core.Second, r.reader, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: r.video, Player: core.Download})
	r.sim.Run(core.Second + within)
	if v := r.swarm.View(1, r.sim.Now()); v.State != core.Ended {
		t.Errorf("the viewer is %v after %v s", v.State, within.Seconds())
	}
	if n := r.swarm.Node(r.reader); n.TimedOut > 0 {
		t.Errorf("%d requests timed out", n.TimedOut)
	}
	if faults := r.swarm.Audit(); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
}

// inOrder asks the master for what is absent, one chunk at a time.
func inOrder(s *core.Stream) {
	if chunk, ok := s.Absent(0); ok && s.InFlight() == 0 {
		s.Get(s.Master(), chunk, core.MsgGet)
	}
}

// TestHedgeWonBySibling: the master's stream stands before chunk 0 for ever once chunk 0 came from elsewhere and its
// get was withdrawn; the get of chunk 1, which waits there, must be made anew.
func TestHedgeWonBySibling(t *testing.T) {
	r := newTrio(core.DefaultConfig(), threeChunks)
	step := 0
	r.policy.plan = func(s *core.Stream, e core.Event) {
		switch step++; {
		case e.Kind == core.Opened:
			s.Get(r.source, 0, core.MsgGet)
		case step == 2: // The number of the stream is here.
			s.Get(r.source, 1, core.MsgGet)
			s.Get(r.sib, 0, core.MsgGetHere)
		default:
			inOrder(s)
		}
	}
	r.watch(t, 2*core.Second)
}

// TestHalfAChunkIsNotRead: a MsgGet of the first half of a chunk does not move the stream on, so the next chunk's get
// must not wait behind it.
func TestHalfAChunkIsNotRead(t *testing.T) {
	r := newTrio(core.DefaultConfig(), threeChunks)
	r.policy.plan = func(s *core.Stream, e core.Event) {
		switch {
		case e.Kind == core.Opened:
			s.GetPieces(r.source, core.Span{Chunk: 0, N: 4}, core.MsgGet)
		case s.InFlight() > 0:
		case s.State(1) == core.Absent:
			s.Get(r.source, 1, core.MsgGet)
		case s.State(0) == core.Absent:
			s.Get(r.sib, 0, core.MsgGetHere)
		default:
			inOrder(s)
		}
	}
	r.watch(t, 3*core.Second)
}

// TestOnceEndsWithItsPieces: the stream behind a MsgGetOnce ends with the pieces it asked for, be they the chunk's last
// or not.
func TestOnceEndsWithItsPieces(t *testing.T) {
	r := newTrio(core.DefaultConfig(), threeChunks)
	r.policy.plan = func(s *core.Stream, e core.Event) {
		if e.Kind == core.Opened {
			s.GetPieces(r.sib, core.Span{Chunk: 0, N: 4}, core.MsgGetOnce)
		} else {
			inOrder(s)
		}
	}
	r.watch(t, 3*core.Second)
	if n := r.swarm.Node(r.sib); n.Streams+n.Locks > 0 {
		t.Errorf("the sibling keeps %d streams and %d locks", n.Streams, n.Locks)
	}
}

// TestPiecesOfTwo: a chunk is whole as soon as two peers together have brought it, whatever the slower one still owes.
func TestPiecesOfTwo(t *testing.T) {
	r := newTrio(core.DefaultConfig(), threeChunks)
	r.policy.plan = func(s *core.Stream, e core.Event) {
		if e.Kind == core.Opened {
			s.Get(r.source, 0, core.MsgGetOnce)
			s.GetPieces(r.sib, core.Span{Chunk: 0, First: 2, N: 6}, core.MsgGetHere)
		}
	}
	r.sim.View(core.Second, r.reader, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: r.video, Player: core.Download})
	r.sim.Run(core.Second + 200*core.Millisecond) // Two pieces take the source 131 ms, all take it 524 ms.
	if !r.swarm.Holds(r.reader, core.ChunkID{Video: r.video}) {
		t.Error("the chunk is not whole though all its pieces are here")
	}
}

// TestWithdrawnWithTheLastPiece: a get is withdrawn when its pieces, with another peer's, are the whole chunk, and no
// event has said so yet.
func TestWithdrawnWithTheLastPiece(t *testing.T) {
	r := newTrio(core.DefaultConfig(), threeChunks)
	r.policy.plan = func(s *core.Stream, e core.Event) {
		if e.Kind == core.Opened { // Nobody waits for chunk 1 yet, so no event tells of its pieces.
			s.Get(r.source, 1, core.MsgGetOnce)
			s.GetPieces(r.sib, core.Span{Chunk: 1, First: 2, N: 6}, core.MsgGetHere)
			s.Wake(s.Now() + 200*core.Millisecond)
		} else if e.Kind == core.Woken {
			s.Cancel(r.source, 1)
		} else {
			inOrder(s)
		}
	}
	r.watch(t, 2*core.Second)
}

// TestTwoGetsOnAStreamThatIsGone: the master reaped the stream of a reader that paused. Both gets that name it are
// refused; the second refusal must not take away the stream that the first one's retry is opening.
func TestTwoGetsOnAStreamThatIsGone(t *testing.T) {
	cfg := core.DefaultConfig()
	cfg.ReadAhead, cfg.StreamIdle = 4, 10*core.Second
	info := threeChunks
	info.Length *= 4
	r := newTrio(cfg, info)
	r.policy.plan = func(s *core.Stream, e core.Event) {
		if e.Kind == core.Failed {
			s.Wake(s.Now() + s.Config().RetryAfter)
			return
		}
		for s.InFlight() < 2 {
			if chunk, ok := s.Absent(0); !ok || !s.Get(s.Master(), chunk, core.MsgGet) {
				return
			}
		}
	}
	r.sim.View(core.Second, r.reader, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: r.video, Player: core.Pull})
	r.sim.View(30*core.Second, r.reader, core.ViewEvent{Kind: core.ViewNeed, View: 1, Chunk: 4})
	r.sim.Run(29 * core.Second)
	if n := r.swarm.Node(r.source); n.Streams > 0 {
		t.Fatalf("the source still has %d streams", n.Streams)
	}
	r.sim.Run(35 * core.Second)
	for chunk := range uint32(8) {
		if !r.swarm.Holds(r.reader, core.ChunkID{Video: r.video, Chunk: chunk}) {
			t.Errorf("chunk %d is not here 5 s after it was wanted", chunk)
		}
	}
	if faults := r.swarm.Audit(); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
}

// TestBannedFallback: the fallback sends bad data while the master is away for good. It is followed again when its ban
// ends, not before, because a stream that may not ask its upstream has nothing to wait for.
func TestBannedFallback(t *testing.T) {
	cfg := core.DefaultConfig()
	cfg.StreamIdle = core.Hour // No idle connection is closed, which would help.
	swarm := core.NewSwarm(cfg, core.NewClassic(core.DefaultClassic()))
	sim := netsim.New(netsim.Config{Seed: 1}, swarm)
	video := sim.AddVideo("movie", threeChunks)
	link := netsim.Link{Uplink: 10 * core.Mbps, Latency: core.Millisecond}
	source, mit, harvard, ben := sim.AddNode("source", link), sim.AddNode("mit", link), sim.AddNode("harvard", link), sim.AddNode("ben", link)
	sim.Start(0, source, core.Boot{Name: 1, IsSource: true, Owns: []core.VideoDesc{{Video: video, Info: threeChunks}}})
	sim.Start(0, harvard, core.Boot{Name: 3, Master: source})
	sim.View(0, harvard, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: video, Player: core.Download})
	sim.Corrupt(5*core.Second, harvard, core.ChunkID{Video: video, Chunk: 1})
	sim.Start(6*core.Second, ben, core.Boot{Name: 4, Master: mit, Supermaster: harvard})
	sim.View(6*core.Second, ben, core.ViewEvent{Kind: core.ViewOpen, View: 2, Video: video, Player: core.Download})
	sim.Call(20*core.Second, harvard, func(net core.Network, _ core.NodeID) {
		net.Drop(core.ChunkID{Video: video, Chunk: 1}) // Its copy is good again.
	})
	sim.Run(50 * core.Second)
	if got := swarm.Node(ben).Corrupt; got != 1 {
		t.Errorf("%d times bad data by 50 s, want once", got)
	}
	sim.Run(2 * core.Minute)
	if v := swarm.View(2, sim.Now()); v.State != core.Ended {
		t.Errorf("the viewer is %v two minutes later", v.State)
	}
}
