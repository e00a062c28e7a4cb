package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"peerstreamer/bench/nodes"
)

// crowd streams one video at siblings that begin together with nothing in their stores, their master being a source
// with a limited uplink. At best each byte leaves it once, as fast as it can.
func (m *measurement) crowd() error {
	f := figures{what: fmt.Sprintf("flash crowd of %d", m.siblings)}
	for range m.runs {
		if err := m.once(&f); err != nil {
			return err
		}
	}
	f.table()
	return nil
}

func (m *measurement) once(f *figures) error {
	source, err := m.Source("-uplink", m.uplink)
	if err != nil {
		return err
	}
	all := make([]*nodes.Node, m.siblings)
	for i := range all {
		if all[i], err = m.Node(fmt.Sprint("sibling-", i), source, nil, "-store-chunks", "0"); err != nil {
			return err
		}
	}
	var wg sync.WaitGroup
	errs := make([]error, len(all))
	clients := make([]nodes.Cost, len(all))
	began := time.Now()
	for i, node := range all {
		wg.Go(func() {
			clients[i], _, errs[i] = m.Bin.Stream(context.Background(), io.Discard, node.Addr, nodes.Video, "-o", os.DevNull)
		})
	}
	wg.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var inNodes, inClients time.Duration
	for i, node := range all {
		c, err := node.Stop()
		if err == nil {
			err = os.RemoveAll(m.Path(node.Name))
		}
		if err != nil {
			return err
		}
		inNodes += c.CPU()
		inClients += clients[i].CPU()
	}
	sent, err := source.Sent()
	if err != nil {
		return err
	}
	inNodes += source.Cost().CPU()
	delivered := float64(m.size) * float64(len(all)) / 1e9
	f.add("last_byte_s", took.Seconds())
	f.add("source_copies", float64(sent)/float64(m.size))
	f.add("nodes_cpu_s_per_delivered_gb", inNodes.Seconds()/delivered)
	f.add("clients_cpu_s_per_delivered_gb", inClients.Seconds()/delivered)
	return nil
}
