package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/netsim/topology"
)

// shortTable is a table that can also be written as one value.
type shortTable interface {
	// readShort sets the table from a value that is none.
	readShort(v any) error

	// wantKeys returns an error if a table lacks a key that it must have.
	wantKeys(table map[string]any) error

	// required reports whether some table must have a key, which then has no default.
	required(key string) bool

	// writeShort returns the one value, if it says everything.
	writeShort() (string, bool)
}

// maxDelay bounds every delay that a scenario states.
const maxDelay = core.Minute

// latencyKind is a kind of latency with its keys, those that it must have first.
type latencyKind struct {
	kind           string
	needs, accepts []string
}

func (k *latencyKind) has(key string) bool {
	return slices.Contains(k.needs, key) || slices.Contains(k.accepts, key)
}

var latencyKeys = []latencyKind{
	{"constant", []string{"value"}, nil},
	{"range", []string{"min", "max"}, nil},
	{"regions", nil, []string{"spread"}},
	{"matrix", []string{"file", "unit", "of"}, []string{"format", "asymmetric", "missing", "assign", "spread"}},
	{"coordinates", []string{"side"}, []string{"height"}},
}

func latencyKinds() (kinds []string) {
	for _, k := range latencyKeys {
		kinds = append(kinds, k.kind)
	}
	return kinds
}

func constantLatency(t core.Time) Latency { return Latency{Kind: "constant", Value: t} }

// readShort reads "20ms" and "10ms..80ms".
func (l *Latency) readShort(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%v: want a time in quotes, a range \"low..high\" or { kind = ... }", v)
	}
	p, err := readPart(text, parseDelay)
	switch {
	case err != nil:
		return err
	case p.Low == p.High:
		*l = constantLatency(p.Low)
	default:
		*l = Latency{Kind: "range", Min: p.Low, Max: p.High}
	}
	return nil
}

func (l *Latency) wantKeys(table map[string]any) error {
	i := slices.IndexFunc(latencyKeys, func(k latencyKind) bool { return k.kind == table["kind"] })
	if i < 0 {
		return nil
	}
	kind := &latencyKeys[i]
	missing := slices.DeleteFunc(slices.Clone(kind.needs), func(key string) bool { _, given := table[key]; return given })
	if len(missing) == 0 {
		return nil
	}
	also := ""
	for _, key := range sortedKeys(table) { // What is too much is told too: it may be why something is missing.
		if known := slices.Contains(keysOf(reflect.TypeFor[Latency]()), key); known && key != "kind" && !kind.has(key) {
			also += fmt.Sprintf("; it has no %s", key)
		}
	}
	return fmt.Errorf("kind %q: want %s%s", kind.kind, strings.Join(missing, " and "), also)
}

func (l *Latency) required(key string) bool {
	return key == "kind" || slices.ContainsFunc(latencyKeys, func(k latencyKind) bool { return slices.Contains(k.needs, key) })
}

func (l *Latency) writeShort() (string, bool) {
	switch {
	case *l == constantLatency(l.Value), *l == Latency{Kind: "range", Min: l.Min, Max: l.Min}:
		return strconv.Quote(max(l.Value, l.Min).String()), true
	case *l == Latency{Kind: "range", Min: l.Min, Max: l.Max}:
		return strconv.Quote(l.Min.String() + ".." + l.Max.String()), true
	}
	return "", false
}

// latency checks that a kind has the keys that it needs and no others, and their values.
func (k *checker) latency(l *Latency) {
	const path = "net.latency."
	if !k.wantOneOf(path+"kind", "kind", l.Kind, latencyKinds()...) {
		return
	}
	keys := latencyKeys[slices.Index(latencyKinds(), l.Kind)]
	v := reflect.ValueOf(l).Elem()
	for i := range v.NumField() {
		key := v.Type().Field(i).Tag.Get("toml")
		if key == "" || key == "kind" {
			continue
		}
		given := !v.Field(i).IsZero()
		k.want(keys.has(key) || !given, path+key, "kind %q has no %s", l.Kind, key)
		isTime := v.Field(i).Type() == reflect.TypeFor[core.Time]() // of which 0 is a value
		k.want(given || isTime || !slices.Contains(keys.needs, key), path+key, "kind %q: want %s", l.Kind, key)
	}
	for _, d := range []struct {
		key string
		t   core.Time
	}{{"value", l.Value}, {"min", l.Min}, {"max", l.Max}, {"spread", l.Spread}, {"height", l.Height.High}} {
		k.want(d.t <= maxDelay, path+d.key, "%s %v: a delay of more than a minute is not a network's", d.key, d.t)
	}
	k.want(l.Kind != "range" || l.Min <= l.Max, path+"min", "min %v is above max %v", l.Min, l.Max)
	k.want(l.Side <= netsim.MaxSide, path+"side", "side %v: want at most %v", l.Side, netsim.MaxSide)
	k.want(l.Kind != "coordinates" || l.Side > 0, path+"side", "side %v: want more than nothing, such as \"80ms\"", l.Side)
	if l.Kind == "matrix" {
		k.matrix(l)
	}
}

// model returns the middle of a plan's network as the simulator wants it.
func (p *Plan) model() netsim.Latency {
	l := &p.Config.Net.Latency
	switch l.Kind {
	case "constant":
		return netsim.Constant(l.Value)
	case "range":
		return netsim.Range{Min: l.Min, Max: l.Max}
	case "coordinates":
		return netsim.Coordinates{Side: l.Side, MinHeight: l.Height.Low, MaxHeight: l.Height.High}
	}
	at := make([]uint16, 1, p.Len()+1) // of nobody, and then of NodeID 1 and on
	for i := range p.Len() {
		at = append(at, p.Node(i).Place)
	}
	return &netsim.Places{Delays: p.Config.Net.places(), At: at, Spread: l.Spread}
}

// places returns the delays between the places at which nodes live, nil if the kind of latency knows no places.
func (n *Net) places() *topology.Matrix {
	switch n.Latency.Kind {
	case "regions":
		return n.Regions.matrix()
	case "matrix":
		return n.Latency.matrix
	}
	return nil
}

// least returns a delay below which that of no pair of nodes can be.
func (n *Net) least() core.Time {
	l := &n.Latency
	switch l.Kind {
	case "constant":
		return l.Value
	case "coordinates":
		return 2 * l.Height.Low
	case "regions", "matrix":
		return n.places().Min()
	}
	return l.Min
}

// place returns where a node lives: the row of a table of delays.
func (p *Plan) place(n *Node, node int, region string) uint16 {
	switch l := &p.Config.Net.Latency; {
	case l.Kind == "regions":
		return uint16(slices.Index(p.Config.Net.Regions.known(), region))
	case l.Kind != "matrix":
		return 0
	case l.Assign == "turn":
		return uint16(node % l.matrix.Len())
	default:
		r := p.stream("place", &p.Config.Groups[n.Group], int(n.Index))
		return uint16(r.Below(uint32(l.matrix.Len())))
	}
}

// loss returns what packets suffer, with the access links' losses if there are any.
func (p *Plan) loss() netsim.Loss {
	c := p.Config
	l := netsim.Loss{Middle: c.Net.Loss, AckEach: c.Net.AckEach}
	if c.lossyAccess() {
		l.Access = make([]netsim.PPM, 1, p.Len()+1)
		for i := range p.Len() {
			l.Access = append(l.Access, c.Groups[p.group(i)].Loss)
		}
	}
	return l
}

func (c *Config) lossyAccess() bool {
	return slices.ContainsFunc(c.Groups, func(g Group) bool { return g.Loss > 0 })
}

// unshaped returns what of the scenario's network real sockets on one machine do not have.
func (c *Config) unshaped() []string {
	list := []string{"delay"}
	if c.Net.Jitter > 0 {
		list = append(list, "jitter")
	}
	if c.Net.Loss > 0 || c.lossyAccess() {
		list = append(list, "loss")
	}
	if c.Net.SlowStart {
		list = append(list, "slow start")
	}
	return list
}

// span is a time, or a range from which times are drawn evenly.
type span struct{ Low, High core.Time }

func (s *span) readTOML(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%v: want a time in quotes or a range \"low..high\"", v)
	}
	p, err := readPart(text, parseDelay)
	*s = span{p.Low, p.High}
	return err
}

func (s *span) writeTOML() string {
	if s.Low == s.High {
		return strconv.Quote(s.Low.String())
	}
	return strconv.Quote(s.Low.String() + ".." + s.High.String())
}
