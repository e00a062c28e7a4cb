package library

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

// The files of a video's folder besides its chunks, which are called 0, 1, 2...
const (
	manifestName = "manifest"
	piecesName   = "pieces"
)

// splitPrefix begins the names of folders that Split has not finished. No video can be called so.
const splitPrefix = ".split-"

// Defaults of Options.
const (
	DefaultChunkSize = 1 * core.MiB
	DefaultPieceSize = 64 * core.KiB
)

// ErrExists is returned by Split for a name that is taken.
var ErrExists = errors.New("there is a video of this name already")

// Options says how Split cuts and describes. Zero values choose the defaults.
type Options struct {
	ChunkSize core.Bytes // 0: DefaultChunkSize
	PieceSize core.Bytes // 0: DefaultPieceSize, more if a chunk would have over core.MaxPieces, less for small chunks
	MediaType string     // "": by FileName's ending, the video's name or the first bytes
	Duration  core.Time  // 0: what an MP4's movie header tells, else unknown
	FileName  string     // where the bytes come from, for its ending; may be ""
	Replace   bool       // take the place of a video of the same name

	Key ed25519.PrivateKey // signs the manifest; nil: it stays unsigned

	Progress func(done core.Bytes) // called after each chunk, if not nil
}

// sizes returns the chunk and piece size to use.
func (o Options) sizes() (chunk, piece core.Bytes) {
	chunk, piece = o.ChunkSize, o.PieceSize
	if chunk == 0 {
		chunk = DefaultChunkSize
	}
	if piece == 0 {
		piece = DefaultPieceSize
		for chunk > piece*core.MaxPieces {
			piece *= 2
		}
		piece = min(piece, chunk)
	}
	return chunk, piece
}

// Split cuts what r brings into the video DIR/NAME and returns its manifest. The folder appears when everything is in it
// and on the disk; after an error or a crash there is none. An existing dir is wanted. It holds one piece in memory,
// whatever the video's length, and takes about 1.3 processor seconds for a GB (go test ./realnet/library -bench Split).
// When ctx ends it stops before the next piece.
//
// With Replace the old folder is moved aside and removed. A node that serves it at that moment answers with errors, not
// with the new video's bytes, until it reads the database again.
func Split(ctx context.Context, dir, name string, r io.Reader, o Options) (*manifest.Manifest, error) {
	m, err := split(ctx, dir, name, r, o)
	if err != nil {
		return nil, fmt.Errorf("split into %s: %w", dir, err)
	}
	return m, nil
}

func split(ctx context.Context, dir, name string, r io.Reader, o Options) (_ *manifest.Manifest, err error) {
	if err := manifest.CheckName(name); err != nil {
		return nil, err
	}
	chunk, piece := o.sizes()
	if err := manifest.CheckSizes(1, chunk, piece); err != nil { // before reading, not after
		return nil, err
	}
	target := filepath.Join(dir, name)
	if _, err := os.Lstat(target); err == nil && !o.Replace {
		return nil, fmt.Errorf("video %q: %w: choose another name, or replace it", name, ErrExists)
	}
	work, err := os.MkdirTemp(dir, splitPrefix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the directory does not exist: create it with: mkdir -p '%s'", dir)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(work))
		}
	}()
	if err := os.Chmod(work, 0o755); err != nil { // MkdirTemp keeps others out
		return nil, err
	}
	c := cutter{ctx: ctx, dir: work, chunk: chunk, piece: piece, progress: o.Progress}
	if err := c.cut(r); err != nil {
		return nil, err
	}
	m, err := c.describe(name, o)
	if err != nil {
		return nil, err
	}
	if o.Key != nil {
		m = m.Sign(o.Key)
	}
	if err := os.WriteFile(filepath.Join(work, manifestName), m.Encoded(), 0o644); err != nil {
		return nil, err
	}
	if err := syncTree(work); err != nil {
		return nil, err
	}
	if err := moveInto(work, target, o.Replace); err != nil {
		return nil, err
	}
	return m, nil
}

// moveInto makes work the folder target.
func moveInto(work, target string, replace bool) error {
	if replace {
		// A folder is not renamed over a full one. A crash between the two renames leaves the old video hidden, whole.
		old := work + "-old"
		err := os.Rename(target, old)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil {
			defer os.RemoveAll(old)
		}
	}
	if err := os.Rename(work, target); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("video %q: %w: it appeared just now", filepath.Base(target), ErrExists)
		}
		return err
	}
	return syncDir(filepath.Dir(target))
}

// cutter writes chunks and piece hashes into a folder.
type cutter struct {
	ctx          context.Context
	dir          string
	chunk, piece core.Bytes
	progress     func(core.Bytes)

	length core.Bytes
	head   []byte // the first bytes, for the media type
	roots  []manifest.Hash
}

// cut reads r to its end.
func (c *cutter) cut(r io.Reader) (err error) {
	pieces, err := os.Create(filepath.Join(c.dir, piecesName))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pieces.Close()) }()
	buf := make([]byte, c.piece)
	for n := 0; ; n++ {
		more, err := c.cutChunk(r, n, buf, pieces)
		if err != nil {
			return err
		}
		if c.progress != nil {
			c.progress(c.length)
		}
		if !more {
			return nil
		}
	}
}

// cutChunk writes chunk n, none if r is at its end, and reports whether r may have more.
func (c *cutter) cutChunk(r io.Reader, n int, buf []byte, pieces io.Writer) (more bool, err error) {
	var f *os.File
	defer func() {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	var hashes []manifest.Hash
	var flat []byte // the same
	left := c.chunk
	more = true
	for left > 0 && more {
		if err := c.ctx.Err(); err != nil {
			return false, err
		}
		got, err := io.ReadFull(r, buf[:min(c.piece, left)])
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			more = false
		default:
			return false, fmt.Errorf("read byte %d: %w", c.length+core.Bytes(got), err)
		}
		if got == 0 {
			break
		}
		piece := buf[:got]
		if c.head == nil {
			c.head = append([]byte(nil), piece[:min(got, 512)]...)
		}
		if f == nil {
			// Checked here as well as at the end, so that a stream without end is not written without end.
			if err := manifest.CheckSizes(c.length+core.Bytes(got), c.chunk, c.piece); err != nil {
				return false, err
			}
			if f, err = os.Create(filepath.Join(c.dir, strconv.Itoa(n))); err != nil {
				return false, err
			}
		}
		if _, err := f.Write(piece); err != nil {
			return false, err
		}
		h := manifest.PieceHash(piece)
		hashes, flat = append(hashes, h), append(flat, h[:]...)
		left -= core.Bytes(got)
		c.length += core.Bytes(got)
	}
	if len(hashes) > 0 {
		c.roots = append(c.roots, manifest.Root(hashes))
		if _, err := pieces.Write(flat); err != nil {
			return false, err
		}
	}
	return more, nil
}

// describe makes the manifest of what was cut.
func (c *cutter) describe(name string, o Options) (*manifest.Manifest, error) {
	if c.length == 0 {
		return nil, fmt.Errorf("video %q: there is nothing to split: the input is empty", name)
	}
	media := o.MediaType
	if media == "" {
		media = mediaType(o.FileName, name, c.head)
	}
	info := core.VideoInfo{Length: c.length, ChunkSize: c.chunk, PieceSize: c.piece, Duration: o.Duration}
	if info.Duration == 0 {
		info.Duration = movieDuration(chunkFiles{c.dir, info}, int64(c.length))
	}
	return manifest.New(name, media, info, c.roots)
}

// chunkFiles reads a video across its chunk files.
type chunkFiles struct {
	dir  string
	info core.VideoInfo
}

func (c chunkFiles) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	for n < len(b) {
		at := core.Bytes(off) + core.Bytes(n)
		if at >= c.info.Length {
			return n, io.EOF
		}
		chunk, in := uint32(at/c.info.ChunkSize), at%c.info.ChunkSize
		want := b[n:min(len(b), n+int(c.info.ChunkBytes(chunk)-in))]
		f, err := os.Open(filepath.Join(c.dir, strconv.Itoa(int(chunk))))
		if err != nil {
			return n, err
		}
		got, err := f.ReadAt(want, int64(in))
		f.Close()
		n += got
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
