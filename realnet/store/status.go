package store

import "time"

// Status is what an operator wants to know of a store.
type Status struct {
	Chunks, Bytes int64 // whole
	Room          int64 // see Store.Room

	// Dirty is bytes put or freed and not committed, and Lag how long ago the first of them came: what a power cut would
	// lose. Both are 0 when all is durable.
	Dirty int64
	Lag   time.Duration

	Commits    int64         // so far
	LastCommit time.Duration // how long the last one took

	Unchecked int64 // whole chunks of an earlier life that nobody has compared with their hashes yet
	Lost      int64 // chunks thrown away since Open because they were damaged or could not be read
	Full      bool  // the disk was full at the last try
	Failing   bool  // the last commit failed
}

// Status returns how the store is doing. It does not wait for the disk.
func (s *Store) Status() Status {
	w := &s.commits
	st := Status{
		Chunks: s.live.Load(), Bytes: s.bytes.Load(), Room: s.Room(), Dirty: w.dirty.Load(),
		Unchecked: s.doubts.unchecked.Load(), Lost: s.doubts.lost.Load(), Full: s.room.full.Load(),
	}
	if st.Dirty > 0 {
		st.Lag = max(0, time.Since(w.began)-time.Duration(w.since.Load()))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	st.Commits, st.LastCommit, st.Failing = w.n, w.last, w.err != nil
	return st
}
