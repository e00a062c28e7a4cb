package scenarios

import (
	"os"
	"strconv"
	"strings"
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
	if data, err := os.ReadFile("/proc/meminfo"); err == nil {
		m.memory = memAvailable(string(data))
	}
	var fs syscall.Statfs_t
	if syscall.Statfs(dir, &fs) == nil {
		m.disk = core.Bytes(fs.Bavail) * core.Bytes(fs.Bsize)
	}
	return m
}

// memAvailable reads the line "MemAvailable:  12345 kB" of /proc/meminfo: what can be had without swapping. 0 if there is
// none.
func memAvailable(meminfo string) core.Bytes {
	for line := range strings.Lines(meminfo) {
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == "MemAvailable:" && f[2] == "kB" {
			n, err := strconv.ParseInt(f[1], 10, 40)
			if err != nil {
				return 0
			}
			return core.Bytes(n) * core.KiB
		}
	}
	return 0
}
