package realnet

import (
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

// watch is a span that the Machine expects from a peer. The owner and the connection's reader share it under the
// inbox's lock.
type watch struct {
	c    *conn
	span core.Span
	step uint8
	told uint8 // pieces from the span's first that the Machine knows to be readable

	verified uint8         // pieces from the span's first that are checked and stored
	end      core.FlowKind // the terminal event, once the reader knows it; 0 before
	flow     wire.FlowNumber
	flowing  bool // the flow has reached us
	posted   bool // an evWatch is on its way to the owner
	dead     bool // nobody wants to hear of it

	whole   atomic.Int64 // payload bytes in whole frames
	partial atomic.Int64 // and in the frame that is arriving
}

// news returns whether the owner should look at w.
func (w *watch) news() bool {
	return !w.dead && (w.end != 0 || w.stepDue())
}

// stepDue returns whether a FlowPieces is due: step more pieces are readable, and they are not the last.
func (w *watch) stepDue() bool {
	return w.step > 0 && w.verified-w.told >= w.step && w.told+w.step < w.span.N
}

// watchState says what Refuse found.
type watchState uint8

const (
	watchNone    watchState = iota
	watchWaiting            // no flow has come yet
	watchFlowing
)

// inbox is what a connection expects.
type inbox struct {
	mu        sync.Mutex
	watches   []*watch          // few; in the order in which they were made
	forgotten map[core.Span]int // refused before a flow came: flows of these are not for us until the peer confirms
}

func (in *inbox) find(s core.Span) *watch {
	for _, w := range in.watches {
		if w.span == s {
			return w
		}
	}
	return nil
}

// remove takes w out and makes sure that nothing more comes of it.
func (in *inbox) remove(w *watch) {
	w.dead = true
	for i := range in.watches {
		if in.watches[i] == w {
			in.watches = append(in.watches[:i], in.watches[i+1:]...)
			return
		}
	}
}

// watch makes a watch or changes the step of one, and returns what is readable.
func (in *inbox) watch(c *conn, s core.Span, step uint8) uint8 {
	in.mu.Lock()
	defer in.mu.Unlock()
	w := in.find(s)
	if w == nil {
		in.watches = append(in.watches, &watch{c: c, span: s, step: step})
		return 0
	}
	w.step, w.told = step, w.verified
	return w.told
}

// received returns the bytes that have come for a watch.
func (in *inbox) received(s core.Span) core.Bytes {
	in.mu.Lock()
	defer in.mu.Unlock()
	if w := in.find(s); w != nil {
		return core.Bytes(w.whole.Load() + w.partial.Load())
	}
	return 0
}

// refuse ends a watch, and says what the peer must be told: which flow, or that a flow may still come.
func (in *inbox) refuse(s core.Span) (wire.FlowNumber, watchState) {
	in.mu.Lock()
	defer in.mu.Unlock()
	w := in.find(s)
	if w == nil {
		return 0, watchNone
	}
	in.remove(w)
	switch {
	case !w.flowing:
		if in.forgotten == nil {
			in.forgotten = map[core.Span]int{}
		}
		in.forgotten[s]++
		return 0, watchWaiting
	case w.end == 0:
		return w.flow, watchFlowing
	}
	return 0, watchNone
}

// forgot is the peer's word that flows of s which begin from now on are not those that were refused.
func (in *inbox) forgot(s core.Span) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.forgotten[s]--; in.forgotten[s] <= 0 {
		delete(in.forgotten, s)
	}
}

// claim returns the watch that a flow which begins is for, nil if there is none.
func (in *inbox) claim(s core.Span, flow wire.FlowNumber) *watch {
	in.mu.Lock()
	defer in.mu.Unlock()
	w := in.find(s)
	if w == nil || w.flowing || in.forgotten[s] > 0 {
		return nil
	}
	w.flowing, w.flow = true, flow
	return w
}

// advance counts a piece, the last of which ends the watch, or with a kind other than 0 ends it. It returns whether the
// owner must be told.
func (in *inbox) advance(w *watch, kind core.FlowKind) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if w.end != 0 {
		return false
	}
	if w.end = kind; kind == 0 {
		if w.verified++; w.verified == w.span.N {
			w.end = core.FlowDone
		}
	}
	if w.posted || !w.news() {
		return false
	}
	w.posted = true
	return true
}

// wanted returns whether anybody still waits for w's bytes.
func (in *inbox) wanted(w *watch) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return !w.dead && w.end == 0
}

// takeFlowing removes and returns the oldest watch whose flow has come, nil if there is none.
func (in *inbox) takeFlowing() *watch {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, w := range in.watches {
		if w.flowing {
			in.remove(w)
			return w
		}
	}
	return nil
}

// close ends all watches.
func (in *inbox) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.watches) > 0 {
		in.remove(in.watches[0])
	}
}

// arrived tells the Machine what is new of a watch.
func (o *owner) arrived(w *watch) {
	in := &w.c.in
	for {
		in.mu.Lock()
		w.posted = false
		if w.dead {
			in.mu.Unlock()
			return
		}
		e := core.FlowEvent{Conn: w.c.id, Span: w.span}
		switch {
		case w.stepDue():
			e.Kind = core.FlowPieces
			e.Span.First += w.told
			e.Span.N = w.step
			w.told += w.step
		case w.end != 0:
			e.Kind = w.end
			in.remove(w)
		}
		in.mu.Unlock()
		if e.Kind == 0 {
			return
		}
		o.m.OnFlow(o, self, e)
	}
}

// inflow is a flow that is arriving, as the connection's reader sees it.
type inflow struct {
	w      *watch // nil: nobody watches, what comes is thrown away
	v      *video
	hashes []manifest.Hash
	piece  uint8  // of the chunk: the one that is arriving
	part   []byte // what has come of a piece that is longer than a frame
}

// begin meets a new flow.
func (r *reader) begin(body []byte) error {
	b, err := wire.ParseBegin(body)
	if err != nil {
		return breach("%v", err)
	}
	if r.flows[b.Flow] != nil {
		return breach("flow %d begins twice", b.Flow)
	}
	if len(r.flows) >= r.n.cfg.MaxFlows {
		return &protocolError{core.TooMany, "too many flows at a time"}
	}
	if b.Span.Video, err = r.handle(b.Span.Video); err != nil {
		return err
	}
	f := &inflow{piece: b.Span.First}
	r.flows[b.Flow] = f
	w := r.c.in.claim(b.Span, b.Flow)
	if w == nil {
		if len(b.Hashes) > 0 { // without, it is over already
			return r.refuse(b.Flow)
		}
		return nil
	}
	f.w = w
	r.frames.bulk++
	if len(b.Hashes) == 0 {
		return nil
	}
	f.v = r.n.videos.at(b.Span.Video)
	if f.v == nil || f.v.m == nil || r.n.cfg.Store == nil {
		return r.fail(f, b.Flow, core.FlowCut)
	}
	f.hashes = make([]manifest.Hash, len(b.Hashes)/len(manifest.Hash{}))
	for i := range f.hashes {
		copy(f.hashes[i][:], b.Hashes[i*len(manifest.Hash{}):])
	}
	if err := f.v.m.VerifyHashes(b.Span.Chunk, f.hashes); err != nil {
		r.settle(f, core.FlowCorrupt)
		return &protocolError{core.BadData, err.Error()}
	}
	if int(b.Span.First)+int(b.Span.N) > len(f.hashes) {
		return breach("flow of pieces %d+%d of a chunk that has %d", b.Span.First, b.Span.N, len(f.hashes))
	}
	if err := r.n.cfg.Store.Begin(r.key(f), f.hashes); err != nil {
		return r.storeFailed(f, b.Flow, err)
	}
	return nil
}

// key names the chunk that f is of.
func (r *reader) key(f *inflow) store.Key { return store.Key{ID: f.v.id, Chunk: f.w.span.Chunk} }

// refuse tells the peer to end a flow. It fails if the peer does not read what it is told.
func (r *reader) refuse(flow wire.FlowNumber) error {
	if n := r.c.out.control(func(b []byte) []byte { return wire.AppendRefuse(b, flow) }); n > r.n.cfg.MaxQueued {
		return &protocolError{core.TooMany, "too many control bytes wait for it"}
	}
	return nil
}

// settle gives a watch its terminal event, or with kind 0 one more piece.
func (r *reader) settle(f *inflow, kind core.FlowKind) {
	if r.c.in.advance(f.w, kind) {
		r.n.post(event{kind: evWatch, c: r.c, arg: f.w})
	}
}

// fail ends a watch whose flow goes on until the peer has heard of it.
func (r *reader) fail(f *inflow, flow wire.FlowNumber, kind core.FlowKind) error {
	r.settle(f, kind)
	r.ignore(f)
	return r.refuse(flow)
}

// ignore throws away what still comes of f.
func (r *reader) ignore(f *inflow) {
	if f.w != nil {
		r.frames.bulk--
	}
	*f = inflow{}
}

// storeFailed ends a flow that the store cannot take. If the Machine wanted it no more, that is no news.
func (r *reader) storeFailed(f *inflow, flow wire.FlowNumber, err error) error {
	if r.c.in.wanted(f.w) {
		r.n.log.Error("cannot keep a chunk", zap.String("video", f.v.name), zap.Uint32("chunk", f.w.span.Chunk), zap.Error(err))
	}
	return r.fail(f, flow, core.FlowNoSpace)
}

// data takes a frame of payload. A whole piece is checked and stored from where it lies in the reader's buffer.
func (r *reader) data(body []byte) error {
	flow, payload, err := wire.ParseData(body)
	if err != nil {
		return breach("%v", err)
	}
	r.n.meters.received(r.c, int64(len(payload)))
	r.n.meters.controlReceived.Add(wire.DataSize)
	f := r.flows[flow]
	switch {
	case f == nil:
		return breach("data of flow %d, which has not begun", flow)
	case f.w == nil:
		return nil
	case f.hashes == nil:
		return breach("data of flow %d, which began without hashes", flow)
	case f.piece >= f.w.span.End():
		return breach("more data than flow %d has", flow)
	}
	info, chunk := f.v.m.Info(), f.w.span.Chunk
	size := int(info.Prefix(chunk, f.piece+1) - info.Prefix(chunk, f.piece))
	if len(payload) == 0 || len(f.part)+len(payload) > size {
		return breach("a data frame of %d bytes crosses the edge of piece %d", len(payload), f.piece)
	}
	f.w.partial.Store(0)
	f.w.whole.Add(int64(len(payload)))
	switch {
	case len(payload) == size:
		return r.pieceDone(f, flow, payload)
	case f.part == nil:
		f.part = make([]byte, 0, size)
	}
	if f.part = append(f.part, payload...); len(f.part) < size {
		return nil
	}
	piece := f.part
	f.part = f.part[:0]
	return r.pieceDone(f, flow, piece)
}

// pieceDone checks and stores a piece, and tells the owner if it is time.
func (r *reader) pieceDone(f *inflow, flow wire.FlowNumber, data []byte) error {
	if !r.c.in.wanted(f.w) {
		r.ignore(f)
		return nil
	}
	if manifest.PieceHash(data) != f.hashes[f.piece] {
		r.settle(f, core.FlowCorrupt)
		return &protocolError{core.BadData, "a piece does not match its hash"}
	}
	if err := r.n.cfg.Store.Put(r.key(f), f.piece, data); err != nil {
		return r.storeFailed(f, flow, err)
	}
	f.piece++
	r.settle(f, 0)
	return nil
}

// end takes the sender's word that a flow is over.
func (r *reader) end(body []byte) error {
	flow, how, err := wire.ParseEnd(body)
	if err != nil {
		return breach("%v", err)
	}
	f := r.flows[flow]
	if f == nil {
		return breach("end of flow %d, which has not begun", flow)
	}
	delete(r.flows, flow)
	if f.w == nil {
		return nil
	}
	r.frames.bulk--
	if how == wire.Done && f.piece < f.w.span.End() && r.c.in.wanted(f.w) {
		return breach("flow %d is done before all of it has come", flow)
	}
	r.settle(f, core.FlowCut) // no news if all pieces have come
	return nil
}
