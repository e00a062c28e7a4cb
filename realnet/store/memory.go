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
	closed bool
}

type memoryVideo struct {
	m      *manifest.Manifest
	chunks map[uint32]*memoryChunk
}

type memoryChunk struct {
	hashes []manifest.Hash
	have   Pieces
	data   []byte
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
	if s.videos[m.ID()] == nil {
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
		v.chunks[k.Chunk] = &memoryChunk{hashes: slices.Clone(hashes), data: make([]byte, v.m.Info().ChunkBytes(k.Chunk))}
	}
	return nil
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
	v, c, err := s.find(k)
	if err == nil {
		err = CheckRange(v.m.Info(), k.Chunk, off, int64(len(buf)))
	}
	if err == nil {
		err = covered(v.m.Info(), c.have, off, int64(len(buf)))
	}
	if err != nil {
		return s.fail("read", k, err)
	}
	copy(buf, c.data[off:])
	return nil
}

// Drop forgets a chunk.
func (s *Memory) Drop(k Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail("drop", k, ErrClosed)
	}
	if v := s.videos[k.ID]; v != nil {
		delete(v.chunks, k.Chunk)
	}
	return nil
}

// Held returns nothing: memory has no earlier life.
func (*Memory) Held() []Key { return nil }

// Close forgets everything. Closing again does nothing.
func (s *Memory) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.videos, s.closed = nil, true
	return nil
}
