package main

import (
	"context"
	"io"
	"os"
	"time"

	"peerstreamer/bench/nodes"
)

// hops streams the video once through two nodes that have nothing yet, to a client that checks it and throws it away.
func (m measurement) hops(int) ([]figure, error) {
	source, mit, ben, err := m.Tree("-store-chunks", "0")
	if err != nil {
		return nil, err
	}
	began := time.Now()
	client, _, err := m.Bin.Stream(context.Background(), io.Discard, ben.Addr, nodes.Video, "-o", os.DevNull)
	took := seconds(began)
	if err != nil {
		return nil, err
	}
	cpu := client.CPU()
	figures := []figure{{"mb_per_s", m.speed(took)}, {"client_cpu_s_per_gb", m.perGB(client.CPU().Seconds())}}
	for _, n := range []*nodes.Node{ben, mit, source} {
		c, err := n.Stop()
		if err != nil {
			return nil, err
		}
		cpu += c.CPU()
		figures = append(figures, figure{n.Name + "_cpu_s_per_gb", m.perGB(c.CPU().Seconds())})
		if err := os.RemoveAll(m.Path(n.Name)); err != nil {
			return nil, err
		}
	}
	return append(figures, figure{"cpu_s_per_gb", m.perGB(cpu.Seconds())}), nil
}
