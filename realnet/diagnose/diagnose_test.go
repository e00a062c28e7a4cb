package diagnose

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/library"
	"peerstreamer/realnet/sample"
	"peerstreamer/realnet/store"
	"peerstreamer/realnet/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const chunkSize = 256 * core.KiB

// source starts a source of one video, "movie".
func source(t *testing.T) *realnet.Node {
	t.Helper()
	dir := t.TempDir()
	_, err := library.Split(t.Context(), dir, "movie", bytes.NewReader(sample.Video), library.Options{ChunkSize: chunkSize})
	if err != nil {
		t.Fatal(err)
	}
	lib, err := library.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lib.Close() })
	n, err := realnet.Start(realnet.Config{Name: "source", Listen: "127.0.0.1:0", Library: lib},
		core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close(context.Background()) })
	return n
}

func TestLook(t *testing.T) {
	n := source(t)
	l, err := LookAt(t.Context(), n.Addr(), Asker{Name: "asker"})
	if err != nil {
		t.Fatal(err)
	}
	chunks := uint32((len(sample.Video) + int(chunkSize) - 1) / int(chunkSize))
	want := wire.Holding{Name: "movie", Chunks: chunks, Whole: chunks, Type: "video/mp4", Length: core.Bytes(len(sample.Video)),
		Duration: 40 * core.Second}
	if diff := cmp.Diff([]wire.Holding{want}, l.About.Videos); diff != "" {
		t.Errorf("videos (-want +got):\n%s", diff)
	}
	if l.Name != "source" || !l.Source || !l.Knows || l.About.Reach != wire.ReachUntried {
		t.Errorf("got %+v, want the source's, and nobody dialled back", l)
	}
	if l.Bound == 0 || l.Offset.Abs() > l.Bound { // One clock.
		t.Errorf("the clock is %v off, give or take %v", l.Offset, l.Bound)
	}
	if got := n.Counters().Accepted; got != 0 {
		t.Errorf("a look became %d connections of the node", got)
	}
}

// TestDialBack asks about a port where this test listens, one where nobody does, and ones that are not the asker's.
func TestDialBack(t *testing.T) {
	open, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	shut, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shut.Close()
	at := func(l net.Listener) netip.AddrPort { return l.Addr().(*net.TCPAddr).AddrPort() }
	for _, c := range []struct {
		name string
		at   netip.AddrPort
		want wire.Reach
	}{
		{"open", at(open), wire.ReachYes},
		{"open, wherever we are", netip.AddrPortFrom(netip.IPv4Unspecified(), at(open).Port()), wire.ReachYes},
		{"shut", at(shut), wire.ReachNo},
		{"a third party", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), at(open).Port()), wire.ReachUntried},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := source(t)
			l, err := LookAt(t.Context(), n.Addr(), Asker{Name: "asker", DialBack: c.at})
			if err != nil || l.About.Reach != c.want {
				t.Errorf("reach %d, %v; want %d", l.About.Reach, err, c.want)
			}
		})
	}
}

func TestVisit(t *testing.T) {
	n := source(t)
	v, err := VisitNode(t.Context(), n.Addr(), "movie", Asker{})
	if err != nil {
		t.Fatal(err)
	}
	if v.Pings != pings || v.PingMin > v.PingMed || v.PingMin <= 0 || v.Chunk != chunkSize || v.Took < v.FirstPiece || v.Rate() == 0 {
		t.Errorf("got %+v, want %d pings and a whole chunk", v, pings)
	}
	v, err = VisitNode(t.Context(), n.Addr(), "film", Asker{})
	if err != nil || v.Why != core.NoVideo || v.Chunk != 0 {
		t.Errorf("a video that is not there: %+v, %v", v, err)
	}
}

// TestCheck lets everything be well, and then one thing after the other fail.
func TestCheck(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	dir := filepath.Join(t.TempDir(), "chunks")
	used, err := store.Open(filepath.Join(t.TempDir(), "used"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, what string
		change     func(c *realnet.Config, dir *string)
		level      Level
		says       string
	}{
		{"all is well", "siblings", func(*realnet.Config, *string) {}, OK, "master can dial 127.0.0.1:"},
		{"master answers", "master", func(*realnet.Config, *string) {}, OK, `"source" answers`},
		{"directory to be made", "chunk directory", func(*realnet.Config, *string) {}, OK, "can be made"},
		{"clock", "master's clock", func(*realnet.Config, *string) {}, OK, "give or take"},
		{"port taken", "port", func(c *realnet.Config, _ *string) { c.Listen = taken.Addr().String() }, Fail, "in use"},
		{"master away", "master", func(c *realnet.Config, _ *string) { c.Master = nobody.Addr().String() }, Fail, "refused"},
		{"supermaster away", "supermaster", func(c *realnet.Config, _ *string) { c.Supermaster = nobody.Addr().String() }, Fail, "refused"},
		{"a file for a directory", "chunk directory", func(_ *realnet.Config, d *string) { *d = file }, Fail, "file"},
		{"files", "open files", func(c *realnet.Config, _ *string) { c.MaxConns = 1 << 30 }, Warn, "connections need"},
		{"another port", "siblings", func(c *realnet.Config, _ *string) { c.Advertise = taken.Addr().String() }, Warn, "not this machine"},
		{"closed port", "siblings", func(c *realnet.Config, _ *string) { c.Advertise = nobody.Addr().String() }, Warn, "cannot dial"},
		{"elsewhere", "siblings", func(c *realnet.Config, _ *string) { c.Advertise = "192.0.2.1:9100" }, Warn, "not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, d := realnet.Config{Name: "ben", Listen: "127.0.0.1:0", Master: source(t).Addr()}, dir
			c.change(&cfg, &d)
			list := Check(t.Context(), cfg, d)
			i := slices.IndexFunc(list, func(f Finding) bool { return f.What == c.what })
			if i < 0 || list[i].Level != c.level || !strings.Contains(list[i].Text, c.says) || (list[i].Do == "") != (c.level == OK) {
				t.Errorf("%s: got %+v, want %s and something with %q", c.what, list, c.level, c.says)
			}
			if got := Failed(list); got != (c.level == Fail) {
				t.Errorf("failed: %v", got)
			}
		})
	}
}
