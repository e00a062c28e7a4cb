package main

import (
	"context"
	"fmt"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/store"
)

// patience is how long a viewer waits for a video before the measurement fails.
const patience = 30 * time.Second

// readAhead is how many chunks a viewer asks for in advance. A video of no more comes whole without being read, so that
// nothing but the network has a part in its times.
const readAhead = 4

// viewer is a thin client: one node without a disk that reads video after video on the connection that it has.
type viewer struct {
	node  *realnet.Node
	addr  string
	views core.View
	news  chan delivery
}

// delivery is what the protocol says is readable, and when it said so.
type delivery struct {
	core.Delivery
	view core.View
	at   time.Time
}

// newViewer starts a viewer of the node at addr, host:port. It dials when the first video is asked for.
func newViewer(addr string) (*viewer, error) {
	v := &viewer{addr: addr, news: make(chan delivery, 4096)}
	cfg := core.DefaultConfig()
	cfg.ReadAhead = readAhead
	var err error
	v.node, err = realnet.Start(realnet.Config{
		Name: "viewer", Master: addr, Store: &store.Memory{},
		OnDeliver: func(w core.View, d core.Delivery) {
			select {
			case v.news <- delivery{d, w, time.Now()}:
			default: // A viewer that leaves does not read what is still said.
			}
		},
	}, core.NewSwarm(cfg, core.NewDirect()))
	return v, err
}

// close ends the viewer.
func (v *viewer) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return v.node.Close(ctx)
}

// view is what a viewer saw of a video.
type view struct {
	first time.Duration // from the question until the first byte could be read
	chunk time.Duration // ... until the first chunk could
	all   time.Duration // ... until the last byte could
}

// until says when a viewer has seen enough.
type until bool

const (
	atFirstByte until = false
	atTheEnd    until = true // of a video of at most readAhead chunks
)

// watch reads a video until it has seen enough.
func (v *viewer) watch(video string, enough until) (w view, err error) {
	v.views++
	handle := v.node.Video(video)
	began := time.Now()
	v.node.View(core.ViewEvent{Kind: core.ViewOpen, Player: core.Pull, View: v.views, Video: handle})
	defer v.node.View(core.ViewEvent{Kind: core.ViewClose, View: v.views, Video: handle})
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case d := <-v.news:
			if d.view != v.views {
				continue
			}
			since := d.at.Sub(began)
			if d.Why != core.Fine && d.Why != core.End {
				return w, fmt.Errorf("%s from %s: %v", video, v.addr, d.Why)
			}
			if w.first == 0 {
				w.first = since
			}
			if w.chunk == 0 && d.Chunk > 0 {
				w.chunk = since
			}
			if d.Why == core.End {
				w.all = since
			}
			if enough == atFirstByte || d.Why == core.End {
				return w, nil
			}
		case <-late.C:
			return w, fmt.Errorf("%s from %s: not all of it came within %v", video, v.addr, patience)
		}
	}
}
