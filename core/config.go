package core

import (
	"errors"
	"fmt"
)

// Config holds every constant of the node. The defaults are the original system's where it had one.
type Config struct {
	ReadAhead  uint32 // chunks a stream holds, its position included; 1..MaxReadAhead
	MaxWaiting uint32 // gets that may wait on one stream; at least 1
	MaxStreams uint32 // streams a node keeps open; at least 1
	Relay      Relay  // whether a chunk is passed on while it arrives

	GetTimeout   Time // without a byte or a word from a peer that owes a chunk; positive
	QueryTimeout Time // without an answer from the master to a query, a registration or a dial; positive
	RetryAfter   Time // between giving up the master and asking its fallback
	RejoinMin    Time // first attempt to come back to a lost master; doubles, with jitter, ...
	RejoinMax    Time // ... up to this
	PingEvery    Time // how often a master looks after children it has not heard from; positive
	PingTimeout  Time // a child that does not answer a ping within this is dropped; below PingEvery
	StreamIdle   Time // a stream that nobody read for this long is reaped; positive

	StartupBuffer Time // media needed in a row before the first frame
	Rebuffer      Time // media needed in a row to go on after a stall
}

// Relay says when a chunk that is still arriving may be sent on.
type Relay uint8

const (
	RelayPiece Relay = iota // piece by piece, as they are verified
	RelayChunk              // whole chunks only
)

// MaxReadAhead bounds Config.ReadAhead: a stream's window is kept in the bits of one word.
const MaxReadAhead = 64

// DefaultConfig returns the original system's constants, and ours where it had none.
func DefaultConfig() Config {
	return Config{
		ReadAhead:  11,
		MaxWaiting: 16,
		MaxStreams: 1 << 20,
		Relay:      RelayPiece,

		GetTimeout:   3 * Second,
		QueryTimeout: 1 * Second,
		RetryAfter:   100 * Millisecond,
		RejoinMin:    1 * Second,
		RejoinMax:    30 * Second,
		PingEvery:    3 * Second,
		PingTimeout:  2 * Second,
		StreamIdle:   60 * Second,

		StartupBuffer: 1 * Second,
		Rebuffer:      1 * Second,
	}
}

// Scale divides every timer by n, for tests against a real clock. Playback is not scaled. It panics if n <= 0.
func (c Config) Scale(n Time) Config {
	if n <= 0 {
		panic("core: Config.Scale(n <= 0)")
	}
	for _, t := range []*Time{&c.GetTimeout, &c.QueryTimeout, &c.RetryAfter, &c.RejoinMin, &c.RejoinMax,
		&c.PingEvery, &c.PingTimeout, &c.StreamIdle} {
		*t /= n
	}
	return c
}

// Validate returns all faults at once, or nil.
func (c Config) Validate() error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	check(c.ReadAhead >= 1 && c.ReadAhead <= MaxReadAhead, "read_ahead %d: want 1..%d chunks", c.ReadAhead, MaxReadAhead)
	check(c.MaxWaiting >= 1, "max_waiting %d: want at least 1", c.MaxWaiting)
	check(c.MaxStreams >= 1, "max_streams %d: want at least 1", c.MaxStreams)
	check(c.Relay <= RelayChunk, "relay %d: want piece or chunk", c.Relay)
	for _, t := range []struct {
		name string
		at   Time
	}{{"get_timeout", c.GetTimeout}, {"query_timeout", c.QueryTimeout}, {"retry_after", c.RetryAfter},
		{"rejoin_min", c.RejoinMin}, {"ping_every", c.PingEvery}, {"ping_timeout", c.PingTimeout},
		{"stream_idle", c.StreamIdle}} {
		check(t.at > 0, "%s %v: want more than nothing", t.name, t.at)
	}
	check(c.RejoinMax >= c.RejoinMin, "rejoin_max %v: want at least rejoin_min %v", c.RejoinMax, c.RejoinMin)
	check(c.PingTimeout < c.PingEvery, "ping_timeout %v: want less than ping_every %v", c.PingTimeout, c.PingEvery)
	check(c.StartupBuffer >= 0, "startup_buffer %v: want 0 or more", c.StartupBuffer)
	check(c.Rebuffer >= 0, "rebuffer %v: want 0 or more", c.Rebuffer)
	return errors.Join(faults...)
}
