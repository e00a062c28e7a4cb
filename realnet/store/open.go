package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/realnet/manifest"
)

// The files of a chunk directory that belong to no video.
const (
	lockName    = "lock"
	formatName  = "format"
	journalName = "journal"
)

// What the format file holds. Another layout of the directory gets another number.
const (
	format    = "peerstreamer chunk store 2\n"
	formatOne = "peerstreamer chunk store 1\n" // the same, without records of commits: Open makes it a directory of today
)

var (
	// ErrLocked is returned by Open for the directory of a running node.
	ErrLocked = errors.New("is in use by a running node")

	// ErrFormat is returned by Open for a directory that another version wrote.
	ErrFormat = errors.New("has the format of another version")
)

// Options says how to open a chunk directory, and how it is kept. The zero value opens one that exists, with defaults.
type Options struct {
	Create bool        // make the directory, and its parents, if there is none
	Log    *zap.Logger // nil: nothing is logged

	CommitAfter time.Duration // the longest that a whole chunk waits for a commit to begin; 0: DefaultCommitAfter
	CommitBytes int64         // that many bytes do not wait; 0: DefaultCommitBytes
	MaxDirty    int64         // with more than that many bytes not durable, Put waits; 0: DefaultMaxDirty
	CheckRate   int64         // bytes a second to compare in the background; 0: DefaultCheckRate

	byHand bool // no goroutine commits or checks: a test does
}

// withDefaults returns o with defaults for zeros, or says what makes no sense.
func (o Options) withDefaults() (Options, error) {
	for _, v := range []struct {
		what  string
		value *int64
		zero  int64
	}{
		{"CommitAfter", (*int64)(&o.CommitAfter), int64(DefaultCommitAfter)}, {"CommitBytes", &o.CommitBytes, DefaultCommitBytes},
		{"MaxDirty", &o.MaxDirty, DefaultMaxDirty}, {"CheckRate", &o.CheckRate, DefaultCheckRate},
	} {
		if *v.value < 0 {
			return o, fmt.Errorf("option %s is %d: want 0 or more", v.what, *v.value)
		}
		if *v.value == 0 {
			*v.value = v.zero
		}
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return o, nil
}

// Open takes a directory for a Store. The directory is empty or was a chunk directory before; at most one process, and
// one Store in it, has it open. What an earlier life left whole is in Held at once, because the journal says that it is
// there; it is compared with its hashes before it is served, see OnLost. Only after a power cut, or for a directory of
// version 1, Open itself reads what the journal does not call durable: at most Options.MaxDirty bytes, or all of them,
// on all processors at about 0.8 processor seconds for a GB.
func Open(dir string, o Options) (*Store, error) {
	s, err := open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("chunk directory %s: %w", dir, err)
	}
	return s, nil
}

func open(dir string, o Options) (*Store, error) {
	if o.Create {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("cannot be created: %w", err)
		}
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("does not exist: create it with: mkdir -p '%s'", dir)
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, errors.New("is not a directory: give the node another one")
	}
	return openDisk(osDisk{dir}, dir, o)
}

// openDisk opens the store on a disk. dir is for messages.
func openDisk(d disk, dir string, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := checkFormat(d); err != nil {
		return nil, err
	}
	lock, err := d.Lock(lockName)
	if err != nil {
		return nil, err
	}
	s := &Store{
		dir: dir, opts: o, log: o.Log, disk: d, lock: lock, boot: bootKey(d.Boot()),
		journal: journal{d: d}, videos: make(map[manifest.ID]*video),
	}
	s.commits.init()
	if err := s.load(); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	s.look()
	if !o.byHand {
		s.commits.wg.Go(s.runCommits)
		s.commits.wg.Go(s.runChecks)
	}
	return s, nil
}

// checkFormat returns nil if the directory can be a chunk directory, as far as one can tell without writing, and which
// format it has: "" for an empty one. A directory of somebody else's files is refused, because Open would tidy it up.
func checkFormat(d disk) (string, error) {
	text, err := readFile(d, formatName, 1<<10)
	switch {
	case err == nil && (string(text) == format || string(text) == formatOne):
		return string(text), nil
	case err == nil:
		return "", fmt.Errorf("%w (%.40q, this one writes %q): run the version that wrote it, use another directory, or empty "+
			"this one, whose chunks can be fetched again", ErrFormat, text, format)
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	names, err := d.Names()
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if name != lockName && !strings.HasPrefix(name, ".") {
			return "", fmt.Errorf("is not a chunk directory, it holds %q: use an empty one", name)
		}
	}
	return "", nil
}

// load reads what an earlier life left, throws away what is not whole, and starts the journal anew.
func (s *Store) load() error {
	was, err := checkFormat(s.disk) // again, now that nobody else can write
	if err != nil {
		return err
	}
	if was != format {
		if err := writeFile(s.disk, formatName, []byte(format)); err != nil {
			return fmt.Errorf("is not writable: %w", err)
		}
	}
	if err := s.loadManifests(); err != nil {
		return err
	}
	p, err := readJournal(s.disk)
	if err != nil {
		return err
	}
	// What was not durable is in the page cache still, unless the system has started anew.
	sameBoot := p.boot == s.boot.ID && p.boot != manifest.ID{}
	verified, err := s.loadChunks(p, sameBoot)
	if err != nil {
		return err
	}
	if err := s.removeRest(); err != nil {
		return err
	}
	s.doubts.untidy = !p.closed
	if err := s.newJournal(p); err != nil {
		return err
	}
	s.log.Info("opened the chunk directory", zap.String("directory", s.dir), zap.Int("chunks", len(s.held)),
		zap.Int64("bytes", s.bytes.Load()), zap.Bool("closed", p.closed || p.records == 0), zap.Bool("same_boot", sameBoot),
		zap.Bool("version_1", was == formatOne), zap.Int("verified", verified), zap.Int("thrown_away", s.bad))
	return nil
}

// newJournal begins this life's journal. Without room for one, the old one goes on after its last good record.
func (s *Store) newJournal(p past) error {
	entries := s.byUse()
	next, err := s.journal.replace(s.boot, entries)
	if err == nil {
		if err = s.journal.handOver(next, 0); err == nil {
			return s.disk.SyncDir()
		}
	}
	if !isFull(err) {
		return err
	}
	_ = s.full(err)
	f, err := s.disk.Open(journalName, false)
	if err != nil {
		return err
	}
	s.journal.f, s.journal.records = f, p.records
	s.renew = true // as soon as there is room
	if err := f.Truncate(p.records * recordSize); err != nil {
		return err // or records of an earlier life could follow those of this one
	}
	return f.Datasync()
}

// loadManifests makes the videos known whose manifests are here and right, and removes files that belong to none.
func (s *Store) loadManifests() error {
	names, err := s.disk.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		stem, isManifest := strings.CutSuffix(name, manifestExt)
		id, err := manifest.ParseID(stem)
		if !isManifest || err != nil {
			continue
		}
		// A manifest is written whole or not at all, so a wrong one is the disk's fault: forget the video.
		m, err := s.readManifest(name)
		if err == nil && m.ID() == id {
			s.videos[id] = newVideo(m)
		}
	}
	for _, name := range names {
		if s.isStray(name) {
			if err := removeAny(s.disk, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) readManifest(name string) (*manifest.Manifest, error) {
	data, err := readFile(s.disk, name, manifest.MaxSize)
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

// loadChunks takes the chunks that the journal has, in their order. Those that it does not call durable are compared with
// their hashes if the system has started anew since; it returns how many. The rest waits for runChecks.
func (s *Store) loadChunks(p past, sameBoot bool) (verified int, err error) {
	// Open the files first, one place for each chunk, so that the workers only read.
	var known []spot
	var doubtful []int // of known
	for _, e := range p.entries {
		v := s.videos[e.ID]
		if v == nil || e.Chunk >= v.m.Info().Chunks() {
			s.bad++
			continue
		}
		switch err := v.acquire(s.disk, e.Chunk, false); {
		case errors.Is(err, fs.ErrNotExist):
			s.bad++
			continue
		case err != nil:
			return 0, err
		}
		c := &chunk{have: AllPieces(v.m.Info().Pieces(e.Chunk)), whole: true, durable: e.durable}
		if !e.durable && !sameBoot {
			doubtful = append(doubtful, len(known))
		}
		known = append(known, spot{e.Key, v, c})
	}
	s.verify(known, doubtful)
	for _, i := range doubtful {
		if at := known[i]; !at.c.checked.Load() {
			s.bad++
			at.c.dropped.Store(true)
			if err := at.v.release(s.disk, at.k.Chunk); err != nil {
				return 0, err
			}
		}
	}
	for _, at := range known {
		if at.c.dropped.Load() {
			continue
		}
		at.c.used.Store(s.clock.Add(1))
		at.v.chunks[at.k.Chunk] = at.c
		s.held = append(s.held, at.k)
		s.live.Add(1)
		s.bytes.Add(at.v.bytes(at.k.Chunk))
		if !at.c.checked.Load() {
			s.doubts.unchecked.Add(1)
		}
		if !at.c.durable {
			s.pending = append(s.pending, at)
			at.v.dirty.Store(true)
			s.stir(at.v.bytes(at.k.Chunk))
		}
	}
	return len(doubtful), nil
}

// verify compares chunks with their hashes, on all processors, and marks those that agree.
func (s *Store) verify(known []spot, which []int) {
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(which))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(which); i += workers {
				at := known[which[i]]
				at.c.checked.Store(at.v.verify(at.k.Chunk) == nil)
			}
		})
	}
	wg.Wait()
}

// removeRest removes the files of videos of which no chunk is held.
func (s *Store) removeRest() error {
	for _, v := range s.videos {
		if v.refs > 0 {
			continue
		}
		for _, ext := range []string{dataExt, piecesExt} {
			if err := removeAny(s.disk, v.name+ext); err != nil {
				return err
			}
		}
	}
	return nil
}
