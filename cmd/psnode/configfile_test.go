package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"peerstreamer/realnet"
	"peerstreamer/realnet/station"
)

// runFlags returns psnode run's flags, parsed.
func runFlags(t *testing.T, args ...string) (*nodeFlags, *flag.FlagSet) {
	t.Helper()
	n := &nodeFlags{}
	f := newFlags("run", runHelp, streams{io.Discard, io.Discard})
	n.register(f)
	if err := parse(f, args); err != nil {
		t.Fatal(err)
	}
	return n, f
}

func configOf(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "psnode.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestConfigSets: a file's settings are taken as their flags would be, and the command line's count.
func TestConfigSets(t *testing.T) {
	key := strings.Repeat("ab", 32)
	file := configOf(t, `
name = "ben"
port = 9102
nat = true
"store-size" = "1GiB"
uplink = "20Mbit/s"
pin = ["`+key+`"]
`)
	n, f := runFlags(t, "-uplink", "5Mbit/s")
	if err := readConfig(f, file); err != nil {
		t.Fatal(err)
	}
	type settings struct {
		Name, Size, Uplink string
		Port, Pins         int
		NAT                bool
	}
	want := settings{"ben", "1GiB", "5Mbit/s", 9102, 1, true}
	if diff := cmp.Diff(want, settings{n.name, n.size, n.uplink, n.port, len(n.pins), n.nat}); diff != "" {
		t.Error(diff)
	}
}

// TestConfigFaults: all faults are told at once, each with its line and what would be right.
func TestConfigFaults(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"no setting", "name = \"ben\"\nuplnk = \"1Mbit/s\"\n", []string{`toml:2: "uplnk" is no setting, did you mean "uplink"?`}},
		{"underscore", "store_size = \"1GiB\"\n", []string{`did you mean "store-size"?`}},
		{"far from any", "colour = 1\n", []string{`toml:1: "colour" is no setting`}},
		{"table", "[http]\nport = 1\n", []string{`toml:1: http = ...: want a value`}},
		{"value", "\n\nport = \"high\"\n", []string{`toml:3: port = "high"`, `it is PORT to listen on`}},
		{"several", "prot = 1\nnat = 3\n", []string{`toml:1: "prot"`, `toml:2: nat = "3"`}},
		{"itself", "config = \"other\"\n", []string{`cannot name another`}},
		{"no TOML", "name = ben\n", []string{`toml:1:8`}},
		{"twice", "name = \"a\"\nname = \"b\"\n", []string{`toml:2:`}},
		{"too large", "# " + strings.Repeat("x", maxConfig), []string{`more than`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, f := runFlags(t)
			err := readConfig(f, configOf(t, c.text))
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want something with %q", err, want)
				}
			}
		})
	}
	_, f := runFlags(t)
	if err := readConfig(f, filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestExampleConfig: psnode config prints every setting, and with all comment signs taken away it sets nothing but defaults.
func TestExampleConfig(t *testing.T) {
	var out, errs bytes.Buffer
	if code := dispatch(t.Context(), []string{"config"}, streams{&out, &errs}); code != exitDone {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	_, want := runFlags(t)
	want.VisitAll(func(f *flag.Flag) {
		if has := regexp.MustCompile(`(?m)^#` + f.Name + ` = `).MatchString(out.String()); has != (f.Name != configFlag) {
			t.Errorf("%s: in the example: %v", f.Name, has)
		}
	})
	_, got := runFlags(t)
	if err := readConfig(got, configOf(t, regexp.MustCompile(`(?m)^#([a-z-]+ = )`).ReplaceAllString(out.String(), "$1"))); err != nil {
		t.Fatal(err)
	}
	got.VisitAll(func(f *flag.Flag) {
		if f.Value.String() != f.DefValue {
			t.Errorf("%s: %q, want the default, %q", f.Name, f.Value, f.DefValue)
		}
	})
}

// TestReload: what can change does, what cannot is named, and a configuration with a fault changes nothing.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "psnode.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte("name = \"ben\"\nmaster = \"tcp://127.0.0.1:1\"\nchunkdirectory = \"unused\"\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("")
	core, logs := observer.New(zapcore.DebugLevel)
	args := []string{"-config", file}
	_, f := runFlags(t, args...)
	if err := readConfig(f, file); err != nil {
		t.Fatal(err)
	}
	node, err := station.Start(station.Config{Node: realnet.Config{Name: "ben"}})
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close(t.Context())
	o := &operated{args: args, flags: f, log: zap.New(core), level: zap.NewAtomicLevel(), node: node}
	for _, c := range []struct {
		name, text string
		level      zapcore.Level
		want       []string
	}{
		{"nothing", "", zap.InfoLevel, []string{"as it was"}},
		{"level and rate", "level = \"debug\"\nuplink = \"1Mbit/s\"\n", zap.DebugLevel, []string{"changed level", "changed uplink"}},
		{"a fault beside", "level = \"error\"\nuplink = \"fast\"\n", zap.DebugLevel, []string{"changes nothing"}},
		{"a fault in what waits for the next start", "level = \"error\"\nstatus = \"everybody\"\n", zap.DebugLevel, []string{"changes nothing"}},
		{"a level that is none", "level = \"loud\"\n", zap.DebugLevel, []string{"changes nothing"}},
		{"what waits", "level = \"debug\"\nuplink = \"1Mbit/s\"\nport = 1234\nslots = 3\n", zap.DebugLevel, []string{"next start: port, slots"}},
		{"what may be repeated", "level = \"debug\"\nuplink = \"1Mbit/s\"\nhttp-host = \"box\"\nhttp-cors = \"*\"\nhttp-near = \"10.0.0.0/8=http://a:80\"\n",
			zap.DebugLevel, []string{"next start: http-cors, http-host, http-near"}},
		{"quotas", "level = \"debug\"\nuplink = \"1Mbit/s\"\nquota = [\"film=1GiB\", \"*=2GiB\"]\n", zap.DebugLevel, []string{"changed quota"}},
		{"quotas as they were", "level = \"debug\"\nuplink = \"1Mbit/s\"\nquota = [\"film=1024MiB\", \"*=2GiB\"]\n", zap.DebugLevel, []string{"as it was"}},
		{"other quotas", "level = \"debug\"\nuplink = \"1Mbit/s\"\nquota = \"*=2GiB\"\n", zap.DebugLevel, []string{"changed quota"}},
		{"a quota with a fault", "level = \"error\"\nquota = \"2GiB\"\n", zap.DebugLevel, []string{"changes nothing"}},
		{"no quotas", "level = \"debug\"\nuplink = \"1Mbit/s\"\n", zap.DebugLevel, []string{"changed quota"}},
		{"back", "", zap.InfoLevel, []string{"changed level", "changed uplink"}},
	} {
		write(c.text)
		logs.TakeAll()
		o.reload()
		var said []string
		for _, l := range logs.TakeAll() {
			what, _ := l.ContextMap()["setting"].(string)
			said = append(said, strings.TrimSpace(l.Message+" "+what))
		}
		if !slices.EqualFunc(said, c.want, strings.Contains) {
			t.Errorf("%s: says %q, want %q", c.name, said, c.want)
		}
		if o.level.Level() != c.level {
			t.Errorf("%s: level %v, want %v", c.name, o.level.Level(), c.level)
		}
	}
}

// TestCheckReadsTheConfiguration: psnode check looks at what psnode run -config would do.
func TestCheckReadsTheConfiguration(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"name = \"ben\"\n", "-master"},
		{"nam = \"ben\"\n", "did you mean"},
	} {
		var out, errs bytes.Buffer
		code := dispatch(t.Context(), []string{"check", "-config", configOf(t, c.text)}, streams{&out, &errs})
		if code == exitDone || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%q: exit code %d, says %q, want something with %q", c.text, code, errs.String(), c.want)
		}
	}
}
