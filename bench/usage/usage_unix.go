//go:build unix

package usage

import (
	"runtime"
	"syscall"
)

// rusage returns what this process has used.
func rusage() syscall.Rusage {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("usage: getrusage: " + err.Error())
	}
	return u
}

// CPUSeconds returns user and system time.
func CPUSeconds() float64 {
	u := rusage()
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// PeakMB returns the most memory that was resident, in 10^6 bytes.
func PeakMB() float64 {
	u := rusage()
	if runtime.GOOS == "darwin" { // which counts bytes, others KiB
		return float64(u.Maxrss) / 1e6
	}
	return float64(u.Maxrss) * 1024 / 1e6
}
