package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Group commit: what Put writes is in the system's page cache, which a killed process leaves behind and a power cut does
// not. So some time later, for all chunks at once, the data and hashes are synced, then a record goes into the journal
// that says so, and the journal is synced. Only then are places freed of chunks that were dropped before: a record that
// a power cut brings back never tells of bytes that are gone. One goroutine does it; no Put waits for it unless too much
// has piled up.

// The defaults of Options.
const (
	DefaultCommitAfter = time.Second
	DefaultCommitBytes = 64 << 20
	DefaultMaxDirty    = 256 << 20
)

// maxThrottle is how long a Put may wait for the disk.
const maxThrottle = 10 * time.Second

// ErrSlow is returned by Put when the disk has taken nothing for a long time.
var ErrSlow = errors.New("the disk is too slow: what was put before is not written yet")

// committer is when and how often the store commits.
type committer struct {
	quit chan struct{}
	wake chan struct{} // has a token if the goroutine should look
	wg   sync.WaitGroup

	dirty atomic.Int64 // bytes put or freed and not committed
	since atomic.Int64 // nanoseconds from began: when the first of them came; meaningful while dirty is not 0
	began time.Time

	one  sync.Mutex // held over a commit, and over closing the files
	over bool       // they are closed; guarded by one
	mu   sync.Mutex
	done chan struct{} // closed by the next commit, good or bad; guarded by mu
	err  error         // of the last one; guarded by mu
	n    int64         // good ones; guarded by mu
	last time.Duration // what the last good one took; guarded by mu
}

func (w *committer) init() {
	w.quit, w.wake, w.done = make(chan struct{}), make(chan struct{}, 1), make(chan struct{})
	w.began = time.Now()
}

// stir counts n bytes, more than 0, that the next commit has to deal with, and sees to it that there is one in time.
func (s *Store) stir(n int64) {
	w := &s.commits
	is := w.dirty.Add(n)
	was := is - n
	if was == 0 {
		w.since.Store(int64(time.Since(w.began)))
	}
	if was == 0 || was < s.opts.CommitBytes && is >= s.opts.CommitBytes {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// throttle waits while too much is not durable.
func (s *Store) throttle() error {
	if s.commits.dirty.Load() <= s.opts.MaxDirty {
		return nil
	}
	return s.await()
}

func (s *Store) await() error {
	w := &s.commits
	timer := time.NewTimer(maxThrottle)
	defer timer.Stop()
	for {
		w.mu.Lock()
		done := w.done
		w.mu.Unlock()
		if w.dirty.Load() <= s.opts.MaxDirty {
			return nil
		}
		select {
		case <-done:
			w.mu.Lock()
			err := w.err
			w.mu.Unlock()
			if err != nil {
				return err
			}
		case <-timer.C:
			return fmt.Errorf("%w: %d bytes wait, at most %d may", ErrSlow, w.dirty.Load(), s.opts.MaxDirty)
		case <-w.quit:
			return ErrClosed
		}
	}
}

// runCommits is the goroutine. A commit that fails is tried again after the usual time.
func (s *Store) runCommits() {
	w := &s.commits
	timer := time.NewTimer(s.opts.CommitAfter)
	timer.Stop()
	defer timer.Stop()
	armed := false
	for {
		select {
		case <-w.quit:
			return
		case <-timer.C:
			armed = false
		case <-w.wake:
			if w.dirty.Load() < s.opts.CommitBytes {
				if !armed {
					timer.Reset(s.opts.CommitAfter)
					armed = true
				}
				continue
			}
		}
		// An error has been told to all who wait, and to the log.
		for s.commitNow() == nil && w.dirty.Load() >= s.opts.CommitBytes {
		}
		if w.dirty.Load() > 0 && !armed {
			timer.Reset(s.opts.CommitAfter)
			armed = true
		}
	}
}

// stop ends the store's goroutines.
func (s *Store) stop() {
	close(s.commits.quit)
	s.commits.wg.Wait()
}

// Commit makes all chunks durable that are whole now, and frees the places of all that were dropped before. It waits for
// the disk.
func (s *Store) Commit() error {
	if err := s.commitNow(); err != nil {
		return fmt.Errorf("chunk store %s: commit: %w", s.dir, err)
	}
	return nil
}

func (s *Store) commitNow() error {
	w := &s.commits
	w.one.Lock()
	defer w.one.Unlock()
	if w.over {
		return ErrClosed
	}
	began := time.Now()
	dirty := w.dirty.Load()
	err := s.commit()
	if err == nil && dirty > 0 {
		w.since.Store(int64(began.Sub(w.began)))
		w.dirty.Add(-dirty)
	}
	s.look()

	w.mu.Lock()
	if err != nil && w.err == nil {
		s.log.Error("cannot make chunks durable; they are served, and a power cut would lose them: look at the disk",
			zap.String("directory", s.dir), zap.Int64("bytes", w.dirty.Load()), zap.Error(err))
	} else if err == nil && w.err != nil {
		s.log.Info("chunks are durable again", zap.String("directory", s.dir))
	}
	if w.err = err; err == nil {
		w.n++
		w.last = time.Since(began)
	}
	close(w.done)
	w.done = make(chan struct{})
	w.mu.Unlock()
	return err
}

// commit does one. The caller holds commits.one, so no file is closed meanwhile.
func (s *Store) commit() error {
	if err := s.renewJournal(); err != nil {
		return err
	}
	s.ctl.Lock()
	pending, given, records := s.pending, s.given, s.journal.records
	s.pending, s.given = nil, nil
	videos := make([]*video, 0, len(s.videos))
	for _, v := range s.videos {
		if v.refs > 0 {
			videos = append(videos, v)
		}
	}
	s.ctl.Unlock()
	slices.SortFunc(videos, func(a, b *video) int { return cmp.Compare(a.name, b.name) })

	var errs []error
	for _, v := range videos {
		if !v.dirty.Swap(false) {
			continue
		}
		if err := errors.Join(v.data.Datasync(), v.pieces.Datasync()); err != nil {
			errs = append(errs, err)
			s.unsynced(v, err)
		}
	}
	err := s.vouch(records)

	s.ctl.Lock()
	defer s.ctl.Unlock()
	if err != nil {
		s.pending, s.given = append(pending, s.pending...), append(given, s.given...)
		return errors.Join(append(errs, err)...)
	}
	for _, at := range pending {
		at.c.durable = true // of one that unsynced has dropped, nobody asks
	}
	return errors.Join(append(errs, s.reclaim(given))...)
}

// errRenew is a commit that found out, too late for itself, that the journal must be written anew.
var errRenew = errors.New("the journal could not be written to: the next commit makes a new one")

// vouch makes the journal say, durably, that its first records are true.
func (s *Store) vouch(records int64) error {
	s.ctl.Lock()
	if s.renew {
		s.ctl.Unlock()
		return errRenew
	}
	newNames := s.newNames
	s.newNames = false
	s.ctl.Unlock()
	if newNames { // first: a journal must not vouch for bytes in a file that has no name yet
		if err := s.disk.SyncDir(); err != nil {
			s.ctl.Lock()
			s.newNames = true
			s.ctl.Unlock()
			return err
		}
	}
	s.ctl.Lock()
	f := s.journal.f
	err := s.journal.append(committed, commitKey(records))
	s.ctl.Unlock()
	if err != nil {
		return err
	}
	if err = f.Datasync(); err != nil {
		// The system may take what it could not write for written: only a new file tells.
		s.ctl.Lock()
		s.renew = true
		s.ctl.Unlock()
	}
	return err
}

// unsynced deals with a video's bytes of which the disk has not taken all. They can still be read, but which of them are
// lost is not known, and syncing again would not try again: all that was not durable goes.
func (s *Store) unsynced(v *video, why error) {
	s.ctl.Lock()
	var lost []spot
	for n, c := range v.chunks {
		if !c.durable {
			lost = append(lost, spot{Key{v.m.ID(), n}, v, c})
		}
	}
	s.ctl.Unlock()
	slices.SortFunc(lost, func(a, b spot) int { return cmp.Compare(a.k.Chunk, b.k.Chunk) })
	for _, at := range lost {
		s.lose(at, why)
	}
}

// reclaim frees places. The caller holds ctl, and the journal says durably that their chunks went.
func (s *Store) reclaim(given []spot) error {
	var errs []error
	for _, at := range given {
		errs = append(errs, at.v.release(s.disk, at.k.Chunk))
		if at.v.refs == 0 && at.v.forgotten {
			errs = append(errs, s.forget(at.v))
		}
	}
	return errors.Join(errs...)
}

// renewJournal replaces the journal when most of it is of no use, at a cost that the records since the last time pay
// for, or when it is not to be trusted.
func (s *Store) renewJournal() error {
	s.ctl.Lock()
	due := s.renew || s.oversized()
	from := s.journal.records
	var entries []entry
	if due {
		entries = s.byUse()
	}
	s.ctl.Unlock()
	if !due {
		return nil
	}
	next, err := s.journal.replace(s.boot, entries)

	s.ctl.Lock()
	defer s.ctl.Unlock()
	if err == nil {
		if err = s.journal.handOver(next, from); err == nil {
			s.renew, s.newNames = false, true
		}
	}
	if err != nil && !s.renew {
		return nil // the old one does: without room for a second one it goes on and grows
	}
	return err
}

// farewell makes all durable that can be, throws away what is not whole, and says in the journal that nothing is open.
func (s *Store) farewell() error {
	s.ctl.Lock()
	for _, v := range s.videos {
		for n, c := range v.chunks {
			if !c.whole {
				s.remove(spot{Key{v.m.ID(), n}, v, c})
			}
		}
	}
	s.ctl.Unlock()
	if err := s.commitNow(); err != nil {
		return err
	}
	s.ctl.Lock()
	defer s.ctl.Unlock()
	for _, v := range s.videos {
		if v.refs > len(v.chunks) {
			return nil // somebody still reads a chunk that was dropped: the next Open frees it
		}
	}
	if err := s.journal.append(closed, Key{}); err != nil {
		return err
	}
	return s.journal.f.Datasync()
}
