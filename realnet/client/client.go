package client

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/trust"
)

// Config says what to read, where and how fast.
type Config struct {
	Source   string        // the node, tcp://host:port
	Video    string        // its name
	Interval time.Duration // from the end of a chunk to the request for the next; 0: as fast as it comes
	GiveUp   time.Duration // without a byte; 0: DefaultGiveUp
	Protocol core.Config   // zero: core.DefaultConfig
	Log      *zap.Logger   // nil: nothing is logged

	Keys *identity.Keys      // prove the viewer, under their name; nil: plain text
	Pins []ed25519.PublicKey // of the sources that are believed; none: any
}

// DefaultGiveUp is how long a silent node is given to come back.
const DefaultGiveUp = 30 * time.Second

// Result is what happened.
type Result struct {
	Bytes      core.Bytes
	Chunks     uint32
	FirstByte  time.Duration // from the start to the first byte written
	LongestGap time.Duration // between two writes, the first byte excluded
	Took       time.Duration
}

// ErrNoVideo says that the node, and everybody it could ask, has no such video.
var ErrNoVideo = errors.New("no such video")

// ErrSilent says that the node did not send a byte for GiveUp.
var ErrSilent = errors.New("no data")

// ErrRefused says that the node answers, and that it or the viewer does not want to talk to the other.
var ErrRefused = errors.New("no connection")

// readAhead is how many chunks are asked for before they are written, where no interval is asked for.
const readAhead = 4

// Stream reads the whole video and writes it to w. What it has written is verified, in order and without gaps, whatever
// the error. It returns when the video has ended, ctx is done, w fails, or the node cannot go on. If ctx ends while w
// takes nothing, that one Write may still be under way when it returns.
func Stream(ctx context.Context, cfg Config, w io.Writer) (Result, error) {
	if err := manifest.CheckName(cfg.Video); err != nil {
		return Result{}, fmt.Errorf("stream: %w", err)
	}
	if cfg.GiveUp == 0 {
		cfg.GiveUp = DefaultGiveUp
	}
	proto := cfg.Protocol
	if proto == (core.Config{}) {
		proto = core.DefaultConfig()
	}
	proto.ReadAhead = readAhead
	if cfg.Interval > 0 {
		proto.ReadAhead = 1
	}
	addr, err := realnet.ParseAddr(cfg.Source)
	if err != nil {
		return Result{}, fmt.Errorf("stream: source: %w", err)
	}
	if err := knock(ctx, addr); err != nil {
		return Result{}, fmt.Errorf("stream: nobody answers at %s, is the node running there? %w", cfg.Source, err)
	}
	news := newNews()
	name := "viewer-" + nonce()
	if cfg.Keys != nil {
		name = cfg.Keys.Name()
	}
	chunks := &store.Memory{}
	node, err := realnet.Start(realnet.Config{
		Name: name, Keys: cfg.Keys, Trust: trust.New(cfg.Pins...), Master: addr, Store: chunks, StoreChunks: int32(proto.ReadAhead) + 1,
		OnDeliver: func(_ core.View, d core.Delivery) { news.put(d) }, OnRefused: news.refuse, Log: cfg.Log,
	}, core.NewSwarm(proto, core.NewDirect()))
	if err != nil {
		return Result{}, fmt.Errorf("stream: %w", err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = node.Close(end)
	}()
	r := reader{cfg: cfg, node: node, chunks: chunks, news: news, video: node.Video(cfg.Video), began: time.Now(),
		out: make(chan []byte), wrote: make(chan error, 1)}
	defer close(r.out)
	go r.writes(w)
	node.View(core.ViewEvent{Kind: core.ViewOpen, Player: core.Pull, View: 1, Video: r.video})
	err = r.run(ctx)
	r.result.Took = time.Since(r.began)
	if err != nil {
		return r.result, fmt.Errorf("stream %q from %s: %w", cfg.Video, cfg.Source, err)
	}
	return r.result, nil
}

// knock tells at once that nobody listens, which the protocol would keep trying to change.
func knock(ctx context.Context, addr string) error {
	d := net.Dialer{Timeout: 5 * time.Second}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return c.Close()
}

func nonce() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// reader writes what the node says is readable.
type reader struct {
	cfg    Config
	node   *realnet.Node
	chunks *store.Memory
	news   *news
	out    chan []byte // to be written,
	wrote  chan error  // and how it went
	video  core.Video
	began  time.Time
	last   time.Time // of the last write
	chunk  uint32    // the next byte to write is in this chunk,
	off    int64     // there
	result Result
}

// mostAtOnce bounds a Write, so that gaps are seen and a player is not left waiting for what is here.
const mostAtOnce = 256 << 10

func (r *reader) run(ctx context.Context) error {
	silence := time.NewTimer(r.cfg.GiveUp)
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-silence.C:
			return fmt.Errorf("%w for %v, after %d bytes: the node's log says whom it cannot reach", ErrSilent, r.cfg.GiveUp,
				r.result.Bytes)
		case because := <-r.news.refused:
			if r.result.Bytes == 0 { // Later it may be a node that has just been restarted, and the protocol tries again.
				return fmt.Errorf("%w: %s", ErrRefused, because)
			}
			continue
		case <-r.news.bell:
		}
		d := r.news.take()
		switch d.Why {
		case core.Fine, core.End:
		case core.NoVideo:
			return fmt.Errorf("%w: check the name, and that the source serves it", ErrNoVideo)
		default:
			return errors.New(d.Why.String())
		}
		if err := r.write(ctx, d); err != nil {
			return err
		}
		if d.Why == core.End {
			return nil
		}
		silence.Reset(r.cfg.GiveUp)
	}
}

// write writes what is readable up to d.
func (r *reader) write(ctx context.Context, d core.Delivery) error {
	m := r.node.Manifest(r.video)
	if m == nil {
		return errors.New("data before the manifest")
	}
	info := m.Info()
	for r.chunk < d.Chunk {
		if err := r.copy(ctx, m.ID(), int64(info.ChunkBytes(r.chunk))); err != nil {
			return err
		}
		r.chunk, r.off = r.chunk+1, 0
		r.result.Chunks++
		if r.cfg.Interval > 0 && r.chunk < info.Chunks() {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(r.cfg.Interval):
			}
		}
		r.node.View(core.ViewEvent{Kind: core.ViewNeed, View: 1, Video: r.video, Chunk: r.chunk})
	}
	return r.copy(ctx, m.ID(), int64(info.Prefix(d.Chunk, d.Pieces)))
}

// copy writes the chunk's bytes before end that are not written yet.
func (r *reader) copy(ctx context.Context, id manifest.ID, end int64) error {
	for r.off < end {
		n := min(mostAtOnce, end-r.off)
		loan, err := r.chunks.Borrow(store.Key{ID: id, Chunk: r.chunk}, r.off, n)
		if err != nil {
			return fmt.Errorf("chunk %d: %w", r.chunk, err)
		}
		if err := r.put(ctx, loan.Bytes); err != nil {
			return err // and the write may go on with its loan
		}
		loan.Return()
		now := time.Now()
		if r.result.Bytes == 0 {
			r.result.FirstByte = now.Sub(r.began)
		} else {
			r.result.LongestGap = max(r.result.LongestGap, now.Sub(r.last))
		}
		r.last = now
		r.off += n
		r.result.Bytes += core.Bytes(n)
	}
	return nil
}

// writes writes what put hands out.
func (r *reader) writes(w io.Writer) {
	for b := range r.out {
		_, err := w.Write(b)
		r.wrote <- err
	}
}

// put has b written. A player that is paused takes nothing for as long as it likes, and ctx must end even that: then the
// write and its goroutine are left behind, until w fails or takes what it was given.
func (r *reader) put(ctx context.Context, b []byte) error {
	r.out <- b
	select {
	case err := <-r.wrote:
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// news holds the latest delivery: what came before it is contained in it.
type news struct {
	mu   sync.Mutex
	last core.Delivery
	bell chan struct{}

	refused chan string // why the node is not to be talked to
}

func newNews() *news { return &news{bell: make(chan struct{}, 1), refused: make(chan string, 1)} }

func (n *news) refuse(because string) {
	select {
	case n.refused <- because:
	default:
	}
}

func (n *news) put(d core.Delivery) {
	n.mu.Lock()
	n.last = d
	n.mu.Unlock()
	select {
	case n.bell <- struct{}{}:
	default:
	}
}

func (n *news) take() core.Delivery {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last
}
