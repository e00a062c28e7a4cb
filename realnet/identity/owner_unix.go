//go:build unix

package identity

import (
	"io/fs"
	"syscall"
)

// owner returns the number of the user whose file it is, -1 if nobody knows.
func owner(info fs.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Uid)
	}
	return -1
}
