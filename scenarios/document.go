package scenarios

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// document is a TOML file before its keys have a meaning: a tree of values, and where each was written.
type document struct {
	file   string
	root   map[string]any // as go-toml decodes: map[string]any, []any, string, int64, float64, bool
	origin map[string]origin
}

// origin says where a value was written: a line of the file, or an override.
type origin struct {
	line     int
	override string // "-set key=value"
}

// parseDocument reads TOML. A syntax error names the line.
func parseDocument(file string, data []byte) (*document, error) {
	d := &document{file: file, root: map[string]any{}, origin: map[string]origin{}}
	if err := toml.Unmarshal(data, &d.root); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ := at.Position()
			return nil, d.fault(origin{line: line}, "%s", strings.TrimPrefix(at.Error(), "toml: "))
		}
		return nil, d.fault(origin{}, "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	d.locate(data)
	return d, nil
}

// locate records the line of every key. The decoder has already accepted data, so the parser finds no fault in it.
func (d *document) locate(data []byte) {
	var p unstable.Parser
	p.Reset(data)
	prefix, elements := "", map[string]int{}
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table:
			prefix = d.locateKey(&p, "", e.Key(), elements, false)
		case unstable.ArrayTable:
			prefix = d.locateKey(&p, "", e.Key(), elements, true)
		case unstable.KeyValue:
			d.locateValue(&p, d.locateKey(&p, prefix, e.Key(), elements, false), e.Value())
		}
	}
}

// locateKey records the line of a possibly dotted key below prefix and returns its path. A part that names an array of
// tables means its last element; element begins a new one.
func (d *document) locateKey(p *unstable.Parser, prefix string, key unstable.Iterator, elements map[string]int, element bool) string {
	path := prefix
	for key.Next() {
		part := key.Node()
		path = join(path, string(part.Data))
		last := key.IsLast()
		if last && element {
			elements[path]++
		}
		if n := elements[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
		}
		d.origin[path] = origin{line: p.Shape(part.Raw).Start.Line}
	}
	return path
}

// locateValue records the lines of the keys inside an inline table or an array.
func (d *document) locateValue(p *unstable.Parser, path string, v *unstable.Node) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			kv := it.Node()
			d.locateValue(p, d.locateKey(p, path, kv.Key(), map[string]int{}, false), kv.Value())
		}
	case unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); i++ {
			at := fmt.Sprintf("%s[%d]", path, i)
			d.origin[at] = d.origin[path]
			d.locateValue(p, at, it.Node())
		}
	}
}

// override sets a key as -set does: "policy.read_ahead=20", "group.viewer.uplink=1Mbit/s". An element of a list is named
// by its name or its number from 0. The value is TOML, or text without its quotes.
func (d *document) override(assignment string) error {
	o := origin{override: "-set " + assignment}
	key, text, ok := strings.Cut(assignment, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return d.fault(o, "want key=value, such as policy.read_ahead=20")
	}
	var holder map[string]any
	var value any = strings.TrimSpace(text)
	if toml.Unmarshal([]byte("x = "+text), &holder) == nil {
		value = holder["x"]
	}
	at, path := d.root, ""
	parts := strings.Split(key, ".")
	for i, part := range parts[:len(parts)-1] {
		path = join(path, part)
		switch next := at[part].(type) {
		case nil:
			child := map[string]any{}
			at[part], at = child, child
		case map[string]any:
			at = next
		case []any:
			return d.overrideElement(o, next, path, parts[i+1:], value)
		default:
			return d.fault(o, "%s is not a table", path)
		}
		d.origin[path] = o
	}
	last := parts[len(parts)-1]
	at[last] = value
	d.forget(join(path, last), o)
	return nil
}

// overrideElement goes on inside a list of tables: parts are an element's name or number and a key of it.
func (d *document) overrideElement(o origin, list []any, path string, parts []string, value any) error {
	if len(parts) < 2 {
		return d.fault(o, "%s is a list: want %s.NAME.KEY=value", path, path)
	}
	var names []string
	for i, e := range list {
		element, _ := e.(map[string]any)
		name, _ := element["name"].(string)
		if name == "" {
			name = strconv.Itoa(i)
		}
		names = append(names, name)
		if element == nil || parts[0] != name && parts[0] != strconv.Itoa(i) {
			continue
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		for _, part := range parts[1 : len(parts)-1] {
			child, ok := element[part].(map[string]any)
			if !ok {
				child = map[string]any{}
				element[part] = child
			}
			element, at = child, join(at, part)
		}
		last := parts[len(parts)-1]
		element[last] = value
		d.forget(join(at, last), o)
		return nil
	}
	return d.fault(o, "no %s is named %q: there are %s", path, parts[0], strings.Join(names, ", "))
}

// forget drops what the file said about path and everything below it, and notes the override.
func (d *document) forget(path string, o origin) {
	for p := range d.origin {
		if strings.HasPrefix(p, path+".") || strings.HasPrefix(p, path+"[") {
			delete(d.origin, p)
		}
	}
	d.origin[path] = o
}

// where returns the origin of path, or of the nearest key above it that has one.
func (d *document) where(path string) origin {
	for path != "" {
		if o, ok := d.origin[path]; ok {
			return o
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return origin{}
}

// fault is an error that names the file and the line, or the override.
func (d *document) fault(o origin, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	switch {
	case o.override != "":
		return fmt.Errorf("load scenario %s: %s: %s", d.file, o.override, text)
	case o.line > 0:
		return fmt.Errorf("load scenario %s:%d: %s", d.file, o.line, text)
	}
	return fmt.Errorf("load scenario %s: %s", d.file, text)
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
