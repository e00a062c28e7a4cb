package realnet

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

var _ core.Network = (*owner)(nil)

// conn returns an open handle's connection, nil if there is none.
func (o *owner) conn(id core.Conn) *conn {
	if int(id) >= len(o.conns) {
		return nil
	}
	return o.conns[id]
}

// Now returns the time since the node started.
func (o *owner) Now() core.Time { return core.Time(time.Since(o.began)) }

// Rand draws from the node's stream.
func (o *owner) Rand() uint64 { return o.rng.Uint64() }

// SetTimer moves a deadline; the alarm follows when the callback has returned.
func (o *owner) SetTimer(t core.Timer, at core.Time) { o.deadlines[t] = at }

// Dial returns the peer's connection or begins to make one.
func (o *owner) Dial(peer core.NodeID) core.Conn {
	if c := o.byPeer[peer]; c != nil {
		return c.id
	}
	c := o.newConn(peer)
	o.byPeer[peer] = c
	o.startDial(c)
	return c.id
}

// Close ends a connection.
func (o *owner) Close(id core.Conn, why core.Reason) {
	if c := o.conn(id); c != nil {
		o.drop(c, why)
	}
}

// Send queues a message.
func (o *owner) Send(id core.Conn, m core.Msg) {
	c := o.conn(id)
	if c == nil || m.Video != 0 && o.videos.at(m.Video) == nil {
		return
	}
	if !c.low {
		m = m.Unmarked()
	}
	var peers wire.Peers
	for i, p := range m.IDs[:min(m.NIDs, core.MaxPeers)] {
		peers[i] = o.peers.at(p)
	}
	f, _ := m.Kind.Fields()
	o.say(c, func(b []byte) []byte {
		if f&core.FieldVideo != 0 {
			b = o.introduce(c, b, m.Video)
		}
		return wire.AppendMsg(b, &m, &peers)
	})
}

// Queued returns what the kernel has not taken yet.
func (o *owner) Queued(id core.Conn) core.Bytes {
	if c := o.conn(id); c != nil {
		return c.out.queued()
	}
	return 0
}

// Describe sends a manifest.
func (o *owner) Describe(id core.Conn, v core.Video) {
	c, e := o.conn(id), o.videos.at(v)
	if c == nil || e == nil || e.m == nil {
		return
	}
	o.say(c, func(b []byte) []byte {
		return wire.AppendManifest(o.introduce(c, b, v), v, e.m.Encoded())
	})
}

// Watch expects a flow, or changes the step of one that is expected.
func (o *owner) Watch(id core.Conn, s core.Span, step uint8) uint8 {
	if c := o.conn(id); c != nil && s.N > 0 && o.videos.at(s.Video) != nil {
		o.cast(c)
		return c.in.watch(c, s, step)
	}
	return 0
}

// Received returns what has come of a watched span.
func (o *owner) Received(id core.Conn, s core.Span) core.Bytes {
	if c := o.conn(id); c != nil {
		return c.in.received(s)
	}
	return 0
}

// Refuse ends a watch.
func (o *owner) Refuse(id core.Conn, s core.Span) {
	c := o.conn(id)
	if c == nil {
		return
	}
	switch flow, was := c.in.refuse(s); was {
	case watchFlowing:
		o.say(c, func(b []byte) []byte { return wire.AppendRefuse(b, flow) })
	case watchWaiting:
		o.say(c, func(b []byte) []byte { return wire.AppendForget(o.introduce(c, b, s.Video), s) })
	}
}

// Transfer begins a flow.
func (o *owner) Transfer(id core.Conn, offer core.Offer) core.Flow {
	c, e := o.conn(id), o.videos.at(offer.Video)
	if c == nil || e == nil || e.m == nil || offer.N == 0 || offer.Chunk >= e.m.Info().Chunks() ||
		int(offer.First)+int(offer.N) > int(e.m.Info().Pieces(offer.Chunk)) {
		return 0
	}
	o.cast(c)
	f := o.newFlow(c, offer, e)
	c.sends = append(c.sends, f)
	o.say(c, func(b []byte) []byte { return o.introduce(c, b, offer.Video) })
	c.out.start(f)
	if offer.Avail == 0 {
		o.later = append(o.later, event{kind: evFlow, c: c, arg: f})
	}
	return f.id
}

// Extend raises what a flow may send.
func (o *owner) Extend(id core.Flow, avail uint8) {
	if f := o.flow(id); f != nil {
		f.c.out.extend(f, avail)
	}
}

// Cancel ends a flow early.
func (o *owner) Cancel(id core.Flow) {
	if f := o.flow(id); f != nil {
		if !f.c.out.cancel(f) {
			f.c.out.mute(f)
		}
		o.freeFlow(f)
	}
}

// Sent returns how much of a flow the kernel has taken.
func (o *owner) Sent(id core.Flow) (core.Bytes, bool) {
	if f := o.flow(id); f != nil {
		return f.c.out.sentOf(f)
	}
	return 0, false
}

// Limits returns what Config says, or Relink since.
func (o *owner) Limits() core.Limits {
	return core.Limits{
		Uplink: o.uplink.rate(), Downlink: o.downlink.rate(), Slots: o.cfg.Slots, StoreChunks: o.cfg.StoreChunks,
		StoreBytes: o.storeBytes(),
	}
}

// Forget lets a video's name mean another one, in the store too.
func (o *owner) Forget(v core.Video) {
	e := o.videos.forget(v)
	if st, ok := o.cfg.Store.(*store.Store); ok && e != nil && e.m != nil && !e.own {
		if err := st.RemoveManifest(e.id); err != nil {
			o.log.Warn("cannot forget a manifest", zap.String("video", e.name), zap.Error(err))
		}
	}
}

// Drop frees a chunk's bytes.
func (o *owner) Drop(id core.ChunkID) {
	e := o.videos.at(id.Video)
	if e == nil || e.m == nil || e.own || o.cfg.Store == nil {
		return
	}
	if err := o.cfg.Store.Drop(store.Key{ID: e.id, Chunk: id.Chunk}); err != nil {
		o.log.Error("cannot drop a chunk", zap.String("video", e.name), zap.Uint32("chunk", id.Chunk), zap.Error(err))
	}
}

// Deliver hands news to whoever reads a view.
func (o *owner) Deliver(w core.View, d core.Delivery) {
	if o.cfg.OnDeliver != nil {
		o.cfg.OnDeliver(w, d)
	}
}

// bytesOf returns what holds a video's chunks.
func (n *Node) bytesOf(e *video) store.Reader {
	switch {
	case e.own:
		return n.cfg.Library
	case n.cfg.Store != nil:
		return n.cfg.Store
	}
	return nothing{}
}

// nothing holds no chunk.
type nothing struct{}

func (nothing) ReadAt(k store.Key, _ int64, _ []byte) error {
	return fmt.Errorf("read chunk %v: %w", k, store.ErrAbsent)
}

func (nothing) Hashes(store.Key) ([]manifest.Hash, bool) { return nil, false }

// introduce appends the frame that a video's handle needs before its first use on c.
func (o *owner) introduce(c *conn, b []byte, v core.Video) []byte {
	if v == 0 {
		return b
	}
	word, bit := v/64, uint64(1)<<(v%64)
	for int(word) >= len(c.introduced) {
		c.introduced = append(c.introduced, 0)
	}
	if c.introduced[word]&bit != 0 {
		return b
	}
	c.introduced[word] |= bit
	e := o.videos.at(v)
	return wire.AppendVideo(b, wire.Video{Handle: v, ID: e.id, Name: e.name})
}
