package charts

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"io"

	"peerstreamer/analysis/stats"
)

// Chart is one plot: its points, and how they are drawn.
type Chart struct {
	Name   string // of its files
	Title  string // a sentence for the reader of a report; not drawn
	XLabel string
	YLabel string
	X, Y   string // columns in the CSV file, with units

	Series  []Series
	Stacked bool // areas upon each other instead of lines
	Tail    bool // y is a distribution function, its tail stretched (see tail)

	XMin       float64 // positive: x is logarithmic from here on; points before it are not drawn
	XMax, YMax float64 // 0: as far as the points go
}

// Partial marks charts as of a part of a run: what it is goes to their titles, and a word to what is drawn, so that a
// picture that has left its report still says so.
func Partial(all []Chart, what string) {
	for i := range all {
		all[i].Title += "; partial: " + what
		all[i].XLabel += " \u2013 partial"
	}
}

// Series is one curve or area.
type Series struct {
	Name   string // in the legend and the CSV file
	Points []Point
	Steps  bool // y holds from its x to the next one's
	Style  Style
}

// Point is one plotted point, with several seeds the mean and its 95 % interval.
type Point struct {
	X, Y   float64
	Lo, Hi stats.Value // absent: no band
}

// Style is the look of a series.
type Style struct {
	Colour color.NRGBA
	Dashes []float64 // lengths of ink and gap in points; none: solid
}

// The palette of Okabe and Ito, which stays distinct for every kind of colour vision.
var (
	black     = color.NRGBA{0x00, 0x00, 0x00, 0xff}
	orange    = color.NRGBA{0xE6, 0x9F, 0x00, 0xff}
	skyBlue   = color.NRGBA{0x56, 0xB4, 0xE9, 0xff}
	green     = color.NRGBA{0x00, 0x9E, 0x73, 0xff}
	blue      = color.NRGBA{0x00, 0x72, 0xB2, 0xff}
	vermilion = color.NRGBA{0xD5, 0x5E, 0x00, 0xff}
	grey      = color.NRGBA{0x99, 0x99, 0x99, 0xff} // the black of the palette, thinned
)

var (
	measured = Style{Colour: blue}
	limit    = Style{Colour: vermilion, Dashes: []float64{4, 2}}
	capacity = Style{Colour: black, Dashes: []float64{1, 2}}
)

// WriteCSV writes every plotted point. A stacked area's y is its own height, not the height it is drawn at.
func (c Chart) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"series", c.X, c.Y, c.Y + "_lo", c.Y + "_hi"})
	for _, s := range c.Series {
		for _, p := range s.Points {
			out.Write([]string{s.Name, stats.Some(p.X).String(), stats.Some(p.Y).String(), p.Lo.String(), p.Hi.String()})
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write points of %s: %w", c.Name, err)
	}
	return nil
}

// extent returns how far the axes reach.
func (c Chart) extent() (x, y float64) {
	sums := make(map[float64]float64) // of stacked areas
	for _, s := range c.Series {
		for _, p := range s.Points {
			top := p.Y
			if hi, ok := p.Hi.Get(); ok && !c.Stacked {
				top = max(top, hi)
			}
			if c.Stacked {
				sums[p.X] += p.Y
				top = sums[p.X]
			}
			x, y = max(x, p.X), max(y, top)
		}
	}
	if c.XMax > 0 {
		x = c.XMax
	}
	if c.YMax > 0 {
		y = c.YMax
	}
	if x == 0 {
		x = 1
	}
	if y == 0 {
		y = 1
	}
	return x, y
}
