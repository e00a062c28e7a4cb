package store

import (
	"errors"
	"fmt"
	"os"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// Errors that callers choose by. They come wrapped with the operation and the chunk.
var (
	ErrVideo  = errors.New("no manifest of this video")
	ErrChunk  = errors.New("no such chunk or piece") // beyond the video's end, or of another size
	ErrAbsent = errors.New("not in the store")       // the chunk was not begun, or the piece not put
	ErrClosed = errors.New("the store is closed")
)

// Key names a chunk among all videos everywhere.
type Key struct {
	ID    manifest.ID
	Chunk uint32
}

// String returns enough of the video's id to find its file, and the chunk.
func (k Key) String() string { return fmt.Sprintf("%x.../%d", k.ID[:4], k.Chunk) }

// Reader reads chunks, whoever holds them: a Store, a Memory, a source's library.
type Reader interface {
	// ReadAt fills buf with the chunk's bytes from off. It returns an error that wraps ErrAbsent if one of the bytes
	// belongs to a piece that is not here, and ErrChunk beyond the chunk's end.
	ReadAt(k Key, off int64, buf []byte) error

	// Hashes returns a copy of the chunk's piece hashes; false if the chunk is not here and was not begun.
	Hashes(k Key) ([]manifest.Hash, bool)
}

// Filer is a Reader whose chunks are parts of files, for sendfile.
type Filer interface {
	Reader

	// File returns the chunk's place in a file. The caller closes it, and reads only pieces that are here.
	File(k Key) (*File, error)
}

// Chunks keeps chunks: Store and Memory. All methods are safe for concurrent use.
type Chunks interface {
	Reader

	// AddManifest makes a video known; adding it again does nothing but for a new signature.
	AddManifest(m *manifest.Manifest) error

	// Manifests returns the manifests of all videos known, by id.
	Manifests() []*manifest.Manifest

	// Begin tells the piece hashes of a chunk before its first Put. They are checked against the manifest and copied.
	// It does nothing for a chunk that was begun before.
	Begin(k Key, hashes []manifest.Hash) error

	// Put keeps a piece that the caller has verified; data is not kept. After an error the piece is not here and may be
	// put again. A piece that is here already is left as it is.
	Put(k Key, piece uint8, data []byte) error

	// Have returns which pieces of a chunk are here, and whether all are and the chunk will survive the process.
	Have(k Key) (pieces Pieces, whole bool)

	// Drop frees a chunk, partial ones too. It does nothing for a chunk that is not here.
	Drop(k Key) error

	// Held returns the whole chunks found when the store was opened, least recently used first.
	Held() []Key

	Close() error
}

// File is a chunk's place in a file: Size bytes from Offset. F is shared, so it is used with explicit offsets only
// (ReadAt, sendfile with an offset), unless it is Own. Until Close, the bytes stay where they are, even if the chunk is
// dropped.
type File struct {
	F      *os.File
	Offset int64
	Size   int64
	Own    bool // F was opened for this File alone, so its position may be used
	close  func() error
}

// NewFile returns a File that calls done, once, when it is closed; done may be nil.
func NewFile(f *os.File, offset, size int64, done func() error) *File {
	return &File{F: f, Offset: offset, Size: size, close: done}
}

// Close gives the place back; F must not be used any more. Closing again does nothing.
func (f *File) Close() error {
	done := f.close
	f.close = nil
	if done == nil {
		return nil
	}
	return done()
}

// checkPiece returns nil if data has the size of that piece of chunk k.
func checkPiece(info core.VideoInfo, k Key, piece uint8, data []byte) error {
	if n := info.Pieces(k.Chunk); piece >= n {
		return fmt.Errorf("%w: the chunk has %d pieces", ErrChunk, n)
	}
	if want := info.Prefix(k.Chunk, piece+1) - info.Prefix(k.Chunk, piece); core.Bytes(len(data)) != want {
		return fmt.Errorf("%w: %d bytes, the piece has %d", ErrChunk, len(data), want)
	}
	return nil
}

// CheckRange returns nil if the chunk has n bytes from off, and otherwise an error that wraps ErrChunk.
func CheckRange(info core.VideoInfo, chunk uint32, off, n int64) error {
	if size := int64(info.ChunkBytes(chunk)); off < 0 || n < 0 || off > size || n > size-off {
		return fmt.Errorf("%w: %d bytes from %d, the chunk has %d", ErrChunk, n, off, size)
	}
	return nil
}

// covered returns nil if n bytes from off, a range that CheckRange has accepted, are in pieces of have.
func covered(info core.VideoInfo, have Pieces, off, n int64) error {
	if n == 0 {
		return nil
	}
	last := uint8((off + n - 1) / int64(info.PieceSize))
	for p := uint8(off / int64(info.PieceSize)); p <= last; p++ {
		if !have.Has(p) {
			return fmt.Errorf("piece %d: %w", p, ErrAbsent)
		}
	}
	return nil
}
