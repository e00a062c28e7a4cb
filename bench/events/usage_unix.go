//go:build unix

package main

import (
	"runtime"
	"syscall"
)

// usage returns what this process has used.
func usage() syscall.Rusage {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic("events: getrusage: " + err.Error())
	}
	return u
}

// cpuSeconds returns user and system time.
func cpuSeconds() float64 {
	u := usage()
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// peakMB returns the most memory that was resident, in 10^6 bytes.
func peakMB() float64 {
	u := usage()
	if runtime.GOOS == "darwin" { // which counts bytes, others KiB
		return float64(u.Maxrss) / 1e6
	}
	return float64(u.Maxrss) * 1024 / 1e6
}
