package station

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/audience"
	"peerstreamer/realnet/catalog"
	"peerstreamer/realnet/control"
	"peerstreamer/realnet/gateway"
	"peerstreamer/realnet/ingest"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/playback"
	"peerstreamer/realnet/quota"
	"peerstreamer/realnet/status"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/trust"
)

// Config says what a station is made of.
type Config struct {
	Node realnet.Config // Store, Library, Trust and OnDeliver are for the station to fill in

	Chunks  string              // directory of the chunk store, made if it does not exist; "": the node keeps nothing
	Videos  string              // directory of the source's database; "": it is no source
	SignKey ed25519.PrivateKey  // of the source; nil: manifests are not signed
	Pins    []ed25519.PublicKey // of the sources that are believed; none: whoever was first with a name
	Viewers playback.Options    // bounds on them
	Ahead   uint32              // chunks fetched for a viewer before they are read, the one being read included; 0: core's default
	HTTP    string              // host:port for browsers and players; "": none
	Web     gateway.Options     // how they are served
	Status  status.Access       // who may see how the node does, beside this machine
	Others  []string            // web servers of nodes, http://host:port, that are asked for all of the tree beside the node's peers
	Debug   bool                // profiles under /debug/pprof, for those who may see the status
	Rescan  time.Duration       // how often the database is read again; 0: RescanEvery
	Watch   string              // directory whose files become videos of the database; "": none
	Add     ingest.Options      // how they do
	Night   *Night              // when the link has other rates; nil: never
	Quotas  quota.List          // how much is kept at most of each video
	Policy  core.ClassicConfig  // zero: Policy()
	Log     *zap.Logger         // nil: nothing is logged
}

// RescanEvery is how often a running source looks for videos that were added, replaced or removed.
const RescanEvery = 2 * time.Second

// Files of a node in its chunk directory, besides the store's.
const (
	heardFile   = ".heard"   // which videos there are in the swarm
	sourcesFile = ".sources" // which name belongs to which source
)

// Policy returns the settings of the classic policy that a deployed node uses.
func Policy() core.ClassicConfig {
	p := core.DefaultClassic()
	p.Early = true
	return p
}

// Station is a running node and what belongs to it. The fields are there to be looked at; nil where Config asked for none.
type Station struct {
	Node    *realnet.Node
	Machine *core.Swarm
	Desk    *playback.Desk
	Library *library.Library
	Store   *store.Store
	Trust   *trust.Book
	Gateway *gateway.Server
	People  *audience.Audience
	Status  *status.Board

	heard *catalog.Heard
	known known
	pins  *control.Pins // nil without a chunk directory

	quotas atomic.Pointer[quota.List]

	prefetches *prefetches
	link       link

	log     *zap.Logger
	closers []func(ctx context.Context) error // the last first
}

// Start opens all and starts the node. What was opened before an error is closed again.
func Start(cfg Config) (_ *Station, err error) {
	s := &Station{log: cfg.Log, prefetches: newPrefetches(), Desk: playback.NewDesk(cfg.Viewers)}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	defer func() {
		if err != nil {
			gone, cancel := context.WithCancel(context.Background())
			cancel()
			err = errors.Join(err, s.Close(gone))
		}
	}()
	node := cfg.Node
	node.Log, node.OnDeliver = s.log, s.Desk.Deliver
	if cfg.Videos != "" {
		if s.Library, err = library.Open(cfg.Videos); err != nil {
			return nil, fmt.Errorf("videodatabase: %w", err)
		}
		s.onClose(s.Library.Close)
		if cfg.SignKey != nil {
			s.Library.Sign(cfg.SignKey)
		}
		node.Library = s.Library
	}
	if cfg.Chunks != "" {
		if s.Store, err = store.Open(cfg.Chunks, store.Options{Create: true, Log: s.log}); err != nil {
			return nil, fmt.Errorf("chunkdirectory: %w", err)
		}
		s.onClose(s.Store.Close)
		node.Store = s.Store
		if s.Trust, err = trust.Open(filepath.Join(cfg.Chunks, sourcesFile), cfg.Pins); err != nil {
			return nil, err
		}
		s.onClose(s.Trust.Close)
		if s.pins, err = control.LoadPins(cfg.Chunks); err != nil {
			return nil, err
		}
		if err = s.prefetches.keepIn(cfg.Chunks); err != nil {
			return nil, err
		}
		node.Trust = s.Trust
		if n := s.Store.Bad(); n > 0 {
			s.log.Warn("threw away chunks that were damaged on the disk", zap.Int("chunks", n))
		}
	}
	s.heard = s.hearOf(cfg)
	node.Heard = s.heard.List
	if cfg.Policy == (core.ClassicConfig{}) {
		cfg.Policy = Policy()
	}
	protocol := core.DefaultConfig()
	protocol.ReadAhead = cmp.Or(cfg.Ahead, protocol.ReadAhead)
	if err := protocol.Validate(); err != nil {
		return nil, err
	}
	var web net.Listener
	if cfg.HTTP != "" {
		if web, err = s.listen(cfg.HTTP, &node); err != nil {
			return nil, err
		}
	}
	s.Machine = core.NewSwarm(protocol, core.NewClassic(cfg.Policy))
	notices := s.notices()
	if s.Node, err = realnet.Start(node, s.Machine); err != nil {
		close(notices)
		if web != nil {
			web.Close()
		}
		return nil, err
	}
	s.Desk.Serve(s.Node, s.Machine)
	s.logNotices(notices)
	s.closers = append(s.closers, s.Node.Close)
	s.background(s.heard.Run)
	if s.Store != nil {
		s.repin() // before what is not pinned goes because of a quota
	}
	s.Requota(cfg.Quotas)
	if s.Store != nil {
		s.background(s.runPrefetches)
		s.background(s.keepPinned)
	}
	s.link = link{relink: s.Node.Relink, up: cfg.Node.Uplink, down: cfg.Node.Downlink, night: cfg.Night}
	if cfg.Night != nil {
		s.background(s.link.follow)
	}
	if cfg.Watch != "" {
		w := ingest.Watcher{Dir: cfg.Watch, Database: cfg.Videos, Options: cfg.Add, Log: s.log}
		s.background(w.Run)
	}
	s.listenForOwner(cfg)
	if s.Library != nil {
		rescan := cmp.Or(cfg.Rescan, RescanEvery)
		s.background(func(ctx context.Context) { s.watchLibrary(ctx, rescan) })
	}
	if web != nil {
		if err := s.serve(web, cfg); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Station) onClose(f func() error) {
	s.closers = append(s.closers, func(context.Context) error { return f() })
}

// background runs f until the station closes.
func (s *Station) background(f func(context.Context)) {
	ctx, end := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { f(ctx) })
	s.onClose(func() error {
		end()
		ended.Wait()
		return nil
	})
}

// notices returns where the machine's notices go.
func (s *Station) notices() chan core.Notice {
	notices := make(chan core.Notice, 256)
	s.Machine.Observe(func(n core.Notice) {
		select {
		case notices <- n:
		default: // A log that is so far behind may miss some.
		}
	})
	return notices
}

// logNotices logs them until the node has ended.
func (s *Station) logNotices(notices chan core.Notice) {
	var logged sync.WaitGroup
	logged.Go(func() {
		for n := range notices {
			s.log.Info(n.Kind.String(), zap.String("peer", s.Node.PeerAddr(n.Peer)))
		}
	})
	s.onClose(func() error {
		close(notices)
		logged.Wait()
		return nil
	})
}

// Record returns what the node received, sent and kept.
func (s *Station) Record() (r core.NodeRecord) {
	s.Node.Do(func(_ core.Network, self core.NodeID) { r = s.Machine.Node(self) })
	return r
}

// Close ends viewers, the node and all that was opened. Peers are told and requests under way are given time until ctx ends.
func (s *Station) Close(ctx context.Context) (err error) {
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i](ctx))
	}
	s.closers = nil
	return err
}
