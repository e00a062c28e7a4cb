// Command firstbyte measures how soon a viewer sees the first byte, with psnode processes on this machine.
//
//	go run ./bench/firstbyte warm    at a node to which the viewer is connected: from the source, and from a node that has it
//	go run ./bench/firstbyte cold    from the start of the node's process, its store empty or full
//	go run ./bench/firstbyte chain   over 1 to 5 links of 50 Mbit/s: what each further hop adds. Linux, as root
//	go run ./bench/firstbyte crowd   siblings that start together at a source with 160 Mbit/s: the last byte, copies, CPU
//
// Links of chain are tc's token buckets with a burst of two Ethernet frames, between network namespaces that end with
// the process. Each measurement is a line of JSON on standard output, the tables on standard error have the median of
// -runs runs, the lowest and the highest.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"peerstreamer/bench/netns"
	"peerstreamer/bench/nodes"
)

func main() {
	m := measurement{}
	flag.IntVar(&m.runs, "runs", 5, "how many times to measure each")
	flag.IntVar(&m.hops, "hops", 5, "chain: how many links at most")
	flag.StringVar(&m.rate, "rate", "50mbit", "chain: `RATE` of each link, as tc takes it")
	flag.IntVar(&m.siblings, "siblings", 8, "crowd: how many")
	flag.StringVar(&m.uplink, "uplink", "160Mbit/s", "crowd: the source's `RATE`")
	flag.IntVar(&m.size, "size", 262_144_000, "cold, crowd: bytes of the video")
	flag.Parse()
	if err := m.measure(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "firstbyte:", err)
		os.Exit(1)
	}
}

// measurement is what to measure, and the stage for it.
type measurement struct {
	*nodes.Stage
	runs, hops, siblings, size int
	rate, uplink               string
}

func (m *measurement) measure(what string) error {
	if m.runs < 1 || m.hops < 1 || m.siblings < 1 || m.size < 1 {
		return errors.New("want -runs, -hops, -siblings and -size of at least 1")
	}
	measure := map[string]func() error{"warm": m.warm, "cold": m.cold, "chain": m.chain, "crowd": m.crowd}[what]
	if measure == nil {
		return fmt.Errorf("unknown measurement %q: want warm, cold, chain or crowd", what)
	}
	if what == "chain" {
		if ran, err := netns.Enter(); ran || err != nil {
			return err
		}
	}
	size := shortVideo
	if what == "cold" || what == "crowd" {
		size = m.size
	}
	var err error
	if m.Stage, err = nodes.NewStage(size, "1m"); err != nil {
		return err
	}
	return errors.Join(measure(), m.Close())
}
