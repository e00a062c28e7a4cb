package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	"syscall"
)

// sectorSize is what a disk writes whole or not at all.
const sectorSize = 512

// errCut is what every call returns after the power went or the process was killed.
var errCut = errors.New("the machine is off")

// faultyDisk is a directory in memory that behaves as badly as disk allows. It is driven by choose, so that a property
// test draws, shrinks and replays every decision of it. Files are small: each keeps all versions of its sectors since
// the last sync.
type faultyDisk struct {
	choose func(n int, what string) int // draws 0..n-1

	mu      sync.Mutex
	names   map[string]*faultyNode // as a process sees them
	stable  map[string]*faultyNode // as of the last SyncDir
	changes []func(map[string]*faultyNode)
	locked  bool
	boot    int
	room    int64 // bytes that can still be written to sectors that have none; negative: as many as you like

	calls int
	cutAt int               // this call and all later ones fail with errCut; 0: none
	fail  func(i int) error // what call i fails with

	beforeSync func(name string) // runs before a file is synced, and may use the store
}

// faultyNode is what a name stands for.
type faultyNode struct {
	sectors  map[int64][][]byte // by number: what is on the disk, then what was written since
	size     []int64            // likewise
	forsaken map[int64]bool     // written, not on the disk, and the system believes that it is
}

func newFaultyDisk(choose func(int, string) int) *faultyDisk {
	return &faultyDisk{choose: choose, names: map[string]*faultyNode{}, stable: map[string]*faultyNode{}, boot: 1, room: -1}
}

// call counts a call, and returns what it fails with and whether it may still do its work in part.
func (d *faultyDisk) call() (err error) {
	d.calls++
	if d.off() {
		return errCut
	}
	if d.fail != nil {
		return d.fail(d.calls)
	}
	return nil
}

// off reports whether the process has ended, and only the test does not know yet.
func (d *faultyDisk) off() bool { return d.cutAt > 0 && d.calls >= d.cutAt }

// kill ends the process. The page cache stays, except for what a failed sync has left behind that the system takes for
// written: it is read from the disk again, and kill reports whether there was any.
func (d *faultyDisk) kill() (forsaken bool) {
	d.locked, d.cutAt, d.fail = false, 0, nil
	for _, n := range d.names {
		for i := range n.forsaken {
			n.sectors[i] = n.sectors[i][:1]
			forsaken = true
		}
		clear(n.forsaken)
	}
	return forsaken
}

// powerCut ends it all: of what was not synced, each sector, size and name keeps any state that it has had since, and
// what it had before.
func (d *faultyDisk) powerCut() {
	d.kill()
	d.boot++
	// A directory's changes survive up to one of them: a journalling file system keeps their order.
	for _, change := range d.changes[:d.choose(len(d.changes)+1, "names kept")] {
		change(d.stable)
	}
	d.changes = nil
	for _, name := range slices.Sorted(maps.Keys(d.stable)) {
		n := d.stable[name]
		for _, i := range slices.Sorted(maps.Keys(n.sectors)) {
			versions := n.sectors[i]
			n.sectors[i] = [][]byte{versions[d.choose(len(versions), "version of a sector")]}
		}
		n.size = []int64{n.size[d.choose(len(n.size), "size")]}
	}
	d.names = maps.Clone(d.stable)
}

func (d *faultyDisk) change(f func(map[string]*faultyNode)) {
	f(d.names)
	d.changes = append(d.changes, f)
}

func (d *faultyDisk) Open(name string, create bool) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return nil, err
	}
	n := d.names[name]
	if n == nil {
		if !create {
			return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
		}
		n = &faultyNode{sectors: map[int64][][]byte{}, size: []int64{0}, forsaken: map[int64]bool{}}
		d.change(func(m map[string]*faultyNode) { m[name] = n })
	}
	return &faultyFile{d: d, n: n, name: name}, nil
}

func (d *faultyDisk) Names() ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(d.names)), nil
}

func (d *faultyDisk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return err
	}
	if d.names[name] == nil {
		return fmt.Errorf("remove %s: %w", name, fs.ErrNotExist)
	}
	d.change(func(m map[string]*faultyNode) { delete(m, name) })
	return nil
}

func (d *faultyDisk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return err
	}
	n := d.names[from]
	if n == nil {
		return fmt.Errorf("rename %s: %w", from, fs.ErrNotExist)
	}
	d.change(func(m map[string]*faultyNode) {
		delete(m, from)
		m[to] = n
	})
	return nil
}

func (d *faultyDisk) SyncDir() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return err
	}
	for _, change := range d.changes {
		change(d.stable)
	}
	d.changes = nil
	return nil
}

func (d *faultyDisk) Lock(string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return nil, err
	}
	if d.locked {
		return nil, ErrLocked
	}
	d.locked = true
	return faultyLock{d}, nil
}

type faultyLock struct{ d *faultyDisk }

func (l faultyLock) Close() error {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.d.locked = false
	return nil
}

func (d *faultyDisk) Space() (int64, int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room < 0 {
		return 1 << 40, 1 << 41, nil
	}
	return d.room, d.room, nil
}

func (d *faultyDisk) Boot() string { return fmt.Sprint("boot ", d.boot) }

// faultyFile is an open faultyNode.
type faultyFile struct {
	d      *faultyDisk
	n      *faultyNode
	name   string
	closed bool
}

var _ file = (*faultyFile)(nil)

// enter locks the disk and begins a call.
func (f *faultyFile) enter() error {
	f.d.mu.Lock()
	if f.closed {
		return fs.ErrClosed
	}
	return f.d.call()
}

// now returns the current content of a sector, nil for a hole.
func (n *faultyNode) now(i int64) []byte {
	if v := n.sectors[i]; v != nil {
		return v[len(v)-1]
	}
	return nil
}

// length returns the current size.
func (n *faultyNode) length() int64 { return n.size[len(n.size)-1] }

// set gives a sector another content.
func (n *faultyNode) set(i int64, content []byte) {
	if n.sectors[i] == nil {
		n.sectors[i] = [][]byte{nil}
	}
	n.sectors[i] = append(n.sectors[i], content)
	delete(n.forsaken, i)
}

func (f *faultyFile) ReadAt(b []byte, off int64) (int, error) {
	err := f.enter()
	defer f.d.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n := int(max(0, min(int64(len(b)), f.n.length()-off)))
	for i := range n {
		at := off + int64(i)
		if s := f.n.now(at / sectorSize); s != nil {
			b[i] = s[at%sectorSize]
		} else {
			b[i] = 0
		}
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt may write a part, sector by sector from the first, when it fails.
func (f *faultyFile) WriteAt(b []byte, off int64) (int, error) {
	err := f.enter()
	defer f.d.mu.Unlock()
	n := len(b)
	if err != nil {
		if errors.Is(err, fs.ErrClosed) || f.d.cutAt > 0 && f.d.calls > f.d.cutAt {
			return 0, err
		}
		n = f.d.choose(len(b), "bytes written by a call that fails") // the one at which the machine goes off, too
	}
	for done := 0; done < n; {
		i := (off + int64(done)) / sectorSize
		from := (off + int64(done)) % sectorSize
		part := min(n-done, int(sectorSize-from))
		old := f.n.now(i)
		if old == nil && f.d.room >= 0 {
			if f.d.room < sectorSize {
				n, err = done, syscall.ENOSPC
				break
			}
			f.d.room -= sectorSize
		}
		content := make([]byte, sectorSize)
		copy(content, old)
		copy(content[from:], b[done:done+part])
		f.n.set(i, content)
		done += part
	}
	if end := off + int64(n); n > 0 && end > f.n.length() {
		f.n.size = append(f.n.size, end)
	}
	return n, err
}

func (f *faultyFile) Size() (int64, error) {
	err := f.enter()
	defer f.d.mu.Unlock()
	return f.n.length(), err
}

func (f *faultyFile) Truncate(size int64) error {
	err := f.enter()
	defer f.d.mu.Unlock()
	if err != nil {
		return err
	}
	for _, i := range slices.Sorted(maps.Keys(f.n.sectors)) {
		s := f.n.now(i)
		if s == nil || (i+1)*sectorSize <= size {
			continue
		}
		content := make([]byte, sectorSize)
		copy(content, s[:max(0, size-i*sectorSize)])
		f.n.set(i, content)
	}
	f.n.size = append(f.n.size, size)
	return nil
}

// Datasync makes the current state the only one. If it fails, any part of it is on the disk, and the rest never will be
// unless it is written again, although it can be read: that is what Linux does.
func (f *faultyFile) Datasync() error {
	if do := f.d.beforeSync; do != nil {
		do(f.name)
	}
	err := f.enter()
	defer f.d.mu.Unlock()
	if err != nil && (errors.Is(err, errCut) || errors.Is(err, fs.ErrClosed)) {
		return err
	}
	for _, i := range slices.Sorted(maps.Keys(f.n.sectors)) {
		versions := f.n.sectors[i]
		switch {
		case len(versions) == 1 || f.n.forsaken[i]:
		case err != nil && f.d.choose(2, "a sector that the failed sync wrote") == 0:
			f.n.sectors[i] = [][]byte{versions[0], versions[len(versions)-1]}
			f.n.forsaken[i] = true
		default:
			f.n.sectors[i] = versions[len(versions)-1:]
		}
	}
	if err == nil {
		f.n.size = f.n.size[len(f.n.size)-1:]
	}
	return err
}

func (f *faultyFile) Allocate(off, n int64) error {
	err := f.enter()
	defer f.d.mu.Unlock()
	if err == nil && f.d.room >= 0 && f.d.room < n {
		return syscall.ENOSPC
	}
	return err
}

func (f *faultyFile) Punch(off, n int64) error {
	err := f.enter()
	defer f.d.mu.Unlock()
	if err != nil {
		return err
	}
	for _, i := range slices.Sorted(maps.Keys(f.n.sectors)) {
		s := f.n.now(i)
		from, to := max(off-i*sectorSize, 0), min(off+n-i*sectorSize, sectorSize)
		if s == nil || from >= to {
			continue
		}
		content := slices.Clone(s)
		clear(content[from:to])
		if from == 0 && to == sectorSize {
			if content = nil; f.d.room >= 0 {
				f.d.room += sectorSize
			}
		}
		f.n.set(i, content)
	}
	return nil
}

func (f *faultyFile) Close() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.closed = true
	return nil
}

func (f *faultyFile) OS() *os.File { return nil }
