package core_test

import (
	"slices"
	"testing"

	"peerstreamer/core"
	"peerstreamer/core/coretest"
	"peerstreamer/netsim"
)

// lateMaster is a master that answers the first get only when a second one has come, and then with both answers in
// order. The second get is served on its own stream.
type lateMaster struct {
	core.Machine
	info     core.VideoInfo
	first    core.Msg
	gets     int
	released []uint32 // streams that the reader gave up
}

const (
	firstStream  = core.MinStream + 1
	secondStream = core.MinStream + 2
)

func (l *lateMaster) OnStart(core.Network, core.NodeID, core.Boot) {}
func (l *lateMaster) OnOpen(core.Network, core.NodeID, core.Conn, core.NodeID, core.PeerFlags) {
}
func (l *lateMaster) OnFlow(core.Network, core.NodeID, core.FlowEvent)          {}
func (l *lateMaster) OnClose(core.Network, core.NodeID, core.Conn, core.Reason) {}
func (l *lateMaster) OnTimer(core.Network, core.NodeID, core.Timer)             {}
func (l *lateMaster) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID  { return held }

func (l *lateMaster) OnMsg(net core.Network, self core.NodeID, c core.Conn, m core.Msg) {
	opened := func(get core.Msg, stream uint32) {
		net.Send(c, core.Msg{Kind: core.MsgOpened, Video: get.Video, Chunk: get.Chunk, First: uint8(get.Aux),
			N: uint8(get.Aux >> 8), Aux: stream})
	}
	switch m.Kind {
	case core.MsgRegister:
		net.Send(c, core.Msg{Kind: core.MsgRegistered})
	case core.MsgResolve:
		net.Describe(c, m.Video)
	case core.MsgQuery:
		net.Send(c, core.Msg{Kind: core.MsgPeers, Video: m.Video, Chunk: m.Chunk, N: m.N})
	case core.MsgRelease:
		l.released = append(l.released, m.Aux)
	case core.MsgGet:
		switch l.gets++; {
		case l.gets == 1:
			l.first = m
		case m.Aux < core.MinStream:
			opened(l.first, firstStream)
			opened(m, secondStream)
			fallthrough
		default:
			net.Transfer(c, core.Offer{Span: m.Span(), Avail: m.N, Tag: 1})
		}
	}
}

// TestAnswerToAWithdrawnGet: a reader whose first get timed out asks again; the late answer to the first must not pass
// for that to the second, or the reader gives up the stream on which it is being served.
func TestAnswerToAWithdrawnGet(t *testing.T) {
	var mux coretest.Mux
	sim := netsim.New(netsim.Config{Seed: 1}, &mux)
	info := core.VideoInfo{Length: 4 * core.MiB, ChunkSize: core.MiB, PieceSize: 64 * core.KiB, Duration: 8 * core.Second}
	video := sim.AddVideo("movie", info)
	link := netsim.Link{Uplink: 100 * core.Mbps, Downlink: 100 * core.Mbps, Latency: core.Millisecond, StoreChunks: 50}
	mit, ben := sim.AddNode("mit", link), sim.AddNode("ben", link)
	master := &lateMaster{info: info}
	reader := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	mux.Set(mit, master)
	mux.Set(ben, reader)
	sim.Start(0, mit, core.Boot{Name: 1, IsSource: true, Owns: []core.VideoDesc{{Video: video, Info: info}}})
	sim.Start(0, ben, core.Boot{Name: 2, Master: mit})
	sim.View(0, ben, core.ViewEvent{Kind: core.ViewOpen, View: 1, Video: video, Player: core.Download})
	sim.Run(core.Minute)
	if r := reader.View(1, sim.Now()); r.State != core.Ended {
		t.Fatalf("the viewer is %v after a minute, with %d gets", r.State, master.gets)
	}
	want := []uint32{firstStream, secondStream} // the first at once, the second when all is read
	if !slices.Equal(master.released, want) {
		t.Errorf("released %v, want %v", master.released, want)
	}
}
