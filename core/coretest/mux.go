package coretest

import (
	"fmt"

	"peerstreamer/core"
)

// Mux is a core.Machine that hands each node's callbacks to a Machine of its own, for a Network that has one Machine
// for all nodes. It is not safe for concurrent use, as no Machine need be.
type Mux struct {
	machines []core.Machine // by NodeID
}

// Set gives a node its Machine, from the node's next callback on.
func (x *Mux) Set(self core.NodeID, m core.Machine) {
	for int(self) >= len(x.machines) {
		x.machines = append(x.machines, nil)
	}
	x.machines[self] = m
}

func (x *Mux) of(self core.NodeID) core.Machine {
	if int(self) >= len(x.machines) || x.machines[self] == nil {
		panic(fmt.Sprintf("coretest: a callback for node %d, which has no Machine", self))
	}
	return x.machines[self]
}

func (x *Mux) OnStart(net core.Network, self core.NodeID, b core.Boot) {
	x.of(self).OnStart(net, self, b)
}

func (x *Mux) OnStop(self core.NodeID, held []core.ChunkID) []core.ChunkID {
	return x.of(self).OnStop(self, held)
}

func (x *Mux) OnOpen(net core.Network, self core.NodeID, c core.Conn, peer core.NodeID, f core.PeerFlags) {
	x.of(self).OnOpen(net, self, c, peer, f)
}

func (x *Mux) OnMsg(net core.Network, self core.NodeID, c core.Conn, m core.Msg) {
	x.of(self).OnMsg(net, self, c, m)
}

func (x *Mux) OnFlow(net core.Network, self core.NodeID, e core.FlowEvent) {
	x.of(self).OnFlow(net, self, e)
}

func (x *Mux) OnTimer(net core.Network, self core.NodeID, t core.Timer) {
	x.of(self).OnTimer(net, self, t)
}

func (x *Mux) OnView(net core.Network, self core.NodeID, e core.ViewEvent) {
	x.of(self).OnView(net, self, e)
}

func (x *Mux) OnVideo(net core.Network, self core.NodeID, c core.Conn, v core.Video, info core.VideoInfo) {
	x.of(self).OnVideo(net, self, c, v, info)
}

func (x *Mux) OnClose(net core.Network, self core.NodeID, c core.Conn, why core.Reason) {
	x.of(self).OnClose(net, self, c, why)
}

// Fork forks every Machine, once for all the nodes that it serves.
func (x *Mux) Fork() core.Machine {
	y := &Mux{machines: make([]core.Machine, len(x.machines))}
	forks := map[core.Machine]core.Machine{}
	for i, m := range x.machines {
		if m == nil {
			continue
		}
		if forks[m] == nil {
			forks[m] = m.Fork()
		}
		y.machines[i] = forks[m]
	}
	return y
}
