package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// disk is one directory, and all that the store does to it. Names have no slashes. The one in use is osDisk; tests have
// one that loses what was not synced, tears writes and fails where they say.
//
// What a power cut leaves is only this: the bytes of a file as of its last Datasync, and the names in the directory as of
// the last SyncDir; of every later change any part, or none. Bytes that were written and then punched may be either.
type disk interface {
	// Open opens a file for reading and writing, and with create makes it if it is not there.
	Open(name string, create bool) (file, error)
	Names() ([]string, error) // in order
	Remove(name string) error
	Rename(from, to string) error
	SyncDir() error

	// Lock takes the lock that a file stands for until it is closed. It fails with ErrLocked if another has it.
	Lock(name string) (io.Closer, error)

	// Space returns how many bytes can still be written, and of how many in all.
	Space() (free, total int64, err error)

	// Boot names this run of the system's kernel, whose page cache keeps what a killed process wrote; "" if unknown.
	Boot() string
}

// file is an open file. It is read and written with explicit offsets, by many at once.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Size() (int64, error)
	Truncate(size int64) error
	Datasync() error

	// Allocate sees to it that writing these bytes will not fail for want of space, and leaves the size as it is. It does
	// nothing where the file system cannot do that.
	Allocate(off, n int64) error

	// Punch gives the space of these bytes back; they read as zeros. It does nothing where that cannot be done.
	Punch(off, n int64) error

	// OS returns the file for sendfile, nil if it is none of the system's.
	OS() *os.File
}

// tempPrefix begins the names of files that are being written. No video can be called so.
const tempPrefix = ".tmp-"

// writeFile makes a file hold data, or leaves it as it was: a crash, even of the machine, leaves one or the other.
func writeFile(d disk, name string, data []byte) error {
	temp := tempPrefix + name
	if err := writeNew(d, temp, data); err != nil {
		_ = d.Remove(temp) // the next Open does it otherwise
		return err
	}
	if err := d.Rename(temp, name); err != nil {
		_ = d.Remove(temp)
		return err
	}
	return d.SyncDir()
}

// writeNew makes a file hold data durably; its name is not durable yet.
func writeNew(d disk, name string, data []byte) error {
	f, err := d.Open(name, true)
	if err != nil {
		return err
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt(data, 0)
	}
	if err == nil {
		err = f.Datasync()
	}
	return errors.Join(err, f.Close())
}

// readFile returns a file's bytes, of which there may be at most most.
func readFile(d disk, name string, most int64) ([]byte, error) {
	f, err := d.Open(name, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size > most {
		return nil, fmt.Errorf("%s has %d bytes, want at most %d", name, size, most)
	}
	data := make([]byte, size)
	if _, err := f.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return data, nil
}

// isFull reports whether an error means that there is no room on the disk, for anybody or for this user.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
