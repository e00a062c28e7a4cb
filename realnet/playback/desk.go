package playback

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/manifest"
)

// Defaults of Options.
const (
	DefaultMax    = 1000
	DefaultGiveUp = 30 * time.Second
)

// Options bound what viewers may cost a node.
type Options struct {
	Max    int           // sessions that read at the same time; 0: DefaultMax
	GiveUp time.Duration // how long a Read waits for a byte; 0: DefaultGiveUp
}

// Errors that callers choose by.
var (
	ErrNoVideo = errors.New("no such video")
	ErrFull    = errors.New("as many viewers as this node takes")
	ErrSilent  = errors.New("no data")
	ErrEnded   = errors.New("the node has ended")
)

// Desk gives out the sessions of one node. Its methods may be called from any goroutine.
type Desk struct {
	opts    Options
	node    *realnet.Node
	machine core.Machine

	mu    sync.Mutex
	rows  []*Session // by handle; 0 is nobody's
	free  []core.View
	inUse int
}

// NewDesk returns a desk for a node that is about to start.
func NewDesk(o Options) *Desk {
	if o.Max == 0 {
		o.Max = DefaultMax
	}
	if o.GiveUp == 0 {
		o.GiveUp = DefaultGiveUp
	}
	return &Desk{opts: o, rows: make([]*Session, 1)}
}

// Serve tells the desk its node and that node's machine, before the first Open.
func (d *Desk) Serve(n *realnet.Node, m core.Machine) { d.node, d.machine = n, m }

// Deliver is the node's Config.OnDeliver.
func (d *Desk) Deliver(w core.View, x core.Delivery) {
	d.mu.Lock()
	var s *Session
	if int(w) < len(d.rows) {
		s = d.rows[w]
	}
	d.mu.Unlock()
	if s != nil {
		s.hear(x)
	}
}

// InUse returns how many sessions read at the moment.
func (d *Desk) InUse() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inUse
}

// Max returns how many sessions may read at the same time.
func (d *Desk) Max() int { return d.opts.Max }

// Open returns a session of the video, at its first byte. It waits until the video's manifest is here; if the node does not
// know it yet, until somebody has told it. The session ends with ctx. A name that nobody has heard of takes a place in the
// node's table of videos for good, so names that strangers make up are for the caller to turn away.
func (d *Desk) Open(ctx context.Context, name string) (*Session, error) {
	return d.open(ctx, name, core.Pull)
}

// Ahead returns a session like Open's of one who wants the bytes for later: those of others come first, here and on the way.
func (d *Desk) Ahead(ctx context.Context, name string) (*Session, error) {
	return d.open(ctx, name, core.Ahead)
}

func (d *Desk) open(ctx context.Context, name string, kind core.PlayerKind) (*Session, error) {
	if err := manifest.CheckName(name); err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	v := d.node.Video(name)
	if v == 0 {
		return nil, fmt.Errorf("open %q: %w", name, ErrFull)
	}
	s := &Session{d: d, ctx: ctx, name: name, kind: kind, video: v, bell: make(chan struct{}, 1)}
	if s.m = d.node.Manifest(v); s.m != nil {
		return s, nil
	}
	if err := s.resolve(); err != nil {
		s.Close()
		return nil, fmt.Errorf("open %q: %w", name, err)
	}
	return s, nil
}

// enter gives a session a handle.
func (d *Desk) enter(s *Session) (core.View, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inUse == d.opts.Max {
		return 0, ErrFull
	}
	d.inUse++
	if n := len(d.free); n > 0 {
		w := d.free[n-1]
		d.free = d.free[:n-1]
		d.rows[w] = s
		return w, nil
	}
	d.rows = append(d.rows, s)
	return core.View(len(d.rows) - 1), nil
}

// leave takes a handle back whose view is over.
func (d *Desk) leave(w core.View) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[w] = nil
	d.free = append(d.free, w)
	d.inUse--
}

// tell hands the machine what a viewer does, after f, and returns when it knows.
func (d *Desk) tell(e core.ViewEvent, f func()) error {
	if !d.node.Do(func(net core.Network, self core.NodeID) {
		f()
		d.machine.OnView(net, self, e)
	}) {
		return ErrEnded
	}
	return nil
}
