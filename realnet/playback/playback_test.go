package playback

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const chunkSize = 64 * core.KiB

// source starts a node that owns a video in small chunks.
func source(t *testing.T, video []byte) (*realnet.Node, *core.Swarm, *Desk) {
	t.Helper()
	dir := t.TempDir()
	if _, err := library.Split(t.Context(), dir, "movie", bytes.NewReader(video), library.Options{ChunkSize: chunkSize}); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	return start(t, realnet.Config{Name: "source", Library: lib}, Options{})
}

// start starts a node with a desk.
func start(t *testing.T, cfg realnet.Config, o Options) (*realnet.Node, *core.Swarm, *Desk) {
	t.Helper()
	desk := NewDesk(o)
	machine := core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic()))
	cfg.Listen, cfg.OnDeliver = "127.0.0.1:0", desk.Deliver
	node, err := realnet.Start(cfg, machine)
	if err != nil {
		t.Fatal(err)
	}
	desk.Serve(node, machine)
	t.Cleanup(node.Kill)
	return node, machine, desk
}

// cache starts a node below another that keeps at most some chunks.
func cache(t *testing.T, master *realnet.Node, chunks int32, o Options) (*realnet.Node, *core.Swarm, *Desk) {
	t.Helper()
	st, err := store.Open(filepath.Join(t.TempDir(), "chunks"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return start(t, realnet.Config{Name: "ben", Master: master.Addr(), Store: st, StoreChunks: chunks}, o)
}

func open(t *testing.T, d *Desk) *Session {
	t.Helper()
	s, err := d.Open(t.Context(), "movie")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestReadsAsAFile: whatever is read where, at the source and below it, is what the file has there.
func TestReadsAsAFile(t *testing.T) {
	video := sample.Video[:5*chunkSize+1]
	top, _, atSource := source(t, video)
	_, _, below := cache(t, top, 0, Options{})
	for name, d := range map[string]*Desk{"source": atSource, "below": below} {
		if err := iotest.TestReader(open(t, d), video); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSeeks: sessions that jump about at once in a store with room for a fifth of the video read the file's bytes.
func TestSeeks(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	_, _, d := cache(t, top, int32(len(sample.Video)/int(chunkSize)/5), Options{})
	var all sync.WaitGroup
	for i := range uint64(3) {
		s := open(t, d)
		all.Go(func() {
			at := rand.New(rand.NewPCG(1, i))
			buf := make([]byte, 100_000)
			for range 40 {
				off := at.Int64N(int64(len(sample.Video)))
				n := min(1+at.IntN(len(buf)), len(sample.Video)-int(off))
				if _, err := s.Seek(off, io.SeekStart); err != nil {
					t.Error(err)
				}
				if _, err := io.ReadFull(s, buf[:n]); err != nil {
					t.Errorf("%d bytes at %d: %v", n, off, err)
				} else if !bytes.Equal(buf[:n], sample.Video[off:][:n]) {
					t.Errorf("%d bytes at %d are not the video's", n, off)
				}
			}
		})
	}
	all.Wait()
}

// TestStats: reading on is no seek, whatever chunks it crosses; what a reader waited for is counted.
func TestStats(t *testing.T) {
	video := sample.Video[:5*chunkSize+1]
	top, _, _ := source(t, video)
	_, _, d := cache(t, top, 0, Options{})
	s := open(t, d)
	if _, err := io.ReadAll(s); err != nil {
		t.Fatal(err)
	}
	if x := s.Stats(); x.Bytes != int64(len(video)) || x.Seeks != 0 || x.Waits == 0 || x.First <= 0 || x.Waited < x.First {
		t.Errorf("after reading it cold: %+v", x)
	}
	before := s.Stats()
	if _, err := s.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if x := s.Stats(); x.Bytes != before.Bytes+1 || x.Seeks != 1 || x.First != before.First {
		t.Errorf("after a seek: %+v, before it %+v", x, before)
	}
}

// TestNothingIsFetchedUnread: who asks for the size alone has nothing fetched, and who leaves has nothing more fetched.
func TestNothingIsFetchedUnread(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	ben, machine, d := cache(t, top, 0, Options{})
	s := open(t, d)
	if got := s.Size(); got != int64(len(sample.Video)) {
		t.Errorf("size %d, want %d", got, len(sample.Video))
	}
	if n := d.InUse(); n != 0 {
		t.Errorf("%d sessions read", n)
	}
	if _, err := io.ReadFull(s, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Close()
	ben.Do(func(_ core.Network, self core.NodeID) {
		if r := machine.Node(self); r.Streams != 0 || r.Locks != 0 {
			t.Errorf("%d streams and %d locks after the only session was closed", r.Streams, r.Locks)
		}
	})
	if d.InUse() != 0 {
		t.Errorf("%d sessions read", d.InUse())
	}
}

// TestHandlesComeBack: a thousand sessions, one after the other, need one handle, and each is told of its own place.
func TestHandlesComeBack(t *testing.T) {
	_, machine, d := source(t, sample.Video)
	var b [1]byte
	for i := range 1000 {
		s := open(t, d)
		off := int64(i) * 7919 % int64(len(sample.Video))
		s.Seek(off, io.SeekStart)
		if _, err := s.Read(b[:]); err != nil || b[0] != sample.Video[off] {
			t.Fatalf("byte %d: %v, %v; want %v", off, b[0], err, sample.Video[off])
		}
		s.Close()
	}
	if n := len(machine.Views()); n != 1 {
		t.Errorf("%d handles", n)
	}
}

func TestMaximum(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	_, _, d := cache(t, top, 0, Options{Max: 2})
	var b [1]byte
	var in []*Session
	for range 2 {
		s := open(t, d)
		if _, err := s.Read(b[:]); err != nil {
			t.Fatal(err)
		}
		in = append(in, s)
	}
	third := open(t, d) // costs nothing yet
	if _, err := third.Read(b[:]); !errors.Is(err, ErrFull) {
		t.Errorf("the third reads: %v, want %v", err, ErrFull)
	}
	in[0].Close()
	if _, err := third.Read(b[:]); err != nil {
		t.Errorf("after one has left: %v", err)
	}
}

func TestNoSuchVideo(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	_, _, d := cache(t, top, 0, Options{})
	for _, name := range []string{"movei", "../movie", ""} {
		if _, err := d.Open(t.Context(), name); err == nil {
			t.Errorf("%q: no error", name)
		} else if name == "movei" && !errors.Is(err, ErrNoVideo) {
			t.Errorf("%q: %v, want %v", name, err, ErrNoVideo)
		}
	}
	if d.InUse() != 0 {
		t.Errorf("%d sessions read", d.InUse())
	}
}

// TestSilence: a source that hangs is waited for as long as was said, and so is nobody who has left meanwhile.
func TestSilence(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	_, _, d := cache(t, top, 0, Options{GiveUp: 100 * time.Millisecond})
	s := open(t, d)
	top.Hang()
	defer top.Resume()
	if _, err := io.Copy(io.Discard, s); !errors.Is(err, ErrSilent) {
		t.Errorf("got %v, want %v", err, ErrSilent)
	}
	ctx, cancel := context.WithCancel(t.Context())
	left, err := d.Open(ctx, "movie")
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	cancel()
	left.Seek(-1, io.SeekEnd)
	if _, err := left.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// TestLost: bytes that the disk has lost under a reader are fetched again.
func TestLost(t *testing.T) {
	top, _, _ := source(t, sample.Video)
	ben, machine, d := cache(t, top, 0, Options{})
	s := open(t, d)
	if _, err := io.ReadFull(s, make([]byte, 2*chunkSize+1)); err != nil {
		t.Fatal(err)
	}
	ben.Do(func(net core.Network, self core.NodeID) {
		machine.OnLost(net, self, core.ChunkID{Video: s.video, Chunk: 2})
	})
	got, err := io.ReadAll(s)
	if err != nil || !bytes.Equal(got, sample.Video[2*chunkSize+1:]) {
		t.Errorf("%d bytes, %v; want the other %d", len(got), err, len(sample.Video)-2*int(chunkSize)-1)
	}
}

func TestEndedNode(t *testing.T) {
	top, _, d := source(t, sample.Video)
	s := open(t, d)
	top.Kill()
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, ErrEnded) {
		t.Errorf("got %v, want %v", err, ErrEnded)
	}
}
