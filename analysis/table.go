package analysis

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"peerstreamer/analysis/bounds"
)

const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	reset = "\x1b[0m"
)

// row is one line of the result table, its cells as text.
type row struct {
	figure, value, interval, unit, bound, ratio string
}

// PrintTable prints the result table: each figure that has a value, with several seeds its 95 % interval, its bound and
// how far from the bound it is (1 is optimal). Escape sequences appear only if colour is set; widths are the same.
func PrintTable(w io.Writer, s *Summary, colour bool) error {
	rows := s.table()
	head := row{"figure", "value", "±95%", "unit", "bound", "ratio"}
	if len(s.Runs) == 1 {
		head.interval = ""
	}
	width := head.cells()
	for _, r := range rows {
		for i, c := range r.cells() {
			width[i] = widest(width[i], c)
		}
	}
	out := bufio.NewWriter(w)
	line := func(r row, style string) {
		cells := r.cells()
		var b strings.Builder
		for i, c := range cells {
			if width[i] == "" {
				continue
			}
			pad := strings.Repeat(" ", runes(width[i])-runes(c))
			if i > 0 {
				b.WriteString("  ")
			}
			if i == 0 || i == 3 {
				b.WriteString(c + pad)
			} else {
				b.WriteString(pad + c)
			}
		}
		text := strings.TrimRight(b.String(), " ")
		if colour && style != "" {
			text = style + text + reset
		}
		fmt.Fprintln(out, text)
	}
	line(head, bold)
	for _, r := range rows {
		style := ""
		if r.value == "" {
			style = dim
		}
		line(r, style)
	}
	return out.Flush()
}

func (r row) cells() []string {
	return []string{r.figure, r.value, r.interval, r.unit, r.bound, r.ratio}
}

func runes(s string) int { return len([]rune(s)) }

func widest(a, b string) string {
	if runes(b) > runes(a) {
		return b
	}
	return a
}

// table returns the figures that have a value, and then the notes among the bounds.
func (s *Summary) table() (rows []row) {
	bound := make(map[string]BoundFigure)
	for _, b := range s.Bounds {
		bound[b.Name] = b
	}
	for _, f := range s.Figures {
		x, ok := f.Mean.Get()
		if !ok || f.Name == "censored" && x == 0 {
			continue
		}
		factor, unit := printed(f.Unit, x)
		r := row{figure: f.Title, value: digits(x * factor), unit: unit}
		if hi, ok := f.Hi.Get(); ok {
			r.interval = digits((hi - x) * factor)
		}
		if b, ok := bound[f.Name]; ok {
			r.bound = digits(b.Value * factor)
			if q, ok := b.Ratio.Get(); ok {
				r.ratio = digits(q)
			}
		}
		rows = append(rows, r)
	}
	for _, b := range s.Bounds {
		if b.Side == bounds.Note {
			rows = append(rows, row{figure: noteTitle[b.Name], unit: "Mbit/s", bound: digits(b.Value / 1e6)})
		}
	}
	return rows
}

var noteTitle = map[string]string{
	"sustainable_rate": "highest rate for all viewers at once",
	"source_egress":    "source egress for all viewers at once",
}

// PrintClaims prints a line for each claim: mark, claim, the value got.
func PrintClaims(w io.Writer, verdicts []Verdict, colour bool) error {
	width := ""
	for _, v := range verdicts {
		width = widest(width, v.That)
	}
	out := bufio.NewWriter(w)
	for _, v := range verdicts {
		mark, style := "✓", green
		if !v.OK {
			mark, style = "✗", red
		}
		if colour {
			mark = style + mark + reset
		}
		fmt.Fprintf(out, "%s %-*s  got %s\n", mark, runes(width), v.That, v.Got)
	}
	return out.Flush()
}
