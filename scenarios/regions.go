package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"peerstreamer/core"
	"peerstreamer/netsim/topology"
)

// Region is where the nodes of a group live: in one region, or each in one that is drawn. Without parts it says nothing.
type Region []RegionPart

// RegionPart is a region and its weight in the mix.
type RegionPart struct {
	Name   string
	Weight float64
}

// readTOML reads "EU" or { mix = [["EU", 0.4], ["NA", 0.6]] }.
func (r *Region) readTOML(v any) error {
	if name, ok := v.(string); ok {
		*r = Region{{name, 1}}
		return nil
	}
	table, _ := v.(map[string]any)
	list, ok := table["mix"].([]any)
	if !ok || len(table) != 1 || len(list) == 0 {
		return fmt.Errorf("%v: want a region in quotes, or { mix = [[region, weight], ...] }", v)
	}
	for _, e := range list {
		pair, _ := e.([]any)
		if len(pair) != 2 {
			return fmt.Errorf("mix: %v: want a pair [region, weight]", e)
		}
		name, isText := pair[0].(string)
		weight, isNumber := number(pair[1])
		if !isText || !isNumber || !(weight > 0) || weight > 1e9 {
			return fmt.Errorf("mix: %v: want a pair [region, weight] with a weight above 0", e)
		}
		*r = append(*r, RegionPart{name, weight})
	}
	return nil
}

func (r *Region) writeTOML() string {
	if len(*r) == 1 {
		return quote((*r)[0].Name)
	}
	var pairs []string
	for _, p := range *r {
		pairs = append(pairs, fmt.Sprintf("[%s, %s]", quote(p.Name), floatText(p.Weight)))
	}
	return "{ mix = [" + strings.Join(pairs, ", ") + "] }"
}

// draw takes a region, "" if there is none.
func (r Region) draw(rng *core.Rand) string {
	if len(r) == 0 {
		return ""
	}
	weights := make([]float64, len(r))
	for i, p := range r {
		weights[i] = p.Weight
	}
	return r[pick(rng, weights)].Name
}

// Regions are regions by name and the one-way delays between them. The zero value stands for the six regions of the
// regional access mix.
type Regions struct {
	names  []string    // in order
	delays []core.Time // from region i to region j at i*len(names)+j
}

// maxRegions bounds them.
const maxRegions = 256

// worldNames and worldDelays are the default: one-way delays in ms, half of the round trips between data centres in
// N. Virginia, Ireland, Sao Paulo, Singapore, Tokyo and Sydney that a table "Latency between AWS global regions" of 2017
// had, rounded. They are quoted from a secondary source and not verified by us. The delays within a region are
// our assumption: roads between towns, not the way to the nearest data centre.
var (
	worldNames  = []string{"NA", "EU", "SA", "APAC", "JP", "AU"}
	worldDelays = [][]core.Time{
		{20, 40, 60, 108, 73, 115}, // NA
		{40, 10, 96, 120, 106, 155},
		{60, 96, 15, 164, 128, 161},
		{108, 120, 164, 25, 37, 88},
		{73, 106, 128, 37, 5, 52},
		{115, 155, 161, 88, 52, 10},
	}
)

// world returns the default regions.
func world() Regions {
	r := Regions{names: worldNames}
	for _, row := range worldDelays {
		for _, ms := range row {
			r.delays = append(r.delays, ms*core.Millisecond)
		}
	}
	return r
}

// known returns the names of the regions, in the order of their places.
func (r *Regions) known() []string {
	if len(r.names) == 0 {
		return worldNames
	}
	return r.names
}

// matrix returns the delays as a table of places.
func (r *Regions) matrix() *topology.Matrix {
	from := *r
	if len(r.names) == 0 {
		from = world()
	}
	n := len(from.names)
	m := topology.New(n)
	for i, d := range from.delays {
		m.Set(i/n, i%n, d)
	}
	return m
}

// readTOML reads { EU = { EU = "10ms", NA = "40ms" }, NA = { NA = "20ms" } }. The way back takes as long unless it is
// there too.
func (r *Regions) readTOML(v any) error {
	table, ok := v.(map[string]any)
	if !ok || len(table) == 0 {
		return fmt.Errorf("is %v: want a table of regions, such as EU = { EU = \"10ms\", NA = \"40ms\" }", v)
	}
	names := sortedKeys(table)
	if len(names) > maxRegions {
		return fmt.Errorf("has %d regions: want at most %d", len(names), maxRegions)
	}
	given := make([]bool, len(names)*len(names))
	delays := make([]core.Time, len(given))
	for i, from := range names {
		row, ok := table[from].(map[string]any)
		if !isWord(from) || !ok {
			return fmt.Errorf("%s is %v: want a name, and a table of delays to regions", from, table[from])
		}
		for _, to := range sortedKeys(row) {
			j := slices.Index(names, to)
			if j < 0 {
				return fmt.Errorf("from %s: no region %q of its own in the table%s", from, to, didYouMean(to, names))
			}
			text, ok := row[to].(string)
			if !ok {
				return fmt.Errorf("from %s to %s is %v: want a time in quotes, such as \"40ms\"", from, to, row[to])
			}
			d, err := parseDelay(text)
			if err != nil {
				return fmt.Errorf("from %s to %s %w", from, to, err)
			}
			if d > topology.MaxDelay {
				return fmt.Errorf("from %s to %s %v: want at most %v", from, to, d, topology.MaxDelay)
			}
			delays[i*len(names)+j], given[i*len(names)+j] = d, true
		}
	}
	for i, from := range names {
		for j, to := range names {
			there, back := i*len(names)+j, j*len(names)+i
			switch {
			case given[there]:
			case given[back]:
				delays[there] = delays[back]
			case i == j:
				return fmt.Errorf("no delay within %s: want %s = { %s = \"10ms\", ... }", from, from, from)
			default:
				return fmt.Errorf("no delay between %s and %s", from, to)
			}
		}
	}
	*r = Regions{names, delays}
	return nil
}

func (r *Regions) writeTOML() string {
	n := len(r.names)
	var rows []string
	for i, from := range r.names {
		var row []string
		for j, to := range r.names {
			d := r.delays[i*n+j]
			if j >= i || d != r.delays[j*n+i] {
				row = append(row, to+" = "+strconv.Quote(d.String()))
			}
		}
		rows = append(rows, from+" = { "+strings.Join(row, ", ")+" }")
	}
	return "{ " + strings.Join(rows, ", ") + " }"
}

// regions checks that a group's nodes have a region, where that matters, and one that there is.
func (k *checker) regions(c *Config, g *Group, path string) {
	known := worldNames
	if c.Net.Latency.Kind == "regions" {
		known = c.Net.Regions.known()
		k.want(len(g.Region) > 0 || g.Access == "regional", path+"region",
			"no region: want region = one of %s, or access = \"regional\"", oneOf(known))
	}
	if g.Access == "regional" { // Its regions must have links, and a place.
		for _, name := range worldNames {
			drawn := len(g.Region) == 0 || slices.ContainsFunc(g.Region, func(p RegionPart) bool { return p.Name == name })
			k.want(!drawn || slices.Contains(known, name), path+"access", "access \"regional\" draws region %s, which net.regions has not", name)
		}
	}
	for _, p := range g.Region {
		where := known
		if g.Access == "regional" {
			where = worldNames
		} else if c.Net.Latency.Kind != "regions" {
			continue
		}
		k.want(slices.Contains(where, p.Name), path+"region", "region %q: want %s", p.Name, oneOf(where))
	}
}
