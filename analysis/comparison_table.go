package analysis

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"peerstreamer/analysis/stats"
)

// tableWidth is what a line of a comparison should not be wider than, in characters.
const tableWidth = 120

// column is one of a comparison's table: its title, and a cell for each row.
type column struct {
	cells []string // the title first
	left  bool     // aligned left, else right
}

func (c column) width() (n int) {
	for _, text := range c.cells {
		n = max(n, runes(text))
	}
	return n
}

// PrintComparison prints each figure of all branches side by side: the first branch's, and of each other one its own and Δ,
// what that is more than the first's, with several seeds with 95 % intervals, that of Δ from the differences seed by seed.
// A dash stands for the Δ of branches of which one was interrupted. Where a line would be too wide there are several tables, each with the first branch.
func PrintComparison(w io.Writer, c *Comparison, colour bool) error {
	rows := c.rows()
	titles, units := c.ends(rows)
	out := bufio.NewWriter(w)
	for next := 1; next == 1 || next < len(c.Branches); {
		part := append([]column{titles}, c.columns(0, rows)...)
		width := units.width()
		for _, col := range part {
			width += 2 + col.width()
		}
		for first := next; next < len(c.Branches); next++ {
			more := c.columns(next, rows)
			for _, col := range more {
				width += 2 + col.width()
			}
			if width > tableWidth && next > first {
				break
			}
			part = append(part, more...)
		}
		if len(c.Branches) == 1 {
			next++
		}
		printColumns(out, append(part, units), colour)
		if next < len(c.Branches) {
			fmt.Fprintln(out)
		}
	}
	return out.Flush()
}

func printColumns(out *bufio.Writer, columns []column, colour bool) {
	for row := range columns[0].cells {
		var b strings.Builder
		for i, c := range columns {
			if i > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", c.width()-runes(c.cells[row]))
			if c.left {
				b.WriteString(c.cells[row] + pad)
			} else {
				b.WriteString(pad + c.cells[row])
			}
		}
		text := strings.TrimRight(b.String(), " ")
		if colour && row == 0 {
			text = bold + text + reset
		}
		fmt.Fprintln(out, text)
	}
}

// rows returns the numbers of the figures that some branch has a value of.
func (c *Comparison) rows() (rows []int) {
	for f := range c.Branches[0].Figures {
		least, most := c.span(f)
		if least <= most && (c.Branches[0].Figures[f].Name != "censored" || most > 0) {
			rows = append(rows, f)
		}
	}
	return rows
}

// ends returns the first and the last column of the table: the names of the figures, and their units.
func (c *Comparison) ends(rows []int) (titles, units column) {
	titles, units = column{[]string{"figure"}, true}, column{[]string{"unit"}, true}
	for _, f := range rows {
		_, unit := c.scale(f)
		titles.cells = append(titles.cells, c.Branches[0].Figures[f].Title)
		units.cells = append(units.cells, unit)
	}
	return titles, units
}

// span returns the least and the largest value of a figure in all branches; the least is above if there is none.
func (c *Comparison) span(f int) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	for _, b := range c.Branches {
		if x, ok := b.Figures[f].Mean.Get(); ok {
			least, most = min(least, x), max(most, x)
		}
	}
	return least, most
}

// scale returns by what a figure is multiplied for people and the unit that it has then, the same for all branches.
func (c *Comparison) scale(f int) (factor float64, unit string) {
	_, most := c.span(f)
	return printed(c.Branches[0].Figures[f].Unit, most)
}

// apart reports whether branch i or the first one was interrupted, so that they have no difference.
func (c *Comparison) apart(i int) bool {
	partial := func(r Run) bool { return r.Partial }
	return slices.ContainsFunc(c.Branches[i].Runs, partial) || slices.ContainsFunc(c.Branches[0].Runs, partial)
}

// columns returns what the table says of a branch.
func (c *Comparison) columns(i int, rows []int) []column {
	interval := len(c.Branches[0].Runs) > 1
	value, spread := column{cells: []string{c.Branches[i].Name}}, column{cells: []string{"±95%"}}
	delta, spreadDelta := column{cells: []string{"Δ"}}, column{cells: []string{"±95%"}}
	add := func(to, beside *column, factor float64, sign string, mean, hi stats.Value) {
		text, half := "", ""
		if sign != "" && c.apart(i) {
			text = "–"
		}
		if x, ok := mean.Get(); ok {
			text = digits(x * factor)
			if x > 0 {
				text = sign + text
			}
			if h, ok := hi.Get(); ok {
				half = digits((h - x) * factor)
			}
		}
		to.cells, beside.cells = append(to.cells, text), append(beside.cells, half)
	}
	for _, f := range rows {
		factor, _ := c.scale(f)
		figure := c.Branches[i].Figures[f]
		add(&value, &spread, factor, "", figure.Mean, figure.Hi)
		mean, _, hi := c.difference(i, f)
		add(&delta, &spreadDelta, factor, "+", mean, hi)
	}
	list := []column{value}
	if interval {
		list = append(list, spread)
	}
	if i == 0 {
		return list
	}
	if list = append(list, delta); interval {
		list = append(list, spreadDelta)
	}
	return list
}
