package ingest

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// free returns how many bytes an ordinary user may still write where dir is.
func free(dir string) (int64, error) {
	for {
		var st unix.Statfs_t
		switch err := unix.Statfs(dir, &st); {
		case err == nil:
			return int64(st.Bavail) * int64(st.Frsize), nil
		case !errors.Is(err, unix.EINTR):
			return 0, os.NewSyscallError("statfs", err)
		}
	}
}
