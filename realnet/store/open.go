package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"peerstreamer/realnet/manifest"
)

// The files of a chunk directory that belong to no video.
const (
	lockName    = "lock"
	formatName  = "format"
	journalName = "journal"
)

// format is what the format file holds. Another layout of the directory gets another number.
const format = "peerstreamer chunk store 1\n"

var (
	// ErrLocked is returned by Open for the directory of a running node.
	ErrLocked = errors.New("is in use by a running node")

	// ErrFormat is returned by Open for a directory that another version wrote.
	ErrFormat = errors.New("has the format of another version")
)

// Options says how to open a chunk directory. The zero value opens one that exists.
type Options struct {
	Create bool // make the directory, and its parents, if there is none
}

// Open takes a directory for a Store. The directory is empty or was a chunk directory before; at most one process, and
// one Store in it, has it open. What an earlier life left whole is checked and in Held; the rest is freed. The check
// reads all that is held, on all processors: about 0.8 processor seconds for a GB.
func Open(dir string, o Options) (*Store, error) {
	s, err := open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("chunk directory %s: %w", dir, err)
	}
	return s, nil
}

func open(dir string, o Options) (*Store, error) {
	if err := checkDir(dir, o); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	s := &Store{
		dir:     dir,
		lock:    lock,
		journal: journal{path: filepath.Join(dir, journalName)},
		videos:  make(map[manifest.ID]*video),
	}
	if err := s.load(); err != nil {
		for _, v := range s.videos {
			if v.refs > 0 {
				v.data.Close()
				v.pieces.Close()
			}
		}
		lock.Close()
		return nil, err
	}
	return s, nil
}

// checkDir returns nil if dir can be a chunk directory, as far as one can tell without writing. A directory of somebody
// else's files is refused, because Open would tidy it up.
func checkDir(dir string, o Options) error {
	if o.Create {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("cannot be created: %w", err)
		}
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("does not exist: create it with: mkdir -p '%s'", dir)
	case err != nil:
		return err
	case !info.IsDir():
		return errors.New("is not a directory: give the node another one")
	}
	text, err := os.ReadFile(filepath.Join(dir, formatName))
	switch {
	case err == nil && string(text) != format:
		return fmt.Errorf("%w (%.40q, not %q): use another directory, or empty this one", ErrFormat, text, format)
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != lockName && !strings.HasPrefix(e.Name(), ".") {
			return fmt.Errorf("is not a chunk directory, it holds %q: use an empty one", e.Name())
		}
	}
	return nil
}

// load reads what an earlier life left, throws away what is not whole, and starts the journal anew.
func (s *Store) load() error {
	formatPath := filepath.Join(s.dir, formatName)
	if _, err := os.Stat(formatPath); errors.Is(err, fs.ErrNotExist) {
		if err := writeFile(formatPath, []byte(format)); err != nil {
			return fmt.Errorf("is not writable: %w", err)
		}
	}
	if err := s.loadManifests(); err != nil {
		return err
	}
	recorded, err := readJournal(s.journal.path)
	if err != nil {
		return err
	}
	if err := s.loadChunks(recorded); err != nil {
		return err
	}
	if err := s.freeRest(); err != nil {
		return err
	}
	return s.journal.rewrite(s.held)
}

// loadManifests makes the videos known whose manifests are here and right, and removes files that belong to none.
func (s *Store) loadManifests() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		stem, isManifest := strings.CutSuffix(e.Name(), manifestExt)
		id, err := manifest.ParseID(stem)
		if !isManifest || err != nil {
			continue
		}
		// A manifest is written whole or not at all, so a wrong one is the disk's fault: forget the video.
		m, err := readManifest(filepath.Join(s.dir, e.Name()))
		if err == nil && m.ID() == id {
			s.videos[id] = newVideo(s.dir, m)
		}
	}
	for _, e := range entries {
		if s.isStray(e.Name()) {
			if err := os.Remove(filepath.Join(s.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func readManifest(path string) (*manifest.Manifest, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > manifest.MaxSize {
		return nil, fmt.Errorf("%s has %d bytes, more than a manifest", path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return manifest.Decode(data)
}

// isStray reports whether a file is one of ours that nobody needs: begun and never renamed, or of an unknown video.
func (s *Store) isStray(name string) bool {
	if strings.HasPrefix(name, tempPrefix) {
		return true
	}
	ext := filepath.Ext(name)
	if ext != manifestExt && ext != dataExt && ext != piecesExt {
		return false
	}
	id, err := manifest.ParseID(strings.TrimSuffix(name, ext))
	return err == nil && s.videos[id] == nil
}

// loadChunks checks the chunks that the journal has, on all processors, and keeps the good ones in their order.
func (s *Store) loadChunks(recorded []Key) error {
	// Open the files first, one reference for each chunk, so that the workers only read.
	known := recorded[:0:0]
	for _, k := range recorded {
		v := s.videos[k.ID]
		if v == nil || k.Chunk >= v.m.Info().Chunks() {
			s.bad++
			continue
		}
		if err := v.acquire(); err != nil {
			return err
		}
		known = append(known, k)
	}
	good := make([]bool, len(known))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(known))
	for w := range workers {
		wg.Go(func() {
			buf := make([]byte, 0)
			for i := w; i < len(known); i += workers {
				v := s.videos[known[i].ID]
				buf = slices.Grow(buf[:0], int(v.m.Info().PieceSize))[:v.m.Info().PieceSize]
				good[i] = v.verify(known[i].Chunk, buf)
			}
		})
	}
	wg.Wait()
	for i, k := range known {
		v := s.videos[k.ID]
		if !good[i] {
			s.bad++
			if err := v.release(); err != nil {
				return err
			}
			continue
		}
		c := &chunk{have: AllPieces(v.m.Info().Pieces(k.Chunk)), whole: true}
		c.used.Store(s.clock.Add(1))
		v.chunks[k.Chunk] = c
		s.live.Add(1)
		s.held = append(s.held, k)
	}
	return nil
}

// freeRest gives back the bytes of all that is not held: partial chunks, and those dropped just before a kill.
func (s *Store) freeRest() error {
	for _, v := range s.videos {
		if v.refs == 0 {
			for _, ext := range []string{dataExt, piecesExt} {
				if err := os.Remove(v.path + ext); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			continue
		}
		info, err := v.data.Stat()
		if err != nil {
			return err
		}
		held := make([]uint32, 0, len(v.chunks))
		for n := range v.chunks {
			held = append(held, n)
		}
		slices.Sort(held)
		free := int64(0) // where the next run of bytes that nobody holds begins
		punchTo := func(end int64) error {
			if end <= free {
				return nil
			}
			return punch(v.data, free, end-free)
		}
		for _, n := range held {
			if err := punchTo(v.offset(n)); err != nil {
				return err
			}
			free = v.offset(n) + int64(v.m.Info().ChunkBytes(n))
		}
		if err := punchTo(max(info.Size(), free)); err != nil {
			return err
		}
	}
	return nil
}
