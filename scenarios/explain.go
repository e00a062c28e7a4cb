package scenarios

import (
	"fmt"
	"reflect"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim"
)

// Key documents one key of a scenario.
type Key struct {
	Path    string // "video.bitrate", "group.uplink"
	Type    string // "rate", "time", "text", ...
	Default string // as TOML; empty if there is none
	Doc     string
}

// Keys returns every key in the order of the file, and the registered policies' own at the end of [policy].
func Keys() []Key {
	c := Default()
	return keysIn("", reflect.ValueOf(&c).Elem())
}

func keysIn(prefix string, v reflect.Value) []Key {
	var keys []Key
	for i := range v.NumField() {
		tag, f := v.Type().Field(i), v.Field(i)
		key := tag.Tag.Get("toml")
		path := join(prefix, key)
		switch {
		case key == "":
		case key == ",rest":
			keys = append(keys, policyKeys(prefix)...)
		case isTable(f):
			k := Key{path, "table", "", tag.Tag.Get("doc")}
			below := keysIn(path, f)
			if t, short := f.Addr().Interface().(shortTable); short {
				k.Type, k.Default = "time or table", fieldText(f)
				for i := range below {
					if t.required(last(below[i].Path)) {
						below[i].Default = ""
					}
				}
			}
			keys = append(append(keys, k), below...)
		case f.Kind() == reflect.Slice && !isValue(f):
			keys = append(keys, Key{path, "list of tables", "", tag.Tag.Get("doc")})
			keys = append(keys, keysIn(path, newElement(f.Type().Elem()))...)
		default:
			keys = append(keys, Key{path, typeName(f), tomlText(f), tag.Tag.Get("doc")})
		}
	}
	return keys
}

func policyKeys(prefix string) (keys []Key) {
	for _, p := range Policies() {
		for _, k := range p.Params {
			doc := fmt.Sprintf("policy %s: %s", p.Name, k.Doc)
			keys = append(keys, Key{join(prefix, k.Key), k.Type, k.Default, doc})
		}
	}
	return keys
}

// Explain returns a paragraph for a key and all keys below it, or for all keys if key is empty.
func Explain(key string) (string, error) {
	var b strings.Builder
	var paths []string
	for _, k := range Keys() {
		paths = append(paths, k.Path)
		if key != "" && k.Path != key && !strings.HasPrefix(k.Path, key+".") {
			continue
		}
		fmt.Fprintf(&b, "%s (%s", k.Path, k.Type)
		if k.Default != "" {
			fmt.Fprintf(&b, ", default %s", k.Default)
		}
		fmt.Fprintf(&b, ")\n    %s\n", k.Doc)
	}
	if b.Len() == 0 {
		return "", fmt.Errorf("explain: unknown key %q%s", key, didYouMean(key, paths))
	}
	return b.String(), nil
}

// InitText returns a commented scenario to start from, with every key. It loads as it stands.
func InitText() string {
	c := Default()
	c.Name, c.Text = "example", "Twenty viewers below one source."
	c.Horizon = 10 * core.Minute
	var source, viewer Group
	source.setDefaults()
	source.Name, source.Role = "source", "source"
	source.Uplink = Rates{Spread[core.Rate]{{50 * core.Mbps, 50 * core.Mbps, 1}}}
	source.Downlink = source.Uplink
	viewer.setDefaults()
	viewer.Name, viewer.Count, viewer.Master, viewer.Watches = "viewer", 20, "source", true
	viewer.Uplink = Rates{Spread[core.Rate]{{5 * core.Mbps, 20 * core.Mbps, 1}}}
	viewer.Downlink = Rates{Spread[core.Rate]{{50 * core.Mbps, 50 * core.Mbps, 1}}}
	viewer.Latency = Times{Spread[core.Time]{{5 * core.Millisecond, 40 * core.Millisecond, 1}}}
	viewer.Arrive = Arrive{Kind: "flash", Tau: 10 * core.Second}
	c.Groups = []Group{source, viewer}
	return "# A scenario: who is there, how they are linked, what they do, what goes wrong, what is claimed.\n" +
		"# Every key is here, with its default or an example; a key that is left out has its default.\n\n" +
		write(&c, true)
}

func typeName(f reflect.Value) string {
	switch f.Interface().(type) {
	case core.Time:
		return "time"
	case core.Rate:
		return "rate"
	case core.Bytes:
		return "bytes"
	case Rates:
		return "rate or distribution"
	case Times:
		return "time or distribution"
	case span:
		return "time or range"
	case netsim.PPM:
		return "percentage"
	case Region:
		return "text or distribution"
	case Regions:
		return "table of times"
	}
	switch f.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number"
	case reflect.Int, reflect.Uint32, reflect.Uint64:
		return "whole number"
	}
	return "text"
}
