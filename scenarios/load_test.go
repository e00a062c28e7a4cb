package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// valid is the smallest scenario, which tests add to.
const valid = `
[[group]]
name = "source"
role = "source"
uplink = "50Mbit/s"
downlink = "50Mbit/s"

[[group]]
name = "viewer"
count = 10
master = "source"
watches = true
uplink = "5Mbit/s"
downlink = "20Mbit/s"
`

func TestEmbeddedScenariosLoad(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			c, err := Load(name)
			if err != nil {
				t.Fatal(err)
			}
			if c.Name != name || c.Text == "" {
				t.Errorf("name %q and text %q: want the file's name and a line on what it is", c.Name, c.Text)
			}
			same, err := Load(name + ".toml")
			if err != nil || same.Hash() != c.Hash() {
				t.Errorf("%s.toml is not the same scenario: %v", name, err)
			}
		})
	}
}

// TestEveryFormOfAValue reads the forms that keys have besides the plain one.
func TestEveryFormOfAValue(t *testing.T) {
	c, err := Parse("forms.toml", []byte(`
horizon = "1h30m"
[policy]
relay = "chunk"
query_every = 3
[net]
latency = { kind = "range", min = "10ms", max = "80ms" }
[[group]]
name = "source"
role = "source"
uplink = "unlimited"
downlink = "1Gbps"
[[group]]
name = "viewer"
count = 7
tree = { arity = 3 }
watches = true
uplink = { mix = [["384kbit/s", 0.4], ["5Mbit/s..20Mbit/s", 1]] }
downlink = "10Mbit/s..20Mbit/s"
latency = "5ms..40ms"
arrive = { kind = "flash", tau = "20s" }
stay.kind = "weibull"
stay.shape = 0.34
stay.scale = "21m"
`))
	if err != nil {
		t.Fatal(err)
	}
	const ms = core.Millisecond
	want := Default()
	want.Name, want.Horizon = "forms", 90*core.Minute
	want.Policy.Relay = core.RelayChunk
	want.Policy.Params = map[string]any{"query_every": int64(3)}
	want.Net.Latency = Latency{Kind: "range", Min: 10 * ms, Max: 80 * ms}
	want.Groups = make([]Group, 2)
	for i := range want.Groups {
		want.Groups[i].setDefaults()
	}
	g := &want.Groups[0]
	g.Name, g.Role = "source", "source"
	g.Uplink.Spread = Spread[core.Rate]{{0, 0, 1}}
	g.Downlink.Spread = Spread[core.Rate]{{core.Gbps, core.Gbps, 1}}
	g = &want.Groups[1]
	g.Name, g.Count, g.Tree.Arity, g.Watches = "viewer", 7, 3, true
	g.Uplink.Spread = Spread[core.Rate]{{384 * core.Kbps, 384 * core.Kbps, 0.4}, {5 * core.Mbps, 20 * core.Mbps, 1}}
	g.Downlink.Spread = Spread[core.Rate]{{10 * core.Mbps, 20 * core.Mbps, 1}}
	g.Latency.Spread = Spread[core.Time]{{5 * ms, 40 * ms, 1}}
	g.Arrive = Arrive{Kind: "flash", Tau: 20 * core.Second}
	g.Stay = Stay{Kind: "weibull", Shape: 0.34, Scale: 21 * core.Minute}
	if diff := cmp.Diff(want, *c, cmp.AllowUnexported(Video{}, Latency{}, Trace{}, Regions{})); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

// TestCanonicalFormLoads checks that what a result carries as its scenario is that scenario.
func TestCanonicalFormLoads(t *testing.T) {
	for _, name := range Names() {
		c, err := Load(name, "group.source.latency=1ms..3ms", "policy.relay=chunk", "policy.query_every=7")
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse("again.toml", []byte(c.TOML()))
		if err != nil {
			t.Fatalf("%v\nin:\n%s", err, c.TOML())
		}
		if diff := cmp.Diff(c.TOML(), again.TOML()); diff != "" || c.Hash() != again.Hash() {
			t.Errorf("%s read back (-want +got):\n%s", name, diff)
		}
	}
}

// TestHash checks that the seed is no part of the experiment and that everything else is.
func TestHash(t *testing.T) {
	hash := func(set ...string) string {
		t.Helper()
		c, err := Parse("x.toml", []byte(valid), set...)
		if err != nil {
			t.Fatal(err)
		}
		return c.Hash()
	}
	if hash() != hash("seed=7") {
		t.Error("the seed changes the hash")
	}
	seen := map[string]string{hash(): "nothing"}
	for _, set := range []string{"horizon=2h", "policy.name=direct", "policy.query_every=9", "group.viewer.uplink=5001kbit/s",
		"group.viewer.count=11", "video.piece=32KiB", "player.startup_buffer=2s", "group.viewer.stay.kind=exponential mean"} {
		args := []string{set}
		if key, ok := strings.CutSuffix(set, " mean"); ok {
			args = []string{key, "group.viewer.stay.mean=5m"}
		}
		h := hash(args...)
		if other, taken := seen[h]; taken {
			t.Errorf("%s has the hash of %s", set, other)
		}
		seen[h] = set
	}
}

func TestOverrides(t *testing.T) {
	c, err := Parse("x.toml", []byte(valid), "seed=9", "horizon=5m", "policy.read_ahead = 20", "net.latency=1ms..2ms",
		"group.viewer.count=3", "group.1.uplink=1Mbps", `group.viewer.downlink="2Mbps"`, "group.viewer.arrive.kind=poisson",
		"group.viewer.arrive.rate=2.5", `claim=[{that="stalls == 0"}]`)
	if err != nil {
		t.Fatal(err)
	}
	g := c.Groups[1]
	got := []any{c.Seed, c.Horizon, c.Policy.ReadAhead, c.Net.Latency.Max, g.Count, g.Uplink.Max(), g.Downlink.Max(),
		g.Arrive.Kind, g.Arrive.Rate, c.Claims[0].That}
	want := []any{uint64(9), 5 * core.Minute, uint32(20), 2 * core.Millisecond, uint32(3), core.Mbps, 2 * core.Mbps,
		"poisson", 2.5, "stalls == 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBadScenarios has a message for every mistake. Where in the file it is, and what to do, is part of it.
func TestBadScenarios(t *testing.T) {
	// The line of an addition is 15 and on.
	for _, c := range []struct{ name, text, want string }{
		{"not TOML", "seed = ", "load scenario bad.toml:1: "},
		{"a key twice", "seed = 1\nseed = 2", "load scenario bad.toml:2: "},
		{"unknown key", "sede = 1" + valid, `load scenario bad.toml:1: unknown key "sede", did you mean "seed"?`},
		{"unknown key in a group", valid + `downlnk = "1Mbit/s"`,
			`load scenario bad.toml:15: group "viewer": unknown key "downlnk", did you mean "downlink"?`},
		{"unknown key in a table in a group", valid + `arrive = { kind = "once", an = "3s" }`,
			`load scenario bad.toml:15: group "viewer": arrive: unknown key "an", did you mean "at"?`},
		{"unknown key, nothing near", valid + "[video]\nresolution = \"720p\"",
			`load scenario bad.toml:16: video: unknown key "resolution": want name, duration, bitrate, chunk, piece or file`},
		{"unknown key of a policy", valid + "[policy]\nquery_evry = 2",
			`load scenario bad.toml:16: policy: unknown key "query_evry", did you mean "query_every"?`},
		{"bad value of a policy", valid + "[policy]\nquery_every = 0",
			`load scenario bad.toml:15: policy: policy "classic": query_every 0: want at least 1`},
		{"value of another type of a policy", valid + "[policy]\nquery_every = \"ten\"",
			`load scenario bad.toml:16: policy: query_every is ten: want a whole number from 0 to 2147483647`},
		{"unknown policy", valid + "[policy]\nname = \"clasic\"",
			`load scenario bad.toml:16: policy: no policy is named "clasic": want classic, direct or early, or run the program that registers it`},
		{"missing video file", valid + "[video]\nfile = \"nowhere.mp4\"",
			`load scenario bad.toml:16: video: file stat nowhere.mp4: no such file or directory`},
		{"bad unit", strings.Replace(valid, `"5Mbit/s"`, `"5Mbs"`, 1),
			`load scenario bad.toml:13: group "viewer": uplink "5Mbs": unknown unit "Mbs": want bit/s, kbit/s, Mbit/s or Gbit/s`},
		{"bytes as a rate", valid + "[video]\nbitrate = \"5MB\"",
			`load scenario bad.toml:16: video: bitrate "5MB": bytes are not a rate: want bits, such as "40Mbit/s" for 5 MB/s`},
		{"a number without a unit", valid + "[video]\nduration = 3",
			`load scenario bad.toml:16: video: duration is 3: want a value with its unit, such as "1.5s"`},
		{"a bad unit in a mix", strings.Replace(valid, `"5Mbit/s"`, `{ mix = [["5Mbit/s", 1], ["7Mb", 1]] }`, 1),
			`load scenario bad.toml:13: group "viewer": uplink mix: "7Mb": unknown unit "Mb": want bit/s, kbit/s, Mbit/s or Gbit/s`},
		{"a mix without weights", strings.Replace(valid, `"5Mbit/s"`, `{ mix = ["5Mbit/s"] }`, 1),
			`load scenario bad.toml:13: group "viewer": uplink mix: 5Mbit/s: want a pair [value, weight]`},
		{"a range upside down", strings.Replace(valid, `"5Mbit/s"`, `"5Mbit/s..1Mbit/s"`, 1),
			`load scenario bad.toml:13: group "viewer": uplink "5Mbit/s..1Mbit/s": want the lower end first`},
		{"a link of nothing", strings.Replace(valid, `"5Mbit/s"`, `"0"`, 1),
			`load scenario bad.toml:13: group "viewer": uplink "0": a link of no capacity carries nothing: want "unlimited" if you mean no limit`},
		{"a link of less than nothing", strings.Replace(valid, `"5Mbit/s"`, `"-5Mbit/s"`, 1),
			`load scenario bad.toml:13: group "viewer": uplink "-5Mbit/s": must not be negative`},
		{"no link", strings.Replace(valid, `uplink = "5Mbit/s"`, ``, 1),
			`load scenario bad.toml:8: group "viewer": no uplink: want a rate, such as "5Mbit/s", or "unlimited", or access = "regional"`},
		{"two kinds of link", valid + `access = "regional"`,
			`load scenario bad.toml:15: group "viewer": access "regional" and uplink or downlink: want one or the other`},
		{"an unknown access mix", "[[group]]\nname=\"a\"\nrole=\"source\"\naccess=\"dsl\"\nwatches=true",
			`load scenario bad.toml:4: group "a": access "dsl": want bittorrent or regional`},
		{"names no parent", strings.Replace(valid, `master = "source"`, ``, 1),
			`load scenario bad.toml:8: group "viewer": names no parent: want master = a group's name, or tree = { arity = 4 }`},
		{"a parent that does not exist", strings.Replace(valid, `master = "source"`, `master = "sauce"`, 1),
			`load scenario bad.toml:11: group "viewer": master "sauce": no such group, did you mean "source"?`},
		{"its own parent", strings.Replace(valid, `master = "source"`, `master = "viewer"`, 1),
			`load scenario bad.toml:11: group "viewer": master "viewer": a group cannot be its own master`},
		{"a tree that builds itself", strings.Replace(valid, `master = "source"`, `master = "auto"`, 1),
			`load scenario bad.toml:11: group "viewer": master "auto": the tree does not build itself`},
		{"masters in a circle", strings.Replace(valid, `master = "source"`, `master = "b"`, 1) +
			"[[group]]\nname=\"b\"\nmaster=\"viewer\"\naccess=\"regional\"",
			`load scenario bad.toml:11: group "viewer": masters go round in a circle: viewer -> b -> viewer`},
		{"a source that nobody can dial", strings.Replace(valid, `role = "source"`, "role = \"source\"\nnat = true", 1),
			`load scenario bad.toml:5: group "source": nat: a source must be dialled: want it at groups that have a master`},
		{"a tree that nobody can dial", strings.Replace(valid, `master = "source"`, "tree = { arity = 2 }\nnat = true", 1),
			`load scenario bad.toml:12: group "viewer": nat: the nodes of a tree must be dialled by their children: want nat or tree, not both`},
		{"a master that nobody can dial", valid + "nat = true\n[[group]]\nname=\"b\"\nmaster=\"viewer\"\naccess=\"regional\"",
			`load scenario bad.toml:15: group "viewer": nat: the nodes of "b" have to dial those of "viewer": want a master and supermaster`},
		{"a source with a master", strings.Replace(valid, `role = "source"`, "role = \"source\"\nmaster = \"viewer\"", 1),
			`load scenario bad.toml:5: group "source": a source has no master, tree or supermaster`},
		{"an unknown role", strings.Replace(valid, `role = "source"`, `role = "origin"`, 1),
			`load scenario bad.toml:4: group "source": role "origin": want source or ""`},
		{"no source", strings.Replace(valid, `role = "source"`, `master = "viewer"`, 1),
			`load scenario bad.toml: no group has role = "source": nobody has the video`},
		{"nobody watches", strings.Replace(valid, `watches = true`, ``, 1),
			`load scenario bad.toml: no group has watches = true: nobody would ask for the video`},
		{"no groups", `seed = 1`, `load scenario bad.toml: no group has role = "source": nobody has the video`},
		{"one group, one bracket", "[group]\nname = \"a\"", `load scenario bad.toml:1: group is one table: want [[group]], with two brackets`},
		{"two groups of a name", strings.Replace(valid, `name = "viewer"`, `name = "source"`, 1),
			`load scenario bad.toml:9: group "source": name "source": there is another group of this name`},
		{"a group named like a node", valid + "[[group]]\nname=\"viewer-9\"\nmaster=\"source\"\naccess=\"regional\"",
			`load scenario bad.toml:16: group "viewer-9": name "viewer-9": number 9 of the 10 of group "viewer" is named so`},
		{"a name that is a path", "name = \"../x\"" + valid, `load scenario bad.toml:1: name "../x": want letters`},
		{"a video that is a path", valid + "[video]\nname = \"../movie\"", `load scenario bad.toml:16: video: name "../movie": want 1 to 255 bytes without slashes`},
		{"nobody in a group", strings.Replace(valid, `count = 10`, `count = 0`, 1), `load scenario bad.toml:10: group "viewer": count 0: want at least 1`},
		{"a negative count", strings.Replace(valid, `count = 10`, `count = -1`, 1), `load scenario bad.toml:10: group "viewer": count is -1: want 0 to 4294967295`},
		{"a negative seed", "seed = -1" + valid, `load scenario bad.toml:1: seed is -1: want 0 to 18446744073709551615`},
		{"too many", strings.Replace(valid, `count = 10`, `count = 20000000`, 1), `load scenario bad.toml: 20000001 nodes in all: want at most 16777216`},
		{"a tree below many", valid + "[[group]]\nname=\"c\"\nmaster=\"viewer\"\ntree={arity=2}\naccess=\"regional\"",
			`load scenario bad.toml:18: group "c": tree: its root "viewer" has 10 nodes, want 1`},
		{"no horizon", "horizon = \"0s\"" + valid, `load scenario bad.toml:1: horizon 0s: want more than nothing, and an end`},
		{"too fine a sample", "sample = \"1us\"" + valid, `load scenario bad.toml:1: sample 1us: 1h holds more than 100000 of them`},
		{"a constant of the node out of range", valid + "[policy]\nread_ahead = 65",
			`load scenario bad.toml:16: policy: read_ahead 65: want 1..64 chunks`},
		{"an unknown relay", valid + "[policy]\nrelay = \"bits\"", `load scenario bad.toml:16: policy: relay "bits": want piece or chunk`},
		{"a chunk too large", valid + "[video]\nchunk = \"32MiB\"", `load scenario bad.toml:16: video: chunk 32MiB: want 1KiB to 16MiB`},
		{"too many pieces", valid + "[video]\npiece = \"1KiB\"", `load scenario bad.toml:16: video: piece 1KiB: a chunk of 1MiB would have 1024 pieces, want at most 128`},
		{"a flash crowd without tau", valid + `arrive = { kind = "flash" }`,
			`load scenario bad.toml:15: group "viewer": arrive: tau 0s: want the time in which the crowd falls to 37 %`},
		{"an unknown arrival", valid + `arrive = { kind = "burst" }`,
			`load scenario bad.toml:15: group "viewer": arrive: kind "burst": want once, constant, poisson or flash`},
		{"a stay without its mean", valid + `stay = { kind = "exponential" }`,
			`load scenario bad.toml:15: group "viewer": stay: kind "exponential": want mean above 0`},
		{"a stay with a stranger's parameter", valid + `stay = { kind = "end", mean = "3m" }`,
			`load scenario bad.toml:15: group "viewer": stay: kind "end" has no mean`},
		{"a fault of nobody", valid + "[[fault]]\nat = \"1m\"\nkind = \"crash\"\ngroup = \"viewers\"",
			`load scenario bad.toml:18: fault 0: group "viewers": no such group, did you mean "viewer"?`},
		{"a fault of whom", valid + "[[fault]]\nat = \"1m\"\nkind = \"crash\"\ngroup = \"viewer\"",
			`load scenario bad.toml:15: fault 0: whom of the 10 nodes of "viewer": want index, or share = 0 to 1`},
		{"a fault too late", valid + "[[fault]]\nat = \"2h\"\nkind = \"crash\"\ngroup = \"source\"",
			`load scenario bad.toml:16: fault 0: at 2h: that is after the horizon, 1h`},
		{"a fault out of range", valid + "[[fault]]\nat = \"1m\"\nkind = \"crash\"\ngroup = \"viewer\"\nindex = 10",
			`load scenario bad.toml:19: fault 0: index 10: group "viewer" has nodes 0 to 9`},
		{"a video file that is not there", valid + "[video]\nfile = \"no/such.mp4\"",
			`load scenario bad.toml:16: video: file stat no/such.mp4: no such file or directory`},
		{"an empty claim", valid + "[[claim]]\nthat = \"\"", `load scenario bad.toml:16: claim 0: claim "": want METRIC`},
		{"a claim on sites that are not there", valid + "[[claim]]\nthat = \"share_across_sites < 1%\"",
			`load scenario bad.toml:16: claim 0: claim "share_across_sites < 1%": there are no sites, and so share_across_sites has no value`},
		{"a senseless claim", valid + "[[claim]]\nthat = \"it is fast\"", `load scenario bad.toml:16: claim 0: claim "it is fast": want METRIC`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("bad.toml", []byte(c.text))
			if err == nil {
				t.Fatal("accepted")
			}
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if strings.HasPrefix(line, c.want) {
					return
				}
			}
			t.Errorf("got:\n%v\nwant a line that begins:\n%s", err, c.want)
		})
	}
}

func TestBadOverrides(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"policy.read_ahed=3", `load scenario x.toml: -set policy.read_ahed=3: policy: unknown key "read_ahed", did you mean "read_ahead"?`},
		{"policy.read_ahead=many", `load scenario x.toml: -set policy.read_ahead=many: policy: read_ahead is many: want a whole number`},
		{"group.viewer.uplink=5MB", `load scenario x.toml: -set group.viewer.uplink=5MB: group "viewer": uplink "5MB": bytes are not a rate`},
		{"group.viewr.uplink=5Mbps", `load scenario x.toml: -set group.viewr.uplink=5Mbps: no group is named "viewr": there are source, viewer`},
		{"group.uplink=5Mbps", `load scenario x.toml: -set group.uplink=5Mbps: group is a list: want group.NAME.KEY=value`},
		{"seed", `load scenario x.toml: -set seed: want key=value, such as policy.read_ahead=20`},
		{"seed.x=1", `load scenario x.toml: -set seed.x=1: seed`},
	} {
		_, err := Parse("x.toml", []byte("seed = 1"+valid), c.set)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("-set %s: got %v, want %s", c.set, err, c.want)
		}
	}
}

// TestAllFaultsAtOnce checks that one load shows every mistake.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := Parse("bad.toml", []byte("sede = 1\nhorizon = \"1 year\"\n[video]\nchunk = 7\n"+valid))
	want := []string{
		`load scenario bad.toml:2: horizon "1 year": unknown unit "year": want h, m, s, ms, us or ns`,
		`load scenario bad.toml:1: unknown key "sede", did you mean "seed"?`,
		`load scenario bad.toml:4: video: chunk is 7: want a value with its unit, such as "1MiB"`,
	}
	if err == nil {
		t.Fatal("accepted")
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoSuchScenario(t *testing.T) {
	_, err := Load("flashcrwd")
	if err == nil || !strings.Contains(err.Error(), "load scenario: open flashcrwd: no such file or directory; embedded are") {
		t.Errorf("got %v", err)
	}
}

// TestVideoFile checks that a video's size is its file's, found beside the scenario.
func TestVideoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "clip.mp4"), make([]byte, 1_000_001), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "real.toml")
	text := valid + "[video]\nfile = \"clip.mp4\"\nduration = \"4s\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Video.Info().Length; got != 1_000_001 {
		t.Errorf("the video has %d bytes, its file 1000001", got)
	}
	if c.Video.Bitrate != 2_000_002 {
		t.Errorf("bitrate %v, want 2000002 bit/s", c.Video.Bitrate)
	}
}

// TestVideoFileFromElsewhere checks that the scenario in a result's folder finds the video, and is the same experiment.
func TestVideoFileFromElsewhere(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in", "clip.mp4"), make([]byte, 1_000_001), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "in", "real.toml")
	if err := os.WriteFile(file, []byte("name = \"real\"\n"+valid+"[video]\nfile = \"clip.mp4\"\nduration = \"4s\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := psimIn(t, dir, "-scenario", "in/real.toml", "-out", "out/deep"); code != 0 {
		t.Fatal(errs)
	}
	first, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load("out/deep/scenario.toml")
	if err != nil {
		t.Fatal(err)
	}
	if again.Video.File != "../../in/clip.mp4" || again.Hash() != first.Hash() {
		t.Errorf("file %q and config %s, want the way to in/clip.mp4 and config %s", again.Video.File, again.Hash(), first.Hash())
	}
}

// replaceOnce replaces what must be there.
func replaceOnce(t *testing.T, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("%q is not in the text", from)
	}
	return strings.Replace(text, from, to, 1)
}
