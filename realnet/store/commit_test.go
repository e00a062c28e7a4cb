package store

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// calm is a disk on which nothing goes wrong until a test says so, and of what is not synced nothing survives a power
// cut.
func calm() *faultyDisk { return newFaultyDisk(func(int, string) int { return 0 }) }

// onDisk opens a store on d. What it logs can be read from the second result.
func onDisk(t *testing.T, d *faultyDisk, o Options) (*Store, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	o.Log = zap.New(core)
	s, err := openDisk(d, "disk", o)
	if err != nil {
		t.Fatal(err)
	}
	return s, logs
}

// A chunk is durable a second after it came, without anybody asking, and until then Status says how much a power cut
// would cost.
func TestCommitAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, f := calm(), small()
		s, _ := onDisk(t, d, Options{})
		mustAdd(t, s, f)
		f.put(t, s, 0)
		time.Sleep(400 * time.Millisecond)
		f.put(t, s, 1, 0) // later, and in part
		time.Sleep(599 * time.Millisecond)
		if st := s.Status(); st.Dirty != 7000 || st.Lag != 999*time.Millisecond || st.Commits != 0 {
			t.Errorf("before the commit: %+v", st)
		}
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		if st := s.Status(); st.Dirty != 0 || st.Lag != 0 || st.Commits != 1 {
			t.Errorf("after the commit: %+v", st)
		}
		f.put(t, s, 1)
		d.powerCut() // the store that is left has nothing to do with the disk any more
		held, _ := onDisk(t, d, Options{byHand: true})
		if got := chunksOf(held.Held()); !slices.Equal(got, []int{0}) {
			t.Errorf("a power cut left %v, want 0", got)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := s.Status().Commits; n != 2 {
			t.Errorf("%d commits in an hour in which there was one thing to do", n)
		}
		if err := errors.Join(s.Close(), held.Close()); err != nil {
			t.Error(err)
		}
	})
}

// Many bytes do not wait for the second to pass.
func TestCommitOfManyBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := small()
		s, _ := onDisk(t, calm(), Options{CommitBytes: 5001})
		mustAdd(t, s, f)
		f.put(t, s, 0)
		synctest.Wait()
		if n := s.Status().Commits; n != 0 {
			t.Errorf("%d commits before there were enough bytes", n)
		}
		f.put(t, s, 2)
		synctest.Wait()
		if st := s.Status(); st.Commits != 1 || st.Dirty != 0 {
			t.Errorf("enough bytes: %+v", st)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What comes while a commit is under way is not durable with it, and not lost by it: neither to a kill nor, when it has
// its own commit, to a power cut.
func TestPutDuringCommit(t *testing.T) {
	for _, c := range []struct {
		name, at string // of the file that is about to be synced
		renew    bool   // the commit writes the journal anew
	}{
		{"the data is synced", piecesExt, false},
		{"the commit is recorded", journalName, false},
		{"the journal is written anew", tempPrefix + journalName, true},
	} {
		for _, power := range []bool{false, true} {
			d, f := calm(), small()
			s, _ := onDisk(t, d, Options{byHand: true})
			mustAdd(t, s, f)
			f.put(t, s, 0)
			s.renew = c.renew
			d.beforeSync = func(name string) {
				if strings.HasSuffix(name, c.at) {
					d.beforeSync = nil
					f.put(t, s, 1)
				}
			}
			if err := s.Commit(); err != nil {
				t.Fatal(err)
			}
			want := []int{0, 1}
			if d.kill(); power {
				if want = []int{0}; c.renew {
					want = []int{0, 1} // it came before the sync of the data
				}
				d.powerCut()
			}
			s, _ = onDisk(t, d, Options{byHand: true})
			s.OnLost(func(k Key) { t.Errorf("%s, power cut %v: %v was held and is not there", c.name, power, k) })
			s.checkAll(newPause(nil))
			if got := chunksOf(s.Held()); !slices.Equal(got, want) {
				t.Errorf("%s, power cut %v: held %v, want %v", c.name, power, got, want)
			}
			f.check(t, s, 0)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// With too much that is not durable, Put waits for a commit; not for ever.
func TestPutWaitsForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := small()
		s, _ := onDisk(t, calm(), Options{MaxDirty: 4999, byHand: true})
		mustAdd(t, s, f)
		f.put(t, s, 0)
		if err := s.Begin(f.key(1), f.hashes[1]); err != nil {
			t.Fatal(err)
		}
		put := func() chan error {
			done := make(chan error, 1)
			go func() { done <- s.Put(f.key(1), 0, f.piece(1, 0)) }()
			synctest.Wait()
			return done
		}
		done := put()
		if len(done) != 0 {
			t.Fatalf("Put did not wait: %v", <-done)
		}
		if err := errors.Join(s.Commit(), <-done); err != nil {
			t.Fatal(err)
		}
		f.put(t, s, 1)
		began := time.Now()
		if err := s.Put(f.key(0), 0, f.piece(0, 0)); !errors.Is(err, ErrSlow) || time.Since(began) != maxThrottle {
			t.Errorf("a disk that takes nothing: %v after %v", err, time.Since(began))
		}
		done = put()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, ErrClosed) {
			t.Errorf("Put waits while the store closes: %v", err)
		}
	})
}

// A sync that fails takes what was not durable with it, and says so: to the log once, to who listens chunk by chunk.
func TestSyncFails(t *testing.T) {
	d, f := calm(), small()
	s, logs := onDisk(t, d, Options{byHand: true})
	mustAdd(t, s, f)
	var lost []Key
	s.OnLost(func(k Key) { lost = append(lost, k) })
	f.put(t, s, 0)
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	f.put(t, s, 1)
	f.put(t, s, 2)
	first := d.calls + 1
	d.fail = func(i int) error {
		if i == first { // the first thing that a commit does here
			return syscall.EIO
		}
		return nil
	}
	if err := s.Commit(); !errors.Is(err, syscall.EIO) || !s.Status().Failing {
		t.Errorf("a commit on a failing disk: %v", err)
	}
	if !slices.Equal(lost, []Key{f.key(1), f.key(2)}) || s.Status().Lost != 2 {
		t.Errorf("lost %v, want chunks 1 and 2", lost)
	}
	f.check(t, s, 0)
	if err := s.Commit(); err != nil || s.Status().Failing {
		t.Errorf("the next commit: %v", err)
	}
	for _, say := range []string{"cannot make chunks durable", "chunks are durable again"} {
		if n := logs.FilterMessageSnippet(say).Len(); n != 1 {
			t.Errorf("%q was said %d times", say, n)
		}
	}
	f.put(t, s, 1)
	f.check(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A full disk is said once, with what there is and what to do. What is held is served, nothing new is begun, and when
// there is room again all goes on.
func TestFullDisk(t *testing.T) {
	d, f := calm(), small()
	s, logs := onDisk(t, d, Options{byHand: true})
	mustAdd(t, s, f)
	f.put(t, s, 0)
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	d.room = 4096
	for range 3 {
		err := s.Begin(f.key(1), f.hashes[1])
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "4096 bytes free") {
			t.Errorf("begin on a full disk: %v", err)
		}
		f.check(t, s, 0)
	}
	full := logs.FilterMessageSnippet("the disk is full").All()
	if len(full) != 1 || !strings.Contains(full[0].Message, "-store-size") || full[0].ContextMap()["directory"] != "disk" ||
		full[0].ContextMap()["free_bytes"] != "4096" || !s.Status().Full {
		t.Errorf("a full disk is told as %v", full)
	}

	// The least recently used makes room, as core decides it: what was dropped is free when it is needed.
	d.room = 2000
	if err := s.Drop(f.key(0)); err != nil {
		t.Fatal(err)
	}
	f.put(t, s, 1)
	f.check(t, s, 1)
	if n := logs.FilterMessageSnippet("room on the disk again").Len(); n != 1 || s.Status().Full {
		t.Errorf("that there is room was told %d times: %+v", n, s.Status())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A store never asks for more than the disk has, less what it leaves to others, and never for what it holds to go.
func TestRoom(t *testing.T) {
	d, f := calm(), small()
	s, _ := onDisk(t, d, Options{byHand: true})
	mustAdd(t, s, f)
	f.put(t, s, 0)
	for _, c := range []struct{ free, want int64 }{
		{100_000, 5000 + 95_000}, // of a small disk a twentieth is left
		{40 * spareBytes, 5000 + 39*spareBytes},
		{0, 5000},
	} {
		d.room = c.free
		if err := s.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := s.Room(); got != c.want {
			t.Errorf("%d bytes free: room for %d, want %d", c.free, got, c.want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A chunk that the disk does not give back, or gives back wrong, goes, and the rest stays.
func TestUnreadableChunk(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(*faultyDisk, *film)
	}{
		{"EIO", func(d *faultyDisk, _ *film) {
			next := d.calls + 1
			d.fail = func(i int) error {
				if i == next {
					return syscall.EIO
				}
				return nil
			}
		}},
		{"a bit of its data", func(d *faultyDisk, f *film) { d.names[f.m.ID().String()+dataExt].now(3)[100] ^= 1 }},
		{"a bit of its hashes", func(d *faultyDisk, f *film) { d.names[f.m.ID().String()+piecesExt].now(0)[1] ^= 1 }},
	} {
		for _, how := range []string{"ReadAt", "Hashes", "File"} {
			t.Run(c.name+" by "+how, func(t *testing.T) {
				d, f := calm(), small()
				s, _ := onDisk(t, d, Options{byHand: true})
				mustAdd(t, s, f)
				f.put(t, s, 0)
				f.put(t, s, 2)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s, logs := onDisk(t, d, Options{byHand: true})
				var lost []Key
				s.OnLost(func(k Key) { lost = append(lost, k) })
				c.damage(d, f)
				ok := true
				switch how {
				case "ReadAt":
					ok = s.ReadAt(f.key(0), 0, make([]byte, 1)) == nil
				case "Hashes":
					_, ok = s.Hashes(f.key(0))
				case "File":
					_, err := s.File(f.key(0))
					ok = err == nil
				}
				if ok || !slices.Equal(lost, []Key{f.key(0)}) || logs.FilterMessageSnippet("threw away a chunk").Len() != 1 {
					t.Errorf("served %v, lost %v, log %v", ok, lost, logs.All())
				}
				if have, whole := s.Have(f.key(0)); have.Count() != 0 || whole {
					t.Errorf("have %v, whole %v", have, whole)
				}
				f.check(t, s, 2)
				f.put(t, s, 0)
				f.check(t, s, 0)
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// A directory of version 1 becomes one of today: what is whole in it is kept, what is damaged is not.
func TestVersionOne(t *testing.T) {
	d, f := calm(), small()
	s, _ := onDisk(t, d, Options{byHand: true})
	mustAdd(t, s, f)
	for chunk := range 3 {
		f.put(t, s, chunk)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var journal []byte // as version 1 wrote it
	for chunk := range 3 {
		journal = appendRecord(journal, added, f.key(chunk))
	}
	journal = appendRecord(journal, used, f.key(0))
	if err := errors.Join(writeFile(d, formatName, []byte(formatOne)), writeFile(d, journalName, journal)); err != nil {
		t.Fatal(err)
	}
	d.names[f.m.ID().String()+dataExt].now(5000 / sectorSize)[sectorSize-1] ^= 1 // chunk 1
	s, logs := onDisk(t, d, Options{byHand: true})
	if got := chunksOf(s.Held()); !slices.Equal(got, []int{2, 0}) || s.Bad() != 1 {
		t.Errorf("held %v, %d bad, want 2 and 0, and 1 bad", got, s.Bad())
	}
	if e := logs.FilterMessageSnippet("opened").All(); len(e) != 1 || e[0].ContextMap()["version_1"] != true {
		t.Errorf("the log says %v", e)
	}
	f.check(t, s, 0)
	f.check(t, s, 2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err := readFile(d, formatName, 100); err != nil || !bytes.Equal(text, []byte(format)) {
		t.Errorf("the format is %q, %v", text, err)
	}
}

// The place of a dropped chunk is freed only when the journal says durably that it went: after a power cut at any moment
// before, the chunk is held again, and must be there.
func TestPlacesOutliveTheirRecords(t *testing.T) {
	d, f := calm(), small()
	s, _ := onDisk(t, d, Options{byHand: true})
	mustAdd(t, s, f)
	f.put(t, s, 0)
	f.put(t, s, 1)
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(f.key(0)); err != nil {
		t.Fatal(err)
	}
	looked := 0
	bytesThere := func() bool {
		data, err := d.Open(f.m.ID().String()+dataExt, false)
		if err != nil {
			t.Fatal(err)
		}
		defer data.Close()
		got := make([]byte, len(f.chunks[0]))
		_, err = data.ReadAt(got, 0)
		return err == nil && bytes.Equal(got, f.chunks[0])
	}
	d.beforeSync = func(name string) {
		if strings.Contains(name, journalName) {
			if looked++; !bytesThere() {
				t.Error("freed before the journal said durably that the chunk went")
			}
		}
	}
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	if looked == 0 || bytesThere() {
		t.Errorf("the journal was synced %d times; the bytes are there: %v", looked, bytesThere())
	}
	d.beforeSync = nil
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A journal that could not be synced is written anew: the system would call the old one's next sync good, though what it
// could not write is nowhere.
func TestJournalSyncFails(t *testing.T) {
	d, f := calm(), small()
	s, _ := onDisk(t, d, Options{byHand: true})
	mustAdd(t, s, f)
	f.put(t, s, 0)
	for range 2 * sectorSize / recordSize { // the next record goes into another sector, and does not write this one again
		if err := s.Used(f.key(0)); err != nil {
			t.Fatal(err)
		}
	}
	d.beforeSync = func(name string) {
		if !strings.Contains(name, journalName) {
			return
		}
		d.beforeSync = nil
		next := d.calls + 1
		d.fail = func(i int) error {
			if i == next {
				return syscall.EIO
			}
			return nil
		}
	}
	if err := s.Commit(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("a commit whose journal cannot be synced: %v", err)
	}
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	d.powerCut()
	s, _ = onDisk(t, d, Options{byHand: true})
	if !slices.Equal(s.Held(), []Key{f.key(0)}) {
		t.Errorf("held after a power cut: %v, want the chunk that the second commit made durable", s.Held())
	}
	f.check(t, s, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
