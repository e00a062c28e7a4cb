//go:build linux || darwin

package diagnose

import (
	"syscall"

	"peerstreamer/core"
)

// freeBytes returns how much an ordinary user may still write beside dir; false if that is not known.
func freeBytes(dir string) (core.Bytes, bool) {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return 0, false
	}
	return core.Bytes(st.Bavail) * core.Bytes(st.Bsize), true
}

// openFiles returns how many files this process may have open; false if that is not known.
func openFiles() (uint64, bool) {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 0, false
	}
	return uint64(l.Cur), true
}
