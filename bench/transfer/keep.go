package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"peerstreamer/bench/nodes"
	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/store"
)

// kept is what a keep has seen.
type kept struct {
	Seconds float64 `json:"seconds"` // from the node's start until the last chunk was verified and readable
	Lag     float64 `json:"lag"`     // and from then until all of it was on the disk
}

// patience is how long a role waits for the next piece.
const patience = 30 * time.Second

// keep runs a node that fetches the whole video of the node at args[0] into the new chunk directory args[1], with a CPU
// profile in args[2] and with the keys in the directory args[3], each unless that is empty.
func keep(args []string) (k any, err error) {
	st, err := store.Open(args[1], store.Options{Create: true})
	if err != nil {
		return nil, err
	}
	if args[2] != "" {
		f, err := os.Create(args[2])
		if err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, f.Close())
		}()
	}
	keys, err := keysIn(args[3])
	if err != nil {
		return nil, err
	}
	took, err := fetch(args[0], st, keys)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := errors.Join(st.Close(), flush(args[1])); err != nil {
		return nil, err
	}
	return kept{Seconds: took.Seconds(), Lag: seconds(began)}, nil
}

// fetch runs a node until all of the video is verified and in st, and returns how long that took.
func fetch(source string, st store.Chunks, keys *identity.Keys) (took time.Duration, err error) {
	// Where the reader is does not bound what the cache keeps: nothing is evicted.
	front := make(chan core.Delivery, 1)
	began := time.Now()
	node, err := realnet.Start(realnet.Config{Name: "keeper", Master: source, Store: st, Keys: keys,
		OnDeliver: func(_ core.View, d core.Delivery) {
			select {
			case <-front: // contained in what follows
			default:
			}
			front <- d
		}}, core.NewSwarm(core.DefaultConfig(), core.NewDirect()))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, node.Close(context.Background())) }()
	v := node.Video(nodes.Video)
	node.View(core.ViewEvent{Kind: core.ViewOpen, Player: core.Pull, View: 1, Video: v})
	stuck := time.NewTimer(patience)
	defer stuck.Stop()
	for next := uint32(0); ; {
		var d core.Delivery
		select {
		case d = <-front:
			stuck.Reset(patience)
		case <-stuck.C:
			return 0, fmt.Errorf("nothing came for %v", patience)
		}
		switch d.Why {
		case core.End:
			return time.Since(began), nil
		case core.Fine:
		default:
			return 0, fmt.Errorf("the view ended: %v", d.Why)
		}
		if d.Chunk != next {
			next = d.Chunk
			node.View(core.ViewEvent{Kind: core.ViewNeed, View: 1, Video: v, Chunk: next})
		}
	}
}

// flush waits until all files of a directory are on the disk.
func flush(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// hop moves the video from a source to a node, and the same bytes with Go's sendfile.
func (m measurement) hop(run int) ([]figure, error) {
	plain, plainCPU, err := m.sendfile()
	if err != nil {
		return nil, err
	}
	var flags []string
	if m.sourceKeys != "" {
		flags = []string{"-keys", m.sourceKeys}
	}
	source, err := m.Source(flags...)
	if err != nil {
		return nil, err
	}
	profile := ""
	if m.profile != "" {
		profile = fmt.Sprintf("%s.%d", m.profile, run)
	}
	dir := m.Path("keeper")
	node, err := act("keep", source.Addr, dir, profile, m.keeperKeys)
	if err != nil {
		return nil, err
	}
	var k kept
	used, err := node.wait(&k)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	from, err := source.Stop()
	if err != nil {
		return nil, err
	}
	speed := m.speed(k.Seconds)
	return []figure{
		{"mb_per_s", speed},
		{"sendfile_mb_per_s", plain},
		{"of_sendfile", speed / plain},
		{"cpu_s_per_gb", m.perGB((used.CPU() + from.CPU()).Seconds())},
		{"source_cpu_s_per_gb", m.perGB(from.CPU().Seconds())},
		{"node_cpu_s_per_gb", m.perGB(used.CPU().Seconds())},
		{"sendfile_cpu_s_per_gb", plainCPU},
		{"commit_lag_s", k.Lag},
	}, os.RemoveAll(dir)
}
