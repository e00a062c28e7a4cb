package store

import (
	"cmp"
	"slices"
)

// How the store knows which chunk was used before which, now and after the next Open.

// record appends to the journal. The caller holds ctl and makes the record's event true in memory.
func (s *Store) record(e event, k Key, c *chunk) error {
	if err := s.journal.append(e, k); err != nil {
		return err
	}
	c.used.Store(s.clock.Add(1))
	if s.oversized() {
		s.stir(1) // the next commit writes it anew
	}
	return nil
}

// oversized reports whether most of the journal is of no use. The caller holds ctl.
func (s *Store) oversized() bool { return s.journal.records > 1024+8*s.live.Load() }

// byUse returns all whole chunks, least recently used first. The caller holds ctl.
func (s *Store) byUse() []entry {
	type use struct {
		entry
		at int64
	}
	var uses []use
	for id, v := range s.videos {
		for n, c := range v.chunks {
			if c.whole {
				uses = append(uses, use{entry{Key{id, n}, c.durable}, c.used.Load()})
			}
		}
	}
	slices.SortFunc(uses, func(a, b use) int { return cmp.Compare(a.at, b.at) }) // no two are equal
	entries := make([]entry, len(uses))
	for i := range uses {
		entries[i] = uses[i].entry
	}
	return entries
}

// touch records the use of a chunk when its beginning is read, unless it is among the last quarter used anyway. The
// order of use is a hint: it is given up when somebody else writes, or the disk refuses.
func (s *Store) touch(k Key, c *chunk, off int64) {
	if off != 0 || s.clock.Load()-c.used.Load() <= s.live.Load()/4 || !s.ctl.TryLock() {
		return
	}
	defer s.ctl.Unlock()
	if c.whole && !c.dropped.Load() && !s.closed {
		_ = s.record(used, k, c)
	}
}

// Used tells that whole chunks were used in this order, the last one now: what a cache index knows better at the end of
// a run. Others are left out.
func (s *Store) Used(keys ...Key) error {
	s.ctl.Lock()
	defer s.ctl.Unlock()
	for _, k := range keys {
		_, c, err := s.find(k)
		if err != nil || !c.whole {
			continue
		}
		if err := s.record(used, k, c); err != nil {
			return s.fail("use", k, err)
		}
	}
	return nil
}
