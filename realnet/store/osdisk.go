package store

import (
	"io"
	"os"
	"path/filepath"
)

// osDisk is a directory of the operating system.
type osDisk struct{ dir string }

var _ disk = osDisk{}

func (d osDisk) path(name string) string { return filepath.Join(d.dir, name) }

func (d osDisk) Open(name string, create bool) (file, error) {
	flag := os.O_RDWR
	if create {
		flag |= os.O_CREATE
	}
	f, err := os.OpenFile(d.path(name), flag, 0o644)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (d osDisk) Names() ([]string, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (d osDisk) Remove(name string) error     { return os.Remove(d.path(name)) }
func (d osDisk) Rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d osDisk) SyncDir() error {
	f, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d osDisk) Lock(name string) (io.Closer, error)   { return lockFile(d.path(name)) }
func (d osDisk) Space() (free, total int64, err error) { return space(d.dir) }
func (d osDisk) Boot() string                          { return bootID() }

// osFile is a file of the operating system. It is one pointer, so that calling it through the interface allocates nothing.
type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Datasync() error             { return datasync(f.File) }
func (f osFile) Allocate(off, n int64) error { return allocate(f.File, off, n) }
func (f osFile) Punch(off, n int64) error    { return punch(f.File, off, n) }
func (f osFile) OS() *os.File                { return f.File }
