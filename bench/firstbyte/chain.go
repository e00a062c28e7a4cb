package main

import (
	"errors"
	"fmt"
	"os"

	"peerstreamer/bench/netns"
	"peerstreamer/bench/nodes"
)

// chain puts nodes one below the other, each behind a link of its own, and watches behind each of them a video that
// none has seen. What passes one link more is what one node more adds.
func (m *measurement) chain() error {
	videos, err := m.copies(m.runs * m.hops)
	if err != nil {
		return err
	}
	net, err := netns.New(m.hops, m.rate)
	if err != nil {
		return err
	}
	defer net.Close()
	all := make([]*nodes.Node, m.hops)
	for i := range all {
		m.Bin.Prefix = net.Inside(i)
		flags := []string{"-ip", net.IP(i), "-insecure", "-level", "error", "-log", "json"}
		if i == 0 {
			flags = append(flags, "-videodatabase", m.Path("videos"))
		} else {
			flags = append(flags, "-chunkdirectory", m.Path(fmt.Sprint("node-", i)), "-master", all[i-1].Addr)
		}
		if all[i], err = m.Run(os.Stderr, fmt.Sprint("node-", i), flags...); err != nil {
			return err
		}
	}
	f := figures{what: "chain of links at " + m.rate}
	for i, node := range all {
		v, err := newViewer(node.Addr)
		if err != nil {
			return err
		}
		for run := range m.runs {
			w, err := v.watch(videos[run*m.hops+i], atTheEnd)
			if err != nil {
				return errors.Join(err, v.close())
			}
			f.add(fmt.Sprintf("links_%d_first_byte_ms", i+1), ms(w.first))
			f.add(fmt.Sprintf("links_%d_first_chunk_ms", i+1), ms(w.chunk))
			f.add(fmt.Sprintf("links_%d_last_byte_ms", i+1), ms(w.all))
		}
		if err := v.close(); err != nil {
			return err
		}
	}
	for _, what := range []string{"first_byte_ms", "first_chunk_ms", "last_byte_ms"} {
		f.add("each_further_hop_adds_"+what, f.slope(m.hops, "links_%d_"+what))
	}
	f.table()
	for _, n := range all {
		mem, err := n.Memory()
		if err == nil {
			f.add(n.Name+"_anonymous_mib", float64(mem.Anonymous)/(1<<20))
			_, err = n.Stop()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// slope returns by least squares how much the medians of the figures named format with 1 to n grow from one to the next.
func (f *figures) slope(n int, format string) float64 {
	if n < 2 {
		return 0
	}
	var x, y, xx, xy float64
	for i := 1; i <= n; i++ {
		at, v := float64(i), f.median(fmt.Sprintf(format, i))
		x, y, xx, xy = x+at, y+v, xx+at*at, xy+at*v
	}
	k := float64(n)
	return (k*xy - x*y) / (k*xx - x*x)
}
