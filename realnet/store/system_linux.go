package store

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// datasync makes a file's bytes durable, and of its metadata what reading them needs.
func datasync(f *os.File) error {
	return retry("fdatasync", func() error { return unix.Fdatasync(int(f.Fd())) })
}

// allocate reserves disk space for n bytes of f from off without changing its size.
func allocate(f *os.File, off, n int64) error {
	return fallocate(f, unix.FALLOC_FL_KEEP_SIZE, off, n)
}

// punch frees the disk space of n bytes of f from off; they read as zeros afterwards.
func punch(f *os.File, off, n int64) error {
	return fallocate(f, unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, n)
}

// fallocate does nothing where the file system cannot do what mode asks.
func fallocate(f *os.File, mode uint32, off, n int64) error {
	err := retry("fallocate", func() error { return unix.Fallocate(int(f.Fd()), mode, off, n) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return err
}

// retry makes a system call until no signal interrupts it.
func retry(name string, call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError(name, err)
		}
	}
}

// space returns what an ordinary user may still write where dir is, and the size of that file system.
func space(dir string) (free, total int64, err error) {
	var st unix.Statfs_t
	if err := retry("statfs", func() error { return unix.Statfs(dir, &st) }); err != nil {
		return 0, 0, err
	}
	unit := int64(st.Frsize)
	return int64(st.Bavail) * unit, int64(st.Blocks) * unit, nil
}

// bootID returns what the kernel has drawn at random when it started, "" if it does not say.
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
