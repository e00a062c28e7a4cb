package control

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"
)

// TestMain lets net/http wait half a second for a client whose request was too long.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// node notes what it is told.
type node struct {
	told []string
	err  error
}

func (n *node) List() []Video { return []Video{{Name: "movie", Chunks: 3}} }

func (n *node) Pin(_ context.Context, name string, pin bool) error {
	word := "unpin "
	if pin {
		word = "pin "
	}
	n.told = append(n.told, word+name)
	return n.err
}

func (n *node) Remove(_ context.Context, name string) error {
	n.told = append(n.told, "remove "+name)
	return n.err
}

func (n *node) Prefetch(name string, p Prefetch) error {
	n.told = append(n.told, "prefetch "+name+" at "+p.Rate.String())
	return n.err
}

// listen starts a server for a node in a new directory.
func listen(t *testing.T, n Node) string {
	t.Helper()
	dir := t.TempDir()
	s, err := Listen(dir, n, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return dir
}

// TestSocket: a node does what its owner tells it through the socket, and says why not; the socket is the owner's alone, one
// node's at a time, and one that a killed node has left is replaced.
func TestSocket(t *testing.T) {
	n := &node{}
	dir := listen(t, n)
	path := filepath.Join(dir, socketName)
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want it for its owner alone", i.Mode(), err)
	}
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if list, err := c.List(ctx); err != nil || len(list) != 1 || list[0].Name != "movie" {
		t.Errorf("%v, %v", list, err)
	}
	if err := errors.Join(c.Pin(ctx, "a", true), c.Pin(ctx, "b", false), c.Remove(ctx, "c"), c.Prefetch(ctx, "d", Prefetch{Rate: 1000})); err != nil {
		t.Error(err)
	}
	want := []string{"pin a", "unpin b", "remove c", "prefetch d at " + Prefetch{Rate: 1000}.Rate.String()}
	if d := cmp.Diff(want, n.told); d != "" {
		t.Error(d)
	}
	n.err = errors.New("there is no such video")
	if err := c.Remove(ctx, "e"); err == nil || err.Error() != "there is no such video" {
		t.Errorf("%v, want why not", err)
	}
	if _, err := Listen(dir, n, zap.NewNop()); err == nil || !strings.Contains(err.Error(), "another node answers there") {
		t.Errorf("a second node in the directory: %v", err)
	}

	left := t.TempDir()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(left, socketName), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	if _, err := Dial(left); !errors.Is(err, ErrNotRunning) {
		t.Errorf("where nobody answers: %v, want %v", err, ErrNotRunning)
	}
	s, err := Listen(left, n, zap.NewNop())
	if err != nil {
		t.Fatalf("in place of a socket that was left: %v", err)
	}
	s.Close(ctx)
}

// TestBadRequests: what is no request, or too long, is told as such and does nothing.
func TestBadRequests(t *testing.T) {
	n := &node{}
	c, err := Dial(listen(t, n))
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		"":        "EOF",
		"{":       "unexpected EOF",
		`["pin"]`: "cannot unmarshal",
		`{"name":"` + strings.Repeat("x", maxBody) + `"}`: "too large",
		`{"name":7}`: "cannot unmarshal",
	} {
		r, err := http.NewRequest(http.MethodPost, "http://node/pin", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.do(r, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", body, err, want)
		}
	}
	if len(n.told) > 0 {
		t.Errorf("told %v", n.told)
	}
}
