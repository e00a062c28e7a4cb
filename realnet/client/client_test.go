package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/sample"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source starts a node that owns the sample in chunks of 512 KiB: six of them.
func source(t *testing.T) *realnet.Node {
	t.Helper()
	dir := t.TempDir()
	if _, err := library.Split(context.Background(), dir, "movie", bytes.NewReader(sample.Video),
		library.Options{ChunkSize: 512 * core.KiB}); err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	node, err := realnet.Start(realnet.Config{Name: "source", Listen: "127.0.0.1:0", Library: lib},
		core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		node.Kill()
		lib.Close()
	})
	return node
}

func TestStreamIsComplete(t *testing.T) {
	var out bytes.Buffer
	r, err := Stream(context.Background(), Config{Source: source(t).Addr(), Video: "movie"}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), sample.Video) || r.Bytes != core.Bytes(len(sample.Video)) || r.Chunks != 6 {
		t.Errorf("%d bytes and %d chunks, and %d written; want the %d bytes of the sample in 6 chunks", r.Bytes, r.Chunks,
			out.Len(), len(sample.Video))
	}
	if r.FirstByte <= 0 || r.FirstByte > r.Took {
		t.Errorf("first byte after %v of %v", r.FirstByte, r.Took)
	}
}

// PROTOCOL 2.16: between an answer and the next request lies the interval, so six chunks take at least five of them.
func TestIntervalIsWaited(t *testing.T) {
	const interval = 30 * time.Millisecond
	r, err := Stream(context.Background(), Config{Source: source(t).Addr(), Video: "movie", Interval: interval}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if r.Took < 5*interval || r.LongestGap < interval {
		t.Errorf("6 chunks took %v with a longest gap of %v, want at least 5 x %v", r.Took, r.LongestGap, interval)
	}
}

func TestUnknownVideo(t *testing.T) {
	_, err := Stream(context.Background(), Config{Source: source(t).Addr(), Video: "movei"}, io.Discard)
	if !errors.Is(err, ErrNoVideo) {
		t.Errorf("got %v, want %v", err, ErrNoVideo)
	}
}

func TestBadNamesAndAddresses(t *testing.T) {
	for _, c := range []Config{
		{Source: "127.0.0.1:1", Video: "../etc/passwd"},
		{Source: "127.0.0.1:1", Video: ""},
		{Source: "nowhere", Video: "movie"},
		{Source: "http://127.0.0.1:1", Video: "movie"},
		{Source: "127.0.0.1:1", Video: "movie"}, // nobody listens on port 1
	} {
		if _, err := Stream(context.Background(), c, io.Discard); err == nil {
			t.Errorf("%q at %q: no error", c.Video, c.Source)
		}
	}
}

// A host that accepts connections and says nothing, as one that hangs does, is given up.
func TestSilentHost(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Stream(context.Background(), Config{Source: l.Addr().String(), Video: "movie", GiveUp: 200 * time.Millisecond}, io.Discard)
	if !errors.Is(err, ErrSilent) {
		t.Errorf("got %v, want %v", err, ErrSilent)
	}
}

type failing struct{ after int }

var errFull = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if f.after -= len(b); f.after < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriterFails(t *testing.T) {
	_, err := Stream(context.Background(), Config{Source: source(t).Addr(), Video: "movie"}, &failing{1 << 20})
	if !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Stream(ctx, Config{Source: source(t).Addr(), Video: "movie", Interval: time.Hour}, writerFunc(func() { cancel() }))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// A writer that takes nothing, as the pipe to a paused player does, is no reason to go on when the context has ended.
func TestContextEndsWhileTheWriterBlocks(t *testing.T) {
	out, in := io.Pipe()
	defer out.Close()
	ctx, cancel := context.WithCancel(context.Background())
	writer := writerFunc(func() {
		cancel()
		in.Write([]byte("nobody reads this"))
	})
	_, err := Stream(ctx, Config{Source: source(t).Addr(), Video: "movie"}, writer)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

type writerFunc func()

func (f writerFunc) Write(b []byte) (int, error) { f(); return len(b), nil }
