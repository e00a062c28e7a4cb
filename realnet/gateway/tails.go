package gateway

import (
	"context"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/playback"
)

// Bounds on what is fetched that nobody has asked for.
const (
	maxTails    = 4                // at a time; more are left to the players, who will ask
	maxBegun    = 4096             // videos that are remembered as begun; then all are forgotten
	tailTimeout = 30 * time.Second // for one
)

// tails fetches the end of a video when its beginning is first read here: where a file is not made for streaming, its index lies
// there, and the player will ask for it as soon as it has seen the beginning.
type tails struct {
	desk *playback.Desk
	log  *zap.Logger
	ctx  context.Context
	end  context.CancelFunc

	mu      sync.Mutex
	closed  bool
	seen    map[manifest.ID]bool
	running int
	all     sync.WaitGroup
}

func newTails(desk *playback.Desk, log *zap.Logger) *tails {
	t := &tails{desk: desk, log: log, seen: map[manifest.ID]bool{}}
	t.ctx, t.end = context.WithCancel(context.Background())
	return t
}

// begun returns what is to be called when the first bytes of an answer are on their way: a viewer's first piece is not to wait
// for the tail. nil, if the video is too short to have one.
func (t *tails) begun(s *playback.Session) func() {
	m := s.Manifest()
	if m.Info().Chunks() < 3 {
		return nil
	}
	return func() { t.fetch(m, s.Position()) }
}

// fetch fetches the last chunk of a video of which bytes before pos were read, if those are the first and it is the first time.
func (t *tails) fetch(m *manifest.Manifest, pos int64) {
	if pos > int64(m.Info().ChunkSize) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.running == maxTails || t.seen[m.ID()] {
		return
	}
	if len(t.seen) == maxBegun {
		clear(t.seen)
	}
	t.seen[m.ID()] = true
	t.running++
	t.all.Go(func() {
		err := t.read(m)
		t.mu.Lock()
		t.running--
		t.mu.Unlock()
		if err != nil && t.ctx.Err() == nil {
			t.log.Debug("the tail of a video was not fetched", zap.String("video", m.Name()), zap.Error(err))
		}
	})
}

// read waits until the last byte is here, and with it the chunk that it is in.
func (t *tails) read(m *manifest.Manifest) error {
	ctx, cancel := context.WithTimeout(t.ctx, tailTimeout)
	defer cancel()
	s, err := t.desk.Open(ctx, m.Name())
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Seek(-1, io.SeekEnd); err != nil {
		return err
	}
	_, err = s.Read(make([]byte, 1))
	return err
}

// close ends what is under way, and waits for it.
func (t *tails) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.end()
	t.all.Wait()
}
