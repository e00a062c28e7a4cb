package store

import (
	"bytes"
	"errors"
	"testing"
)

// The interleavings that a stress test meets too seldom, step by step.

// pinned returns a chunk in the state in which Put writes to it.
func pinned(t *testing.T, s *Store, k Key) (*video, *chunk) {
	t.Helper()
	v, c, err := s.pin(k, func(*video, *chunk) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	return v, c
}

func TestDropWhileTheLastPieceIsWritten(t *testing.T) {
	f := small()
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	f.put(t, s, 1)
	f.put(t, s, 0, 0, 1)
	k := f.key(0)
	v, c := pinned(t, s, k)
	if err := s.Drop(k); err != nil {
		t.Fatal(err)
	}
	if err := s.landed(k, v, c, 2); !errors.Is(err, ErrAbsent) {
		t.Errorf("a piece of a dropped chunk: %v", err)
	}
	if err := s.finish(k, v, c); !errors.Is(err, ErrAbsent) {
		t.Errorf("the end of a dropped chunk: %v", err)
	}
	s.unpin(k, v, c)
	f.check(t, s, 1)
	s = restart(t, s)
	if len(s.Held()) != 1 || s.Bad() != 0 {
		t.Errorf("%d chunks held, %d bad", len(s.Held()), s.Bad())
	}
}

func TestTheLastPieceTwice(t *testing.T) {
	f := small()
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	f.put(t, s, 0, 0, 1)
	k := f.key(0)
	v, c := pinned(t, s, k)
	if _, err := v.data.WriteAt(f.piece(0, 2), 4000); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.landed(k, v, c, 2); err != nil {
			t.Fatal(err)
		}
	}
	s.unpin(k, v, c)
	if s.live.Load() != 1 || s.journal.records != 2 { // that of Open is the first
		t.Errorf("%d chunks counted, %d records", s.live.Load(), s.journal.records)
	}
	f.check(t, s, 0)
}

// Who drops and who unpins may both find that they are the last.
func TestFreedTwice(t *testing.T) {
	f := small()
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	f.put(t, s, 0)
	f.put(t, s, 1)
	k := f.key(0)
	v, c := pinned(t, s, k)
	if err := s.Drop(k); err != nil {
		t.Fatal(err)
	}
	s.unpin(k, v, c)
	s.ctl.Lock()
	s.give(spot{k, v, c})
	s.ctl.Unlock()
	if err := s.Commit(); err != nil || v.refs != 1 {
		t.Errorf("freed again: %v, %d references for one chunk", err, v.refs)
	}
	f.check(t, s, 1)
}

// A chunk that was dropped, begun anew, dropped again and is still being sent keeps its place when the first one's is
// freed.
func TestFreedUnderAnother(t *testing.T) {
	f := small()
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, f)
	f.put(t, s, 1)
	f.put(t, s, 0)
	k := f.key(0)
	if err := s.Drop(k); err != nil {
		t.Fatal(err)
	}
	f.put(t, s, 0)
	sending, err := s.File(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Drop(k), s.Commit()); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, sending.Size)
	if _, err := sending.F.ReadAt(got, sending.Offset); err != nil || !bytes.Equal(got, f.chunks[0]) {
		t.Errorf("the bytes went while they were sent: %v", err)
	}
	if err := sending.Close(); err != nil {
		t.Fatal(err)
	}
}
