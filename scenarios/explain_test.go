package scenarios

import (
	"reflect"
	"strings"
	"testing"

	"peerstreamer/core"
)

// TestInitTextLoads checks that the scenario to start from is one, and that it shows every key that has something to say.
func TestInitTextLoads(t *testing.T) {
	text := InitText()
	c, err := Parse("init.toml", []byte(text))
	if err != nil {
		t.Fatalf("%v\nin:\n%s", err, text)
	}
	if len(c.Groups) != 2 || c.Groups[1].Count != 20 {
		t.Errorf("groups are %+v", c.Groups)
	}
	for _, k := range Keys() {
		key := k.Path[strings.LastIndex(k.Path, ".")+1:]
		inline := strings.Contains(k.Path, "tree.") || strings.Contains(k.Path, "arrive.") || strings.Contains(k.Path, "stay.") ||
			strings.Contains(k.Path, "net.latency.") || strings.Contains(k.Path, "group.trace.")
		if own := strings.HasPrefix(k.Doc, "policy "); !inline && !own && !strings.Contains(text, k.Doc) || !inline && !own && !strings.Contains(text, key) {
			t.Errorf("%s is not in it, or not what it means", k.Path)
		}
	}
	for _, k := range []string{"horizon = \"10m\"", "# media bits per second", "startup_buffer = \"1s\"", "read_ahead = 11"} {
		if !strings.Contains(text, k) {
			t.Errorf("%q is not in:\n%s", k, text)
		}
	}
}

// TestEveryKeyIsDocumented checks that nobody adds a field without a key and a line on what it means.
func TestEveryKeyIsDocumented(t *testing.T) {
	var fields func(at string, v reflect.Type)
	fields = func(at string, v reflect.Type) {
		for i := range v.NumField() {
			f := v.Field(i)
			if !f.IsExported() || f.Tag.Get("toml") == ",rest" {
				continue
			}
			path := at + "." + f.Name
			if f.Tag.Get("toml") == "" || f.Tag.Get("doc") == "" {
				t.Errorf("%s has no toml key or no doc", path)
			}
			switch ft := f.Type; {
			case isTable(reflect.Zero(ft)):
				fields(path, ft)
			case isTables(reflect.Zero(ft)):
				fields(path, ft.Elem())
			}
		}
	}
	fields("Config", reflect.TypeFor[Config]())
}

// TestEveryConstantIsAKey checks that each constant of the node can be set from a scenario: with every key at a value of
// its own, no field of core.Config is left at its zero.
func TestEveryConstantIsAKey(t *testing.T) {
	c := Default()
	c.Policy.Relay = core.RelayChunk
	got := reflect.ValueOf(c.Core())
	for i := range got.NumField() {
		if got.Field(i).IsZero() {
			t.Errorf("core.Config.%s is not set from the scenario", got.Type().Field(i).Name)
		}
	}
	c.Policy.Relay = core.RelayPiece
	if c.Core() != core.DefaultConfig() {
		t.Errorf("the defaults are %+v, core's are %+v", c.Core(), core.DefaultConfig())
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct{ key, want string }{
		{"video.bitrate", "video.bitrate (rate, default \"5Mbit/s\")\n    media bits per second; with duration it gives the size\n"},
		{"net.latency.value", "net.latency.value (time)\n    constant, which must have it\n"},
		{"policy.query_every", "policy.query_every (whole number, default 10)\n    policy classic: chunks fetched on one answer of the master\n" +
			"policy.query_every (whole number, default 10)\n    policy early: chunks fetched on one answer of the master\n"},
		{"group.tree", "group.tree (table)\n    the group's nodes form a tree below its master, or below the only source\n" +
			"group.tree.arity (whole number, default 0)\n    children of a node, the root included; 0 for no tree\n"},
	} {
		got, err := Explain(c.key)
		if err != nil || got != c.want {
			t.Errorf("Explain(%q) = %v\n%s\nwant:\n%s", c.key, err, got, c.want)
		}
	}
	if all, err := Explain(""); err != nil || strings.Count(all, "\n") < 100 {
		t.Errorf("Explain of everything: %v\n%s", err, all)
	}
	if _, err := Explain("video.bitrte"); err == nil || err.Error() != `explain: unknown key "video.bitrte", did you mean "video.bitrate"?` {
		t.Errorf("got %v", err)
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"uplink", "downlink", "latency", "at"}
	for _, c := range []struct{ word, want string }{
		{"uplnik", `, did you mean "uplink"?`},
		{"dwnlink", `, did you mean "downlink"?`},
		{"zzz", `: want uplink, downlink, latency or at`},
	} {
		if got := didYouMean(c.word, known); got != c.want {
			t.Errorf("didYouMean(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
