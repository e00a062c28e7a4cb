package main

import (
	"fmt"

	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/starflows"
)

// network returns a function that carries the workload out through core.Network. Building the
// simulation, whose nodes and first calls are not what is measured, is done at once.
func network(w *starflows.Workload, latency core.Time) (run func()) {
	m := starflows.NewMachine(w)
	s := netsim.New(netsim.Config{Seed: 1, Latency: netsim.Constant(latency)}, m)
	m.Video = s.AddVideo("star", w.Info())
	for i := range w.Up {
		n := s.AddNode(fmt.Sprint("host", i), netsim.Link{Uplink: w.Up[i], Downlink: w.Down[i]})
		s.Start(0, n, core.Boot{Name: uint64(n)})
	}
	for j, at := range w.Start {
		s.Call(at, w.Node(j), func(net core.Network, _ core.NodeID) { m.Begin(net, j) })
	}
	return func() { s.Run(core.Never) }
}
