package diagnose

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/store"
)

// pings is how many round trips a visit measures.
const pings = 5

// Visit is how fast a node answers on an ordinary connection.
type Visit struct {
	Open             time.Duration // from the dial to the connection's being open: TCP, TLS and hellos
	PingMin, PingMed time.Duration // of Pings round trips
	Pings            int
	Video            string        // from here on: of its first chunk, if a video was named
	Manifest         time.Duration // from the question to the manifest
	FirstPiece       time.Duration // from the get to the first piece, checked and stored
	Piece            core.Bytes    // its size
	Chunk            core.Bytes    // the chunk's size, 0 if the node does not hold it
	Took             time.Duration // from the get to the whole chunk, checked and stored
	Why              core.Reason   // why there is no chunk, Fine if there is
}

// Rate returns how fast the chunk came, 0 if none did.
func (v *Visit) Rate() core.Rate { return core.RateOf(v.Chunk, core.Time(v.Took)) }

// VisitNode connects to the node at addr as a client does, pings it and, if video is not empty, gets its first chunk from
// what the node holds.
func VisitNode(ctx context.Context, addr, video string, who Asker) (Visit, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	g := &guest{video: video, done: make(chan error, 1)}
	var nonce [6]byte
	rand.Read(nonce[:])
	cfg := realnet.Config{Name: "probe-" + hex.EncodeToString(nonce[:]), Master: addr, Store: &store.Memory{}, Keys: who.Keys}
	if who.Keys != nil {
		cfg.Name = who.Keys.Name()
	}
	node, err := realnet.Start(cfg, g)
	if err != nil {
		return Visit{}, fmt.Errorf("visit %s: %w", addr, err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = node.Close(end)
	}()
	if video != "" {
		g.handle = node.Video(video)
	}
	node.Do(g.dial)
	select {
	case err = <-g.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	var v Visit
	node.Do(func(core.Network, core.NodeID) { v = g.visit })
	if err != nil {
		return v, fmt.Errorf("visit %s: %w", addr, err)
	}
	return v, nil
}

// guest is the machine of a node that only visits.
type guest struct {
	visit  Visit
	video  string
	handle core.Video
	master core.NodeID
	conn   core.Conn
	asked  core.Time
	trips  []time.Duration
	done   chan error
}

func (g *guest) end(err error) {
	select {
	case g.done <- err:
	default:
	}
}

// since returns how long ago the last question was.
func (g *guest) since(net core.Network) time.Duration { return time.Duration(net.Now() - g.asked) }

func (g *guest) ask(net core.Network, m core.Msg) {
	g.asked = net.Now()
	net.Send(g.conn, m)
}

func (g *guest) dial(net core.Network, _ core.NodeID) {
	g.asked = net.Now()
	g.conn = net.Dial(g.master)
}

// OnStart implements core.Machine.
func (g *guest) OnStart(_ core.Network, _ core.NodeID, b core.Boot) { g.master = b.Master }

// OnStop implements core.Machine.
func (g *guest) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID { return held }

// OnOpen implements core.Machine.
func (g *guest) OnOpen(net core.Network, _ core.NodeID, c core.Conn, _ core.NodeID, _ core.PeerFlags) {
	g.visit.Open = g.since(net)
	g.ask(net, core.Msg{Kind: core.MsgPing})
}

// OnMsg implements core.Machine.
func (g *guest) OnMsg(net core.Network, _ core.NodeID, c core.Conn, m core.Msg) {
	switch {
	case m.Kind == core.MsgPing:
		net.Send(c, core.Msg{Kind: core.MsgPong})
	case m.Kind == core.MsgPong && len(g.trips) < pings:
		g.trips = append(g.trips, g.since(net))
		if len(g.trips) < pings {
			g.ask(net, core.Msg{Kind: core.MsgPing})
			return
		}
		slices.Sort(g.trips)
		g.visit.Pings, g.visit.PingMin, g.visit.PingMed = pings, g.trips[0], g.trips[pings/2]
		if g.handle == 0 {
			g.end(nil)
			return
		}
		g.visit.Video = g.video
		g.ask(net, core.Msg{Kind: core.MsgResolve, Video: g.handle})
	case m.Kind == core.MsgNo:
		g.visit.Why, g.visit.Chunk = m.Why(), 0
		g.end(nil)
	}
}

// OnVideo implements core.Machine.
func (g *guest) OnVideo(net core.Network, _ core.NodeID, c core.Conn, v core.Video, info core.VideoInfo) {
	if v != g.handle || g.visit.Manifest != 0 {
		return
	}
	g.visit.Manifest = g.since(net)
	span := info.Whole(core.ChunkID{Video: v})
	g.visit.Piece = info.Prefix(0, 1)
	net.Watch(c, span, 1)
	g.ask(net, core.Get(core.MsgGetHere, span, 0))
	g.visit.Chunk = info.ChunkBytes(0)
}

// OnFlow implements core.Machine.
func (g *guest) OnFlow(net core.Network, _ core.NodeID, e core.FlowEvent) {
	if g.visit.FirstPiece == 0 {
		g.visit.FirstPiece = g.since(net)
	}
	switch e.Kind {
	case core.FlowPieces:
	case core.FlowDone:
		g.visit.Took = g.since(net)
		g.end(nil)
	default:
		g.visit.Chunk = 0
		g.end(fmt.Errorf("the chunk did not come whole: flow ended with event %d", e.Kind))
	}
}

// OnClose implements core.Machine.
func (g *guest) OnClose(_ core.Network, _ core.NodeID, _ core.Conn, why core.Reason) {
	g.end(fmt.Errorf("%w: %v", ErrRefused, why))
}

// OnTimer implements core.Machine.
func (g *guest) OnTimer(core.Network, core.NodeID, core.Timer) {}

// OnView implements core.Machine.
func (g *guest) OnView(core.Network, core.NodeID, core.ViewEvent) {}

// Fork implements core.Machine.
func (g *guest) Fork() core.Machine { panic("diagnose: a visit cannot be forked") }
