package catalog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"peerstreamer/realnet/diagnose"
	"peerstreamer/realnet/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// masters answer looks: nil is one that is away.
type masters map[string][]wire.Holding

func (m masters) look(_ context.Context, addr string, _ diagnose.Asker) (diagnose.Look, error) {
	videos, here := m[addr]
	if !here {
		return diagnose.Look{}, errors.New("nobody there")
	}
	return diagnose.Look{Knows: true, About: wire.About{Videos: videos}}, nil
}

// TestAsk: the first who answers counts, what others hold is not here, names that are none are left out, and the last
// answer stays when all are away and in the next life.
func TestAsk(t *testing.T) {
	file := filepath.Join(t.TempDir(), "heard")
	m := masters{"super": {{Name: "old", Chunks: 3, Whole: 2}, {Name: "../x"}, {Name: ".hidden"}}}
	cfg := Config{Ask: []string{"master", "super"}, File: file}
	h := New(cfg)
	h.look = m.look
	if _, told := h.Age(); told || h.Settled() {
		t.Error("an answer before the first")
	}
	if !New(Config{}).Settled() {
		t.Error("waits for the word of nobody")
	}
	if err := h.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := []wire.Holding{{Name: "old", Chunks: 3}}
	if diff := cmp.Diff(old, h.List()); diff != "" {
		t.Errorf("from the supermaster (-want +got):\n%s", diff)
	}
	m["master"] = []wire.Holding{{Name: "new", Type: "video/mp4", Length: 7, Duration: 9}}
	if err := h.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	clear(m)
	if err := h.Ask(t.Context()); err == nil {
		t.Error("no error although nobody answers")
	}
	want := []wire.Holding{{Name: "new", Type: "video/mp4", Length: 7, Duration: 9}}
	for life, h := range map[string]*Heard{"this": h, "the next": New(cfg)} {
		if !h.Settled() {
			t.Errorf("in %s life: not settled", life)
		}
		if diff := cmp.Diff(want, h.List()); diff != "" {
			t.Errorf("in %s life (-want +got):\n%s", life, diff)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
		t.Errorf("files left: %v", entries)
	}
	if err := os.WriteFile(file, []byte("{half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := New(cfg).List(); len(got) != 0 {
		t.Errorf("a ruined file became %v", got)
	}
}

// TestHeardBefore: what a file says that can name no video is not taken from it either.
func TestHeardBefore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "heard")
	if err := os.WriteFile(file, []byte(`[{"Name":"../x"},{"Name":"old"},{"Name":""}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	if l := New(Config{File: file}).List(); len(l) != 1 || l[0].Name != "old" {
		t.Errorf("%v", l)
	}
}

// TestRun counts how often the master is asked: at once, every 30 s, and after misses no more than every 2 s.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var count atomic.Int32
		asked := func() int { return int(count.Load()) }
		h := New(Config{Ask: []string{"master"}})
		h.look = func(context.Context, string, diagnose.Asker) (diagnose.Look, error) {
			count.Add(1)
			return diagnose.Look{}, errors.New("away")
		}
		ctx, cancel := context.WithCancel(t.Context())
		go h.Run(ctx)
		synctest.Wait()
		if asked() != 1 {
			t.Errorf("asked %d times at the start, want once", asked())
		}
		time.Sleep(20 * time.Second)
		if asked() < 4 || asked() > 6 {
			t.Errorf("asked %d times in the first 20 s while nobody answers, want about 5", asked())
		}
		time.Sleep(10*Every - 20*time.Second)
		if asked() < 8 || asked() > 14 {
			t.Errorf("asked %d times in %v, want about 11", asked(), 10*Every)
		}
		before := asked()
		for range 1000 {
			h.Missed()
			time.Sleep(10 * time.Millisecond)
		}
		if n := asked() - before; n < 4 || n > 6 {
			t.Errorf("asked %d times in 10 s of misses, want about %d", n, 10*time.Second/MissEvery)
		}
		cancel()
		synctest.Wait()
	})
}
