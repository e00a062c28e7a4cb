package netsim_test

import (
	"testing"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// idle is a Machine that does nothing; tests embed it.
type idle struct{}

func (idle) OnStart(core.Network, core.NodeID, core.Boot)                             {}
func (idle) OnStop(_ core.NodeID, held []core.ChunkID) []core.ChunkID                 { return held }
func (idle) OnOpen(core.Network, core.NodeID, core.Conn, core.NodeID, core.PeerFlags) {}
func (idle) OnMsg(core.Network, core.NodeID, core.Conn, core.Msg)                     {}
func (idle) OnFlow(core.Network, core.NodeID, core.FlowEvent)                         {}
func (idle) OnTimer(core.Network, core.NodeID, core.Timer)                            {}
func (idle) OnView(core.Network, core.NodeID, core.ViewEvent)                         {}
func (idle) OnVideo(core.Network, core.NodeID, core.Conn, core.Video, core.VideoInfo) {}
func (idle) OnClose(core.Network, core.NodeID, core.Conn, core.Reason)                {}
func (idle) Fork() core.Machine                                                       { panic("not here") }

// within fails the test unless got is want, give or take one in a million.
func within(t *testing.T, what string, want, got float64) {
	t.Helper()
	if d := got - want; d > 1e-6*want || d < -1e-6*want {
		t.Errorf("%s: %.9f s, want %.9f s: %.2g off", what, got, want, d/want)
	}
}

// startAll starts every node that was added so far at time 0.
func startAll(s *netsim.Sim, nodes ...core.NodeID) {
	for _, n := range nodes {
		s.Start(0, n, core.Boot{Name: uint64(n)})
	}
}
