package realnet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/trust"
	"peerstreamer/realnet/wire"
)

// self is the node's own handle.
const self core.NodeID = 1

// Node is one node of the protocol on TCP. Its methods may be called from any goroutine but not from its Machine.
type Node struct {
	cfg      Config
	log      *zap.Logger
	listener *net.TCPListener // nil: thin client
	addr     netip.AddrPort   // what this node says of itself; its IP may be unspecified
	masterID core.NodeID      // as it was given; 0: none
	session  wire.Session
	began    time.Time

	peers    peers
	videos   videos
	keeping  sync.Mutex   // held while a manifest is stored and bound
	parts    atomic.Int64 // bytes of manifests of which parts are missing
	meters   meters
	uplink   bucket
	downlink bucket

	mail   chan event
	ctx    context.Context // done when the owner has ended: nobody reads mail any more
	quit   <-chan struct{} // ctx.Done()
	turn   sync.Mutex      // held by the owner while it works on an event
	gate   gate
	wg     sync.WaitGroup
	killed atomic.Bool   // nothing more may reach the Machine
	dials  chan struct{} // a token for each dial that may be under way
	shake  chan struct{} // a token for each handshake that may be under way
	socks  socks
	bans   bans
	doors  quietLog // about strangers
	looks  looks

	owner owner // the owner's alone
}

// Start begins a node's life and returns when m's OnStart has run. The node runs until Close or Kill.
func Start(cfg Config, m core.Machine) (*Node, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("start node %q: %w", cfg.Name, err)
	}
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Trust == nil {
		cfg.Trust = trust.New()
	}
	n := &Node{
		cfg:   cfg,
		log:   cfg.Log.With(zap.String("node", cfg.Name)),
		began: time.Now(),
		mail:  make(chan event, mailboxSize),
		dials: make(chan struct{}, cfg.MaxDials),
		shake: make(chan struct{}, cfg.MaxHandshakes),
	}
	n.Relink(cfg.Uplink, cfg.Downlink)
	ctx, end := context.WithCancel(context.Background())
	n.ctx, n.quit = ctx, ctx.Done()
	rand.Read(n.session[:])
	n.socks.open = map[net.Conn]struct{}{}
	n.videos.init(cfg.MaxVideos)
	n.bans.init(cfg.Ban, time.Now)
	n.doors = quietLog{log: n.log, now: time.Now}
	boot, err := n.boot()
	if err != nil {
		if n.listener != nil {
			n.listener.Close()
		}
		end()
		return nil, fmt.Errorf("start node %q: %w", cfg.Name, err)
	}
	n.owner.init(n, m)

	started := make(chan struct{})
	n.wg.Go(func() {
		defer end()
		n.run(boot, started)
	})
	<-started
	if n.listener != nil {
		n.wg.Go(n.accept)
	}
	n.log.Info("started", zap.Stringer("address", n.addr), zap.Bool("source", boot.IsSource),
		zap.Int("owns", len(boot.Owns)), zap.Int("held", len(boot.Held)))
	return n, nil
}

// boot opens the listener and collects what the node knows when it starts.
func (n *Node) boot() (core.Boot, error) {
	if err := n.listen(); err != nil {
		return core.Boot{}, err
	}
	n.peers.init(n.addr, n.cfg.MaxPeers)
	b := core.Boot{Name: core.HashName(n.cfg.Name), IsSource: n.cfg.Library != nil && n.cfg.Master == ""}
	for _, p := range []struct {
		what, addr string
		id         *core.NodeID
	}{{"master", n.cfg.Master, &b.Master}, {"supermaster", n.cfg.Supermaster, &b.Supermaster},
		{"source", n.cfg.Source, &b.Source}} {
		if p.addr == "" {
			continue
		}
		a, err := resolve(p.addr)
		if err == nil {
			*p.id, err = n.peers.intern(a)
		}
		if err != nil {
			return b, fmt.Errorf("%s: %w", p.what, err)
		}
		n.peers.keep(*p.id)
	}
	n.masterID = b.Master
	describe := func(m *manifest.Manifest, own bool) (core.VideoDesc, error) {
		v, err := n.videos.intern(m.Name(), m.ID())
		if err == nil && !n.videos.bind(v, m, own) {
			err = errors.New("known under another handle")
		}
		if err != nil {
			return core.VideoDesc{}, fmt.Errorf("video %q: %w", m.Name(), err)
		}
		return core.VideoDesc{Video: v, Info: m.Info()}, nil
	}
	if n.cfg.Library != nil {
		for _, m := range n.cfg.Library.Manifests() {
			d, err := describe(m, true)
			if err != nil {
				return b, err
			}
			b.Owns = append(b.Owns, d)
		}
	}
	if n.cfg.Store == nil {
		return b, nil
	}
	n.watchStore()
	for _, m := range n.cfg.Store.Manifests() {
		if v, ok := n.videos.find(m.ID()); ok && n.videos.at(v).own || !n.believes(m, "the store") {
			continue
		}
		d, err := describe(m, false)
		if err != nil {
			return b, err
		}
		b.Knows = append(b.Knows, d)
	}
	for _, k := range n.cfg.Store.Held() {
		v, ok := n.videos.find(k.ID)
		switch {
		case !ok: // its manifest is not believed
			if err := n.cfg.Store.Drop(k); err != nil {
				return b, err
			}
		case !n.videos.at(v).own:
			b.Held = append(b.Held, core.ChunkID{Video: v, Chunk: k.Chunk})
		}
	}
	return b, nil
}

// listen opens the listener and finds out the node's address.
func (n *Node) listen() error {
	if n.cfg.Listen == "" {
		if n.cfg.Advertise != "" {
			return fmt.Errorf("advertise %q: a node that does not listen has no address", n.cfg.Advertise)
		}
		return nil
	}
	hostport, err := ParseAddr(n.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	l, err := net.Listen("tcp", hostport)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %s: another program uses this port, choose another or end it: %w", hostport, err)
	}
	if err != nil {
		return fmt.Errorf("listen on %s: %w", hostport, err)
	}
	n.listener = l.(*net.TCPListener)
	n.addr = canonical(n.listener.Addr().(*net.TCPAddr).AddrPort())
	if n.cfg.Advertise != "" {
		a, err := resolve(n.cfg.Advertise)
		if err != nil {
			return fmt.Errorf("advertise: %w", err)
		}
		n.addr = a
	}
	return nil
}

// Addr returns the address under which others can dial this node, "" if there is none. Its IP is unspecified if the
// node listens on all of its addresses and advertises none.
func (n *Node) Addr() string {
	if !n.addr.IsValid() {
		return ""
	}
	return n.addr.String()
}

// Listening returns the address that the node listens on, "" if it does not.
func (n *Node) Listening() string {
	if n.listener == nil {
		return ""
	}
	return n.listener.Addr().String()
}

// Peer returns the handle of the node at an address, host:port or tcp://host:port, and 0 if that is no address, the
// name service does not know the host, or the address book is full.
func (n *Node) Peer(addr string) core.NodeID {
	a, err := resolve(addr)
	if err != nil {
		n.log.Warn("no such peer", zap.Error(err))
		return 0
	}
	id, err := n.peers.intern(a)
	if err != nil {
		n.log.Warn("no handle for a peer", zap.String("address", addr), zap.Error(err))
	}
	return id
}

// PeerAddr returns the address behind a handle, "" if it has none.
func (n *Node) PeerAddr(id core.NodeID) string {
	if a := n.peers.at(id); a.IsValid() {
		return a.String()
	}
	return ""
}

// Video returns the handle of a name, and 0 if that cannot be a video's name or there are too many.
func (n *Node) Video(name string) core.Video {
	v, err := n.videos.intern(name, manifest.ID{})
	if err != nil {
		n.log.Warn("no handle for a video", zap.String("video", name), zap.Error(err))
	}
	return v
}

// Manifest returns the manifest behind a handle, nil if it is not known yet.
func (n *Node) Manifest(v core.Video) *manifest.Manifest {
	if e := n.videos.at(v); e != nil {
		return e.m
	}
	return nil
}

// ReadAt fills buf with the bytes of a chunk from off on, all of them verified. It fails for bytes that are not here.
func (n *Node) ReadAt(id core.ChunkID, off int64, buf []byte) error {
	e := n.videos.at(id.Video)
	if e == nil || e.m == nil {
		return fmt.Errorf("read video %d: %w", id.Video, errNoManifest)
	}
	return n.bytesOf(e).ReadAt(store.Key{ID: e.id, Chunk: id.Chunk}, off, buf)
}

var errNoManifest = errors.New("its manifest is not known")

// Do runs f as a callback of the node and returns true when f has run, or false if the node has ended.
func (n *Node) Do(f func(net core.Network, self core.NodeID)) bool {
	done := make(chan struct{})
	if !n.post(event{kind: evDo, arg: doing{f, done}}) {
		return false
	}
	select {
	case <-done:
		return true
	case <-n.quit:
		select { // the owner may have done it as its last deed
		case <-done:
			return true
		default:
			return false
		}
	}
}

// Relink changes the rates of the node's link, 0 meaning no limit, for what is sent and received from now on. A frame that
// waits for its turn already waits as the former rate would have it, so a link that was slow is faster by a frame's time
// later: at 100 kbit/s 5 s for the 64 KiB that leave, 1.3 s for the 16 KiB that are read at once.
func (n *Node) Relink(uplink, downlink core.Rate) {
	now := time.Now()
	n.uplink.set(now, uplink)
	n.downlink.set(now, downlink)
}

// View hands a viewer's doing to the Machine. It does not wait.
func (n *Node) View(e core.ViewEvent) { n.post(event{kind: evView, arg: e}) }

// Traffic returns what the node has sent and received.
func (n *Node) Traffic() Traffic { return n.meters.traffic() }

// Counters returns what happened to the node's connections.
func (n *Node) Counters() Counters { return n.meters.counters() }

// Close ends the node: it tells its peers, runs OnStop and waits until no goroutine or descriptor of the node is left.
// Last words that ctx leaves no time for are not said; the node has ended even if Close returns ctx's error.
func (n *Node) Close(ctx context.Context) error {
	n.gate.open()
	n.post(event{kind: evStop})
	return n.end(ctx)
}

// Kill ends the node as kill -9 would: peers see the connections break, OnStop does not run. It returns when no
// goroutine or descriptor of the node is left.
func (n *Node) Kill() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n.Hang() // so that no callback runs and none begins
	n.killed.Store(true)
	if n.listener != nil {
		n.listener.Close()
	}
	n.socks.closeAll()
	n.gate.open()
	n.post(event{kind: evKill})
	_ = n.end(ctx)
}

// end waits for the node's goroutines, and no longer than ctx allows for those that talk to peers.
func (n *Node) end(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		n.wg.Wait()
		close(ended)
	}()
	var err error
	select {
	case <-ended:
	case <-ctx.Done():
		err = ctx.Err()
		n.socks.closeAll()
		<-ended
	}
	return err
}

// Hang stops the node's goroutines; its sockets stay open, as with SIGSTOP. No callback is running when it returns.
// What a writer had begun to write may still leave.
func (n *Node) Hang() {
	n.gate.close()
	n.turn.Lock() // waits for the callback that is running
	defer n.turn.Unlock()
}

// Resume ends a Hang.
func (n *Node) Resume() { n.gate.open() }

// socks are the sockets that must be closed if the node is to end at once.
type socks struct {
	mu     sync.Mutex
	closed bool
	open   map[net.Conn]struct{}
}

// add remembers a socket. It closes it and returns false if the node has ended.
func (s *socks) add(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		c.Close()
		return false
	}
	s.open[c] = struct{}{}
	return true
}

// close closes and forgets a socket.
func (s *socks) close(c net.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
}

func (s *socks) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.open {
		c.Close()
	}
	clear(s.open)
}
