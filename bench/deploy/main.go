// Command deploy measures psnode as operators run it, in separate processes on this machine's loopback.
//
//	go run ./bench/deploy hops       two hops, cold: MB/s, CPU seconds per GB over all four processes
//	go run ./bench/deploy siblings   ten cold siblings started together: copies that left the source
//	go run ./bench/deploy failover   the master killed with -9, or stopped, in mid-stream: the longest gap
//	go run ./bench/deploy kills      a node killed with -9 a hundred times while it streams: what was lost or wrong
//
// Each prints one line of JSON. It builds psnode first.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"
	"time"

	"peerstreamer/bench/kills"
	"peerstreamer/bench/nodes"
)

func main() {
	size := flag.Int("size", 60_000_000, "bytes of the video")
	chunk := flag.String("chunk", "1m", "chunk size")
	viewers := flag.Int("viewers", 10, "siblings: how many")
	interval := flag.Int("interval", 100, "failover: milliseconds per chunk")
	signal := flag.String("signal", "kill", "failover: kill (-9) or stop")
	times := flag.Int("kills", 100, "kills: how many")
	seed := flag.Uint64("seed", 1, "kills: of the moments")
	flag.Parse()
	stage, err := nodes.NewStage(*size, *chunk)
	if err == nil {
		defer stage.Close()
		m := measurement{stage}
		switch flag.Arg(0) {
		case "hops":
			err = m.hops()
		case "siblings":
			err = m.siblings(*viewers)
		case "failover":
			err = m.failover(*interval, *signal)
		case "kills":
			err = m.kills(*times, *seed)
		default:
			err = errors.New("want hops, siblings, failover or kills")
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// measurement is a stage on which to measure.
type measurement struct{ *nodes.Stage }

// hops streams the video once through two nodes that have nothing yet. The viewer checks every byte against the manifest
// and throws it away; that it is the source's is for tests.
func (m measurement) hops() error {
	source, mit, ben, err := m.Tree()
	if err != nil {
		return err
	}
	began := time.Now()
	client, _, err := m.Bin.Stream(context.Background(), io.Discard, ben.Addr, nodes.Video, "-o", os.DevNull)
	took := time.Since(began)
	if err != nil {
		return err
	}
	cpu := client.CPU()
	r := map[string]any{"what": "two hops, cold", "bytes": m.Size, "wall_s": took.Seconds(),
		"mb_per_s": float64(m.Size) / 1e6 / took.Seconds(), "client_cpu_s": client.CPU().Seconds()}
	for _, n := range []*nodes.Node{ben, mit, source} {
		c, err := n.Stop()
		if err != nil {
			return err
		}
		cpu += c.CPU()
		r[n.Name+"_cpu_s"] = c.CPU().Seconds()
	}
	r["cpu_s_per_gb"] = cpu.Seconds() / (float64(m.Size) / 1e9)
	return show(r)
}

// kills kills a node again and again; package kills says what must survive that.
func (m measurement) kills(n int, seed uint64) error {
	dir := m.Path("kills")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	r, err := kills.Run(context.Background(), kills.Config{Binary: m.Bin, Dir: dir, Kills: n, Seed: seed, Log: os.Stderr})
	return errors.Join(err, show(map[string]any{"what": "killed while streaming", "kills": r.Kills, "registered": r.Registers,
		"chunks_announced": r.Announced, "directories_inspected": r.Inspected, "chunks_in_the_last": r.Found,
		"whole_videos_at_viewers": r.Viewings, "wall_s": r.Took.Seconds(), "lost_or_wrong": err != nil}))
}

// siblings streams the video through several nodes of one master at once, all of them cold.
func (m measurement) siblings(n int) error {
	source, err := m.Source()
	if err != nil {
		return err
	}
	all := make([]*nodes.Node, n)
	for i := range all {
		if all[i], err = m.Node(fmt.Sprintf("sibling-%d", i), source, nil); err != nil {
			return err
		}
	}
	var wg sync.WaitGroup
	errs := make([]error, n)
	began := time.Now()
	for i, node := range all {
		wg.Go(func() { _, _, errs[i] = m.Bin.Stream(context.Background(), io.Discard, node.Addr, nodes.Video) })
	}
	wg.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, node := range all {
		if _, err := node.Stop(); err != nil {
			return err
		}
	}
	sent, err := source.Sent()
	if err != nil {
		return err
	}
	return show(map[string]any{"what": "cold siblings started together", "siblings": n, "bytes": m.Size,
		"wall_s": took.Seconds(), "source_copies": float64(sent) / float64(m.Size)})
}

// failover takes the master away in the middle of a stream.
func (m measurement) failover(interval int, signal string) error {
	source, mit, ben, err := m.Tree()
	if err != nil {
		return err
	}
	gap := &gaps{sum: sha256.New(), point: m.Size * 2 / 5, lose: func() {
		if signal == "stop" {
			_ = mit.Hang()
		} else {
			mit.Kill()
		}
	}}
	if _, _, err := m.Bin.Stream(context.Background(), gap, ben.Addr, nodes.Video, "-interval", fmt.Sprint(interval)); err != nil {
		return err
	}
	if [sha256.Size]byte(gap.sum.Sum(nil)) != m.Sum {
		return errors.New("the viewer got other bytes")
	}
	if signal == "stop" {
		mit.Kill()
	}
	for _, n := range []*nodes.Node{ben, source} {
		if _, err := n.Stop(); err != nil {
			return err
		}
	}
	return show(map[string]any{"what": "master lost in mid-stream", "signal": signal, "interval_ms": interval,
		"longest_gap_before_s": gap.before.Seconds(), "longest_gap_after_s": gap.after.Seconds(), "identical": true})
}

// gaps measures the longest time between two writes, before and after the master was lost.
type gaps struct {
	sum           hash.Hash
	got, point    int
	last          time.Time
	lose          func()
	before, after time.Duration
}

func (g *gaps) Write(b []byte) (int, error) {
	now := time.Now()
	if !g.last.IsZero() {
		if d := now.Sub(g.last); g.lose != nil {
			g.before = max(g.before, d)
		} else {
			g.after = max(g.after, d)
		}
	}
	g.got += len(b)
	if g.lose != nil && g.got > g.point {
		g.lose()
		g.lose = nil
	}
	g.last = now
	return g.sum.Write(b)
}

func show(r map[string]any) error { return json.NewEncoder(os.Stdout).Encode(r) }
