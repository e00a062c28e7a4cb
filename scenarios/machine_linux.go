package scenarios

import (
	"syscall"

	"peerstreamer/core"
)

// readMachine asks the system what there is.
func readMachine(dir string) machine {
	var m machine
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil {
		m.descriptors = int(min(files.Cur, 1<<30))
	}
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) == nil {
		m.memory = core.Bytes(info.Freeram+info.Bufferram) * core.Bytes(info.Unit)
	}
	var fs syscall.Statfs_t
	if syscall.Statfs(dir, &fs) == nil {
		m.disk = core.Bytes(fs.Bavail) * core.Bytes(fs.Bsize)
	}
	return m
}
