package store

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// What an earlier life left is held, and so may be announced, as soon as the directory is open, because the journal says
// that its bytes were there. It is served only after its bytes have been compared with its hashes in this life: by who
// reads it first, or by a goroutine that goes through all of it in its own time. What does not agree, or cannot be read,
// is dropped, and whoever asked for OnLost hears of it.

// DefaultCheckRate is how many bytes a second are compared in the background: about a twentieth of a processor.
const DefaultCheckRate = 64 << 20

// checkDelay keeps the background comparison out of the way of a node that starts.
const checkDelay = time.Second

// maxLossLines is how many lost chunks are logged one by one.
const maxLossLines = 10

// doubts are what the store knows of damage.
type doubts struct {
	unchecked atomic.Int64 // whole chunks not compared yet
	lost      atomic.Int64 // chunks that proved damaged or unreadable since Open
	onLost    atomic.Pointer[func(Key)]
	untidy    bool // the last life ended without Close: there may be bytes that belong to no chunk
}

// OnLost has f told of each whole chunk that the store must let go because its bytes are damaged or cannot be read. f may
// be called from any goroutine that uses the store, with none of the store's locks held.
func (s *Store) OnLost(f func(Key)) { s.doubts.onLost.Store(&f) }

// trust returns nil if a pinned chunk may be served. The first call compares an older chunk with its hashes; those that
// come meanwhile wait for it.
func (s *Store) trust(k Key, v *video, c *chunk) error {
	if c.checked.Load() {
		return nil
	}
	c.check.Lock()
	defer c.check.Unlock()
	if c.checked.Load() {
		return nil
	}
	if c.dropped.Load() {
		return ErrAbsent
	}
	if err := v.verify(k.Chunk); err != nil {
		return s.unreadable(spot{k, v, c}, err)
	}
	c.checked.Store(true)
	s.doubts.unchecked.Add(-1)
	return nil
}

// unreadable deals with a pinned chunk that the disk does not give back, and returns the error for who wanted to read. A
// chunk that is not whole stays, because whoever fetches it counts on its pieces.
func (s *Store) unreadable(at spot, err error) error {
	s.mu.RLock()
	whole, over := at.c.whole, s.closed
	s.mu.RUnlock()
	if over {
		return ErrClosed
	}
	if !whole {
		return err
	}
	s.lose(at, err)
	return errors.Join(ErrAbsent, err)
}

// lose lets a chunk go that is not what it should be. If it went already, that is no news.
func (s *Store) lose(at spot, why error) {
	s.ctl.Lock()
	news := !at.c.dropped.Load()
	whole := at.c.whole
	if news {
		if whole && s.record(dropped, at.k, at.c) != nil {
			s.renew = true // only a journal without it says that it went
		}
		s.remove(at)
	}
	s.ctl.Unlock()
	if !news || !whole {
		return
	}
	if !at.c.checked.Load() {
		s.doubts.unchecked.Add(-1)
	}
	switch n := s.doubts.lost.Add(1); {
	case n < maxLossLines:
		s.log.Warn("threw away a chunk that the disk has damaged; it will be fetched again", zap.String("directory", s.dir),
			zap.String("video", at.v.m.Name()), zap.Uint32("chunk", at.k.Chunk), zap.Error(why))
	case n == maxLossLines:
		s.log.Warn("more chunks are damaged; the disk may be failing", zap.String("directory", s.dir), zap.Int64("so_far", n))
	}
	if f := s.doubts.onLost.Load(); f != nil {
		(*f)(at.k)
	}
}

// runChecks is the goroutine.
func (s *Store) runChecks() {
	p := newPause(s.commits.quit)
	defer p.stop()
	if p.wait(checkDelay) && (!s.doubts.untidy || s.tidy(p)) {
		s.checkAll(p)
	}
}

// checkAll compares what an earlier life left and nobody has asked for, the most recently used first.
func (s *Store) checkAll(p *pause) {
	began, right, bytes := time.Now(), 0, int64(0)
	lost := s.doubts.lost.Load()
	for _, k := range slices.Backward(s.held) {
		v, c, err := s.pin(k, func(_ *video, c *chunk) error {
			if c.checked.Load() {
				return ErrAbsent // from this list
			}
			return nil
		})
		if err != nil {
			continue
		}
		n := v.bytes(k.Chunk)
		if s.trust(k, v, c) == nil {
			right++
			bytes += n
		}
		s.unpin(k, v, c)
		if !p.wait(time.Duration(n * int64(time.Second) / s.opts.CheckRate)) {
			return
		}
	}
	if bad := s.doubts.lost.Load() - lost; right > 0 || bad > 0 {
		s.log.Info("checked the chunks of an earlier run", zap.String("directory", s.dir), zap.Int("right", right),
			zap.Int64("right_bytes", bytes), zap.Int64("thrown_away", bad), zap.Duration("took", time.Since(began)))
	}
}

// tidy frees the bytes that belong to no chunk: of partial ones, and of those dropped just before a kill. It returns
// false if the store is closing.
func (s *Store) tidy(pause *pause) bool {
	s.ctl.Lock()
	videos := make([]*video, 0, len(s.videos))
	for _, v := range s.videos {
		videos = append(videos, v)
	}
	s.ctl.Unlock()
	for _, v := range videos {
		for from, more := uint32(0), true; more; {
			if from, more = s.tidyRun(v, from); !pause.wait(0) {
				return false
			}
		}
	}
	return true
}

// tidyRun frees the next run of places of a video that no chunk has, from a chunk on, and returns where to go on; false
// at the end. It looks at 64 Ki places at most, because it holds ctl.
func (s *Store) tidyRun(v *video, from uint32) (uint32, bool) {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	if v.refs == 0 {
		return 0, false
	}
	chunk, end := int64(v.m.Info().ChunkSize), v.m.Info().Chunks()
	limit := min(end, from+1<<16)
	for from < limit && v.places[from] > 0 {
		from++
	}
	to := from
	for to < limit && v.places[to] == 0 {
		to++
	}
	if to > from {
		_ = v.data.Punch(v.offset(from), int64(to-from)*chunk) // the space is lost until the next Open that follows a kill
	}
	return to, to < end
}

// pause waits, unless quit is closed.
type pause struct {
	quit  <-chan struct{}
	timer *time.Timer
}

func newPause(quit <-chan struct{}) *pause {
	p := &pause{quit, time.NewTimer(time.Hour)}
	p.timer.Stop()
	return p
}

func (p *pause) stop() { p.timer.Stop() }

// wait returns false if quit is closed.
func (p *pause) wait(d time.Duration) bool {
	p.timer.Reset(d)
	select {
	case <-p.quit:
		return false
	case <-p.timer.C:
		return true
	}
}
