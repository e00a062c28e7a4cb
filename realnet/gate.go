package realnet

import "sync/atomic"

// gate stops a node's goroutines where they pass it, for Hang.
type gate struct {
	shut atomic.Pointer[chan struct{}] // nil: open; the channel closes when the gate opens
}

// pass returns at once if the gate is open, and otherwise when it opens.
func (g *gate) pass() {
	if shut := g.shut.Load(); shut != nil {
		<-*shut
	}
}

func (g *gate) close() {
	shut := make(chan struct{})
	g.shut.CompareAndSwap(nil, &shut)
}

func (g *gate) open() {
	if shut := g.shut.Swap(nil); shut != nil {
		close(*shut)
	}
}

func (g *gate) isShut() bool { return g.shut.Load() != nil }
