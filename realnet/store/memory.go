package store

import (
	"fmt"
	"slices"
	"sync"

	"peerstreamer/realnet/manifest"
)

// Memory is Chunks that are gone with the process: for thin clients and tests. The zero value is ready for use. It holds
// what it is given; how much that is, the cache index decides.
type Memory struct {
	mu     sync.RWMutex
	videos map[manifest.ID]*memoryVideo
	spare  [][]byte // of dropped chunks, at most maxSpare: fresh memory would have to be cleared, and faulted in
	closed bool
}

// maxSpare is how many dropped chunks' memory is kept for those to come.
const maxSpare = 4

type memoryVideo struct {
	m      *manifest.Manifest
	chunks map[uint32]*memoryChunk
}

type memoryChunk struct {
	hashes []manifest.Hash
	have   Pieces
	data   []byte
	lent   int  // loans that are out
	gone   bool // dropped
}

// Loan is bytes of a chunk that nobody changes until they are returned, even if the chunk is dropped.
type Loan struct {
	Bytes []byte
	s     *Memory
	c     *memoryChunk
}

var _ Chunks = (*Memory)(nil)

func (*Memory) fail(op string, k Key, err error) error {
	return fmt.Errorf("chunk store in memory: %s %s: %w", op, k, err)
}

// AddManifest makes a video known.
func (s *Memory) AddManifest(m *manifest.Manifest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("chunk store in memory: keep the manifest of %q: %w", m.Name(), ErrClosed)
	}
	if s.videos == nil {
		s.videos = make(map[manifest.ID]*memoryVideo)
	}
	if v := s.videos[m.ID()]; v != nil {
		if manifest.Resigned(v.m, m) {
			v.m = m
		}
	} else {
		s.videos[m.ID()] = &memoryVideo{m: m, chunks: make(map[uint32]*memoryChunk)}
	}
	return nil
}

// Manifests returns the manifests of all videos known, by id.
func (s *Memory) Manifests() []*manifest.Manifest {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ms := make([]*manifest.Manifest, 0, len(s.videos))
	for _, v := range s.videos {
		ms = append(ms, v.m)
	}
	sortByID(ms)
	return ms
}

// Begin allocates the chunk.
func (s *Memory) Begin(k Key, hashes []manifest.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.video(k)
	if err == nil {
		err = v.m.VerifyHashes(k.Chunk, hashes)
	}
	if err != nil {
		return s.fail("begin", k, err)
	}
	if v.chunks[k.Chunk] == nil {
		v.chunks[k.Chunk] = &memoryChunk{hashes: slices.Clone(hashes), data: s.space(int(v.m.Info().ChunkBytes(k.Chunk)))}
	}
	return nil
}

// space returns memory for a chunk, with anything in it. The caller holds mu.
func (s *Memory) space(size int) []byte {
	if n := len(s.spare); n > 0 {
		b := s.spare[n-1]
		s.spare = s.spare[:n-1]
		if cap(b) >= size && cap(b)/2 <= size {
			return b[:size]
		}
	}
	return make([]byte, size)
}

// reuse keeps the memory of a chunk that is gone and not lent. The caller holds mu.
func (s *Memory) reuse(c *memoryChunk) {
	if c.gone && c.lent == 0 && len(s.spare) < maxSpare {
		s.spare = append(s.spare, c.data)
	}
}

// video returns the video of a chunk that its manifest has. The caller holds mu.
func (s *Memory) video(k Key) (*memoryVideo, error) {
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

// find returns a chunk that was begun. The caller holds mu.
func (s *Memory) find(k Key) (*memoryVideo, *memoryChunk, error) {
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

// Put copies a piece that the caller has verified.
func (s *Memory) Put(k Key, piece uint8, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, c, err := s.find(k)
	if err == nil {
		err = checkPiece(v.m.Info(), k, piece, data)
	}
	if err != nil {
		return s.fail(fmt.Sprintf("put piece %d of", piece), k, err)
	}
	if !c.have.Has(piece) {
		copy(c.data[v.m.Info().Prefix(k.Chunk, piece):], data)
		c.have.Add(piece)
	}
	return nil
}

// Have returns which pieces of a chunk are here, and whether all are.
func (s *Memory) Have(k Key) (Pieces, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, c, err := s.find(k)
	if err != nil {
		return Pieces{}, false
	}
	return c.have, c.have == AllPieces(v.m.Info().Pieces(k.Chunk))
}

// Hashes returns a copy of the chunk's piece hashes; false if it was not begun.
func (s *Memory) Hashes(k Key) ([]manifest.Hash, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, c, err := s.find(k)
	if err != nil {
		return nil, false
	}
	return slices.Clone(c.hashes), true
}

// ReadAt copies the chunk's bytes from off into buf.
func (s *Memory) ReadAt(k Key, off int64, buf []byte) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, err := s.readable(k, off, int64(len(buf)))
	if err != nil {
		return err
	}
	copy(buf, c.data[off:])
	return nil
}

// readable returns a chunk of which n bytes from off can be read. The caller holds mu.
func (s *Memory) readable(k Key, off, n int64) (*memoryChunk, error) {
	v, c, err := s.find(k)
	if err == nil {
		err = CheckRange(v.m.Info(), k.Chunk, off, n)
	}
	if err == nil {
		err = covered(v.m.Info(), c.have, off, n)
	}
	if err != nil {
		return nil, s.fail("read", k, err)
	}
	return c, nil
}

// Borrow lends n bytes of a chunk from off, without copying them. Its errors are ReadAt's.
func (s *Memory) Borrow(k Key, off, n int64) (Loan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.readable(k, off, n)
	if err != nil {
		return Loan{}, err
	}
	c.lent++
	return Loan{c.data[off : off+n : off+n], s, c}, nil
}

// Return gives the bytes back, once.
func (l Loan) Return() {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.c.lent--; l.c.lent < 0 {
		panic("store: a loan is returned twice")
	}
	l.s.reuse(l.c)
}

// Drop forgets a chunk.
func (s *Memory) Drop(k Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail("drop", k, ErrClosed)
	}
	if v := s.videos[k.ID]; v != nil {
		if c := v.chunks[k.Chunk]; c != nil {
			delete(v.chunks, k.Chunk)
			c.gone = true
			s.reuse(c)
		}
	}
	return nil
}

// Held returns nothing: memory has no earlier life.
func (*Memory) Held() []Key { return nil }

// Close forgets everything. Closing again does nothing.
func (s *Memory) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.videos, s.spare, s.closed = nil, nil, true
	return nil
}
