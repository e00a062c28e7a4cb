package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"peerstreamer/realnet/manifest"
)

// Store is Chunks in a directory that it alone uses. Its methods are safe for concurrent use. A disk error is returned
// wrapped, and what was promised before still holds.
type Store struct {
	dir  string
	lock *os.File

	// ctl serialises changes: Begin, the end of a chunk's last Put, Drop, AddManifest, Close. It is held over small
	// writes, never over a piece's. It is taken before mu.
	ctl     sync.Mutex
	journal journal // guarded by ctl

	mu     sync.RWMutex // guards videos, their chunks and closed; never held over input or output
	videos map[manifest.ID]*video
	closed bool

	clock atomic.Int64 // counts the journal's records of all times: the time of "last used"
	live  atomic.Int64 // whole chunks

	held []Key
	bad  int
}

var (
	_ Chunks = (*Store)(nil)
	_ Filer  = (*Store)(nil)
)

// fail wraps err with what was being done.
func (s *Store) fail(op string, k Key, err error) error {
	return fmt.Errorf("chunk store %s: %s %s: %w", s.dir, op, k, err)
}

// AddManifest makes a video known, now and after the next Open. Its manifest is on the disk when it returns.
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
	if s.videos[m.ID()] != nil {
		return nil
	}
	v := newVideo(s.dir, m)
	if err := writeFile(v.path+manifestExt, m.Encoded()); err != nil {
		return err
	}
	s.mu.Lock()
	s.videos[m.ID()] = v
	s.mu.Unlock()
	return nil
}

// RemoveManifest forgets a video. It refuses while something of the video is kept, and does nothing for an unknown one.
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
	if v.refs > 0 {
		return fmt.Errorf("chunk store %s: forget %q: %d chunks of it are in use", s.dir, v.m.Name(), v.refs)
	}
	if err := os.Remove(v.path + manifestExt); err != nil {
		return fmt.Errorf("chunk store %s: forget %q: %w", s.dir, v.m.Name(), err)
	}
	s.mu.Lock()
	delete(s.videos, id)
	s.mu.Unlock()
	return nil
}

// Manifests returns the manifests of all videos known, by id.
func (s *Store) Manifests() []*manifest.Manifest {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ms := make([]*manifest.Manifest, 0, len(s.videos))
	for _, v := range s.videos {
		ms = append(ms, v.m)
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

// Begin tells the piece hashes of a chunk before its first Put. About 2 us for 16 hashes; opens the video's files if it
// is the first chunk of it.
func (s *Store) Begin(k Key, hashes []manifest.Hash) error {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	if err := s.begin(k, hashes); err != nil {
		return s.fail("begin", k, err)
	}
	return nil
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
	if err := v.acquire(); err != nil {
		return err
	}
	s.mu.Lock()
	v.chunks[k.Chunk] = &chunk{hashes: slices.Clone(hashes)}
	s.mu.Unlock()
	return nil
}

// video returns the video of a chunk that its manifest has. The caller holds mu or ctl.
func (s *Store) video(k Key) (*video, error) {
	if s.closed {
		return nil, ErrClosed
	}
	v := s.videos[k.ID]
	if v == nil {
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

// unpin ends the use of a chunk's bytes. If the chunk was dropped meanwhile, the last one out frees them.
func (s *Store) unpin(k Key, v *video, c *chunk) error {
	if c.pins.Add(-1) > 0 || !c.dropped.Load() {
		return nil
	}
	s.ctl.Lock()
	defer s.ctl.Unlock()
	return s.free(k, v, c)
}

// Put writes a piece that the caller has verified. With the last piece the chunk's hashes and then its record in the
// journal are written: when Put has returned, a killed process finds the chunk again. Puts run in parallel.
func (s *Store) Put(k Key, piece uint8, data []byte) error {
	if err := s.put(k, piece, data); err != nil {
		return s.fail(fmt.Sprintf("put piece %d of", piece), k, err)
	}
	return nil
}

func (s *Store) put(k Key, piece uint8, data []byte) (err error) {
	present := false
	v, c, err := s.pin(k, func(v *video, c *chunk) error {
		present = c.have.Has(piece)
		return checkPiece(v.m.Info(), k, piece, data)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.unpin(k, v, c)) }()
	if present {
		return nil
	}
	at := v.offset(k.Chunk) + int64(v.m.Info().Prefix(k.Chunk, piece))
	if _, err := v.data.WriteAt(data, at); err != nil {
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
	if err := v.writeHashes(k.Chunk, c.hashes); err != nil {
		return err
	}
	if err := s.record(added, k, c); err != nil {
		return err
	}
	s.live.Add(1)
	s.mu.Lock()
	c.whole, c.hashes = true, nil
	s.mu.Unlock()
	s.compact()
	return nil
}

// Have returns which pieces of a chunk are here, and whether all are and the chunk will survive the process. O(1).
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
	defer func() { _ = s.unpin(k, v, c) }() // nothing is freed twice or too early if the hole cannot be punched
	if inMemory != nil {
		return inMemory, true
	}
	hashes, err := v.readHashes(k.Chunk)
	return hashes, err == nil
}

// ReadAt fills buf with the chunk's bytes from off: one pread, no allocation. Readers run in parallel.
func (s *Store) ReadAt(k Key, off int64, buf []byte) error {
	v, c, err := s.pin(k, func(v *video, c *chunk) error {
		if err := CheckRange(v.m.Info(), k.Chunk, off, int64(len(buf))); err != nil {
			return err
		}
		return covered(v.m.Info(), c.have, off, int64(len(buf)))
	})
	if err == nil {
		if len(buf) > 0 {
			_, err = v.data.ReadAt(buf, v.offset(k.Chunk)+off)
		}
		s.touch(k, c, off)
		err = errors.Join(err, s.unpin(k, v, c))
	}
	if err != nil {
		return s.fail("read", k, err)
	}
	return nil
}

// File returns the chunk's place in the data file. Only pieces that are here may be read; those put later may be read
// through the same File.
func (s *Store) File(k Key) (*File, error) {
	v, c, err := s.pin(k, func(*video, *chunk) error { return nil })
	if err != nil {
		return nil, s.fail("read", k, err)
	}
	s.touch(k, c, 0)
	size := int64(v.m.Info().ChunkBytes(k.Chunk))
	return NewFile(v.data, v.offset(k.Chunk), size, func() error { return s.unpin(k, v, c) }), nil
}

// Drop frees a chunk, partial ones too. Its bytes are given back to the disk at once, or when the last Put, ReadAt or
// File that uses them has ended.
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
	if c.whole {
		if err := s.record(dropped, k, c); err != nil {
			return s.fail("drop", k, err)
		}
		s.live.Add(-1)
	}
	s.mu.Lock()
	delete(v.chunks, k.Chunk)
	c.dropped.Store(true)
	s.mu.Unlock()
	s.compact()
	if c.pins.Load() > 0 {
		return nil
	}
	if err := s.free(k, v, c); err != nil {
		return s.fail("drop", k, err)
	}
	return nil
}

// free gives a dropped chunk's bytes back. Who takes the last pin away and who drops may both come here. If the chunk
// was begun anew, the place is that one's: what is left there are bytes of the same hashes. The caller holds ctl.
func (s *Store) free(k Key, v *video, c *chunk) error {
	if c.freed || s.closed {
		return nil
	}
	c.freed = true
	var err error
	if v.chunks[k.Chunk] == nil && v.refs > 1 { // else release removes the file
		err = punch(v.data, v.offset(k.Chunk), int64(v.m.Info().ChunkBytes(k.Chunk)))
	}
	return errors.Join(err, v.release())
}

// Held returns the whole chunks found by Open, least recently used first.
func (s *Store) Held() []Key { return slices.Clone(s.held) }

// Bad returns how many chunks Open threw away because the journal had them and the files did not.
func (s *Store) Bad() int { return s.bad }

// Close gives the directory free for the next Open. Chunks that are not whole are lost. Close after the last use: a
// Put that is under way fails. Closing again does nothing.
func (s *Store) Close() error {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	if s.closed {
		return nil
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	var errs []error
	for _, v := range s.videos {
		if v.refs > 0 {
			errs = append(errs, v.data.Close(), v.pieces.Close()) // readers may still look at the fields
		}
	}
	errs = append(errs, s.journal.f.Close(), s.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("chunk store %s: close: %w", s.dir, err)
	}
	return nil
}
