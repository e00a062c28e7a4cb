package coretest

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const hello = `# a comment
video movie chunks=2 last=100
node source owns=movie
start source
probe p

p get source movie 1
p expect 2
----
p < opened s1 at movie 1
p < movie 1, 100 bytes
`

// play runs a script on a toy and returns the first complaint, "" if there is none.
func play(text string) (complaint string) {
	j := &jury{}
	defer func() {
		if r := recover(); r != nil && r != any(j) {
			panic(r)
		}
		complaint = j.first
	}()
	if got := runScript(j, newToy(j, ""), "test.txt", text); !j.failed && got != text {
		return cmp.Diff(text, got)
	}
	return ""
}

func TestScript(t *testing.T) {
	for _, c := range []struct{ name, old, new, complaint string }{
		{"right", "", "", ""},
		{"wrong transcript", "100 bytes", "101 bytes", "test.txt:7: transcript"},
		{"line missing", "p < opened s1 at movie 1\n", "", "test.txt:7: transcript"},
		{"no transcript", "----\np < opened s1 at movie 1\np < movie 1, 100 bytes\n", "", "test.txt:7: transcript"},
		{"more than comes", "expect 2", "expect 3", "hears no more than these 2"},
		{"unknown command", "start source", "begin source", "test.txt:4: begin source: no such command"},
		{"unknown option", "last=100", "lust=100", `test.txt:2: video movie chunks=2 lust=100: no option "lust" here`},
		{"unknown node", "start source", "start sauce", `test.txt:4: start sauce: no node "sauce"`},
		{"unknown video", "owns=movie", "owns=film", `test.txt:3: node source owns=film: no video "film"`},
		{"unknown verb", "p get source", "p fetch source", "a probe cannot fetch"},
		{"argument missing", "start source", "start", "test.txt:4: start: want 1 arguments"},
		{"not a number", "chunks=2", "chunks=two", `"two" is not a number`},
		{"unknown field", "probe p", "probe p\nwait source steams=1", `no field "steams"`},
		{"field never so", "probe p", "probe p\nwait source streams=1", "streams is 0"},
		{"stream never opened", "p expect 2", "p get source movie 0 stream=s2", "no stream s2 has been opened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(hello, c.old, c.new, 1)
			if got := play(text); c.complaint == "" && got != "" || !strings.Contains(got, c.complaint) {
				t.Errorf("script:\n%s\nwant the complaint %q, got %q", text, c.complaint, got)
			}
		})
	}
}

// TestSimulatedLines checks that a line marked sim: counts in a simulated World and not in a real one.
func TestSimulatedLines(t *testing.T) {
	text := strings.Replace(hello, "probe p\n", "probe p\n\nmark\nrun 2s\ntook\n----\nsim: took 3.0s\n", 1)
	if got := play(text); !strings.Contains(got, "took 2.0s") {
		t.Errorf("want a complaint about 2.0s in a simulated World, got %q", got)
	}
	j := &jury{}
	if runScript(j, unreal{newToy(j, "")}, "test.txt", text); j.failed {
		t.Errorf("want no complaint in a real World, got %q", j.first)
	}
}

// unreal is a World that says it is real.
type unreal struct{ *toy }

func (unreal) Simulated() bool { return false }

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		list []uint32
		want string
	}{
		{nil, "nothing"},
		{[]uint32{4}, "4"},
		{[]uint32{4, 5}, "4 5"},
		{[]uint32{4, 5, 6}, "4-6"},
		{[]uint32{0, 10, 11, 12, 3, 2}, "0 10-12 3 2"},
	} {
		if got := ranges(c.list); got != c.want {
			t.Errorf("ranges(%v) = %q, want %q", c.list, got, c.want)
		}
	}
}

// TestContent pins what Worlds of real bytes rely on: a video's bytes depend on its name, and a longer one continues a
// shorter.
func TestContent(t *testing.T) {
	short, long, other := Content("movie", 13), Content("movie", 64), Content("film", 64)
	if diff := cmp.Diff(short, long[:13]); diff != "" {
		t.Errorf("the first bytes depend on the length:\n%s", diff)
	}
	if cmp.Equal(long, other) {
		t.Error("two videos have the same bytes")
	}
	if cmp.Equal(long[:32], long[32:]) {
		t.Error("two parts of a video have the same bytes")
	}
}
