package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// The endings of a video's files; the rest of the name is its id.
const (
	manifestExt = ".manifest"
	dataExt     = ".data"
	piecesExt   = ".pieces"
)

// video is a video that the store knows, and its files while something of it is kept.
type video struct {
	m    *manifest.Manifest
	path string // of its files, without the ending

	chunks map[uint32]*chunk // guarded by Store.mu

	// Guarded by Store.ctl; who holds a pin may read data.
	refs         int // chunks in the map, and dropped ones that are still pinned; files are open while there are any
	data, pieces *os.File
}

// chunk is a chunk that was begun.
type chunk struct {
	hashes []manifest.Hash // nil once whole: then they are in the file; guarded by Store.mu
	have   Pieces          // guarded by Store.mu
	whole  bool            // guarded by Store.mu

	used    atomic.Int64 // the store's clock when it was last used
	pins    atomic.Int32 // who reads or writes its bytes now; grows only while the chunk is in the map
	dropped atomic.Bool
	freed   bool // guarded by Store.ctl
}

func newVideo(dir string, m *manifest.Manifest) *video {
	return &video{m: m, path: filepath.Join(dir, m.ID().String()), chunks: make(map[uint32]*chunk)}
}

// acquire opens the files if they are not, and keeps them open until release. An error leaves them as they were.
func (v *video) acquire() error {
	if v.refs == 0 {
		data, err := os.OpenFile(v.path+dataExt, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		pieces, err := os.OpenFile(v.path+piecesExt, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			data.Close()
			return err
		}
		v.data, v.pieces = data, pieces
	}
	v.refs++
	return nil
}

// release undoes one acquire; the last one removes the files, in which nothing is of use any more.
func (v *video) release() error {
	v.refs--
	if v.refs > 0 {
		return nil
	}
	err := errors.Join(v.data.Close(), v.pieces.Close())
	v.data, v.pieces = nil, nil
	return errors.Join(err, os.Remove(v.path+dataExt), os.Remove(v.path+piecesExt))
}

// offset returns where a chunk begins in the data file.
func (v *video) offset(chunk uint32) int64 { return int64(chunk) * int64(v.m.Info().ChunkSize) }

// hashesOffset returns where a chunk's hashes begin in the pieces file. Every chunk has the room of a full one.
func (v *video) hashesOffset(chunk uint32) int64 {
	info := v.m.Info()
	perChunk := (info.ChunkSize + info.PieceSize - 1) / info.PieceSize
	return int64(chunk) * int64(perChunk) * core.HashOnWire
}

func (v *video) writeHashes(chunk uint32, hashes []manifest.Hash) error {
	flat := make([]byte, 0, len(hashes)*core.HashOnWire)
	for i := range hashes {
		flat = append(flat, hashes[i][:]...)
	}
	_, err := v.pieces.WriteAt(flat, v.hashesOffset(chunk))
	return err
}

func (v *video) readHashes(chunk uint32) ([]manifest.Hash, error) {
	hashes := make([]manifest.Hash, v.m.Info().Pieces(chunk))
	flat := make([]byte, len(hashes)*core.HashOnWire)
	if _, err := v.pieces.ReadAt(flat, v.hashesOffset(chunk)); err != nil {
		return nil, err
	}
	for i := range hashes {
		copy(hashes[i][:], flat[i*core.HashOnWire:])
	}
	return hashes, nil
}

// verify reports whether the files hold a whole chunk: hashes that fit the manifest and bytes that fit the hashes. buf
// has room for a piece.
func (v *video) verify(chunk uint32, buf []byte) bool {
	hashes, err := v.readHashes(chunk)
	if err != nil || v.m.VerifyHashes(chunk, hashes) != nil {
		return false
	}
	info := v.m.Info()
	for p := range info.Pieces(chunk) {
		from, to := info.Prefix(chunk, p), info.Prefix(chunk, p+1)
		piece := buf[:to-from]
		if _, err := v.data.ReadAt(piece, v.offset(chunk)+int64(from)); err != nil || manifest.PieceHash(piece) != hashes[p] {
			return false
		}
	}
	return true
}
