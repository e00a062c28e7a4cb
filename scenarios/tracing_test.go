package scenarios

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peerstreamer/core"
)

// traced is one event of a trace file. Times are in microseconds.
type traced struct {
	Phase string         `json:"ph"`
	PID   *int           `json:"pid"`
	TID   *int           `json:"tid"`
	Name  string         `json:"name"`
	Cat   string         `json:"cat"`
	TS    json.Number    `json:"ts"`
	Dur   json.Number    `json:"dur"`
	ID    int            `json:"id"`
	BP    string         `json:"bp"`
	Scope string         `json:"s"`
	Args  map[string]any `json:"args"`
}

// nanos reads microseconds with three decimals.
func nanos(t *testing.T, n json.Number) core.Time {
	t.Helper()
	whole, rest, ok := strings.Cut(string(n), ".")
	if !ok || len(rest) != 3 {
		t.Fatalf("time %q: want microseconds with three decimals", n)
	}
	v, err := json.Number(whole + rest).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return core.Time(v)
}

// traceOf runs a small scenario with a trace and returns its events. Whatever the trace tells, the run is the same.
func traceOf(t *testing.T, more string, args ...string) []traced {
	t.Helper()
	dir := t.TempDir()
	file := small(t, dir, more)
	_, plain, _ := psimIn(t, dir, "-scenario", file)
	code, out, errs := psimIn(t, dir, append([]string{"-scenario", file, "-trace", "t.json", "-out", "x"}, args...)...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if a, b := digestIn(t, plain), digestIn(t, out); a != b {
		t.Errorf("traced the history is %s, else %s", b, a)
	}
	data, err := os.ReadFile(filepath.Join(dir, "t.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Unit   string            `json:"displayTimeUnit"`
		About  map[string]string `json:"otherData"`
		Events []traced          `json:"traceEvents"`
	}
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil || doc.Unit != "ms" || doc.About["scenario"] != "small" || doc.About["seed"] != "1" {
		t.Fatalf("%v; unit %q, about %v in:\n%.500s", err, doc.Unit, doc.About, data)
	}
	return doc.Events
}

func digestIn(t *testing.T, out string) string {
	t.Helper()
	_, rest, ok := strings.Cut(out, "digest ")
	if !ok {
		t.Fatalf("no digest in:\n%s", out)
	}
	return rest[:16]
}

// TestTraceFollowsTheFormat: every event has what its phase needs, tracks have names before they are used, slices of a track
// do not overlap, and every arrow leads from within one slice to within another, forward in time.
func TestTraceFollowsTheFormat(t *testing.T) {
	all := traceOf(t, "[[fault]]\nat = \"3s\"\nkind = \"crash\"\ngroup = \"viewer\"\nindex = 2\nafter = \"2s\"\n")
	type track struct{ pid, tid int }
	named := map[track]string{}
	tracks := map[track][]traced{}
	arrows := map[int][]traced{}
	count := map[string]int{}
	for _, e := range all {
		if e.PID == nil || e.TID == nil || e.Name == "" {
			t.Fatalf("%+v has no process, track or name", e)
		}
		at := track{*e.PID, *e.TID}
		count[e.Phase]++
		if e.Phase == "M" {
			if e.Name == "thread_name" {
				named[at], _ = e.Args["name"].(string)
			}
			continue
		}
		if named[at] == "" {
			t.Fatalf("%+v is on a track that has no name yet", e)
		}
		switch nanos(t, e.TS); e.Phase {
		case "X":
			if nanos(t, e.Dur) < 0 {
				t.Errorf("%+v ends before it begins", e)
			}
			tracks[at] = append(tracks[at], e)
		case "i":
			if e.Scope != "t" {
				t.Errorf("%+v is not its track's own", e)
			}
		case "s":
			arrows[e.ID] = append([]traced{e}, arrows[e.ID]...)
		case "f":
			if e.BP != "e" {
				t.Errorf("%+v does not end at the slice around it", e)
			}
			arrows[e.ID] = append(arrows[e.ID], e)
		default:
			t.Errorf("%+v: what is that?", e)
		}
	}
	for at, slicesOf := range tracks {
		slices.SortFunc(slicesOf, func(a, b traced) int { return cmp.Compare(nanos(t, a.TS), nanos(t, b.TS)) })
		for i, s := range slicesOf[1:] {
			if before := slicesOf[i]; nanos(t, before.TS)+nanos(t, before.Dur) > nanos(t, s.TS) {
				t.Errorf("on track %v (%s) these overlap:\n%+v\n%+v", at, named[at], before, s)
			}
		}
	}
	within := func(e traced, what string) bool {
		return slices.ContainsFunc(tracks[track{*e.PID, *e.TID}], func(s traced) bool {
			return s.Cat == what && nanos(t, s.TS) <= nanos(t, e.TS) && nanos(t, e.TS) <= nanos(t, s.TS)+nanos(t, s.Dur)
		})
	}
	for id, ends := range arrows {
		if len(ends) != 2 || nanos(t, ends[0].TS) > nanos(t, ends[1].TS) || !within(ends[0], "send") || !within(ends[1], "receive") {
			t.Errorf("arrow %d is %+v", id, ends)
		}
	}
	if count["X"] < 60 || count["i"] < 200 || count["s"] < 20 || count["s"] != count["f"] {
		t.Errorf("of each phase there are %v", count)
	}
}

// TestTraceTellsTheRun compares the trace with the records: the transfers that were done, and how long each viewer waited.
func TestTraceTellsTheRun(t *testing.T) {
	r := simulated(t, "horizon = \"2m\"\n[video]\nduration = \"5s\"\n"+valid)
	done, gets := 0, 0
	waited := map[int]core.Time{}
	for _, e := range traceOf(t, "") {
		switch {
		case e.Cat == "receive" && e.Args["end"] == "done":
			done++
		case e.Cat == "viewer" && e.Name == "waiting":
			waited[*e.PID-1] = nanos(t, e.Dur)
		case e.Cat == "message" && e.Name == "get":
			if gets++; e.Args["peer"] == nil || e.Args["chunk"] == nil || e.Args["n"] == nil {
				t.Errorf("a get says %v", e.Args)
			}
		}
	}
	if int64(done) != r.Transfers || gets == 0 {
		t.Errorf("%d transfers done and %d gets in the trace, %d transfers in the record", done, gets, r.Transfers)
	}
	for _, v := range r.Viewers {
		if got, want := waited[int(v.Node)], v.First-v.Arrival; got != want {
			t.Errorf("%s waits %v in the trace, %v in the record", r.Name(int(v.Node)), got, want)
		}
	}
}

// TestTraceSelects: only the nodes and the span of time that were asked for.
func TestTraceSelects(t *testing.T) {
	pids := map[int]bool{}
	first, last, clipped := core.Never, core.Time(0), false
	for _, e := range traceOf(t, "", "-trace-nodes", "viewer-2..viewer-3,viewer-7, source", "-trace-time", "2s..2500ms") {
		pids[*e.PID] = true
		if e.Phase == "M" {
			continue
		}
		from := nanos(t, e.TS)
		to := from
		if e.Phase == "X" {
			to += nanos(t, e.Dur)
			clipped = clipped || from == 2*core.Second && to == 2500*core.Millisecond
		}
		first, last = min(first, from), max(last, to)
	}
	if len(pids) != 4 || !pids[1] || !pids[4] || !pids[5] || !pids[9] {
		t.Errorf("nodes in the trace are %v, want 1, 4, 5 and 9", pids)
	}
	if first != 2*core.Second || last > 2500*core.Millisecond || !clipped {
		t.Errorf("the trace is of %v to %v; a slice across all of it: %t", first, last, clipped)
	}
}

// TestTraceAfterTheEnd: what becomes of the viewers decides when a run ends, so that only then it is known that nothing was
// traced.
func TestTraceAfterTheEnd(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := psimIn(t, dir, "-scenario", small(t, dir, ""), "-trace", "x", "-trace-time", "119s..120s")
	if code != 0 || !strings.Contains(errs, "warning: -trace-time: it begins at 1m59s, and the run was over at ") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestTraceRefuses(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, "")
	for _, c := range []struct{ args, want string }{
		{"-trace-nodes source", "-trace-nodes and -trace-time: want -trace FILE too"},
		{"-trace x -trace-time 3s", "-trace-time 3s: want a span such as 60s..90s"},
		{"-trace x -trace-time 3s..2s", "-trace-time 3s..2s: want a span"},
		{"-trace x -verify", "-trace and -verify: want one or the other"},
		{"-trace x -seeds 1-2", "-trace and -seeds: a trace is of one seed"},
		{"-trace x -network tcp", "-verify and -trace: want -network sim"},
		{"-trace x -trace-nodes viewr", `-trace-nodes: no node or group is named "viewr", did you mean "viewer"?`},
		{"-trace x -trace-nodes viewer-10", `no node is named "viewer-10": group "viewer" has viewer-0 to viewer-9`},
		{"-check -trace x -trace-nodes viewer-1..viewer-99", `no node is named "viewer-99": group "viewer" has viewer-0 to viewer-9`},
		{"-check -trace x -trace-time 2h..3h", "-trace-time: it begins at 2h, after the horizon, "},
		{"-verify -out x", "-verify: it writes no result: want no -out or -json"},
		{"-verify -json", "-verify: it writes no result"},
		{"-trace x -trace-nodes viewer-3..viewer-2", "want two nodes of one group, the first one first"},
		{"-trace x -trace-nodes source..viewer-2", "want two nodes of one group"},
		{"-trace no/where/x", "-trace: open no/where/x: no such file or directory"},
		{"-cpuprofile no/where/x", "-cpuprofile: open no/where/x: no such file"},
	} {
		code, _, errs := psimIn(t, dir, append([]string{"-scenario", file}, strings.Fields(c.args)...)...)
		if code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit code %d, want %q in:\n%s", c.args, code, c.want, errs)
		}
	}
}

func TestCPUProfileIsWritten(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := psimIn(t, dir, "-scenario", small(t, dir, ""), "-cpuprofile", "cpu.out"); code != 0 {
		t.Fatal(errs)
	}
	if data, err := os.ReadFile("cpu.out"); err != nil || len(data) < 10 || data[0] != 0x1f || data[1] != 0x8b {
		t.Errorf("no compressed profile: %d bytes, %v", len(data), err)
	}
}
