package library

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

// Library is the videos of a directory, as they were when it was opened or last read again. Its methods are safe for
// concurrent use.
type Library struct {
	dir string
	key ed25519.PrivateKey // signs what is not signed; nil: nothing does

	mu        sync.RWMutex
	videos    map[manifest.ID]*video
	manifests []*manifest.Manifest // by name, without those that are removed
	moved     []*os.Root           // folders that are read elsewhere now; somebody may still do so here
}

// video is an open folder. The handle holds on to the folder itself, not to its name: if a new video takes the name,
// chunks of the old one are missing, not wrong.
type video struct {
	m      *manifest.Manifest
	folder *os.Root
	stamp  stamp
}

var _ store.Filer = (*Library)(nil)

// Open reads the manifests of all videos in dir and checks that everything they tell of is there. Hidden entries are
// passed over; anything else that is not a video is an error that names it and says what to do.
func Open(dir string) (*Library, error) {
	l := &Library{dir: dir, videos: make(map[manifest.ID]*video)}
	if err := l.load(); err != nil {
		l.Close()
		return nil, fmt.Errorf("video database %s: %w", dir, err)
	}
	return l, nil
}

func (l *Library) load() error {
	entries, err := os.ReadDir(l.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("does not exist: create it with: mkdir -p '%s'", l.dir)
	case err != nil:
		return err
	}
	var faults []error
	for _, e := range entries {
		if e.Name()[0] == '.' {
			continue
		}
		if err := l.loadVideo(e.Name()); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// again is what helps against most faults of a video.
const again = "split the video again, or move the folder away"

func (l *Library) loadVideo(name string) error {
	if err := manifest.CheckName(name); err != nil {
		return fmt.Errorf("%w: rename or move it", err)
	}
	path := filepath.Join(l.dir, name)
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return fmt.Errorf("%q is not a folder: split it into a video, or move it away", name)
	}
	folder, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	m, err := readVideo(folder, name)
	if err != nil {
		folder.Close()
		return fmt.Errorf("video %q: %w: %s", name, err, again)
	}
	l.videos[m.ID()] = &video{m: m, folder: folder, stamp: stampOf(path)}
	l.manifests = append(l.manifests, m)
	return nil
}

// readVideo returns the manifest of a folder after checking that the rest is there.
func readVideo(folder *os.Root, name string) (*manifest.Manifest, error) {
	data, err := readSmall(folder, manifestName, manifest.MaxSize)
	if err != nil {
		return nil, err
	}
	m, err := manifest.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	if m.Name() != name {
		return nil, fmt.Errorf("%s: is of a video called %q", manifestName, m.Name())
	}
	info := m.Info()
	for chunk := range info.Chunks() {
		if err := checkSize(folder, strconv.Itoa(int(chunk)), int64(info.ChunkBytes(chunk))); err != nil {
			return nil, err
		}
	}
	return m, checkHashes(folder, m)
}

// readSmall returns a file's content if it is not larger than limit.
func readSmall(folder *os.Root, name string, limit int64) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s: more than %d bytes", name, limit)
	}
	return data, err
}

func checkSize(folder *os.Root, name string, want int64) error {
	info, err := folder.Stat(name)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is not a file", name)
	case info.Size() != want:
		return fmt.Errorf("%s: has %d bytes, not %d", name, info.Size(), want)
	}
	return nil
}

// checkHashes reads the stored piece hashes once and compares each chunk's with its root.
func checkHashes(folder *os.Root, m *manifest.Manifest) error {
	info := m.Info()
	last := info.Chunks() - 1
	if err := checkSize(folder, piecesName, hashesOffset(info, last)+core.HashOnWire*int64(info.Pieces(last))); err != nil {
		return err
	}
	f, err := folder.Open(piecesName)
	if err != nil {
		return err
	}
	defer f.Close()
	for chunk := range info.Chunks() {
		hashes, err := readHashes(f, info, chunk)
		if err == nil {
			err = m.VerifyHashes(chunk, hashes)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", piecesName, err)
		}
	}
	return nil
}

// hashesOffset returns where a chunk's hashes begin in the pieces file.
func hashesOffset(info core.VideoInfo, chunk uint32) int64 {
	return int64(chunk) * int64(info.Pieces(0)) * core.HashOnWire // only the last chunk may have fewer than the first
}

func readHashes(f io.ReaderAt, info core.VideoInfo, chunk uint32) ([]manifest.Hash, error) {
	hashes := make([]manifest.Hash, info.Pieces(chunk))
	flat := make([]byte, len(hashes)*core.HashOnWire)
	if _, err := f.ReadAt(flat, hashesOffset(info, chunk)); err != nil {
		return nil, err
	}
	for i := range hashes {
		copy(hashes[i][:], flat[i*core.HashOnWire:])
	}
	return hashes, nil
}

// Dir returns the directory.
func (l *Library) Dir() string { return l.dir }

// Manifests returns the manifests of all videos, by name.
func (l *Library) Manifests() []*manifest.Manifest {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return append([]*manifest.Manifest(nil), l.manifests...)
}

// Sign signs the manifests that are not signed, now and when they appear, in memory alone. It must be called before the Library is shared.
func (l *Library) Sign(key ed25519.PrivateKey) (signed int) {
	l.key = key
	for i, m := range l.manifests {
		if m.Signer() == nil {
			l.manifests[i] = m.Sign(key)
			l.videos[m.ID()].m = l.manifests[i]
			signed++
		}
	}
	return signed
}

// Find returns the manifest of the video of that name; false if there is none.
func (l *Library) Find(name string) (*manifest.Manifest, bool) {
	for _, m := range l.Manifests() {
		if m.Name() == name {
			return m, true
		}
	}
	return nil, false
}

// video returns a video, nil if there is none of that id.
func (l *Library) video(id manifest.ID) *video {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.videos[id]
}

// open opens a chunk's file. The name is a number below the manifest's count, so it is never a path.
func (l *Library) open(k store.Key) (*video, *os.File, error) {
	v := l.video(k.ID)
	if v == nil {
		return nil, nil, store.ErrVideo
	}
	if n := v.m.Info().Chunks(); k.Chunk >= n {
		return nil, nil, fmt.Errorf("%w: the video has %d chunks", store.ErrChunk, n)
	}
	f, err := v.folder.Open(strconv.Itoa(int(k.Chunk)))
	return v, f, err
}

// ReadAt fills buf with the chunk's bytes from off: open, read, close, about 10 us for 64 KiB.
func (l *Library) ReadAt(k store.Key, off int64, buf []byte) error {
	if err := l.readAt(k, off, buf); err != nil {
		return fmt.Errorf("video database %s: read %s: %w", l.dir, k, err)
	}
	return nil
}

func (l *Library) readAt(k store.Key, off int64, buf []byte) error {
	v, f, err := l.open(k)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := store.CheckRange(v.m.Info(), k.Chunk, off, int64(len(buf))); err != nil {
		return err
	}
	_, err = io.ReadFull(io.NewSectionReader(f, off, int64(len(buf))), buf)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("%s/%d was cut short since the database was opened: %s", v.m.Name(), k.Chunk, again)
	}
	return err
}

// File opens the chunk's file; the caller closes it.
func (l *Library) File(k store.Key) (*store.File, error) {
	v, f, err := l.open(k)
	if err != nil {
		return nil, fmt.Errorf("video database %s: read %s: %w", l.dir, k, err)
	}
	file := store.NewFile(f, 0, int64(v.m.Info().ChunkBytes(k.Chunk)), f.Close)
	file.Own = true
	return file, nil
}

// Hashes returns the chunk's piece hashes as Split stored them; false for a chunk that is not here or cannot be read.
func (l *Library) Hashes(k store.Key) ([]manifest.Hash, bool) {
	v := l.video(k.ID)
	if v == nil || k.Chunk >= v.m.Info().Chunks() {
		return nil, false
	}
	f, err := v.folder.Open(piecesName)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	hashes, err := readHashes(f, v.m.Info(), k.Chunk)
	return hashes, err == nil
}

// Close closes the folders. Closing again does nothing.
func (l *Library) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, v := range l.videos {
		errs = append(errs, v.folder.Close())
	}
	for _, f := range l.moved {
		errs = append(errs, f.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("video database %s: close: %w", l.dir, err)
	}
	return nil
}
