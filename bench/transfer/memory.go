package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"peerstreamer/bench/nodes"
	"peerstreamer/realnet/client"
)

// crowd runs as many viewers in this process as args[1] says, started together, on the node at args[0]. Each checks what
// it gets and throws it away.
func crowd(args []string) (any, error) {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, err
	}
	var all sync.WaitGroup
	errs := make([]error, n)
	began := time.Now()
	for i := range n {
		all.Go(func() {
			_, errs[i] = client.Stream(context.Background(), client.Config{Source: args[0], Video: nodes.Video}, io.Discard)
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return drained{Seconds: seconds(began)}, nil
}

// memory lets a node with nothing in its cache relay the video to many viewers at once, as fast as they take it, and
// returns the most memory that was resident at the node and not a file's, looked at every 20 ms.
func (m measurement) memory(int) ([]figure, error) {
	source, err := m.Source()
	if err != nil {
		return nil, err
	}
	node, err := m.Node("relay", source, nil)
	if err != nil {
		return nil, err
	}
	viewers, err := act("crowd", node.Addr, strconv.Itoa(m.viewers))
	if err != nil {
		return nil, err
	}
	most := watch(node)
	var d drained
	if _, err := viewers.wait(&d); err != nil {
		return nil, err
	}
	anon, peak, err := most()
	if err != nil {
		return nil, err
	}
	used, err := node.Stop()
	if err != nil {
		return nil, err
	}
	if _, err := source.Stop(); err != nil {
		return nil, err
	}
	sent := float64(m.viewers) * float64(m.Size)
	return []figure{
		{"viewers", float64(m.viewers)},
		{"rss_anon_mb", anon},
		{"hwm_mb", peak},
		{"mb_per_s", sent / 1e6 / d.Seconds},
		{"node_cpu_s_per_gb_sent", used.CPU().Seconds() * 1e9 / sent},
	}, os.RemoveAll(m.Path("relay"))
}

// watch looks at a node's memory until the function that it returns is called, which returns the most that was anonymous
// and the most in all, file pages included, in 10^6 bytes.
func watch(n *nodes.Node) func() (anon, all float64, err error) {
	ctx, stop := context.WithCancel(context.Background())
	type most struct {
		anon, all float64
		err       error
	}
	result := make(chan most, 1)
	go func() {
		var r most
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for r.err == nil {
			var s nodes.Memory
			if s, r.err = n.Memory(); r.err == nil {
				r.anon, r.all = max(r.anon, float64(s.Anonymous)/1e6), max(r.all, float64(s.Peak)/1e6)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				result <- r
				return
			}
		}
		result <- r
	}()
	return func() (float64, float64, error) {
		stop()
		r := <-result
		if r.err != nil {
			return 0, 0, errors.Join(errors.New("memory"), r.err)
		}
		return r.anon, r.all, nil
	}
}
