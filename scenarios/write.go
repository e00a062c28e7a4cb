package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"peerstreamer/core"
)

// TOML returns the resolved scenario: every key with its value, in one form, as Load reads it.
func (c *Config) TOML() string { return write(c, false) }

// Hash returns twelve hex digits of the SHA-256 of the resolved scenario but for its seed and the ways to files, of
// tables and traces with their content: two runs with the same hash are the same experiment.
func (c *Config) Hash() string {
	unseeded := *c
	unseeded.Seed = 0
	if c.Video.File != "" {
		unseeded.Video.File = filepath.Base(c.Video.File)
	}
	if c.Net.Latency.File != "" {
		unseeded.Net.Latency.File = c.Net.Latency.sum
	}
	unseeded.Groups = slices.Clone(c.Groups)
	for i := range unseeded.Groups {
		if t := &unseeded.Groups[i].Trace; t.File != "" {
			t.File = t.sum
		}
	}
	sum := sha256.Sum256([]byte(unseeded.TOML()))
	return hex.EncodeToString(sum[:6])
}

// writer prints a Config as TOML.
type writer struct {
	b        strings.Builder
	comments bool
	said     map[string]bool // keys whose comment is printed already
}

func write(c *Config, comments bool) string {
	w := writer{comments: comments, said: map[string]bool{}}
	d := Default()
	w.table("", "", "", reflect.ValueOf(c).Elem(), reflect.ValueOf(&d).Elem())
	return strings.TrimLeft(w.b.String(), "\n")
}

// table prints the values of a struct and then the tables below it. A value that is zero, and whose default is zero, says
// nothing and is left out.
func (w *writer) table(path, header, doc string, v, def reflect.Value) {
	if header != "" {
		w.b.WriteByte('\n')
		w.comment(path, doc)
		fmt.Fprintln(&w.b, header)
	}
	for i := range v.NumField() {
		tag, f := v.Type().Field(i), v.Field(i)
		key := tag.Tag.Get("toml")
		switch {
		case key == "" || isTable(f) && !isInline(f) || isTables(f):
		case key == ",rest":
			for _, k := range sortedKeys(f.Interface().(map[string]any)) {
				fmt.Fprintf(&w.b, "%s = %s\n", k, anyText(f.Interface().(map[string]any)[k]))
			}
		case f.IsZero() && def.Field(i).IsZero() && f.Type() != reflect.TypeFor[core.Relay]():
			if w.comment(join(path, key), tag.Tag.Get("doc")) {
				fmt.Fprintf(&w.b, "# %s = %s\n", key, exampleText(f))
			}
		default:
			w.comment(join(path, key), tag.Tag.Get("doc"))
			fmt.Fprintf(&w.b, "%s = %s\n", key, fieldText(f))
		}
	}
	for i := range v.NumField() {
		tag, f := v.Type().Field(i), v.Field(i)
		key := tag.Tag.Get("toml")
		at := join(path, key)
		switch {
		case isTables(f):
			for j := range f.Len() {
				w.table(at, "[["+at+"]]", tag.Tag.Get("doc"), f.Index(j), newElement(f.Type().Elem()))
			}
			if w.comments && f.Len() == 0 {
				w.example(at, tag.Tag.Get("doc"), newElement(f.Type().Elem()))
			}
		case isTable(f) && !isInline(f):
			w.table(at, "["+at+"]", tag.Tag.Get("doc"), f, def.Field(i))
		}
	}
}

// example prints a table of an empty list, all in comments.
func (w *writer) example(path, doc string, v reflect.Value) {
	fmt.Fprintf(&w.b, "\n# %s\n# [[%s]]\n", doc, path)
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		fmt.Fprintf(&w.b, "# %s = %s  # %s\n", tag.Get("toml"), exampleText(v.Field(i)), tag.Get("doc"))
	}
}

// comment prints a key's documentation the first time that the key comes, if there are to be comments.
func (w *writer) comment(path, doc string) (printed bool) {
	if !w.comments || w.said[path] {
		return false
	}
	w.said[path] = true
	fmt.Fprintf(&w.b, "# %s\n", doc)
	return true
}

// fieldText prints a field's value, a small table on one line.
func fieldText(f reflect.Value) string {
	p := reflect.New(f.Type())
	p.Elem().Set(f)
	if t, ok := p.Interface().(shortTable); ok {
		if text, ok := t.writeShort(); ok {
			return text
		}
	}
	if isInline(f) {
		return inlineText(f)
	}
	return tomlText(f)
}

// exampleText prints what a field that says nothing could say: its default, or an example where that cannot be written.
func exampleText(f reflect.Value) string {
	switch f.Interface().(type) {
	case Rates:
		return `"20Mbit/s"`
	case Times:
		return `"5ms..40ms"`
	case Tree:
		return "{ arity = 4 }"
	case Trace:
		return `{ file = "cellular.csv", unit = "Mbit/s" }`
	case Region:
		return `"EU"`
	case []Fault:
		return `[{ kind = "crash", group = "viewer", share = 0.1 }]`
	case Regions:
		w := world()
		return w.writeTOML()
	}
	return fieldText(f)
}

// isValue reports whether a field is written as one value though it is a struct or a slice.
func isValue(f reflect.Value) bool {
	_, ok := reflect.New(f.Type()).Interface().(tomlValue)
	return ok
}

func isTable(f reflect.Value) bool  { return f.Kind() == reflect.Struct && !isValue(f) }
func isTables(f reflect.Value) bool { return f.Kind() == reflect.Slice && !isValue(f) }

// isInline reports whether a table is written on one line.
func isInline(f reflect.Value) bool {
	switch f.Interface().(type) {
	case Tree, Arrive, Stay, Latency, Trace:
		return true
	}
	return false
}

// newElement returns a new table of a list, with its defaults.
func newElement(t reflect.Type) reflect.Value {
	e := reflect.New(t)
	if d, ok := e.Interface().(defaulter); ok {
		d.setDefaults()
	}
	return e.Elem()
}

// tomlText prints a value that is not a table.
func tomlText(f reflect.Value) string {
	if isValue(f) {
		if f.IsZero() {
			return ""
		}
		p := reflect.New(f.Type())
		p.Elem().Set(f)
		return p.Interface().(tomlValue).writeTOML()
	}
	switch v := f.Interface().(type) {
	case core.Relay:
		return strconv.Quote(relayNames[v])
	case fmt.Stringer:
		return strconv.Quote(v.String())
	}
	return anyText(f.Interface())
}

// anyText prints a plain TOML value.
func anyText(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case float64:
		return floatText(v)
	case []any:
		var list []string
		for _, e := range v {
			list = append(list, anyText(e))
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]any:
		var list []string
		for _, k := range sortedKeys(v) {
			list = append(list, quote(k)+" = "+anyText(v[k]))
		}
		return "{ " + strings.Join(list, ", ") + " }"
	}
	return fmt.Sprint(v)
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func inlineText(f reflect.Value) string {
	var list []string
	for i := range f.NumField() {
		if key := f.Type().Field(i).Tag.Get("toml"); key != "" && !f.Field(i).IsZero() {
			list = append(list, key+" = "+tomlText(f.Field(i)))
		}
	}
	return "{ " + strings.Join(list, ", ") + " }"
}
