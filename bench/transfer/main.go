// Command transfer measures what it costs to move a video between psnode processes on this machine's loopback.
//
//	go run ./bench/transfer hop       source to a node that checks and stores, beside Go's own sendfile: MB/s, their ratio, CPU
//	go run ./bench/transfer -tls hop  the same over mutual TLS 1.3
//	go run ./bench/transfer hops      source, two nodes with nothing in their caches and a verifying client
//	go run ./bench/transfer memory    a node that relays to 50 viewers as fast as it can: anonymous memory
//	go run ./bench/transfer all       one after the other
//
// It builds psnode and makes the video first. Each measurement is a line of JSON on standard output; the tables on
// standard error have the median of -runs runs, the lowest and the highest. Within a run of hop the two transfers follow
// each other at once, so that their ratio holds on a machine whose speed moves.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"peerstreamer/bench/nodes"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "role" {
		end(play(os.Args[2], os.Args[3:]))
		return
	}
	size := flag.Int("size", 262_144_000, "bytes of the video")
	chunk := flag.String("chunk", "1m", "chunk size")
	runs := flag.Int("runs", 3, "how many times to measure each")
	viewers := flag.Int("viewers", 50, "memory: how many")
	profile := flag.String("profile", "", "hop: write CPU profiles of the node to `FILE`.1, .2 and so on")
	secret := flag.Bool("tls", false, "hop: between nodes that have keys, over mutual TLS 1.3")
	flag.Parse()
	if *size < 1 || *runs < 1 || *viewers < 1 || flag.NArg() != 1 {
		end(errors.New("want one of hop, hops, memory and all, and -size, -runs and -viewers of at least 1"))
	}
	stage, err := nodes.NewStage(*size, *chunk)
	if err != nil {
		end(err)
	}
	m := measurement{Stage: stage, runs: *runs, viewers: *viewers, profile: *profile}
	if *secret {
		m.sourceKeys, m.keeperKeys, err = m.secure()
	}
	if err == nil {
		err = m.measure(flag.Arg(0))
	}
	end(errors.Join(err, stage.Close()))
}

// end ends the process.
func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "transfer:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// measurement is a stage, and what to measure on it.
type measurement struct {
	*nodes.Stage
	runs, viewers int
	profile       string

	sourceKeys, keeperKeys string // directories; "": no TLS
}

func (m measurement) measure(what string) error {
	switch what {
	case "hop":
		return m.repeat("one hop", m.hop)
	case "hops":
		return m.repeat("two hops and a client", m.hops)
	case "memory":
		return m.repeat("memory", m.memory)
	case "all":
		return errors.Join(m.measure("hop"), m.measure("hops"), m.measure("memory"))
	}
	return fmt.Errorf("unknown measurement %q: want hop, hops, memory or all", what)
}

// perGB converts what the whole video took into what 10^9 bytes of it take.
func (m measurement) perGB(seconds float64) float64 { return seconds * 1e9 / float64(m.Size) }

// speed returns the MB/s at which the whole video went in a time.
func (m measurement) speed(seconds float64) float64 { return float64(m.Size) / 1e6 / seconds }
