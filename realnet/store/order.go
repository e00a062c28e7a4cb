package store

import (
	"cmp"
	"slices"
)

// How the store knows which chunk was used before which, now and after the next Open.

// record appends to the journal. The caller holds ctl, makes the record's event true in memory and calls compact.
func (s *Store) record(e event, k Key, c *chunk) error {
	if err := s.journal.append(e, k); err != nil {
		return err
	}
	c.used.Store(s.clock.Add(1))
	return nil
}

// compact replaces the journal when most of it is of no use, at a cost that the records since the last time pay for.
// The caller holds ctl.
func (s *Store) compact() {
	if s.journal.records > 1024+8*s.live.Load() {
		// All that matters is written already. Without room for a second journal the first one goes on and grows.
		_ = s.journal.rewrite(s.wholeByUse())
	}
}

// wholeByUse returns all whole chunks, least recently used first. The caller holds ctl.
func (s *Store) wholeByUse() []Key {
	type use struct {
		k  Key
		at int64
	}
	var uses []use
	for id, v := range s.videos {
		for n, c := range v.chunks {
			if c.whole {
				uses = append(uses, use{Key{id, n}, c.used.Load()})
			}
		}
	}
	slices.SortFunc(uses, func(a, b use) int { return cmp.Compare(a.at, b.at) }) // no two are equal
	keys := make([]Key, len(uses))
	for i := range uses {
		keys[i] = uses[i].k
	}
	return keys
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
		s.compact()
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
	s.compact()
	return nil
}
