package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/store"
)

// deployment is the network of a plan in real life: nodes with sockets on loopback and stores on disk, all in this
// process, in real time. Rates are enforced by each node's own token buckets; delays are not shaped.
type deployment struct {
	ctx   context.Context // ends the waiting, and so the run, nothing else
	plan  *Plan
	dir   string // of stores and the video, removed at the end
	video *library.Library
	nodes []deployed
	begun time.Time
	next  *cursor // on the plan's events
	slow  int     // how many of the plan's changes of links are made
}

// deployed is a node, over all its lives.
type deployed struct {
	name string
	addr string
	dir  string // of its chunks
	life *life  // nil: it does not run
	past account

	uplink, downlink core.Rate // as they are now

	view  core.ViewRecord // as last seen
	views bool            // a viewer has come
}

// life is what a node has between start and end.
type life struct {
	node   *realnet.Node
	swarm  *core.Swarm
	store  *store.Store
	offset core.Time // the node's clock plus this is the deployment's
	view   core.View // 0: none
	hung   bool
	record core.NodeRecord // as last seen
}

// deploy prepares to carry out a plan with real nodes and sockets on this machine. It refuses, before anything starts,
// what the machine cannot hold.
func deploy(ctx context.Context, p *Plan) (_ *deployment, err error) {
	if err := fits(p); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "psim-")
	if err != nil {
		return nil, fmt.Errorf("deploy: %w", err)
	}
	d := &deployment{ctx: ctx, plan: p, dir: dir, nodes: make([]deployed, p.Len()), next: p.events()}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("deploy: %w", err), d.close())
		}
	}()
	if d.video, err = splitVideo(ctx, p, filepath.Join(dir, "videos")); err != nil {
		return nil, err
	}
	addrs, err := freeAddrs(p.Len())
	if err != nil {
		return nil, err
	}
	for i := range d.nodes {
		n := &d.nodes[i]
		n.name, n.addr = p.Name(i), addrs[i]
		n.uplink, n.downlink = p.Node(i).Uplink, p.Node(i).Downlink
		n.dir = filepath.Join(dir, "nodes", n.name)
		n.view = core.ViewRecord{State: core.Waiting, First: core.Never, Until: core.Never}
	}
	d.begun = time.Now()
	return d, nil
}

func (d *deployment) now() core.Time { return core.Time(time.Since(d.begun)) }

// advance waits for each event of the plan and carries it out, and then for the end of the span, unless the context ends
// the waiting.
func (d *deployment) advance(until core.Time) (core.Time, error) {
	for ; d.next.ok && d.next.event.At <= until; d.next.next() {
		e := d.next.event
		if !d.pass(e.At) {
			return d.interrupted(until), nil
		}
		if err := d.happen(e); err != nil {
			return 0, fmt.Errorf("%v of node %s at %v: %w", e.Kind, d.nodes[e.Node].name, e.At, err)
		}
	}
	if !d.pass(until) {
		return d.interrupted(until), nil
	}
	d.look()
	return until, nil
}

// interrupted looks at what there is, and returns how far the span up to a moment came.
func (d *deployment) interrupted(until core.Time) core.Time {
	d.look()
	return min(d.now(), until-1)
}

// pass waits until a moment and makes the changes of links that come until then. It reports whether it came so far.
func (d *deployment) pass(until core.Time) bool {
	for ; d.slow < len(d.plan.changes) && d.plan.changes[d.slow].at <= until; d.slow++ {
		c := d.plan.changes[d.slow]
		if !d.wait(c.at) {
			return false
		}
		n := &d.nodes[c.node]
		n.uplink, n.downlink = c.uplink, c.downlink
		if n.life != nil {
			n.life.node.Relink(n.uplink, n.downlink)
		}
	}
	return d.wait(until)
}

// wait waits until a moment and reports whether it came.
func (d *deployment) wait(until core.Time) bool {
	left := time.NewTimer(time.Until(d.begun.Add(time.Duration(until))))
	defer left.Stop()
	select {
	case <-left.C:
		return d.ctx.Err() == nil
	case <-d.ctx.Done():
		return false
	}
}

func (d *deployment) happen(e Event) error {
	n := &d.nodes[e.Node]
	switch e.Kind {
	case StartNode:
		return d.start(int(e.Node))
	case RestartNode:
		if !e.KeepStore {
			if err := os.RemoveAll(n.dir); err != nil {
				return err
			}
		}
		return d.start(int(e.Node))
	case CrashNode:
		return n.kill(d.now())
	case HangNode:
		n.look()
		n.life.hung = true
		n.life.node.Hang()
	case ResumeNode:
		n.life.hung = false
		n.life.node.Resume()
	case OpenView:
		c := d.plan.Config
		n.views, n.life.view = true, 1
		n.view.Asked = e.At
		n.life.node.View(core.ViewEvent{Kind: core.ViewOpen, Player: c.player(), View: 1, Video: n.life.node.Video(c.Video.Name)})
	case LeaveNode:
		return n.kill(d.now())
	}
	return nil
}

// start begins a life of a node.
func (d *deployment) start(i int) error {
	n, from, c := &d.nodes[i], d.plan.Node(i), d.plan.Config
	policy, err := c.Policy.New()
	if err != nil {
		return err
	}
	addr := func(of int32) string {
		if of == None {
			return ""
		}
		return d.nodes[of].addr
	}
	l := &life{swarm: core.NewSwarm(c.Core(), policy)}
	cfg := realnet.Config{Name: n.name, Listen: n.addr, Master: addr(from.Master), Supermaster: addr(from.Supermaster),
		Uplink: n.uplink, Downlink: n.downlink, Slots: from.Slots, StoreChunks: from.StoreChunks, Seed: d.plan.Seed,
		Limits: realnet.Limits{MaxConns: int(c.Groups[from.Group].MaxConns)}}
	if c.Groups[from.Group].NAT {
		cfg.Listen = ""
	}
	if from.Master == None {
		cfg.Library = d.video
	} else {
		cfg.Source = addr(from.Source)
		if err := os.MkdirAll(filepath.Dir(n.dir), 0o755); err != nil {
			return err
		}
		if l.store, err = store.Open(n.dir, store.Options{Create: true}); err != nil {
			return err
		}
		cfg.Store = l.store
	}
	if l.node, err = realnet.Start(cfg, l.swarm); err != nil {
		return errors.Join(err, l.closeStore())
	}
	l.node.Do(func(net core.Network, _ core.NodeID) { l.offset = d.now() - net.Now() })
	n.life = l
	return nil
}

func (l *life) closeStore() error {
	if l.store == nil {
		return nil
	}
	return l.store.Close()
}

// look asks all nodes for their records.
func (d *deployment) look() {
	for i := range d.nodes {
		d.nodes[i].look()
	}
}

// look asks a node for its records. One that hangs is not asked: it would not answer.
func (n *deployed) look() {
	l := n.life
	if l == nil || l.hung {
		return
	}
	l.node.Do(func(net core.Network, self core.NodeID) {
		l.record = l.swarm.Node(self)
		if l.view == 0 || len(l.swarm.Views()) == 0 {
			return
		}
		v := l.swarm.View(l.view, net.Now())
		for _, at := range []*core.Time{&v.Asked, &v.First, &v.Until} {
			if *at != core.Never {
				*at += l.offset
			}
		}
		n.view = v
	})
}

// kill ends a life as kill -9 would, and a viewer's who is not done with it.
func (n *deployed) kill(now core.Time) error {
	l := n.life
	if l == nil {
		return nil
	}
	n.look()
	l.node.Kill()
	n.past = n.account()
	n.life = nil
	if n.views && n.view.State != core.Ended && n.view.State != core.Gone {
		n.view.State, n.view.Why, n.view.Until = core.Gone, core.Lost, now
	}
	return l.closeStore()
}

// account sums up all lives of a node.
func (n *deployed) account() account {
	a := n.past
	if n.life == nil {
		return a
	}
	r, t := n.life.record, n.life.node.Traffic()
	a.FromSource += r.FromSource
	a.FromMaster += r.FromMaster
	a.FromSibling += r.FromSibling
	a.ChunksFetched += r.ChunksFetched
	a.sent += t.PayloadSent
	a.control += t.ControlSent
	return a
}

func (d *deployment) view(viewer int) core.ViewRecord { return d.nodes[d.plan.Viewers[viewer]].view }

func (d *deployment) state(viewer int) core.ViewState { return d.view(viewer).State }

func (d *deployment) node(node int) account { return d.nodes[node].account() }

// total counts a transfer for each chunk that arrived, and no events: nobody counts those of real life.
func (d *deployment) total() (t totals) {
	for i := range d.nodes {
		t.transfers += int64(d.nodes[i].account().ChunksFetched)
	}
	return t
}

func (d *deployment) finish() {}

// close ends all nodes and removes their files.
func (d *deployment) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	faults := make([]error, len(d.nodes))
	var wg sync.WaitGroup
	for i := range d.nodes {
		if l := d.nodes[i].life; l != nil {
			wg.Go(func() {
				// Last words that find no ear are no fault of the run's.
				if err := l.node.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					faults[i] = err
				}
				faults[i] = errors.Join(faults[i], l.closeStore())
			})
		}
	}
	wg.Wait()
	if d.video != nil {
		faults = append(faults, d.video.Close())
	}
	return errors.Join(append(faults, os.RemoveAll(d.dir))...)
}
