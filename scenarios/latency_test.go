package scenarios

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// TestLatencyForms reads every form of the middle of the network, and writes it in its one form, which says the same.
func TestLatencyForms(t *testing.T) {
	for _, c := range []struct{ name, net, want string }{
		{"constant", `latency = "5ms"`, `latency = "5ms"`},
		{"constant, as a table", `latency = { kind = "constant", value = "5ms" }`, `latency = "5ms"`},
		{"nothing", `latency = "0s"`, `latency = "0s"`},
		{"range", `latency = "5ms..7ms"`, `latency = "5ms..7ms"`},
		{"range, as a table", `latency = { kind = "range", min = "5ms", max = "7ms" }`, `latency = "5ms..7ms"`},
		{"range of one", `latency = { kind = "range", min = "5ms", max = "5ms" }`, `latency = "5ms"`},
		{"coordinates", `latency = { kind = "coordinates", side = "80ms", height = "2ms..9ms" }`,
			`latency = { kind = "coordinates", side = "80ms", height = "2ms..9ms" }`},
		{"coordinates of one height", `latency = { kind = "coordinates", height = "2ms", side = "80ms" }`,
			`latency = { kind = "coordinates", side = "80ms", height = "2ms" }`},
		{"jitter and loss", "jitter = \"3ms\"\nloss = \"0.50%\"\nack_each = true",
			"latency = \"20ms\"\njitter = \"3ms\"\nloss = \"0.5%\"\nack_each = true"},
		{"regions", "latency = { kind = \"regions\", spread = \"4ms\" }\n[net.regions]\nb = { b = \"2ms\", a = \"9ms\" }\na = { a = \"1ms\" }",
			"latency = { kind = \"regions\", spread = \"4ms\" }\nregions = { a = { a = \"1ms\", b = \"9ms\" }, b = { b = \"2ms\" } }"},
		{"regions, one way and the other", "[net.regions]\nb = { b = \"2ms\", a = \"9ms\" }\na = { a = \"1ms\", b = \"8ms\" }",
			"latency = \"20ms\"\nregions = { a = { a = \"1ms\", b = \"8ms\" }, b = { a = \"9ms\", b = \"2ms\" } }"},
		{"a region", `latency = { kind = "regions" }`, `latency = { kind = "regions" }`},
	} {
		region := ""
		if strings.Contains(c.want, `"regions"`) {
			region = `region = { mix = [["EU", 2], ["NA", 1]] }`
			if strings.Contains(c.want, "a = {") {
				region = `region = "a"`
			}
		}
		text := strings.ReplaceAll(valid, "[[group]]", "[[group]]\n"+region) + "loss = \"1%\"\n[net]\n" + c.net
		first, err := Parse("x.toml", []byte(text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if _, got, _ := strings.Cut(first.TOML(), "[net]\n"); strings.TrimSpace(got) != c.want {
			t.Errorf("%s: written\n%s\nwant\n%s", c.name, got, c.want)
		}
		again, err := Parse("x.toml", []byte(first.TOML()))
		if err != nil || again.Hash() != first.Hash() {
			t.Errorf("%s: read back it is another: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(first.TOML(), again.TOML()); diff != "" {
			t.Errorf("%s (-first +again):\n%s", c.name, diff)
		}
	}
}

// TestBadNetworks has a message for every mistake in the middle of the network. An addition begins at line 16.
func TestBadNetworks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "m.txt"), []byte("0 1\n2 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "gap.txt"), []byte("0 -1 1\n-1 0 1\n1 1 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const matrix = `latency = { kind = "matrix", file = "m.txt", unit = "ms", of = "rtt"`
	for _, c := range []struct{ name, net, want string }{
		{"kind", `latency = { kind = "gauss" }`, `:16: net: latency: kind "gauss": want constant, range, regions, matrix or coordinates`},
		{"no kind", `latency = { min = "1ms" }`, `:16: net: latency: kind "": want constant, range, regions, matrix or coordinates`},
		{"a number", `latency = 20`, `:16: net: latency 20: want a time in quotes, a range "low..high" or { kind = ... }`},
		{"unit", `latency = "20"`, `:16: net: latency "20"`},
		{"upside down", `latency = { kind = "range", min = "9ms", max = "1ms" }`, `:16: net: latency: min 9ms is above max 1ms`},
		{"a stranger's key", `latency = { kind = "range", min = "1ms", max = "2ms", side = "3ms" }`, `:16: net: latency: kind "range" has no side`},
		{"half a range", `latency = { kind = "range", min = "1ms" }`, `:16: net: latency kind "range": want max`},
		{"a constant without a value", `latency = { kind = "constant" }`, `:16: net: latency kind "constant": want value`},
		{"a constant with a stranger's key", `latency = { kind = "constant", side = "80ms", of = "rtt" }`,
			`:16: net: latency kind "constant": want value; it has no of; it has no side`},
		{"unknown key", `latency = { kind = "range", mix = "1ms" }`, `:16: net: latency: unknown key "mix", did you mean "min"?`},
		{"beyond a minute", `latency = { kind = "constant", value = "2m" }`, `:16: net: latency: value 2m: a delay of more than a minute`},
		{"no side", `latency = { kind = "coordinates" }`, `:16: net: latency kind "coordinates": want side`},
		{"no plane", `latency = { kind = "coordinates", side = "0s" }`, `:16: net: latency: side 0s: want more than nothing, such as "80ms"`},
		{"no name of a file", `latency = { kind = "matrix", file = "", unit = "ms", of = "rtt" }`, `:16: net: latency: kind "matrix": want file`},
		{"long side", `latency = { kind = "coordinates", side = "3s" }`, `:16: net: latency: side 3s: want at most 2s`},
		{"height", `latency = { kind = "coordinates", side = "1s", height = 3 }`, `:16: net: latency: height 3: want a time in quotes or a range "low..high"`},
		{"jitter", `jitter = "2m"`, `:16: net: jitter 2m: want at most 1m`},
		{"loss", `loss = "21%"`, `:16: net: loss 21%: want at most 20%`},
		{"loss without a unit", `loss = 0.01`, `:16: net: loss is 0.01: want a value with its unit, such as "0.5%"`},
		{"loss of a part", `loss = "0.01"`, `:16: net: loss "0.01": want a percentage`},
		{"no region", `latency = { kind = "regions" }`, `:8: group "viewer": no region: want region = one of NA, EU, SA, APAC, JP or AU, or access = "regional"`},
		{"no delay within", "[net.regions]\nEU = { NA = \"1ms\" }\nNA = { NA = \"2ms\" }", `:16: net: regions no delay within EU: want EU = { EU = "10ms", ... }`},
		{"no delay between", "[net.regions]\nEU = { EU = \"1ms\" }\nNA = { NA = \"2ms\" }", `:16: net: regions no delay between EU and NA`},
		{"a region of another", "[net.regions]\nEU = { EU = \"1ms\", NB = \"2ms\" }\nNA = { NA = \"2ms\" }", `:16: net: regions from EU: no region "NB" of its own in the table, did you mean "NA"?`},
		{"a delay of a region", "[net.regions]\nEU = { EU = \"1mm\" }", `:16: net: regions from EU to EU "1mm": unknown unit "mm"`},
		{"a long delay of a region", "[net.regions]\nEU = { EU = \"5s\" }", `:16: net: regions from EU to EU 5s: want at most 4s`},
		{"a region that is no table", "[net.regions]\nEU = \"1ms\"", `:16: net: regions EU is 1ms: want a name, and a table`},

		{"no file", `latency = { kind = "matrix", unit = "ms", of = "rtt" }`, `:16: net: latency kind "matrix": want file`},
		{"no unit", `latency = { kind = "matrix", file = "m.txt", of = "rtt" }`, `:16: net: latency kind "matrix": want unit`},
		{"no of", `latency = { kind = "matrix", file = "m.txt", unit = "ms" }`, `:16: net: latency kind "matrix": want of`},
		{"another unit", `latency = { kind = "matrix", file = "m.txt", unit = "min", of = "rtt" }`, `:16: net: latency: unit "min": want ns, us, ms or s`},
		{"another of", `latency = { kind = "matrix", file = "m.txt", unit = "ms", of = "oneway" }`, `:16: net: latency: of "oneway": want rtt or one-way`},
		{"format", matrix + `, format = "xml" }`, `:16: net: latency: format "xml": want square, pairs or gml`},
		{"a place that lacks delays", strings.Replace(matrix, "m.txt", "gap.txt", 1) + ` }`,
			`:16: net: latency: file gap.txt: line 1, number 2: no delay; 2 of 6 ordered pairs have none: want all, or missing = "drop"`},
		{"missing", matrix + `, missing = "keep" }`, `:16: net: latency: missing "keep": want drop or ""`},
		{"assign", matrix + `, assign = "nearest" }`, `:16: net: latency: assign "nearest": want draw, turn or ""`},
		{"no such file", strings.Replace(matrix, "m.txt", "n.txt", 1) + ` }`, `:16: net: latency: file open ` + filepath.Join(dir, "n.txt") + `: no such file`},
		{"a fault in the file", matrix + ` }`, `:16: net: latency: file m.txt: line 2, number 1: 1ms one way, but line 1, number 2 says 500us`},
	} {
		_, err := Parse(filepath.Join(dir, "bad.toml"), []byte(valid+"[net]\n"+c.net))
		if err == nil {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		found := false
		for line := range strings.SplitSeq(err.Error(), "\n") {
			found = found || strings.HasPrefix(line, "load scenario "+filepath.Join(dir, "bad.toml")+c.want)
		}
		if !found {
			t.Errorf("%s: got\n%v\nwant a line with\n%s", c.name, err, c.want)
		}
	}
	for _, c := range []struct{ name, group, want string }{
		{"region", `region = 3`, `region 3: want a region in quotes, or { mix = [[region, weight], ...] }`},
		{"mix", `region = { mix = [["EU", 0]] }`, `region mix: [EU 0]: want a pair [region, weight] with a weight above 0`},
		{"unknown region", `region = "MARS"`, `region "MARS": want NA, EU, SA, APAC, JP or AU`},
		{"loss", `loss = "50%"`, `loss 50%: want at most 20%`},
	} {
		text := replaceOnce(t, valid, `role = "source"`, "role = \"source\"\nregion = \"EU\"") + c.group + "\n[net]\nlatency = { kind = \"regions\" }"
		_, err := Parse("bad.toml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), `load scenario bad.toml:16: group "viewer": `+c.want) {
			t.Errorf("%s of a group: got %v, want %s", c.name, err, c.want)
		}
	}
	// Validate says it too, of a scenario that nobody loaded.
	made, err := Parse("x.toml", []byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	made.Net.Latency = Latency{Kind: "matrix", File: "m.txt", Unit: "ms", Of: "rtt"}
	if err := made.Validate(); err == nil || !strings.Contains(err.Error(), `file "m.txt" was not read`) {
		t.Errorf("got %v", err)
	}
}

// regional is valid with viewers whose access links and regions are drawn together.
func regional(t *testing.T) string {
	return replaceOnce(t, valid, "uplink = \"5Mbit/s\"\ndownlink = \"20Mbit/s\"\n", "access = \"regional\"\n")
}

// TestRegionsAreDrawn checks that a regional node lives where its link is, and the shares of a mix.
func TestRegionsAreDrawn(t *testing.T) {
	source := "role = \"source\"\nregion = \"JP\""
	text := replaceOnce(t, regional(t), `role = "source"`, source) + "[net]\nlatency = { kind = \"regions\" }\n"
	place := map[core.Rate]uint16{19_200_000: 0, 20_700_000: 1, 5_800_000: 2, 15_700_000: 3, 10_200_000: 4, 11_300_000: 5}
	p := planOf(t, text, "group.viewer.count=2000")
	for i, n := range nodesOf(p) {
		want, ok := place[n.Uplink]
		if i == 0 {
			want, ok = 4, true
		}
		if !ok || n.Place != want {
			t.Fatalf("%s has an uplink of %v and lives at place %d", p.Name(i), n.Uplink, n.Place)
		}
	}
	// The links and regions are those that the mix without regions draws.
	before := planOf(t, regional(t), "group.viewer.count=2000")
	for i := range p.Len() {
		if a, b := p.Node(i), before.Node(i); a.Uplink != b.Uplink || a.Latency != b.Latency {
			t.Fatalf("%s changed with the model of latency", p.Name(i))
		}
	}
	// A mix of two regions, whose links are those of the region.
	mixed := planOf(t, text, "group.viewer.count=2000", `group.viewer.region={ mix = [["EU", 3], ["AU", 1]] }`)
	eu := 0
	for i, n := range nodesOf(mixed)[1:] {
		if n.Uplink == 20_700*core.Kbps && n.Place == 1 {
			eu++
		} else if n.Uplink != 11_300*core.Kbps || n.Place != 5 {
			t.Fatalf("%s has an uplink of %v and lives at place %d", mixed.Name(i+1), n.Uplink, n.Place)
		}
	}
	if share := float64(eu) / 2000; math.Abs(share-0.75) > 0.05 {
		t.Errorf("%.3f live in the EU, want 0.75", share)
	}
}

// TestDefaultRegions checks that the default table has the regions of the access mix and is one of distances: symmetric,
// and nowhere shorter between two regions than within one.
func TestDefaultRegions(t *testing.T) {
	for _, mix := range accessMixes {
		for _, c := range mix.classes {
			if c.region != "" && !slices.Contains(worldNames, c.region) {
				t.Errorf("%s: no region %s", mix.name, c.region)
			}
		}
	}
	var r Regions
	m := r.matrix()
	for i := range m.Len() {
		for j := range m.Len() {
			if i != j && (m.At(i, j) != m.At(j, i) || m.At(i, j) <= m.At(i, i)) {
				t.Errorf("%s to %s: %v", worldNames[i], worldNames[j], m.At(i, j))
			}
		}
	}
	w := world()
	c, err := Parse("x.toml", []byte(valid+"[net]\nregions = "+w.writeTOML()))
	if err != nil {
		t.Fatal(err)
	}
	back := c.Net.Regions
	for i, from := range back.names {
		for j, to := range back.names {
			want := m.At(slices.Index(worldNames, from), slices.Index(worldNames, to))
			if got := back.matrix().At(i, j); got != want {
				t.Errorf("written out and read back: %s to %s %v, want %v", from, to, got, want)
			}
		}
	}
}

// measured writes a matrix of round trips in microseconds beside a scenario of one source and three viewers on links
// without limits, and returns the scenario's file. The source lives at place 0 and viewer i at place i+1.
func measured(t *testing.T, dir, format, data string) string {
	t.Helper()
	text := fmt.Sprintf(`horizon = "1m"
[video]
duration = "10s"
[policy]
name = "direct"
[net]
latency = { kind = "matrix", file = "delays/king", format = %q, unit = "us", of = "rtt", assign = "turn" }
[[group]]
name = "source"
role = "source"
uplink = "unlimited"
downlink = "unlimited"
[[group]]
name = "viewer"
count = 3
master = "source"
watches = true
uplink = "unlimited"
downlink = "unlimited"
`, format)
	if err := os.MkdirAll(filepath.Join(dir, "delays"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"measured.toml": text, "delays/king": data} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "measured.toml")
}

// TestStartupIsTheMatrixsRoundTrip: where links take no time, a viewer's first frame comes after three of the round trips
// that the file has for its place: the dial, the manifest, the first chunk, for whose bytes the unlimited link takes a
// nanosecond. It is the same from each form of file.
func TestStartupIsTheMatrixsRoundTrip(t *testing.T) {
	gml := "graph [ node [ id 1 ] node [ id 2 ] node [ id 3 ] node [ id 4 ]\n" // a star: 0 is between all others
	for i, rtt := range []int{40_000, 65_433, 250_001} {
		gml += fmt.Sprintf("edge [ source 1 target %d latency %d ]\n", i+2, rtt)
	}
	for format, data := range map[string]string{
		"square": "0, 40000, 65433, 250001\n40000, 0, 7, 7\n65433, 7, 0, 7\n250001, 7, 7, 0\n",
		"pairs":  "topology E2EGraph 4\nnode 1\nnode 2\nnode 3\nnode 4\n1,2 40000\n1,3 65433\n1,4 250001\n2,3 7\n2,4 7\n3,4 7\n",
		"gml":    gml + "]\n",
	} {
		c, err := Load(measured(t, t.TempDir(), format, data))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Simulate(NewPlan(c, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, rtt := range []core.Time{40_000, 65_433, 250_001} {
			if got := r.Viewers[i].First - r.Viewers[i].Arrival; got != 3*rtt*core.Microsecond+1 {
				t.Errorf("%s: startup of viewer %d takes %v, want three times %v", format, i, got, rtt*core.Microsecond)
			}
		}
	}
}

// TestStartupIsTheRegions: from Japan to a source in Europe it is three round trips of 2 x 106 ms, from Europe of 2 x 10 ms.
func TestStartupIsTheRegions(t *testing.T) {
	conf, err := Parse("regions.toml", []byte(valid), "policy.name=direct", "video.duration=5s", `net.latency={ kind = "regions" }`,
		"group.source.uplink=unlimited", "group.viewer.downlink=unlimited", "group.source.region=EU",
		`group.viewer.region={ mix = [["JP", 1], ["EU", 1]] }`)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPlan(conf, 1)
	r, err := Simulate(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[core.Time]int{}
	for i, v := range r.Viewers {
		want := map[uint16]core.Time{1: 60*core.Millisecond + 1, 4: 636*core.Millisecond + 1}[p.Node(i+1).Place]
		if got := v.First - v.Arrival; got != want {
			t.Errorf("viewer %d starts after %v, want %v", i, got, want)
		}
		seen[want]++
	}
	if len(seen) != 2 {
		t.Errorf("all viewers live in one region: %v", seen)
	}
}

// TestMatrixBelongsToTheExperiment: another file is another experiment, the same one elsewhere is not, and a result finds
// the file.
func TestMatrixBelongsToTheExperiment(t *testing.T) {
	const square = "0 40000 50000 60000\n40000 0 7 7\n50000 7 0 7\n60000 7 7 0\n"
	dir := t.TempDir()
	file := measured(t, dir, "square", square)
	first, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := psimIn(t, dir, "-scenario", "measured.toml", "-out", "out/deep"); code != 0 {
		t.Fatal(errs)
	}
	again, err := Load("out/deep/scenario.toml")
	if err != nil {
		t.Fatal(err)
	}
	if again.Net.Latency.File != "../../delays/king" || again.Hash() != first.Hash() {
		t.Errorf("file %q and config %s, want the way to delays/king and config %s", again.Net.Latency.File, again.Hash(), first.Hash())
	}
	measured(t, dir, "square", strings.Replace(square, "7", "8", 6))
	if other, err := Load(file); err != nil || other.Hash() == first.Hash() {
		t.Errorf("other delays have the same hash: %v", err)
	}
}

// TestMatrixPlacesAreDrawn: each node's place is its own draw, evenly over all places, and in turn means in turn.
func TestMatrixPlacesAreDrawn(t *testing.T) {
	file := measured(t, t.TempDir(), "square", "0 40000 50000 60000\n40000 0 7 7\n50000 7 0 7\n60000 7 7 0\n")
	plan := func(set ...string) []Node {
		c, err := Load(file, append(set, "group.viewer.count=4000")...)
		if err != nil {
			t.Fatal(err)
		}
		return nodesOf(NewPlan(c, c.Seed))
	}
	for i, n := range plan() {
		if int(n.Place) != i%4 {
			t.Fatalf("node %d in turn lives at place %d", i, n.Place)
		}
	}
	drawn, other, count := plan("net.latency.assign=draw"), plan("net.latency.assign=draw", "seed=2"), [4]int{}
	same := 0
	for i, n := range drawn {
		count[n.Place]++
		if other[i].Place == n.Place {
			same++
		}
	}
	for p, n := range append(count[:], same) {
		if n < 860 || n > 1140 { // 5 sigma of a binomial with 1/4 of 4001
			t.Errorf("place %d (4: the same with another seed) has %d of 4001 nodes", p, n)
		}
	}
}

// TestLossIsWhatADownloadTakes: a viewer who downloads 12.5 MB over a path that loses 1 % with a round trip of 100 ms has
// what one TCP connection gets, 1460 B x sqrt(3/4) / (0.1 s x sqrt(0.01)) = 126.44 kB/s, whatever its links could do. Where
// three parts lose 0.5 %, 0.3 % and 0.2 % it is 1 - 0.995 x 0.997 x 0.998 = 0.9969 %.
func TestLossIsWhatADownloadTakes(t *testing.T) {
	for _, c := range []struct {
		name string
		set  []string
		loss float64
	}{
		{"none", []string{"net.loss=0%"}, 0},
		{"middle", []string{"net.loss=1%"}, 0.01},
		{"access", []string{"group.viewer.loss=1%"}, 0.01},
		{"all parts", []string{"net.loss=0.5%", "group.viewer.loss=0.3%", "group.source.loss=0.2%"}, 0.009969},
	} {
		conf, err := Parse("loss.toml", []byte(valid), append(c.set, "policy.name=direct", "player.kind=download", "video.duration=20s",
			"policy.get_timeout=1m", "net.latency=50ms", "group.viewer.count=1", "group.source.uplink=1Gbit/s", "group.viewer.downlink=1Gbit/s")...)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Simulate(NewPlan(conf, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		rate := 125e6
		if c.loss > 0 {
			rate = 1460 * math.Sqrt(0.75) / (0.1 * math.Sqrt(c.loss))
		}
		// Round trips and lost messages come on top; payload of 98.9 s hides them but for a per cent.
		want, got := 12.5e6/rate, (r.Viewers[0].Until - r.Viewers[0].Arrival).Seconds()
		if got < want || got > 1.01*want+1 {
			t.Errorf("%s: done after %.2f s, want %.2f s and a little", c.name, got, want)
		}
	}
}

// TestJitterShowsInStartup: of viewers on links that take no time each waits for three round trips of 40 ms and up to six
// times the jitter, no two of them as long.
func TestJitterShowsInStartup(t *testing.T) {
	c, err := Parse("jitter.toml", []byte(valid), "policy.name=direct", "net.latency=20ms", "net.jitter=10ms", "group.viewer.count=50",
		"group.source.uplink=unlimited", "group.viewer.downlink=unlimited", "video.duration=5s")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Simulate(NewPlan(c, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	seen, sum := map[core.Time]bool{}, core.Time(0)
	for _, v := range r.Viewers {
		d := v.First - v.Arrival - 120*core.Millisecond
		if d <= 0 || d > 60*core.Millisecond {
			t.Errorf("%v on top of 120 ms", d)
		}
		seen[d] = true
		sum += d
	}
	// Five messages cross until the first byte leaves, the dial and its answer among them: 25 ms on average, give or take.
	if mean := sum / 50; len(seen) != 50 || mean < 21*core.Millisecond || mean > 29*core.Millisecond {
		t.Errorf("%d different waits, on average %v", len(seen), mean)
	}
}

// TestWarningsOfTheNetwork: what is allowed and probably not meant.
func TestWarningsOfTheNetwork(t *testing.T) {
	dir := t.TempDir()
	for set, want := range map[string]string{
		`net.regions={ EU = { EU = "10ms" } }`: `net.regions: they change nothing with latency of kind "constant"`,
		"net.ack_each=true":                    "net.ack_each: it changes nothing without loss",
	} {
		c := parsed(t, valid, set)
		if got := c.Warnings(); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: got %q, want %q", set, got, want)
		}
		c = parsed(t, valid, set, "group.viewer.loss=1%", "net.latency.kind=regions", "group.viewer.region=EU", "group.source.region=EU")
		if got := c.Warnings(); len(got) > 0 {
			t.Errorf("%s where it matters: got %q", set, got)
		}
	}
	const givenUp = "longer than policy.query_timeout 1s"
	for set, want := range map[string]string{
		"net.latency=10s":             "net: a round trip can take 20s, " + givenUp + " and policy.get_timeout 3s and policy.ping_timeout 2s",
		"net.jitter=500ms":            "net: a round trip can take 1.04s, " + givenUp + ": nodes give each other up",
		"group.viewer.latency=1s..2s": "net: a round trip can take 8.04s, " + givenUp,
		"net.latency=20ms..1s":        "net: a round trip can take 2s, " + givenUp,
		"net.latency={ kind = \"coordinates\", side = \"1s\" }": "net: a round trip can take 2.828s, " + givenUp,
	} {
		if got := parsed(t, valid, set).Warnings(); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: got %q, want %q", set, got, want)
		}
	}
	for _, c := range []struct {
		data string
		set  []string
		want string
	}{
		{"0 900 900 900\n900 0 900 900\n900 900 0 900\n900 900 900 0\n", nil, `net.latency: delays/king: no delay is above 450us: is the unit "us" right?`},
		{"0 9000 9000\n9000 0 -1\n9000 -1 0\n", []string{"net.latency.missing=drop"}, "net.latency: delays/king: 1 of 3 places are left out"},
		{"0 9000\n9000 0\n", []string{"group.viewer.region=EU"}, `group "viewer": its region changes nothing`},
	} {
		conf, err := Load(measured(t, dir, "square", c.data), c.set...)
		if err != nil {
			t.Fatal(err)
		}
		if got := conf.Warnings(); len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestWhatTCPDoesNotHave names what of a scenario is not there over real sockets.
func TestWhatTCPDoesNotHave(t *testing.T) {
	for set, want := range map[string]string{
		"net.latency=1ms": "delay", "net.jitter=1ms": "delay or jitter", "net.loss=1%": "delay or loss", "group.viewer.loss=1%": "delay or loss",
	} {
		c, err := Parse("x.toml", []byte(valid), set)
		if err != nil {
			t.Fatal(err)
		}
		if got := oneOf(c.unshaped()); got != want {
			t.Errorf("%s: %q, want %q", set, got, want)
		}
	}
}

// TestPathsAreNoFasterThanTheirBound: the startup bound counts the least delay of any pair, whatever the model.
func TestPathsAreNoFasterThanTheirBound(t *testing.T) {
	file := measured(t, t.TempDir(), "square", "7 40000 50000\n40000 8 70\n50000 70 9\n")
	for _, c := range []struct {
		set  []string
		want core.Time
	}{
		{[]string{"net.latency=4ms..9ms"}, 4 * core.Millisecond},
		{[]string{"net.latency=4ms"}, 4 * core.Millisecond},
		{[]string{`net.latency={ kind = "coordinates", side = "1ms", height = "2ms..3ms" }`}, 4 * core.Millisecond},
		{[]string{`net.latency={ kind = "regions" }`, "group.source.region=EU", "group.viewer.region=EU"}, 5 * core.Millisecond},
		{nil, 3500},
	} {
		conf, err := Load(file, c.set...)
		if err != nil {
			t.Fatal(err)
		}
		if got := conf.Net.least(); got != c.want {
			t.Errorf("%v: %v, want %v", c.set, got, c.want)
		}
		p := NewPlan(conf, 1)
		policy, err := conf.Policy.New()
		if err != nil {
			t.Fatal(err)
		}
		s := newSimulation(t.Context(), p, policy)
		for a := range p.Len() {
			for b := range p.Len() {
				if d := s.sim.Latency(core.NodeID(a+1), core.NodeID(b+1)); a != b && d < c.want {
					t.Errorf("%v: from %d to %d %v, below %v", c.set, a, b, d, c.want)
				}
			}
		}
	}
}

// TestModels checks that every key of the network reaches the simulator's model.
func TestModels(t *testing.T) {
	file := measured(t, t.TempDir(), "square", "0 40000 50000\n60000 0 70\n50000 70 0\n")
	const keys = "net.latency.asymmetric=true"
	for _, c := range []struct {
		set  []string
		want netsim.Latency
	}{
		{[]string{"net.latency=4ms"}, netsim.Constant(4 * core.Millisecond)},
		{[]string{"net.latency=4ms..9ms"}, netsim.Range{Min: 4 * core.Millisecond, Max: 9 * core.Millisecond}},
		{[]string{`net.latency={ kind = "coordinates", side = "70ms", height = "2ms..3ms" }`},
			netsim.Coordinates{Side: 70 * core.Millisecond, MinHeight: 2 * core.Millisecond, MaxHeight: 3 * core.Millisecond}},
		{[]string{keys, "net.latency.spread=5ms"}, &netsim.Places{Spread: 5 * core.Millisecond, At: []uint16{0, 0, 1, 2, 0}}},
		{[]string{`net.latency={ kind = "regions", spread = "6ms" }`, "group.source.region=EU", "group.viewer.region=AU"},
			&netsim.Places{Spread: 6 * core.Millisecond, At: []uint16{0, 1, 5, 5, 5}}},
	} {
		conf, err := Load(file, append([]string{keys}, c.set...)...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, NewPlan(conf, 1).model(), cmpopts.IgnoreFields(netsim.Places{}, "Delays")); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.set, diff)
		}
	}
	conf, err := Load(file, keys, "net.loss=1%", "net.ack_each=true", "group.viewer.loss=2%", "group.viewer.count=2")
	if err != nil {
		t.Fatal(err)
	}
	want := netsim.Loss{Middle: 10_000, AckEach: true, Access: []netsim.PPM{0, 0, 20_000, 20_000}}
	if diff := cmp.Diff(want, NewPlan(conf, 1).loss()); diff != "" {
		t.Errorf("loss (-want +got):\n%s", diff)
	}
}
