//go:build unix

package scenarios

import (
	"runtime"
	"syscall"

	"peerstreamer/core"
)

// processUsage returns the CPU time that this process has used, and the most memory it has held.
func processUsage() (cpu core.Time, peak core.Bytes) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	cpu = core.Time(u.Utime.Nano() + u.Stime.Nano())
	peak = core.Bytes(u.Maxrss)
	if runtime.GOOS != "darwin" { // which counts bytes, others KiB
		peak *= core.KiB
	}
	return cpu, peak
}
