package library

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncTree makes a folder and all in it survive a crash of the machine: one call for the whole file system, since a
// call for each chunk waits for the disk each time.
func syncTree(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return os.NewSyscallError("syncfs", unix.Syncfs(int(d.Fd())))
}
