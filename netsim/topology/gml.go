package topology

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// GML reads a graph in the Graph Modelling Language (Himsolt, 1997), in which collections of topologies are published
// and Shadow's network graphs are written. A node's id may be any whole number; places are the nodes in the order of the
// file. An edge's delay is its latency, or else its delay, or else its weight: a number in the Spec's unit, or text with
// a unit, such as "10 ms"; one that has none of them is an error. The delay between two places is that of the shortest
// path; a loop at a node is the delay between two that live there, otherwise 0. Everything else in the file is skipped.
//
// It takes O(nodes x edges x log nodes) time: some seconds at MaxGraph.
func GML(data []byte, s Spec) (*Matrix, error) {
	g := &graph{spec: s, place: map[int64]int{}}
	p := gmlParser{data: data, line: 1}
	found := false
	for {
		key, ok, err := p.key(false)
		switch {
		case err != nil:
			return nil, err
		case !ok && !found:
			return nil, errors.New("there is no graph [ ... ] in it")
		case !ok:
			return g.matrix()
		}
		v, err := p.value()
		if err == nil && key == "graph" && v.list && !found {
			found = true
			err = p.graph(g)
		} else if err == nil && v.list {
			err = p.skip()
		}
		if err != nil {
			return nil, err
		}
	}
}

// graph reads what stands between the brackets of a graph.
func (p *gmlParser) graph(g *graph) error {
	for {
		key, ok, err := p.key(true)
		if err != nil || !ok {
			return err
		}
		line := p.line
		v, err := p.value()
		if err != nil {
			return err
		}
		switch {
		case key == "directed" && !v.list:
			g.directed = v.text == "1"
		case key == "node" && v.list:
			err = p.node(g, line)
		case key == "edge" && v.list:
			err = p.edge(g, line)
		case v.list:
			err = p.skip()
		}
		if err != nil {
			return err
		}
	}
}

func (p *gmlParser) node(g *graph, line int) error {
	fields, err := p.fields("id")
	if err != nil {
		return err
	}
	id, err := fields[0].integer("id", line)
	if err != nil {
		return err
	}
	return g.addNode(id, line)
}

func (p *gmlParser) edge(g *graph, line int) error {
	f, err := p.fields("source", "target", "latency", "delay", "weight")
	if err != nil {
		return err
	}
	source, err := f[0].integer("source", line)
	if err != nil {
		return err
	}
	target, err := f[1].integer("target", line)
	if err != nil {
		return err
	}
	for _, delay := range f[2:] {
		if delay.given {
			return g.addEdge(source, target, delay, line)
		}
	}
	return fmt.Errorf("line %d: the edge from %d to %d has no latency, delay or weight", line, source, target)
}

// gmlValue is what follows a key: a number, text in quotes, or the beginning of a list.
type gmlValue struct {
	text   string
	given  bool
	quoted bool
	list   bool
	line   int
}

func (v gmlValue) integer(key string, line int) (int64, error) {
	if !v.given {
		return 0, fmt.Errorf("line %d: no %s", line, key)
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || v.quoted {
		return 0, fmt.Errorf("line %d: %s %q: want a whole number", v.line, key, clip(v.text))
	}
	return n, nil
}

// delay returns the number and the name of its unit, which is the Spec's unless the text has its own.
func (v gmlValue) delay(s Spec) (uint32, error) {
	d, err := s.delay(v.text)
	if fields := strings.Fields(v.text); v.quoted && len(fields) == 2 {
		unit := fields[1]
		for _, u := range [...][2]string{{"nanosecond", "ns"}, {"microsecond", "us"}, {"millisecond", "ms"}, {"second", "s"}} {
			if unit == u[0] || unit == u[0]+"s" {
				unit = u[1]
			}
		}
		d, err = s.in(fields[0], unit)
	} else if v.quoted {
		return 0, fmt.Errorf("line %d: %q: want a number and a unit, such as \"10 ms\"", v.line, clip(v.text))
	}
	if errors.Is(err, errMissing) {
		err = fmt.Errorf("%s: %w", v.text, errNegative)
	}
	if err != nil {
		return 0, fmt.Errorf("line %d: %w", v.line, err)
	}
	return uint32(d), nil
}

// gmlParser walks over the tokens of a file.
type gmlParser struct {
	data []byte
	at   int
	line int
}

// key returns the next key; not ok at the end of the file or, inside a list, behind its closing bracket.
func (p *gmlParser) key(inside bool) (key string, ok bool, err error) {
	p.blank()
	if p.at == len(p.data) {
		if inside {
			return "", false, fmt.Errorf("line %d: the file ends inside [ ... ]", p.line)
		}
		return "", false, nil
	}
	if c := p.data[p.at]; inside && c == ']' {
		p.at++
		return "", false, nil
	}
	if key = p.word(); key == "" || !letter(key[0]) {
		return "", false, fmt.Errorf("line %d: want a key, such as node or edge, but here is %q", p.line, clip(p.rest(key)))
	}
	return key, true, nil
}

// value returns the value behind a key. Of a list it has read the opening bracket.
func (p *gmlParser) value() (gmlValue, error) {
	p.blank()
	v := gmlValue{given: true, line: p.line}
	if p.at == len(p.data) {
		return v, fmt.Errorf("line %d: the file ends behind a key", p.line)
	}
	switch p.data[p.at] {
	case '[':
		p.at++
		v.list = true
		return v, nil
	case '"':
		end := p.at + 1
		for end < len(p.data) && p.data[end] != '"' {
			if p.data[end] == '\n' {
				p.line++
			}
			end++
		}
		if end == len(p.data) {
			return v, fmt.Errorf("line %d: the text in quotes does not end", v.line)
		}
		v.text, v.quoted = string(p.data[p.at+1:end]), true
		p.at = end + 1
		return v, nil
	}
	if v.text = p.word(); v.text == "" || letter(v.text[0]) {
		return v, fmt.Errorf("line %d: want a number, text in quotes or [, but here is %q", p.line, clip(p.rest(v.text)))
	}
	return v, nil
}

// fields reads a list to its end and returns the values of these keys.
func (p *gmlParser) fields(keys ...string) ([]gmlValue, error) {
	values := make([]gmlValue, len(keys))
	for {
		key, ok, err := p.key(true)
		if err != nil || !ok {
			return values, err
		}
		v, err := p.value()
		if err == nil && v.list {
			err = p.skip()
		}
		if err != nil {
			return nil, err
		}
		for i, k := range keys {
			if k == key && !v.list {
				values[i] = v
			}
		}
	}
}

// skip reads a list to its end. It counts brackets instead of calling itself, so that no file can exhaust the stack.
func (p *gmlParser) skip() error {
	for depth := 1; depth > 0; {
		_, ok, err := p.key(true)
		if err != nil {
			return err
		}
		if !ok {
			depth--
			continue
		}
		v, err := p.value()
		if err != nil {
			return err
		}
		if v.list {
			depth++
		}
	}
	return nil
}

// blank skips white space and comments.
func (p *gmlParser) blank() {
	for ; p.at < len(p.data); p.at++ {
		switch c := p.data[p.at]; {
		case c == '\n':
			p.line++
		case c == '#':
			for p.at+1 < len(p.data) && p.data[p.at+1] != '\n' {
				p.at++
			}
		case c != ' ' && c != '\t' && c != '\r':
			return
		}
	}
}

// word reads a key or a number.
func (p *gmlParser) word() string {
	begin := p.at
	for p.at < len(p.data) && (letter(p.data[p.at]) || strings.IndexByte("0123456789+-._", p.data[p.at]) >= 0) {
		p.at++
	}
	return string(p.data[begin:p.at])
}

// rest returns what stands where a word was wanted.
func (p *gmlParser) rest(word string) string {
	if word == "" {
		line, _, _ := strings.Cut(string(p.data[p.at:min(p.at+50, len(p.data))]), "\n")
		return line
	}
	return word
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
