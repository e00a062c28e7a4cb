package scenarios

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"peerstreamer/core"
	"peerstreamer/core/spell"
	"peerstreamer/netsim"
)

// fault is a mistake at a key of the scenario.
type fault struct {
	path string // "group[1].uplink"
	text string
}

// decoder fills a Config from a tree of TOML values and collects every fault on the way.
type decoder struct{ faults []fault }

// defaulter is a table that has defaults of its own when it is an element of a list.
type defaulter interface{ setDefaults() }

// limited is a table that says why it does not have the keys that one might expect in it. hint is what is said otherwise.
type limited interface{ limit(key, hint string) string }

func (d *decoder) fault(path, format string, args ...any) {
	d.faults = append(d.faults, fault{path, fmt.Sprintf(format, args...)})
}

// last returns the key at the end of a path.
func last(path string) string { return path[strings.LastIndex(path, ".")+1:] }

// value stores v, which stands at path, into to.
func (d *decoder) value(path string, v any, to reflect.Value) {
	key := last(path)
	if t, ok := to.Addr().Interface().(tomlValue); ok {
		if err := t.readTOML(v); err != nil {
			d.fault(path, "%s %v", key, err)
		}
		return
	}
	if t, ok := to.Addr().Interface().(shortTable); ok {
		to.SetZero() // What the default says is of another kind, perhaps.
		table, isTable := v.(map[string]any)
		read := func() error { return t.readShort(v) }
		if isTable {
			read = func() error { return t.wantKeys(table) }
		}
		if err := read(); err != nil {
			d.fault(path, "%s %v", key, err)
		}
		if !isTable {
			return
		}
	}
	if read, ok := quantities[to.Type()]; ok {
		d.quantity(path, v, to, read)
		return
	}
	switch to.Kind() {
	case reflect.Struct:
		table, ok := v.(map[string]any)
		if !ok {
			d.fault(path, "%s is %v: want a table", key, v)
			return
		}
		d.table(path, table, to)
	case reflect.Slice:
		d.list(path, v, to)
	case reflect.String:
		if text, ok := v.(string); ok {
			to.SetString(text)
			return
		}
		d.fault(path, "%s is %v: want text in quotes", key, v)
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			to.SetBool(b)
			return
		}
		d.fault(path, "%s is %v: want true or false", key, v)
	case reflect.Float64:
		if f, ok := number(v); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			to.SetFloat(f)
			return
		}
		d.fault(path, "%s is %v: want a number", key, v)
	case reflect.Int, reflect.Uint32, reflect.Uint64:
		d.integer(path, v, to)
	default:
		panic("scenarios: field of kind " + to.Kind().String())
	}
}

// integer stores a whole number that fits.
func (d *decoder) integer(path string, v any, to reflect.Value) {
	n, ok := v.(int64)
	if !ok {
		d.fault(path, "%s is %v: want a whole number", last(path), v)
		return
	}
	if to.Kind() == reflect.Int {
		to.SetInt(n)
		return
	}
	if n < 0 || to.OverflowUint(uint64(n)) {
		d.fault(path, "%s is %d: want 0 to %d", last(path), n, uint64(1)<<to.Type().Bits()-1)
		return
	}
	to.SetUint(uint64(n))
}

// quantities are the types that are written as text with a unit.
var quantities = map[reflect.Type]func(string, reflect.Value) error{
	reflect.TypeFor[core.Time](): func(s string, to reflect.Value) error {
		t, err := core.ParseTime(s)
		to.SetInt(int64(t))
		return err
	},
	reflect.TypeFor[core.Rate](): func(s string, to reflect.Value) error {
		r, err := core.ParseRate(s)
		to.SetInt(int64(r))
		return err
	},
	reflect.TypeFor[core.Bytes](): func(s string, to reflect.Value) error {
		b, err := core.ParseBytes(s)
		to.SetInt(int64(b))
		return err
	},
	reflect.TypeFor[netsim.PPM](): func(s string, to reflect.Value) error {
		p, err := netsim.ParsePPM(s)
		to.SetUint(uint64(p))
		return err
	},
	reflect.TypeFor[core.Relay](): func(s string, to reflect.Value) error {
		for r, name := range relayNames {
			if s == name {
				to.SetUint(uint64(r))
				return nil
			}
		}
		return fmt.Errorf("%q: want %s", s, strings.Join(relayNames[:], " or "))
	},
}

var relayNames = [...]string{core.RelayPiece: "piece", core.RelayChunk: "chunk"}

func (d *decoder) quantity(path string, v any, to reflect.Value, read func(string, reflect.Value) error) {
	text, ok := v.(string)
	if n, isInt := v.(int64); isInt && n == 0 && to.CanInt() {
		text, ok = "0", true
	}
	if !ok {
		d.fault(path, "%s is %v: want a value with its unit, such as %s", last(path), v, exampleOf(to.Type()))
		return
	}
	if err := read(text, to); err != nil {
		d.fault(path, "%s %v", last(path), err)
	}
}

func exampleOf(t reflect.Type) string {
	return map[reflect.Type]string{
		reflect.TypeFor[core.Time]():  `"1.5s"`,
		reflect.TypeFor[core.Rate]():  `"5Mbit/s"`,
		reflect.TypeFor[core.Bytes](): `"1MiB"`,
		reflect.TypeFor[netsim.PPM](): `"0.5%"`,
		reflect.TypeFor[core.Relay](): `"piece"`,
	}[t]
}

// list stores a list of tables.
func (d *decoder) list(path string, v any, to reflect.Value) {
	list, ok := v.([]any)
	if !ok {
		d.fault(path, "%s is one table: want [[%s]], with two brackets", last(path), path)
		return
	}
	to.Set(reflect.MakeSlice(to.Type(), len(list), len(list)))
	for i, e := range list {
		if t, ok := to.Index(i).Addr().Interface().(defaulter); ok {
			t.setDefaults()
		}
		d.value(fmt.Sprintf("%s[%d]", path, i), e, to.Index(i))
	}
}

// table stores a table into a struct. A key that has no field is a fault, unless the struct has a rest for such keys.
func (d *decoder) table(path string, table map[string]any, to reflect.Value) {
	for _, key := range sortedKeys(table) {
		at := join(path, key)
		i, rest := fieldOf(to.Type(), key)
		switch {
		case i >= 0:
			d.value(at, table[key], to.Field(i))
		case rest >= 0:
			m := to.Field(rest)
			if m.IsNil() {
				m.Set(reflect.MakeMap(m.Type()))
			}
			m.SetMapIndex(reflect.ValueOf(key), reflect.ValueOf(table[key]))
		default:
			hint := didYouMean(key, keysOf(to.Type()))
			if l, ok := to.Addr().Interface().(limited); ok {
				hint = l.limit(key, hint)
			}
			d.fault(at, "unknown key %q%s", key, hint)
		}
	}
}

// fieldOf returns the index of the field that a key names, or -1, and of the field for the rest, or -1.
func fieldOf(t reflect.Type, key string) (field, rest int) {
	field, rest = -1, -1
	for i := range t.NumField() {
		switch tag := t.Field(i).Tag.Get("toml"); tag {
		case "":
		case ",rest":
			rest = i
		case key:
			field = i
		}
	}
	return field, rest
}

// keysOf returns the keys of a struct's fields in order.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("toml"); tag != "" && tag != ",rest" {
			keys = append(keys, tag)
		}
	}
	return keys
}

// didYouMean returns `, did you mean "x"?` for the nearest known word, or the list of them if none is near, or that there is
// none at all.
func didYouMean(word string, known []string) string {
	best := spell.Near(word, known)
	switch {
	case len(known) == 0:
		return ": there is none"
	case best == "":
		return ": want " + oneOf(known)
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// oneOf joins words as "a, b or c"; a word of no letters stands as "".
func oneOf(words []string) string {
	words = slices.Clone(words)
	for i, w := range words {
		if w == "" {
			words[i] = `""`
		}
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
