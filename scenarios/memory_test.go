package scenarios

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
)

// live returns the bytes that are in use after a collection.
func live() core.Bytes {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return core.Bytes(m.HeapAlloc)
}

// TestMemory compares the estimate of psim with the heap at two sizes, when everybody watches: without the program's own
// part it is to be between 1 and 1.5 times what is in use. It is above because the collector lags behind and the records
// come on top, and a policy may take more.
func TestMemory(t *testing.T) {
	for _, viewers := range []int{2000, 8000} {
		c, err := Load("million", fmt.Sprint("group.viewer.count=", viewers), "horizon=90s")
		if err != nil {
			t.Fatal(err)
		}
		before := live()
		s, err := simulationOf(t.Context(), NewPlan(c, c.Seed))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.advance(c.Horizon); err != nil {
			t.Fatal(err)
		}
		used := live() - before
		estimate := c.memory(1, 1) - simProgram
		t.Logf("%d viewers: in use %d bytes each, estimated %d", viewers, used/core.Bytes(viewers), estimate/core.Bytes(viewers))
		if low, high := used, used*3/2; estimate < low || estimate > high {
			t.Errorf("%d viewers: that is too far off: measure the constants of memory.go again", viewers)
		}
		runtime.KeepAlive(s)
	}
}

// TestPlanAndRecordsAreSmall: what stands beside a simulation, for each viewer, is below 200 bytes at any moment. At the end
// the plan and who is still watching are there together with the records.
func TestPlanAndRecordsAreSmall(t *testing.T) {
	const viewers = 20_000
	c, err := Load("million", fmt.Sprint("group.viewer.count=", viewers), "horizon=60s")
	if err != nil {
		t.Fatal(err)
	}
	allocated := func(f func()) (each core.Bytes) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return core.Bytes(after.TotalAlloc-before.TotalAlloc) / viewers
	}
	var p *Plan
	var w *watchers
	beside := allocated(func() { p = NewPlan(c, c.Seed); w = newWatchers(p) })
	s, err := simulationOf(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.advance(core.Second); err != nil {
		t.Fatal(err)
	}
	w.sample(s, core.Second)
	if again := allocated(func() { w.sample(s, core.Second) }); again > 0 {
		t.Errorf("a sample takes %d bytes a viewer", again)
	}
	records := allocated(func() { record(p, s, c.Horizon, nil) })
	t.Logf("plan and watchers %d bytes a viewer, records %d", beside, records)
	if beside+records > 200 {
		t.Errorf("plan and watchers take %d bytes a viewer and records %d, want at most 200 together", beside, records)
	}
}

// TestMemoryRefusal works out the estimate by hand: 27 and 2 MiB, and for each of 1,000 viewers with 50 chunks of the video's 58
// 850 + 400 + 50 x 6 bytes, 1,550 in all, with 160 of records for each seed, and for the source 850 and 88. In 30 MiB there
// is room for 612 viewers.
func TestMemoryRefusal(t *testing.T) {
	c, err := Parse("m.toml", []byte(valid), "group.viewer.count=1000", "video.duration=97s")
	if err != nil {
		t.Fatal(err)
	}
	if c.Video.Info().Chunks() != 58 {
		t.Fatalf("%d chunks", c.Video.Info().Chunks())
	}
	const run, records = 1000*1550 + 850, 1000*160 + 88
	for _, m := range []struct {
		seeds, atOnce int
		want          core.Bytes
	}{
		{1, 1, 29*core.MiB + run + records},
		{1, 8, 29*core.MiB + run + records},
		{8, 2, 29*core.MiB + 2*run + 8*records},
	} {
		if got := c.memory(m.seeds, m.atOnce); got != m.want {
			t.Errorf("%d seeds, %d at once: %v, want %v", m.seeds, m.atOnce, got, m.want)
		}
	}
	if err := c.fitsMemory("there is", 0, 1000, 1000, 2); err != nil {
		t.Errorf("with no limit: %v", err)
	}
	if err := c.fitsMemory("there is", 31*core.MiB, 1, 1, 1); err != nil {
		t.Errorf("in 31 MiB: %v", err)
	}
	for _, r := range []struct {
		limit               core.Bytes
		seeds, atOnce, each int
		want                []string
	}{
		{30 * core.MiB, 1, 1, 1, []string{"m takes about 31MiB of memory for 1001 nodes, and there is 30MiB: ", "want fewer nodes, such as -set group.viewer.count=610,", "or -memory "}},
		{31 * core.MiB, 8, 4, 1, []string{"for 1001 nodes, 4 times at once, and there is", "fewer nodes"}},
		{34 * core.MiB, 8, 4, 1, []string{"want -jobs 2, fewer nodes"}},
		{31 * core.MiB, 1, 1, 2, []string{"2 times at once"}},
		{29*core.MiB + 1550 + 160 + 850 + 88, 1, 1, 1, []string{"such as -set group.viewer.count=1, or -memory"}},
		{29*core.MiB + 1550 + 160 + 850 + 87, 1, 1, 1, []string{": want -memory 31MiB if"}},
		{5, 1, 1, 1, []string{"and there is 5B: want -memory 31MiB if"}},
	} {
		err := c.fitsMemory("there is", r.limit, r.seeds, r.atOnce, r.each)
		for _, want := range r.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v for %d seeds, %d at once: %v; want %q", r.limit, r.seeds, r.atOnce, err, want)
			}
		}
	}
}

// TestSmallerFits takes psim at its word: with the count that it names the scenario is within the limit, and with a tenth
// more nodes it is not.
func TestSmallerFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := Parse("m.toml", []byte(valid), fmt.Sprintf("group.viewer.count=%d", rapid.IntRange(1, 1_000_000).Draw(t, "count")))
		if err != nil {
			t.Fatal(err)
		}
		seeds, jobs, each := rapid.IntRange(1, 9).Draw(t, "seeds"), rapid.IntRange(1, 4).Draw(t, "jobs"), rapid.IntRange(1, 2).Draw(t, "each")
		limit := core.Bytes(rapid.Int64Range(1, int64(c.needs(seeds, jobs, each))-1).Draw(t, "limit"))
		advice := c.fitsMemory("there is", limit, seeds, jobs, each).Error()
		if _, n, ok := strings.Cut(advice, "count="); ok {
			count, _ := strconv.Atoi(n[:strings.Index(n, ",")])
			if c.Groups[1].Count = uint32(count); count < 1 || c.needs(seeds, jobs, each) > limit {
				t.Errorf("%s: %d nodes do not fit", advice, count)
			}
			if c.Groups[1].Count = uint32(count + max(1, count/10)); c.needs(seeds, jobs, each) <= limit {
				t.Errorf("%s: %d nodes fit too", advice, c.Groups[1].Count)
			}
		}
	})
}

// TestMemoryIsRefusedBeforeTheRun: psim writes nothing then, and the limit it names is enough.
func TestMemoryIsRefusedBeforeTheRun(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, "")
	code, out, errs := psimIn(t, dir, "-scenario", file, "-memory", "10MiB")
	if code != 1 || out != "" || !strings.HasPrefix(errs, "psim: small takes about ") || !strings.Contains(errs, "and -memory allows 10MiB: want ") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	_, rest, _ := strings.Cut(errs, "want -memory ")
	if code, _, errs := psimIn(t, dir, "-scenario", file, "-memory", strings.Fields(rest)[0]); code != 0 {
		t.Errorf("with the -memory it names: exit code %d: %s", code, errs)
	}
	for _, c := range []struct{ size, want string }{{"0MiB", "want a size above 0"}, {"many", `"many"`}, {"20Gbit", "bits are not"}} {
		if code, _, errs := psimIn(t, dir, "-scenario", file, "-memory", c.size); code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("-memory %s: exit code %d: %s", c.size, code, errs)
		}
	}
}
