//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lockFile takes the lock on path, which the system gives back when the process ends, however it ends. The file stays:
// removing it would let two processes hold locks on two files of the same name.
func lockFile(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("is not writable: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w (%s): stop it, or use another directory", ErrLocked, holder(f))
		}
		return nil, fmt.Errorf("cannot be locked: flock %s: %w", path, err)
	}
	// The same length each time, so that it is written over the last one even if the disk is full. Who is refused would
	// like to know the number; whoever holds the lock does not depend on it.
	_, _ = f.WriteAt(fmt.Appendf(nil, "%19d\n", os.Getpid()), 0)
	return f, nil
}

// holder says who wrote the lock file. It may be unreadable or half written: then nothing more is known.
func holder(f *os.File) string {
	var b [20]byte
	n, _ := f.ReadAt(b[:], 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return "its process id is not known yet"
	}
	return fmt.Sprintf("process %d", pid)
}
