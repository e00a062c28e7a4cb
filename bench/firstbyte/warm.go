package main

import (
	"errors"
	"fmt"

	"peerstreamer/bench/nodes"
)

// shortVideo is the size of the videos whose first byte is measured: as many chunks of 1 MiB as a viewer reads ahead.
const shortVideo = readAhead << 20

// copies gives the stage more videos of the same bytes, so that each measurement has one that nobody has seen. Their
// names are returned.
func (m *measurement) copies(n int) ([]string, error) {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%d", nodes.Video, i)
		if err := m.Bin.Split("-d", m.Path("videos"), "-s", m.Path("file"), "-c", "1m", "-f", names[i]); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// warm measures at nodes to which the viewer has a connection. A video is new to the viewer each time: the manifest is
// part of the wait.
func (m *measurement) warm() error {
	videos, err := m.copies(m.runs + 1)
	if err != nil {
		return err
	}
	source, err := m.Source()
	if err != nil {
		return err
	}
	mit, err := m.Node("mit", source, nil)
	if err != nil {
		return err
	}
	f := figures{what: "warm connection"}
	for _, from := range []struct {
		name string
		node *nodes.Node
	}{
		{"from_source_ms", source},
		{"through_node_ms", mit}, // which gets it from the source, for the first time
		{"from_node_ms", mit},    // which has it now
	} {
		if err := m.each(&f, from.name, from.node.Addr, videos); err != nil {
			return err
		}
	}
	f.table()
	_, err1 := mit.Stop()
	_, err2 := source.Stop()
	return errors.Join(err1, err2)
}

// each has a new viewer watch videos one by one. The first opens its connection and does not count.
func (m *measurement) each(f *figures, name, addr string, videos []string) error {
	v, err := newViewer(addr)
	if err != nil {
		return err
	}
	for i, video := range videos {
		w, err := v.watch(video, atTheEnd)
		if err != nil {
			return errors.Join(err, v.close())
		}
		if i > 0 {
			f.add(name, ms(w.first))
		}
	}
	return v.close()
}
