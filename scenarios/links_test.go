package scenarios

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis"
	"peerstreamer/core"
	"peerstreamer/netsim"
)

// direct is ten viewers who download 12.5 MB, 100 Mbit, each from the source alone. Its uplink of 50 Mbit/s is all that
// holds them back: they are done after 20 s, which is the bound as well, for they could give each other next to nothing.
// Nobody loses patience meanwhile.
var direct = []string{"policy.name=direct", "player.kind=download", "video.duration=20s", "net.latency=0s",
	"group.viewer.downlink=unlimited", "sample=100ms", "horizon=10m", "policy.get_timeout=1m",
	"group.viewer.uplink=1kbit/s"}

// directly runs that with additions, and returns when the last viewer is done, and the summary. Bounds must hold.
func directly(t *testing.T, add string, set ...string) (float64, *analysis.Summary) {
	t.Helper()
	r := simulated(t, valid+add, append(direct, set...)...)
	s, err := analysis.Summarize(analysis.Result{Runs: []analysis.Run{*r}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Err(); err != nil {
		t.Error(err)
	}
	last := core.Time(0)
	for _, v := range r.Viewers {
		if v.Last != core.Ended {
			t.Fatalf("%s is %v", r.Name(int(v.Node)), v.Last)
		}
		last = max(last, v.Until)
	}
	return last.Seconds(), s
}

// TestSlowLinks changes links in the middle of the download. Each case says how 1,000 Mbit come together.
func TestSlowLinks(t *testing.T) {
	fault := func(keys string) string { return "\n[[fault]]\nkind = \"slow\"\n" + keys }
	for _, c := range []struct {
		name, faults string
		want         float64
	}{
		{"nothing happens", "", 20},
		{"half the rate for 5 s: 20 + 2.5", fault(`
at = "10s"
after = "5s"
group = "source"
factor = 0.5`), 22.5},
		{"10 s at 50 Mbit/s, then 50 s at 10", fault(`
at = "10s"
group = "source"
uplink = "10Mbit/s"`), 60},
		{"5 s at 50, 5 at 25, 5 at 12.5, 5 at 25, 8.75 at 50", fault(`
at = "5s"
after = "10s"
group = "source"
factor = 0.5`) + fault(`
at = "10s"
after = "10s"
group = "source"
factor = 0.5`), 28.75},
		{"the later one counts while it lasts: 5 s at 50, 5 at 10, 5 at 20, 12 at 50", fault(`
at = "5s"
after = "10s"
group = "source"
uplink = "20Mbit/s"`) + fault(`
at = "5s"
after = "5s"
group = "source"
uplink = "10Mbit/s"`), 27},
		{"twice the rate from 10 s on, which the bounds must know: 10 + 5", fault(`
at = "10s"
group = "source"
factor = 2`), 15},
		{"no limit from 10 s on", fault(`
at = "10s"
group = "source"
uplink = "unlimited"`), 10},
		{"one viewer of 1 Mbit/s: 100 s", fault(`
at = "0s"
group = "viewer"
index = 3
downlink = "1Mbit/s"`), 100},
		{"the same by share", fault(`
at = "0s"
group = "viewer"
share = 0.1
downlink = "1Mbit/s"`), 100},
		{"the shared link of the source's site: 10 s at 50, 25 at 20", `
[[site]]
name = "home"
` + fault(`
at = "10s"
site = "home"
uplink = "20Mbit/s"`), 35},
	} {
		t.Run(c.name, func(t *testing.T) {
			var set []string
			if strings.Contains(c.faults, "[[site]]") {
				set = append(set, "group.source.site=home")
			}
			if got, _ := directly(t, c.faults, set...); math.Abs(got-c.want) > 1e-6*c.want {
				t.Errorf("done after %v s, want %v", got, c.want)
			}
		})
	}
}

// TestTraces lets the source's uplink follow a trace. Each case says how 1,000 Mbit come together.
func TestTraces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.csv")
	text := "time_s,uplink,downlink\n# two levels, and an outage of a second\n0,50,50\n10, 25 ,50\n12.5,0,50\n13.5,80,unlimited\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		keys string
		want float64
	}{
		{"aligned = true", 13.5 + 437.5/80}, // 10 x 50 + 2.5 x 25, and 437.5 Mbit at 80
		{"aligned = true, repeat = true", 14.5 + (437.5-80)/50},
	} {
		set := fmt.Sprintf("group.source.trace={ file = %q, unit = \"Mbit/s\", %s }", file, c.keys)
		text := strings.Replace(valid, "uplink = \"50Mbit/s\"\ndownlink = \"50Mbit/s\"\n", "", 1)
		r := simulated(t, text, append(direct, set)...)
		got := r.Viewers[0].Until.Seconds()
		if math.Abs(got-c.want) > 1e-6*c.want {
			t.Errorf("%s: done after %v s, want %v", c.keys, got, c.want)
		}
		if n := r.Nodes[0]; n.Uplink != 80*core.Mbps || n.Downlink != 0 {
			t.Errorf("%s: the record has uplink %v and downlink %v, want the highest", c.keys, n.Uplink, n.Downlink)
		}
	}
}

// TestTraceNumbers reads numbers as people and as numerical programs write them: numpy's default is the second line.
func TestTraceNumbers(t *testing.T) {
	const ms, kbps = core.Millisecond, core.Kbps
	for _, c := range []struct {
		line string
		want netsim.TraceStep
	}{
		{"0,1.5,unlimited", netsim.TraceStep{Uplink: 1500 * kbps}},
		{"0.000000000000000000e+00,1.500000000000000000e+00,1.000000000000000056e-01", netsim.TraceStep{Uplink: 1500 * kbps, Downlink: 100 * kbps}},
		{"0,2E1,4e-7", netsim.TraceStep{Uplink: 20_000 * kbps, Downlink: outage}},
		{"2.5e-3,1,0", netsim.TraceStep{At: 2500 * core.Microsecond, Uplink: 1000 * kbps, Downlink: outage}},
		{"1e3,1,6e-7", netsim.TraceStep{At: 1_000_000 * ms, Uplink: 1000 * kbps, Downlink: 1}},
	} {
		got, err := parseStep(strings.Split(c.line, ","), "Mbit/s")
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v; want %+v", c.line, got, err, c.want)
		}
	}
}

// TestTraceOffsets: each node is at a place of its own in the trace, the same with the same seed, and its Limits say so.
func TestTraceOffsets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace.csv")
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "%d,%d,50\n", i, i+1)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	base := strings.Replace(valid, "uplink = \"5Mbit/s\"\ndownlink = \"20Mbit/s\"\n", "", 1)
	uplinks := func(keys string, set ...string) map[core.Rate]int {
		trace := fmt.Sprintf("group.viewer.trace={ file = %q, unit = \"kbit/s\"%s }", file, keys)
		p := planOf(t, base, append(set, trace, "group.viewer.count=200")...)
		count := map[core.Rate]int{}
		for i := 1; i < p.Len(); i++ {
			count[p.Node(i).Uplink]++
		}
		return count
	}
	a, b, other := uplinks(", repeat = true"), uplinks(", repeat = true"), uplinks(", repeat = true", "seed=2")
	if diff := cmp.Diff(a, b); diff != "" || cmp.Equal(a, other) || len(a) < 60 {
		t.Errorf("%d different rates, twice the same seed:\n%s", len(a), diff)
	}
	if got := uplinks(", aligned = true"); len(got) != 1 || got[core.Kbps] != 200 {
		t.Errorf("aligned nodes begin with %v, want 1 kbit/s", got)
	}
}

// TestSites puts the viewers behind one downlink of 10 Mbit/s. A source alone has to bring all 1,000 Mbit over it: 100 s,
// all payload crosses. At two such sites, dealt in turn, it is half as much for each. The classic policy needs it for a
// part: what one viewer has, another can fetch within the site.
func TestSites(t *testing.T) {
	const home = "[[site]]\nname = \"home\"\ndownlink = \"10Mbit/s\"\n"
	for _, c := range []struct {
		name string
		set  []string
		time float64
		each core.Bytes // into each site
	}{
		{"one site", nil, 100, 125_000_000},
		{"two sites", []string{"site.home.count=2"}, 50, 62_500_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, s := directly(t, home, append(c.set, "group.viewer.site=home")...)
			if math.Abs(got-c.time) > 1e-6*c.time {
				t.Errorf("done after %v s, want %v", got, c.time)
			}
			for _, site := range s.Runs[0].Sites {
				if site.PayloadIn != c.each || site.PayloadOut != 0 {
					t.Errorf("site %s: %v came in and %v went out, want %v and nothing", site.Name, site.PayloadIn, site.PayloadOut, c.each)
				}
			}
			if f, _ := s.Figure("share_across_sites"); f.Mean.String() != "1" {
				t.Errorf("a share of %v went across sites, want all", f.Mean)
			}
			for _, b := range s.Bounds {
				// 1,000 Mbit over the downlink and ten uplinks of 1 kbit/s, or half of that.
				want := map[string]float64{"one site": 1000 / 10.01, "two sites": 500 / 10.005}[c.name]
				if b.Name == "completion" && math.Abs(b.Value-want) > 1e-9 {
					t.Errorf("the bound is %v s, want %v", b.Value, want)
				}
			}
		})
	}
	r := simulated(t, valid+home, "group.viewer.site=home", "video.duration=20s", "group.viewer.uplink=unlimited",
		"group.viewer.downlink=unlimited", "player.kind=download", "group.viewer.arrive.kind=constant", "group.viewer.arrive.over=5m")
	var received core.Bytes
	for i := range r.Nodes {
		received += r.Nodes[i].Received()
	}
	// One after another, with all the time they want: the first fetches from the source, the others from the first.
	if r.AcrossSites != 12_500_000 || received != 125_000_000 {
		t.Errorf("%v of %v went across sites, want one copy of ten", r.AcrossSites, received)
	}
}

// TestPartition cuts the viewers off for 2 s, shorter than anybody's timeout: all is 2 s late. Cut off for 20 s they give
// the source up after 3 s, and come back.
func TestPartition(t *testing.T) {
	fault := func(keys string) string { return "[[fault]]\nat = \"5s\"\nkind = \"partition\"\n" + keys }
	for name, keys := range map[string]string{
		"viewers from everybody else": "group = \"viewer\"\nafter = \"2s\"",
		"the source from the viewers": "group = \"source\"\nfrom = \"viewer\"\nafter = \"2s\"",
		"by shares that are all":      "group = \"viewer\"\nshare = 1.0\nfrom = \"source\"\nafter = \"2s\"",
	} {
		if got, _ := directly(t, fault(keys)); math.Abs(got-22) > 1e-4 {
			t.Errorf("%s: done after %v s, want 22", name, got)
		}
	}
	site := "[[site]]\nname = \"home\"\n" + fault("site = \"home\"\nafter = \"2s\"")
	if got, _ := directly(t, site, "group.viewer.site=home"); math.Abs(got-22) > 1e-4 {
		t.Errorf("a site from everybody else: done after %v s, want 22", got)
	}
	if got, _ := directly(t, fault("group = \"viewer\"\nafter = \"20s\""), "policy.get_timeout=3s"); got < 40 || got > 50 {
		t.Errorf("after a partition of 20 s they are done after %v s, want 40 and a little for what was given up", got)
	}
	// One of ten, index 4, cut off for the first 30 s: the others share the uplink and are done after 18 s.
	r := simulated(t, valid+`
[[fault]]
at = "0s"
kind = "partition"
group = "viewer"
index = 4
after = "30s"
`, direct...)
	for i, v := range r.Viewers {
		if i == 4 && v.First < 30*core.Second || i != 4 && math.Abs(v.Until.Seconds()-18) > 1e-4 {
			t.Errorf("%s has its first frame after %v and is done after %v", r.Name(int(v.Node)), v.First, v.Until)
		}
	}
}

// TestSlowStartDelaysTheFirstFrame: a round trip takes 40 ms, so windows of 14.6 kB and twice, four, eight and sixteen
// times that fill 200 ms before the next is more than 50 Mbit/s: 452.6 kB, which take 72.416 ms at that rate. All that
// comes later, such as the last of the first 625 kB, comes so much later.
func TestSlowStartDelaysTheFirstFrame(t *testing.T) {
	first := func(slow string) float64 {
		r := simulated(t, valid, "group.viewer.count=1", "group.viewer.downlink=unlimited", "policy.name=direct",
			"video.duration=20s", "net.latency=20ms", "net.slow_start="+slow)
		return r.Viewers[0].First.Seconds()
	}
	if got, want := first("true")-first("false"), 0.200-0.072416; math.Abs(got-want) > 1e-6 {
		t.Errorf("slow start costs %v s, want %v", got, want)
	}
}

// TestMaxConnections: a source with room for three connections serves three viewers.
func TestMaxConnections(t *testing.T) {
	r := simulated(t, valid, append(direct, "group.source.max_connections=3", "horizon=2s")...)
	served := 0
	for i := range r.Nodes {
		if r.Nodes[i].FromSource > 0 {
			served++
		}
	}
	if served != 3 {
		t.Errorf("%d viewers got something, want 3", served)
	}
}

// TestLinksInWords checks what Parse says of faults, sites and traces that make no sense.
func TestLinksInWords(t *testing.T) {
	fault := func(keys string) string { return valid + "[[fault]]\nat = \"1m\"\n" + keys }
	const rates = "uplink = \"5Mbit/s\"\ndownlink = \"20Mbit/s\"\n" // of the viewers
	dir := t.TempDir()
	trace := func(content, keys string) string {
		file := filepath.Join(dir, fmt.Sprint(len(content), ".csv"))
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return strings.Replace(valid, rates, fmt.Sprintf("trace = { file = %q, %s }\n", file, keys), 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"a site that is not there",
			strings.Replace(valid, "count = 10", "count = 10\nsite = \"hme\"", 1) + "[[site]]\nname = \"home\"",
			`group "viewer": site "hme": no such site, did you mean "home"?`},
		{"a site named like a group", valid + "[[site]]\nname = \"viewer\"",
			`site "viewer": name "viewer": there is another site or group of this name`},
		{"two sites of a name", valid + "[[site]]\nname = \"a\"\n[[site]]\nname = \"a\"",
			`site "a": name "a": there is another site or group`},
		{"a site named like one of several", valid + "[[site]]\nname = \"a\"\ncount = 3\n[[site]]\nname = \"a-1\"",
			`site "a-1": name "a-1": number 1 of the 3 of site "a" is named so`},
		{"a site where there is none", strings.Replace(valid, "count = 10", "count = 10\nsite = \"home\"", 1),
			`group "viewer": site "home": no such site: there is none`},
		{"no site", valid + "[[site]]\nname = \"a\"\ncount = 0", `site "a": count 0: want at least 1`},
		{"a site without a capacity", valid + "[[site]]\nname = \"a\"\nuplink = \"0Mbit/s\"",
			`site "a": uplink "0Mbit/s": a link of no capacity`},
		{"too many sites", valid + "[[site]]\nname = \"a\"\ncount = 70000", `70000 sites in all: want at most 65535`},
		{"slow without a rate", fault("kind = \"slow\"\ngroup = \"source\""),
			`fault 0: kind "slow": want uplink, downlink or both, or factor`},
		{"slow twice", fault("kind = \"slow\"\ngroup = \"source\"\nfactor = 0.5\nuplink = \"1Mbit/s\""),
			`fault 0: factor and uplink or downlink: want one or the other`},
		{"a negative factor", fault("kind = \"slow\"\ngroup = \"source\"\nfactor = -0.5"),
			`fault 0: factor -0.5: want 0 to 1000`},
		{"slow at whom", fault("kind = \"slow\"\ngroup = \"viewer\"\nfactor = 0.5"),
			`fault 0: whom of the 10 nodes of "viewer": want index, or share = 0 to 1`},
		{"a share of a shared link", fault("kind = \"slow\"\nsite = \"a\"\nshare = 0.5\nfactor = 0.5") + "\n[[site]]\nname = \"a\"",
			`fault 0: kind "slow" of a site is its shared link: want no index or share`},
		{"group and site", fault("kind = \"partition\"\nsite = \"a\"\ngroup = \"viewer\"") + "\n[[site]]\nname = \"a\"",
			`fault 0: group and site: want one or the other`},
		{"a fault of no site", fault("kind = \"crash\"\nsite = \"b\"") + "\n[[site]]\nname = \"a\"",
			`fault 0: site "b": no such site, did you mean "a"?`},
		{"a fault at a site where there is none", fault("kind = \"crash\"\nsite = \"b\""),
			`fault 0: site "b": no such site: there is none`},
		{"a crash with a rate", fault("kind = \"crash\"\ngroup = \"source\"\nuplink = \"1Mbit/s\""),
			`fault 0: kind "crash" has no uplink`},
		{"a crash from somebody", fault("kind = \"crash\"\ngroup = \"source\"\nfrom = \"viewer\""),
			`fault 0: kind "crash" has no from`},
		{"a partition without a store", fault("kind = \"partition\"\ngroup = \"viewer\"\nkeep_store = false"),
			`fault 0: kind "partition" has no keep_store`},
		{"a restart after", fault("kind = \"restart\"\ngroup = \"source\"\nafter = \"1s\""),
			`fault 0: kind "restart" has no after`},
		{"a partition from nobody", fault("kind = \"partition\"\ngroup = \"viewer\"\nfrom = \"sorce\""),
			`fault 0: from "sorce": no such group or site, did you mean "source"?`},
		{"a partition from itself", fault("kind = \"partition\"\ngroup = \"viewer\"\nfrom = \"viewer\""),
			`fault 0: from "viewer": group "viewer" would be on both sides`},
		{"an unknown fault", fault("kind = \"cut\"\ngroup = \"viewer\""),
			`fault 0: kind "cut": want crash, restart, hang, resume, slow or partition`},
		{"a trace and a rate", trace("0,1,1", `unit = "Mbit/s"`) + "uplink = \"1Mbit/s\"",
			`group "viewer": trace and uplink, downlink or access: want one or the other`},
		{"a trace without a unit", trace("0,1,1", `repeat = true`),
			`group "viewer": trace: unit "": want bit/s, kbit/s, Mbit/s or Gbit/s`},
		{"a trace without a file", strings.Replace(valid, rates, "trace = { unit = \"bit/s\" }\n", 1),
			`group "viewer": trace: want file, such as`},
		{"a trace of nothing", trace("time,up,down", `unit = "Mbit/s"`),
			`group "viewer": trace: file 12.csv: no line of time, uplink and downlink`},
		{"a trace that begins late", trace("t,u,d\n1,1,1", `unit = "Mbit/s"`),
			`group "viewer": trace: file 11.csv: line 2: time 1: want 0 first`},
		{"a trace that goes back", trace("0,1,1\n5,1,1\n5,2,2\n", `unit = "Mbit/s"`),
			`group "viewer": trace: file 18.csv: line 3: time 5: want later than in the line before`},
		{"a trace with words", trace("0,1,1\n5,1,fast\n", `unit = "Mbit/s"`),
			`group "viewer": trace: file 15.csv: line 2: downlink: "fastMbit/s"`},
		{"a trace with two columns", trace("0,1\n", `unit = "Mbit/s"`),
			`group "viewer": trace: file 4.csv: line 1: 2 fields: want time, uplink and downlink, such as "0,1.5,20"`},
		{"an exponent too large", trace("0,10,10e+100\n", `unit = "Mbit/s"`),
			`group "viewer": trace: file 13.csv: line 1: downlink: "10e+100Mbit/s"`},
		{"an exponent of words", trace("0,1,1e+up\n", `unit = "Mbit/s"`),
			`group "viewer": trace: file 10.csv: line 1: downlink: "1e+upMbit/s"`},
		{"a negative rate", trace("0,1,-1\n", `unit = "Mbit/s"`),
			`group "viewer": trace: file 7.csv: line 1: downlink: "-1Mbit/s"`},
		{"a trace without a time", trace(",up,down\n0,1,1\n,2,2\n", `unit = "Mbit/s"`),
			`group "viewer": trace: file 20.csv: line 3: time in seconds: "s"`},
		{"a trace of ages", trace("0,1,1\n9000000000,1,1\n", `unit = "Mbit/s", repeat = true`),
			`group "viewer": trace: file 21.csv: line 2: time 9000000000: want at most 1281023h53m38.427387903s`},
		{"one line to repeat", trace("0,1,1234\n", `unit = "Mbit/s", repeat = true`),
			`group "viewer": trace: file 9.csv: 1 line: want two at least to repeat them`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("bad.toml", []byte(c.text))
			if err == nil {
				t.Fatal("accepted")
			}
			if said := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""); !strings.Contains(said, ": "+c.want) {
				t.Errorf("got:\n%v\nwant:\n%s", said, c.want)
			}
		})
	}
}

// TestSiteWarnings: what is allowed at sites and probably not meant.
func TestSiteWarnings(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"", `site "home": no group is there: want site = "home" in a group`},
		{"group.viewer.site=home", ""},
		{"site.home.downlink=4Mbit/s", `site "home": no group is there: want site = "home" in a group`},
		{"group.viewer.site=home site.home.downlink=4Mbit/s",
			`site "home": its downlink 4Mbit/s is below the video's 5Mbit/s: its viewers will stall unless the source is there`},
		{"group.viewer.site=home site.home.downlink=4Mbit/s player.kind=download", ""},
		{"group.source.site=home site.home.downlink=4Mbit/s", ""},
	} {
		p := planOf(t, valid+"[[site]]\nname = \"home\"\n", strings.Fields(c.keys)...)
		if got := strings.Join(p.Config.Warnings(), "; "); got != c.want {
			t.Errorf("%s: %q, want %q", c.keys, got, c.want)
		}
	}
}

// TestLinksRoundTrip: the resolved scenario says the same, also from another folder, and a trace's content is part of the
// hash where its way is not.
func TestLinksRoundTrip(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.csv", "0,1,1\n1,2,2\n")
	write("b.csv", "0,1,1\n1,2,2\n")
	write("c.csv", "0,1,1\n1,2,3\n")
	text := `
[[site]]
name = "home"
count = 3
uplink = "1Mbit/s..2Mbit/s"
[net]
slow_start = true
[[group]]
name = "source"
role = "source"
uplink = "50Mbit/s"
downlink = "50Mbit/s"
max_connections = 7
site = "home"
[[group]]
name = "viewer"
count = 10
master = "source"
watches = true
trace = { file = "FILE", unit = "Mbit/s", repeat = true }
[[fault]]
at = "1m"
kind = "slow"
site = "home"
downlink = { mix = [["1Mbit/s", 0.5], ["2Mbit/s", 0.5]] }
after = "3s"
[[fault]]
at = "2m"
kind = "partition"
site = "home"
from = "viewer"
`
	load := func(text, file string) *Config {
		c, err := Parse(filepath.Join(dir, "s.toml"), []byte(strings.Replace(text, "FILE", file, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a := load(text, "a.csv")
	again, err := Parse(filepath.Join(dir, "sub", "s.toml"), []byte(a.at(filepath.Join(dir, "sub")).TOML()))
	if err != nil {
		t.Fatalf("%v\nin:\n%s", err, a.TOML())
	}
	if again.Hash() != a.Hash() || again.Groups[1].Trace.File != "../a.csv" {
		t.Errorf("from another folder it is:\n%s", again.TOML())
	}
	if load(text, "b.csv").Hash() != a.Hash() || load(text, "c.csv").Hash() == a.Hash() {
		t.Error("the hash depends on the way to a trace, or not on what it says")
	}
}

// TestBeyondSockets: what sockets cannot do is refused over tcp before anything starts; slow start is only said not to be
// there.
func TestBeyondSockets(t *testing.T) {
	for _, c := range []struct{ add, want string }{
		{"[[site]]\nname = \"a\"", "-network tcp: sites have no shared link over sockets of one machine: want -network sim"},
		{"[[fault]]\nat = \"1s\"\nkind = \"partition\"\ngroup = \"viewer\"",
			"-network tcp: nothing stands between two sockets of one machine that could make a partition: want -network sim"},
		{"[[fault]]\nat = \"1s\"\nkind = \"slow\"\ngroup = \"source\"\nfactor = 0.5", ""},
	} {
		if err := fits(planOf(t, valid+c.add)); c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	c := planOf(t, valid, "net.slow_start=true").Config
	if got := oneOf(c.unshaped()); got != "delay or slow start" {
		t.Errorf("over tcp there is no %s", got)
	}
}

// TestSlowLinkOverTCP: 1 MB over an uplink that has fallen to 8 Mbit/s when the viewer comes takes a second, but for a
// burst of 10 ms and the frames that were on their way, 128 KiB.
func TestSlowLinkOverTCP(t *testing.T) {
	c, err := Parse("tcp.toml", []byte(valid+`
[[fault]]
at = "200ms"
kind = "slow"
group = "source"
uplink = "8Mbit/s"
`), "group.viewer.count=1", "group.viewer.arrive.at=500ms", "group.source.uplink=unlimited",
		"group.viewer.downlink=unlimited", "player.kind=download", "video.duration=1600ms", "video.chunk=64KiB", "video.piece=16KiB", "sample=50ms", "horizon=1m")
	if err != nil {
		t.Fatal(err)
	}
	r := overTCP(t, c)
	v := r.Viewers[0]
	if took := v.Until - v.Arrival; v.Last != core.Ended || took < (8*core.Mbps).Time(1_000_000-10_000-128*core.KiB) {
		t.Errorf("the viewer is %v after %v", v.Last, took)
	}
}
