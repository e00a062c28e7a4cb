package realnet

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/realnet/wire"
)

// pipe is a TCP connection whose sending end has small buffers.
type pipe struct {
	from, to *net.TCPConn
	z        *zerocopy
}

func newPipe(t *testing.T) *pipe {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	from, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	to, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	p := &pipe{from: from.(*net.TCPConn), to: to.(*net.TCPConn)}
	p.from.SetWriteBuffer(16 << 10)
	p.to.SetReadBuffer(16 << 10)
	p.to.SetDeadline(time.Now().Add(20 * time.Second))
	if p.z = newZerocopy(p.from); p.z == nil {
		t.Fatal("a TCP connection without a descriptor")
	}
	return p
}

// content is a file of n bytes that are all different from their neighbours.
func content(t *testing.T, n int) (raw syscall.RawConn, b []byte, f *os.File) {
	t.Helper()
	b = make([]byte, n)
	rng := rand.NewChaCha8([32]byte{1})
	rng.Read(b)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if raw, err = f.SyscallConn(); err != nil {
		t.Fatal(err)
	}
	return raw, b, f
}

// TestZerocopyOrder: head, payload and tail arrive whole and in order, also where the socket takes them piecemeal, and the
// file's own offset is left alone.
func TestZerocopyOrder(t *testing.T) {
	p := newPipe(t)
	raw, file, f := content(t, 1<<20)
	var want []byte
	var sends []func() error
	for _, c := range []struct {
		head, tail string
		off, n     int
	}{
		{"head", "", 0, 1},
		{"head", "tail", 0, 1 << 20},
		{"h", "", 4095, 70_001},
		{"", "t", 1<<20 - 1, 1},
		{string(make([]byte, 100_000)), string(make([]byte, 100_000)), 1, 100_000},
	} {
		want = append(append(append(want, c.head...), file[c.off:c.off+c.n]...), c.tail...)
		sends = append(sends, func() error { return p.z.send([]byte(c.head), raw, int64(c.off), c.n, []byte(c.tail)) })
	}
	sent := make(chan error, 1)
	go func() {
		defer p.from.CloseWrite()
		for _, send := range sends {
			if err := send(); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	got, err := io.ReadAll(p.to)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes arrived that are not the %d that were sent", len(got), len(want))
	}
	if at, err := f.Seek(0, io.SeekCurrent); at != 0 || err != nil {
		t.Errorf("the file's own offset is %d, %v: want 0", at, err)
	}
}

// TestZerocopyShortFile: a file that lacks some of the payload is found out before a byte has left.
func TestZerocopyShortFile(t *testing.T) {
	p := newPipe(t)
	raw, file, f := content(t, 1000)
	for _, c := range []struct {
		what string
		do   func()
		n    int
	}{{"too short", func() {}, 11}, {"closed", func() { f.Close() }, 10}} {
		c.do()
		err := p.z.send([]byte("head"), raw, 990, c.n, nil)
		if unreadable := (*unreadableError)(nil); !errors.As(err, &unreadable) {
			t.Errorf("%s: got %v: want an unreadable chunk", c.what, err)
		}
	}
	raw, _, _ = content(t, 1000)
	if err := p.z.send([]byte("the socket"), raw, 990, 10, []byte(" is whole")); err != nil {
		t.Fatal(err)
	}
	p.from.CloseWrite()
	got, err := io.ReadAll(p.to)
	if want := "the socket" + string(file[990:]) + " is whole"; err != nil || string(got) != want {
		t.Errorf("got %q, %v: want %q", got, err, want)
	}
}

// TestZerocopyTorn: a file that is cut short while a frame of it leaves breaks the frame, and that is said.
func TestZerocopyTorn(t *testing.T) {
	p := newPipe(t)
	raw, _, f := content(t, 4<<20)
	sent := make(chan error, 1)
	go func() {
		sent <- p.z.send([]byte("head"), raw, 0, 4<<20, nil)
		p.from.CloseWrite()
	}()
	if _, err := io.ReadFull(p.to, make([]byte, 5)); err != nil { // the frame is begun, and its end does not fit the buffers
		t.Fatal(err)
	}
	if err := f.Truncate(1); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(p.to)
	if err != nil {
		t.Fatal(err)
	}
	err = <-sent
	if torn := (*tornError)(nil); !errors.As(err, &torn) {
		t.Fatalf("got %v after %d bytes: want a torn frame", err, len(got))
	} else if left := 4<<20 - (len(got) + 5 - len("head")); torn.missing != left {
		t.Errorf("%d bytes are missing: want %d", torn.missing, left)
	}
}

// TestZerocopyDeadline: a peer that reads nothing holds the sender no longer than the deadline.
func TestZerocopyDeadline(t *testing.T) {
	p := newPipe(t)
	raw, _, _ := content(t, 4<<20)
	p.from.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	if err := p.z.send([]byte("head"), raw, 0, 4<<20, nil); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v: want a deadline exceeded", err)
	}
	p.to.Close()
	p.from.SetWriteDeadline(time.Time{})
	for range 100 { // what the peer's kernel answers comes when it comes
		if err := p.z.send([]byte("head"), raw, 0, 1<<20, nil); err != nil {
			return
		}
	}
	t.Error("a socket whose peer has gone takes 100 MB")
}

// TestZerocopyAllocatesNothing, and returns what the next frame needs.
func TestZerocopyAllocatesNothing(t *testing.T) {
	p := newPipe(t)
	raw, _, _ := content(t, 64<<10)
	gone := make(chan int64)
	go func() {
		buf := make([]byte, 1<<20)
		var all int64
		for {
			n, err := p.to.Read(buf)
			if all += int64(n); err != nil {
				gone <- all
				return
			}
		}
	}()
	head, tail := make([]byte, wire.DataSize), make([]byte, 9)
	const frames = 200
	if n := testing.AllocsPerRun(frames, func() {
		if err := p.z.send(head, raw, 0, 64<<10, tail); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
	p.from.CloseWrite()
	if diff := cmp.Diff(int64(frames+1)*(64<<10+wire.DataSize+9), <-gone); diff != "" {
		t.Error("bytes (-want +got)\n" + diff)
	}
}
