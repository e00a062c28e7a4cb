package realnet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/trust"
	"peerstreamer/realnet/wire"
)

// Config says who a node is and what it may use. The zero value of each field but Name is a sensible choice.
type Config struct {
	Name   string // 1..core.MaxName bytes, see manifest.CheckName; the same after a restart
	Listen string // host:port; port 0 picks one; "": nobody can dial this node

	// Advertise is the host:port under which others can dial this node. "" means the address it listens on, and if that
	// has no IP, the IP that each peer sees.
	Advertise string

	// NAT says that peers cannot dial this node though it may listen, for viewers nearby: it tells no address, and serves
	// peers over the connections that it opens.
	NAT bool

	Web uint16 // port of the node's web server on this machine, for peers to know; 0: none

	Master, Supermaster, Source string // host:port or tcp://host:port, resolved at the start; "": none

	// Keys prove the node to its peers and them to it, with TLS; nil: anyone may be a peer, in plain text.
	Keys *identity.Keys
	// Join serves whoever wants to become a member of the swarm, and ends before ctx does. nil: nobody can join here.
	// An error that wraps ErrMisbehaved is counted as a breach of the protocol.
	Join func(ctx context.Context, conn *tls.Conn) error

	Trust *trust.Book // whose manifests are believed; nil: a book without pins that ends with the node

	Store   store.Chunks     // of chunks; nil: the node keeps nothing and so can receive nothing
	Library *library.Library // of videos that the node owns; nil: none. A node with a Library and no Master is a source

	Uplink, Downlink core.Rate // 0: not limited
	Slots            int32     // uploads at a time, for core; 0: not limited
	StoreChunks      int32     // chunks the store may hold, for core; 0: not limited

	// StoreBytes is how many bytes the store may hold, for core, and no more than its disk has room for; 0: not limited,
	// by the disk either.
	StoreBytes core.Bytes

	Seed uint64      // of the node's stream of randomness, with its name
	Log  *zap.Logger // nil: nothing is logged
	Limits

	// Heard returns the videos that others have told of, for who comes to look; nil: none. It may be called from any
	// goroutine, also at the same time, and must not block.
	Heard func() []wire.Holding

	// OnDeliver gets what the Machine Delivers. It runs on the owner's goroutine: it must not block or call the Node.
	OnDeliver func(core.View, core.Delivery)

	// OnRefused gets the reason why a peer that was dialled, and answers, is not to be talked to: one of the two does not
	// want the other. It may be called from any goroutine, also at the same time.
	OnRefused func(because string)

	// OnStop gets what the Machine's OnStop returned, when the node ends with Close.
	OnStop func(held []core.ChunkID)
}

// ErrMisbehaved is what Config.Join's error wraps if the peer broke the rules.
var ErrMisbehaved = errors.New("broke the rules")

// Limits bound what strangers can make a node do. Zero means the default, which DefaultLimits returns.
type Limits struct {
	MaxConns      int           // connections, those being dialled included
	MaxHandshakes int           // connections accepted and not yet introduced; more wait in the kernel's queue
	MaxDials      int           // connections being dialled at once; more wait their turn
	MaxQueued     core.Bytes    // control bytes that wait for one peer; a peer that lets more pile up is closed
	MaxQueuedAll  core.Bytes    // control bytes that wait for all peers; then the one for which most wait is closed
	MaxFlows      int           // flows that one peer has begun and not ended
	MaxVideos     int           // names of videos that the node remembers
	MaxPeers      int           // addresses of nodes that the node remembers; then the longest unused go
	MaxManifest   int           // bytes of a manifest
	MaxManifests  core.Bytes    // bytes of all manifests that peers have sent, and again of those that are arriving
	Handshake     time.Duration // for a peer that dialled to say who it is
	Dial          time.Duration // for a peer that was dialled to answer; core has its own, shorter, timers
	Stall         time.Duration // without a byte in the middle of a frame, or for the peer to take one
	Farewell      time.Duration // for the last words on a connection that closes
	Ban           time.Duration // for which a peer that broke the rules is kept out the first time, then twice as long
	SendBuffer    int           // bytes that the kernel may hold for a peer
	Unsent        int           // and of these that have not left yet: what a message waits behind on a slow link (Linux)
	ReceiveBuffer int           // bytes that the kernel may hold from a peer; 0: what it thinks best
}

// DefaultLimits returns the limits that zeros stand for.
func DefaultLimits() Limits {
	return Limits{
		MaxConns:      4096,
		MaxHandshakes: 64,
		MaxDials:      64,
		MaxQueued:     manifest.MaxSize + 16*core.MiB,
		MaxQueuedAll:  256 * core.MiB,
		MaxFlows:      1024,
		MaxVideos:     1 << 16,
		MaxPeers:      1 << 16,
		MaxManifest:   manifest.MaxSize,
		MaxManifests:  256 * core.MiB,
		Handshake:     5 * time.Second,
		Dial:          2 * time.Minute,
		Stall:         20 * time.Second,
		Farewell:      2 * time.Second,
		Ban:           30 * time.Second,
		SendBuffer:    256 << 10,
		Unsent:        128 << 10,
	}
}

// or sets v to the default unless it has a value.
func or[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// withDefaults returns l with defaults for zeros.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	or(&l.MaxConns, d.MaxConns)
	or(&l.MaxHandshakes, d.MaxHandshakes)
	or(&l.MaxDials, d.MaxDials)
	or(&l.MaxQueued, d.MaxQueued)
	or(&l.MaxQueuedAll, d.MaxQueuedAll)
	or(&l.MaxFlows, d.MaxFlows)
	or(&l.MaxVideos, d.MaxVideos)
	or(&l.MaxPeers, d.MaxPeers)
	or(&l.MaxManifest, d.MaxManifest)
	or(&l.MaxManifests, d.MaxManifests)
	or(&l.Handshake, d.Handshake)
	or(&l.Dial, d.Dial)
	or(&l.Stall, d.Stall)
	or(&l.Farewell, d.Farewell)
	or(&l.Ban, d.Ban)
	or(&l.SendBuffer, d.SendBuffer)
	or(&l.Unsent, d.Unsent)
	return l
}

// validate returns all faults at once, or nil.
func (c *Config) validate() error {
	var faults []error
	if err := manifest.CheckName(c.Name); err != nil {
		faults = append(faults, fmt.Errorf("node's name: %w", err))
	}
	for _, n := range []struct {
		what  string
		value int64
	}{{"uplink", int64(c.Uplink)}, {"downlink", int64(c.Downlink)}, {"slots", int64(c.Slots)},
		{"store chunks", int64(c.StoreChunks)}, {"store bytes", int64(c.StoreBytes)}, {"connections", int64(c.MaxConns)},
		{"handshakes", int64(c.MaxHandshakes)}, {"dials", int64(c.MaxDials)}, {"queued bytes", int64(c.MaxQueued)},
		{"queued bytes in all", int64(c.MaxQueuedAll)},
		{"flows", int64(c.MaxFlows)}, {"videos", int64(c.MaxVideos)}, {"peers", int64(c.MaxPeers)},
		{"manifest bytes", int64(c.MaxManifest)}, {"manifest bytes in all", int64(c.MaxManifests)}, {"handshake time", int64(c.Handshake)}, {"dial time", int64(c.Dial)},
		{"stall time", int64(c.Stall)}, {"farewell time", int64(c.Farewell)}, {"ban time", int64(c.Ban)}, {"send buffer", int64(c.SendBuffer)},
		{"unsent bytes", int64(c.Unsent)},
		{"receive buffer", int64(c.ReceiveBuffer)}} {
		if n.value < 0 {
			faults = append(faults, fmt.Errorf("%s %d: want 0 or more", n.what, n.value))
		}
	}
	if c.Join != nil && c.Keys == nil {
		faults = append(faults, errors.New("a node without keys cannot let others join"))
	}
	if c.Keys != nil && c.Keys.Name() != c.Name {
		faults = append(faults, fmt.Errorf("the node's name is %q and its certificate's %q: want the same", c.Name, c.Keys.Name()))
	}
	return errors.Join(faults...)
}
