package scenarios

import (
	"runtime"
	"sync/atomic"
	"syscall"

	"peerstreamer/core"
)

// Huge pages are worth their while from here on. A simulation of a hundred thousand nodes takes three quarters of the time
// with them, for the processor finds an address of a huge page without a look at tables in memory.
const minHuge = 32 * core.MiB

// madvHuge is the system's number for "use huge pages here".
const madvHuge = 14

// reserved says that a simulation of this process has prepared the heap.
var reserved atomic.Bool

// reserve makes the heap lie in huge pages for the next n bytes that it grows, where the system leaves that to programs.
// It takes address space and no memory: what it reserves is given back to the heap before any of it was touched. Only the
// first large simulation of a process does it: memory that was used and freed would be cleared, and is huge already.
func reserve(n core.Bytes) {
	if n < minHuge || reserved.Swap(true) {
		return
	}
	space := make([]byte, n)
	// Advice that is not taken makes a run slower, not wrong.
	_ = syscall.Madvise(space, madvHuge)
	runtime.KeepAlive(space)
	space = nil
	runtime.GC()
}
