package station

import (
	"context"
	"sync"

	"peerstreamer/core"
	"peerstreamer/realnet/schedule"
)

// Night is a part of each day in which a node's link has other rates than Config.Node says.
type Night struct {
	Span             schedule.Span
	Uplink, Downlink core.Rate // 0: not limited
}

// link says which rates a node's link has now.
type link struct {
	relink func(uplink, downlink core.Rate)

	mu       sync.Mutex
	up, down core.Rate // by day
	night    *Night    // nil: there is none
	dark     bool      // it is night
}

// set changes something and has the node use the rates that follow.
func (l *link) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	if l.dark {
		l.relink(l.night.Uplink, l.night.Downlink)
	} else {
		l.relink(l.up, l.down)
	}
}

// follow changes the rates at the edges of the night until ctx ends.
func (l *link) follow(ctx context.Context) {
	l.night.Span.Follow(ctx, func(in bool) { l.set(func() { l.dark = in }) })
}

// Relink changes the rates that the node's link has by day, 0 meaning no limit.
func (s *Station) Relink(uplink, downlink core.Rate) {
	s.link.set(func() { s.link.up, s.link.down = uplink, downlink })
}
