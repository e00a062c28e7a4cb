//go:build unix

package realnet_test

import "syscall"

// mayOpen returns how many files this process may have open.
func mayOpen() int {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 1024
	}
	return int(min(r.Cur, 1<<20))
}
