package store

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"peerstreamer/realnet/manifest"
)

// Store is Chunks in a directory that it alone uses. Its methods are safe for concurrent use. A disk error is returned
// wrapped, and what was promised before still holds.
//
// The files of this type: store.go (chunks come, are read and go), commit.go (how they become durable), check.go (how
// what an earlier life left is trusted), room.go (how full the disk is), order.go (which was used last), open.go.
type Store struct {
	dir  string
	opts Options
	log  *zap.Logger
	disk disk
	lock io.Closer
	boot Key // what the journal says of this life

	// ctl serialises changes: Begin, the end of a chunk's last Put, Drop, AddManifest, Close. It is held over small
	// writes, never over a piece's, and never over a sync except in AddManifest. It is taken before mu.
	ctl      sync.Mutex
	journal  journal // guarded by ctl; the committer alone replaces its file
	pending  []spot  // whole chunks that are not durable; guarded by ctl
	given    []spot  // dropped chunks whose places are freed when the journal says durably that they went; guarded by ctl
	newNames bool    // a file was made since the last SyncDir; guarded by ctl
	renew    bool    // the journal cannot be trusted to be on the disk and must be written anew; guarded by ctl

	mu     sync.RWMutex // guards videos, their chunks and closed; never held over input or output
	videos map[manifest.ID]*video
	closed bool

	clock atomic.Int64 // counts the journal's records of all times: the time of "last used"
	live  atomic.Int64 // whole chunks
	bytes atomic.Int64 // in whole chunks

	commits committer
	doubts  doubts
	room    room

	held []Key // whole chunks found by Open
	bad  int   // chunks that Open threw away
}

// spot is a chunk's place in a video's files.
type spot struct {
	k Key
	v *video
	c *chunk
}

var (
	_ Chunks = (*Store)(nil)
	_ Filer  = (*Store)(nil)
)

// fail wraps err with what was being done.
func (s *Store) fail(op string, k Key, err error) error {
	return fmt.Errorf("chunk store %s: %s %s: %w", s.dir, op, k, err)
}

// AddManifest makes a video known, now and after the next Open. Its manifest is on the disk when it returns. One that is
// known takes on another signature, or its first.
func (s *Store) AddManifest(m *manifest.Manifest) error {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	if err := s.addManifest(m); err != nil {
		return fmt.Errorf("chunk store %s: keep the manifest of %q: %w", s.dir, m.Name(), err)
	}
	return nil
}

func (s *Store) addManifest(m *manifest.Manifest) error {
	if s.closed { // written under ctl as well, so it may be read here
		return ErrClosed
	}
	if v := s.videos[m.ID()]; v != nil {
		resigned := manifest.Resigned(v.told, m)
		if resigned {
			if err := writeFile(s.disk, v.name+manifestExt, m.Encoded()); err != nil {
				return s.full(err)
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		v.forgotten = false
		if resigned {
			v.told = m
		}
		return nil
	}
	v := newVideo(m)
	if err := writeFile(s.disk, v.name+manifestExt, m.Encoded()); err != nil {
		return s.full(err)
	}
	s.mu.Lock()
	s.videos[m.ID()] = v
	s.mu.Unlock()
	return nil
}

// RemoveManifest forgets a video. It refuses while a chunk of the video is kept, and does nothing for an unknown one. Its
// files go with the places of its chunks.
func (s *Store) RemoveManifest(id manifest.ID) error {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	if s.closed {
		return fmt.Errorf("chunk store %s: %w", s.dir, ErrClosed)
	}
	v := s.videos[id]
	if v == nil {
		return nil
	}
	if n := len(v.chunks); n > 0 {
		return fmt.Errorf("chunk store %s: forget %q: %d chunks of it are in use", s.dir, v.m.Name(), n)
	}
	s.mu.Lock()
	v.forgotten = true
	s.mu.Unlock()
	if v.refs > 0 {
		return nil // reclaim forgets it
	}
	if err := s.forget(v); err != nil {
		return fmt.Errorf("chunk store %s: forget %q: %w", s.dir, v.m.Name(), err)
	}
	return nil
}

// forget removes the manifest of a video of which nothing is left. The caller holds ctl.
func (s *Store) forget(v *video) error {
	if err := removeAny(s.disk, v.name+manifestExt); err != nil {
		return err
	}
	s.mu.Lock()
	delete(s.videos, v.m.ID())
	s.mu.Unlock()
	return nil
}

// Manifests returns the manifests of all videos known, by id.
func (s *Store) Manifests() []*manifest.Manifest {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ms := make([]*manifest.Manifest, 0, len(s.videos))
	for _, v := range s.videos {
		if !v.forgotten {
			ms = append(ms, v.told)
		}
	}
	sortByID(ms)
	return ms
}

func sortByID(ms []*manifest.Manifest) {
	slices.SortFunc(ms, func(a, b *manifest.Manifest) int {
		x, y := a.ID(), b.ID()
		return slices.Compare(x[:], y[:])
	})
}

// Begin tells the piece hashes of a chunk before its first Put, and reserves disk space for it where the file system can,
// so that the disk is found full here rather than in the middle of the chunk. About 2 us for 16 hashes and 5 us for the
// space; opens the video's files if it is the first chunk of it.
func (s *Store) Begin(k Key, hashes []manifest.Hash) error {
	given, err := s.tryBegin(k, hashes)
	if given && isFull(err) {
		// What was dropped to make room for this one is not free yet: make it so.
		if err = s.Commit(); err == nil {
			_, err = s.tryBegin(k, hashes)
		}
	}
	if err != nil {
		return s.fail("begin", k, s.full(err))
	}
	return nil
}

// tryBegin also reports whether there are places that the next commit will free.
func (s *Store) tryBegin(k Key, hashes []manifest.Hash) (given bool, err error) {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	return len(s.given) > 0, s.begin(k, hashes)
}

func (s *Store) begin(k Key, hashes []manifest.Hash) error {
	v, err := s.video(k)
	if err != nil {
		return err
	}
	if err := v.m.VerifyHashes(k.Chunk, hashes); err != nil {
		return err
	}
	if v.chunks[k.Chunk] != nil {
		return nil
	}
	s.newNames = s.newNames || v.refs == 0
	if err := v.acquire(s.disk, k.Chunk, true); err != nil {
		return err
	}
	c := &chunk{hashes: slices.Clone(hashes)}
	c.checked.Store(true) // whoever puts a piece has verified it
	c.hopeful = s.room.full.Load()
	if err := v.data.Allocate(v.offset(k.Chunk), v.bytes(k.Chunk)); err != nil {
		s.give(spot{k, v, c}) // some of the space may have been reserved
		return err
	}
	s.mu.Lock()
	v.chunks[k.Chunk] = c
	s.mu.Unlock()
	return nil
}

// video returns the video of a chunk that its manifest has. The caller holds mu or ctl.
func (s *Store) video(k Key) (*video, error) {
	if s.closed {
		return nil, ErrClosed
	}
	v := s.videos[k.ID]
	if v == nil || v.forgotten {
		return nil, ErrVideo
	}
	if n := v.m.Info().Chunks(); k.Chunk >= n {
		return nil, fmt.Errorf("%w: the video has %d chunks", ErrChunk, n)
	}
	return v, nil
}

// find returns a chunk that was begun. The caller holds mu or ctl.
func (s *Store) find(k Key) (*video, *chunk, error) {
	v, err := s.video(k)
	if err != nil {
		return nil, nil, err
	}
	c := v.chunks[k.Chunk]
	if c == nil {
		return nil, nil, ErrAbsent
	}
	return v, c, nil
}

// pin returns a chunk whose place in the file is kept until unpin, if check agrees. check runs with mu held for reading.
func (s *Store) pin(k Key, check func(*video, *chunk) error) (*video, *chunk, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, c, err := s.find(k)
	if err != nil {
		return nil, nil, err
	}
	if err := check(v, c); err != nil {
		return nil, nil, err
	}
	c.pins.Add(1)
	return v, c, nil
}

// unpin ends the use of a chunk's bytes. If the chunk was dropped meanwhile, the last one out gives its place back.
func (s *Store) unpin(k Key, v *video, c *chunk) {
	if c.pins.Add(-1) > 0 || !c.dropped.Load() {
		return
	}
	s.ctl.Lock()
	defer s.ctl.Unlock()
	s.give(spot{k, v, c})
}

// Put writes a piece that the caller has verified. With the last piece the chunk's hashes and then its record in the
// journal are written: when Put has returned, a killed process finds the chunk again. Puts run in parallel. A Put waits
// while more than Options.MaxDirty bytes are not durable, and fails with ErrSlow if that does not change.
func (s *Store) Put(k Key, piece uint8, data []byte) error {
	if err := s.put(k, piece, data); err != nil {
		return s.fail(fmt.Sprintf("put piece %d of", piece), k, s.full(err))
	}
	return nil
}

func (s *Store) put(k Key, piece uint8, data []byte) (err error) {
	if err := s.throttle(); err != nil {
		return err
	}
	present := false
	v, c, err := s.pin(k, func(v *video, c *chunk) error {
		present = c.have.Has(piece)
		return checkPiece(v.m.Info(), k, piece, data)
	})
	if err != nil {
		return err
	}
	defer s.unpin(k, v, c)
	if present {
		return nil
	}
	at := v.offset(k.Chunk) + int64(v.m.Info().Prefix(k.Chunk, piece))
	_, err = v.data.WriteAt(data, at)
	v.dirty.Store(true) // after the write: a commit that begins later syncs it, one that began before may have missed it
	s.stir(int64(len(data)))
	if err != nil {
		return err
	}
	return s.landed(k, v, c, piece)
}

// landed makes a piece readable whose bytes are written. c is pinned, but may have been dropped since.
func (s *Store) landed(k Key, v *video, c *chunk, piece uint8) error {
	s.mu.Lock()
	c.have.Add(piece)
	last := c.have == AllPieces(v.m.Info().Pieces(k.Chunk))
	s.mu.Unlock()
	if c.dropped.Load() {
		return ErrAbsent
	}
	if !last {
		return nil
	}
	err := s.finish(k, v, c)
	if err != nil {
		s.mu.Lock()
		c.have.Remove(piece) // so that it can be put again, and the chunk finished then
		s.mu.Unlock()
	}
	return err
}

// finish records that all pieces of a chunk are written.
func (s *Store) finish(k Key, v *video, c *chunk) error {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	if s.closed {
		return ErrClosed
	}
	if c.dropped.Load() {
		return ErrAbsent
	}
	if c.whole { // another Put of the last piece was faster
		return nil
	}
	err := v.writeHashes(k.Chunk, c.hashes)
	v.dirty.Store(true)
	if err != nil {
		return err
	}
	if err := s.record(added, k, c); err != nil {
		return err
	}
	s.pending = append(s.pending, spot{k, v, c})
	s.live.Add(1)
	s.bytes.Add(v.bytes(k.Chunk))
	s.mu.Lock()
	c.whole, c.hashes = true, nil
	s.mu.Unlock()
	if c.hopeful {
		s.roomAgain()
	}
	return nil
}

// Have returns which pieces of a chunk are here, and whether all are and the chunk will survive the process. What an
// earlier life left counts as here until it proves damaged. O(1).
func (s *Store) Have(k Key) (Pieces, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, c, err := s.find(k)
	if err != nil {
		return Pieces{}, false
	}
	return c.have, c.whole
}

// Hashes returns a copy of the chunk's piece hashes, from the disk if the chunk is whole; false if it was not begun, or
// cannot be read.
func (s *Store) Hashes(k Key) ([]manifest.Hash, bool) {
	var inMemory []manifest.Hash
	v, c, err := s.pin(k, func(_ *video, c *chunk) error {
		inMemory = slices.Clone(c.hashes)
		return nil
	})
	if err != nil {
		return nil, false
	}
	defer s.unpin(k, v, c)
	if inMemory != nil {
		return inMemory, true
	}
	if s.trust(k, v, c) != nil {
		return nil, false
	}
	hashes, err := v.readHashes(k.Chunk)
	if err != nil {
		s.unreadable(spot{k, v, c}, err)
	}
	return hashes, err == nil
}

// ReadAt fills buf with the chunk's bytes from off: one pread, no allocation. Readers run in parallel. The first read of
// a chunk that an earlier life left compares all of it with its hashes before. A whole chunk that the disk does not give
// back is lost.
func (s *Store) ReadAt(k Key, off int64, buf []byte) error {
	v, c, err := s.pin(k, func(v *video, c *chunk) error {
		if err := CheckRange(v.m.Info(), k.Chunk, off, int64(len(buf))); err != nil {
			return err
		}
		return covered(v.m.Info(), c.have, off, int64(len(buf)))
	})
	if err == nil {
		err = s.read(spot{k, v, c}, off, buf)
		s.unpin(k, v, c)
	}
	if err != nil {
		return s.fail("read", k, err)
	}
	return nil
}

// read reads from a chunk that is pinned.
func (s *Store) read(at spot, off int64, buf []byte) error {
	if err := s.trust(at.k, at.v, at.c); err != nil {
		return err
	}
	if len(buf) > 0 {
		if _, err := at.v.data.ReadAt(buf, at.v.offset(at.k.Chunk)+off); err != nil {
			return s.unreadable(at, err)
		}
	}
	s.touch(at.k, at.c, off)
	return nil
}

// File returns the chunk's place in the data file. Only pieces that are here may be read; those put later may be read
// through the same File. As with ReadAt, what an earlier life left is compared with its hashes the first time. If the
// File cannot be read, ReadAt of the same bytes says why, and lets the chunk go.
func (s *Store) File(k Key) (*File, error) {
	v, c, err := s.pin(k, func(*video, *chunk) error { return nil })
	if err != nil {
		return nil, s.fail("read", k, err)
	}
	if err := s.trust(k, v, c); err != nil {
		s.unpin(k, v, c)
		return nil, s.fail("read", k, err)
	}
	s.touch(k, c, 0)
	return NewFile(v.data.OS(), v.offset(k.Chunk), v.bytes(k.Chunk), func() error { s.unpin(k, v, c); return nil }), nil
}

// Drop frees a chunk, partial ones too. Its bytes are given back to the disk with the next commit, or when the last Put,
// ReadAt or File that uses them has ended and then a commit has.
func (s *Store) Drop(k Key) error {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	v, c, err := s.find(k)
	switch {
	case errors.Is(err, ErrClosed):
		return s.fail("drop", k, err)
	case err != nil:
		return nil
	}
	if err := s.drop(spot{k, v, c}); err != nil {
		return s.fail("drop", k, err)
	}
	return nil
}

// drop takes a chunk out of the map. The caller holds ctl.
func (s *Store) drop(at spot) error {
	if at.c.whole {
		if err := s.record(dropped, at.k, at.c); err != nil {
			return err
		}
	}
	s.remove(at)
	return nil
}

// remove does what drop does, except for the journal. The caller holds ctl.
func (s *Store) remove(at spot) {
	if at.c.whole {
		s.live.Add(-1)
		s.bytes.Add(-at.v.bytes(at.k.Chunk))
	}
	s.mu.Lock()
	delete(at.v.chunks, at.k.Chunk)
	at.c.dropped.Store(true)
	s.mu.Unlock()
	if at.c.pins.Load() == 0 {
		s.give(at)
	}
}

// give hands the place of a dropped chunk to the next commit. Who takes the last pin away and who drops may both come
// here. The caller holds ctl.
func (s *Store) give(at spot) {
	if at.c.given {
		return
	}
	at.c.given = true
	s.given = append(s.given, at)
	s.stir(at.v.bytes(at.k.Chunk))
}

// Held returns the whole chunks found by Open that are still here, least recently used first.
func (s *Store) Held() []Key {
	held := make([]Key, 0, len(s.held))
	for _, k := range s.held {
		if _, whole := s.Have(k); whole {
			held = append(held, k)
		}
	}
	return held
}

// Bad returns how many chunks Open threw away because the journal had them and the files did not. Those that prove
// damaged later are in Status.
func (s *Store) Bad() int { return s.bad }

// Close makes all whole chunks durable and gives the directory free for the next Open. Chunks that are not whole are
// lost. Close after the last use: a Put that is under way fails. Closing again does nothing.
func (s *Store) Close() error {
	s.ctl.Lock()
	if s.closed {
		s.ctl.Unlock()
		return nil
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.ctl.Unlock()
	s.stop()
	if err := errors.Join(s.farewell(), s.closeFiles()); err != nil {
		return fmt.Errorf("chunk store %s: close: %w", s.dir, err)
	}
	return nil
}

// closeFiles closes all files and gives the lock back.
func (s *Store) closeFiles() error {
	s.commits.one.Lock()
	defer s.commits.one.Unlock()
	s.commits.over = true
	s.ctl.Lock()
	defer s.ctl.Unlock()
	var errs []error
	for _, v := range s.videos {
		if v.refs > 0 {
			errs = append(errs, v.data.Close(), v.pieces.Close()) // readers may still look at the fields
		}
	}
	if s.journal.f != nil {
		errs = append(errs, s.journal.f.Close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}
