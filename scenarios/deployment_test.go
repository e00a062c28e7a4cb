package scenarios

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// overTCP runs a scenario over TCP and returns its records. Nothing of it may be left behind.
func overTCP(t *testing.T, c *Config) *analysis.Run {
	t.Helper()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	r, err := Deploy(t.Context(), NewPlan(c, c.Seed), nil)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	return r
}

// bytesOf returns what each node got from whom.
func bytesOf(r *analysis.Run) map[string][3]core.Bytes {
	m := map[string][3]core.Bytes{}
	for i, n := range r.Nodes {
		m[r.Name(i)] = [3]core.Bytes{n.FromSource, n.FromMaster, n.FromSibling}
	}
	return m
}

// TestOriginalOverTCP runs the original's example, shortened, on both networks: every node gets the same bytes from the same
// kind of peer.
func TestOriginalOverTCP(t *testing.T) {
	c, err := Load("original", "video.duration=1s", "video.chunk=64KiB", "video.piece=16KiB", "player.kind=download",
		"sample=100ms", "group.ben.arrive.at=100ms", "group.alyssa.arrive.at=700ms", "group.john.arrive.at=1300ms",
		"group.lawrence.arrive.at=1900ms")
	if err != nil {
		t.Fatal(err)
	}
	simulated, err := Simulate(NewPlan(c, c.Seed), nil)
	if err != nil {
		t.Fatal(err)
	}
	real := overTCP(t, c)
	if diff := cmp.Diff(bytesOf(simulated), bytesOf(real)); diff != "" {
		t.Errorf("bytes from source, master, siblings (-sim +tcp):\n%s", diff)
	}
	for _, v := range real.Viewers {
		if v.Last != core.Ended || v.First < v.Arrival || v.Until < v.First {
			t.Errorf("%+v", v)
		}
	}
	if simulated.Transfers != real.Transfers {
		t.Errorf("%d transfers in the simulator, %d over TCP", simulated.Transfers, real.Transfers)
	}
}

// TestFaultsOverTCP kills a node and lets it start again without its store, lets one hang, and lets a viewer leave: the
// others see the video through.
func TestFaultsOverTCP(t *testing.T) {
	c, err := Parse("tcp.toml", []byte(valid+`
[video]
duration = "1s"
chunk = "64KiB"
piece = "16KiB"
[[group]]
name = "early"
count = 2
master = "source"
watches = true
uplink = "unlimited"
downlink = "unlimited"
stay = { kind = "constant", mean = "200ms" }
[[fault]]
at = "300ms"
kind = "crash"
group = "viewer"
index = 0
after = "200ms"
keep_store = false
[[fault]]
at = "300ms"
kind = "hang"
group = "viewer"
index = 1
after = "300ms"
`), "group.viewer.count=3", "group.viewer.uplink=unlimited", "group.viewer.downlink=unlimited", "sample=100ms", "horizon=20s",
		"policy.get_timeout=500ms", "policy.query_timeout=300ms")
	if err != nil {
		t.Fatal(err)
	}
	r := overTCP(t, c)
	got := map[string]core.ViewState{}
	for _, v := range r.Viewers {
		got[r.Name(int(v.Node))] = v.Last
	}
	want := map[string]core.ViewState{"viewer-0": core.Gone, "viewer-1": core.Ended, "viewer-2": core.Ended,
		"early-0": core.Gone, "early-1": core.Gone}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("viewers (-want +got):\n%s", diff)
	}
	if r.Nodes[1].Received() == 0 || r.Nodes[0].Sent == 0 {
		t.Errorf("what the killed node received in its first life is forgotten: %+v", r.Nodes[1])
	}
	if stopped := r.Nodes[1].Stop; stopped != core.Never {
		t.Errorf("the killed node is back, and yet it stopped at %v", stopped)
	}
}

// TestVideoFileOverTCP streams a real file: its bytes are what the node holds in the end, by their hashes.
func TestVideoFileOverTCP(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "clip.bin"), []byte(strings.Repeat("not noise ", 50_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(filepath.Join(dir, "file.toml"), []byte(valid+"[video]\nfile=\"clip.bin\"\nduration=\"1s\"\nchunk=\"64KiB\"\npiece=\"16KiB\""),
		"group.viewer.count=1", "player.kind=download", "sample=50ms", "horizon=20s")
	if err != nil {
		t.Fatal(err)
	}
	r := overTCP(t, c)
	if v := r.Viewers[0]; v.Last != core.Ended || r.Nodes[1].FromSource != 500_000 {
		t.Errorf("viewer %+v at %+v", v, r.Nodes[1])
	}
}

// TestInterrupt checks that a run over TCP ends when it is told to, in its course with what there is and while it is
// prepared with nothing, and tidies up.
func TestInterrupt(t *testing.T) {
	c, err := Parse("tcp.toml", []byte(valid), "group.viewer.count=1")
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Deploy(ctx, NewPlan(c, 1), func(core.Time, core.Time, int, int) { cancel() })
	if err != nil || !r.Partial || r.End < c.Sample || r.End >= 2*c.Sample || len(r.Viewers) != 1 || len(r.Samples) < 1 {
		t.Errorf("in its course: got %+v, %v", r, err)
	}
	_, err = Deploy(ctx, NewPlan(c, 1), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("while it is prepared: got %v", err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFits checks each thing that a machine can have too little of.
func TestFits(t *testing.T) {
	p := planOf(t, valid) // 11 nodes, 10 viewers of 3 min of 5 Mbit/s: 112.5 MB, of which each keeps 50 MiB
	enough := machine{descriptors: 1000, memory: core.GiB, disk: core.GiB, processors: 2}
	for _, c := range []struct {
		change func(*machine)
		want   string // "" for nothing
	}{
		{func(*machine) {}, ""},
		{func(m *machine) { *m = machine{} }, ""},
		{func(m *machine) { m.descriptors = 263 }, "-network tcp: 11 nodes need about 264 file descriptors, this machine has 263"},
		{func(m *machine) { m.memory = 21 * core.MiB }, "-network tcp: 11 nodes need about 22MiB of memory, this machine has 21MiB"},
		{func(m *machine) { m.disk = 600 * core.MiB }, "-network tcp: 11 nodes need about 607MiB on disk, this machine has 600MiB"},
	} {
		m := enough
		c.change(&m)
		err := m.fits(p)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want+"\n")) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	crowd := planOf(t, valid, "group.viewer.count=1000", "group.viewer.store_chunks=1")
	if got := p.Config.fewer(); got != ", such as -set group.viewer.count=5" {
		t.Errorf("of 10 viewers: %q", got)
	}
	if got := planOf(t, valid, "group.viewer.count=1").Config.fewer(); got != "" {
		t.Errorf("of single nodes: %q", got)
	}
	err := machine{processors: 1}.fits(crowd)
	if err == nil || !strings.HasPrefix(err.Error(), "-network tcp: 1001 nodes need about 5Gbit/s from node to node, this machine has 1.6Gbit/s\n") {
		t.Errorf("got %v", err)
	}
}
