package charts

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Size is a picture's width and height.
type Size struct {
	Name          string // ends the file's name
	Width, Height vg.Length
	xTicks        int
}

// Sizes are those of a page with two columns: one of them, and both.
var Sizes = []Size{
	{"", 3.4 * vg.Inch, 2.4 * vg.Inch, 6},
	{"-wide", 7.0 * vg.Inch, 2.6 * vg.Inch, 10},
}

const (
	labelSize = vg.Length(9) // of axis labels, in points
	tickSize  = vg.Length(8) // of ticks and legend
	lineWidth = vg.Length(1.2)
	hairline  = vg.Length(0.5)
	margin    = vg.Length(4)
	yTicks    = 5
)

var (
	ink      = color.NRGBA{0x22, 0x22, 0x22, 0xff}
	paleGrid = color.NRGBA{0xe4, 0xe4, 0xe4, 0xff}
)

// Draw draws the chart on a canvas of that size.
func (c Chart) Draw(canvas vg.CanvasSizer, size Size) {
	dc := draw.New(canvas)
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	dc = draw.Crop(dc, margin, -margin-4, margin, -margin)
	legend := c.legend(dc)
	c.plot(size).Draw(draw.Crop(dc, 0, 0, 0, -legend))
}

func style(size vg.Length) text.Style {
	return text.Style{Color: ink, Font: sans(size), Handler: handler(), XAlign: draw.XCenter, YAlign: draw.YCenter}
}

// plot builds the axes and what is between them.
func (c Chart) plot(size Size) *plot.Plot {
	p := plot.New()
	p.TextHandler = handler()
	xMax, yMax := c.extent()
	xTicks := ticks{size.xTicks}
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Label.TextStyle.Handler, a.Label.TextStyle.Color = sans(labelSize), handler(), ink
		a.Tick.Label.Font, a.Tick.Label.Handler, a.Tick.Label.Color = sans(tickSize), handler(), ink
		a.LineStyle.Width, a.LineStyle.Color = hairline, ink
		a.Tick.LineStyle = a.LineStyle
		a.Tick.Length = 3
		a.Label.Padding = 2
		a.Padding = 0
		a.Min = 0
	}
	p.X.Label.Text, p.Y.Label.Text = c.XLabel, c.YLabel
	p.X.Max, p.Y.Max = xMax, yMax
	p.X.Tick.Marker = xTicks
	p.Y.Tick.Marker = ticks{yTicks}
	if c.Tail {
		p.Y.Scale, p.Y.Tick.Marker = tail{}, tailTicks{}
	}
	grid := plotter.NewGrid()
	grid.Horizontal = draw.LineStyle{Color: paleGrid, Width: hairline}
	grid.Vertical = grid.Horizontal
	if c.Stacked {
		p.Add(stack(c.Series))
		return p
	}
	p.Add(grid)
	for _, s := range c.Series {
		p.Add(band(s))
	}
	for _, s := range c.Series { // Over all bands, so that none hides another's line.
		p.Add(curve(s))
	}
	return p
}

// corners returns the points that a line through a series has: with steps, two for each but the first.
func (s Series) corners(y func(Point) float64) (out plotter.XYs) {
	for i, p := range s.Points {
		if s.Steps && i > 0 {
			out = append(out, plotter.XY{X: p.X, Y: y(s.Points[i-1])})
		}
		out = append(out, plotter.XY{X: p.X, Y: y(p)})
	}
	return out
}

// curve draws a series as a line.
type curve Series

func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	line := draw.LineStyle{Color: l.Style.Colour, Width: lineWidth, Dashes: lengths(l.Style.Dashes)}
	c.StrokeLines(line, c.ClipLinesXY(on(c, p, Series(l).corners(func(p Point) float64 { return p.Y })))...)
}

// band draws the intervals of a series as a pale area.
type band Series

func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	s := Series(b)
	if len(s.Points) == 0 || !s.Points[0].Lo.Ok() {
		return
	}
	area := s.corners(func(p Point) float64 { y, _ := p.Hi.Get(); return y })
	lower := s.corners(func(p Point) float64 { y, _ := p.Lo.Get(); return y })
	for i := range lower {
		area = append(area, lower[len(lower)-1-i])
	}
	c.FillPolygon(pale(s.Style.Colour), c.ClipPolygonXY(on(c, p, area)))
}

// pale mixes a colour with white: an opaque tint, since not every reader of PDF draws transparency alike.
func pale(c color.NRGBA) color.NRGBA {
	mix := func(x uint8) uint8 { return uint8(255 - (255-int(x))*25/100) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}

// stack draws series upon each other, the first at the bottom, with a white line between two.
type stack []Series

func (s stack) Plot(c draw.Canvas, p *plot.Plot) {
	if len(s) == 0 {
		return
	}
	floor := make([]float64, len(s[0].Points))
	for _, series := range s {
		top := make(plotter.XYs, len(series.Points))
		area := make(plotter.XYs, 0, 2*len(top))
		for i, pt := range series.Points {
			top[i] = plotter.XY{X: pt.X, Y: floor[i] + pt.Y}
			area = append(area, top[i])
		}
		for i := range floor {
			last := len(floor) - 1 - i
			area = append(area, plotter.XY{X: series.Points[last].X, Y: floor[last]})
		}
		c.FillPolygon(series.Style.Colour, c.ClipPolygonXY(on(c, p, area)))
		for i := range floor {
			floor[i] = top[i].Y
		}
	}
}

// on returns where points of data are on a canvas.
func on(c draw.Canvas, p *plot.Plot, data plotter.XYs) []vg.Point {
	x, y := p.Transforms(&c)
	out := make([]vg.Point, len(data))
	for i, d := range data {
		out[i] = vg.Point{X: x(d.X), Y: y(d.Y)}
	}
	return out
}

func lengths(points []float64) (out []vg.Length) {
	for _, p := range points {
		out = append(out, vg.Length(p))
	}
	return out
}

// legend draws a line of names above the plot, off the data, two where one is not wide enough, and returns its height.
func (c Chart) legend(dc draw.Canvas) vg.Length {
	const (
		mark = vg.Length(14) // length of a sample line, side of a sample area
		gap  = vg.Length(3)
		sep  = vg.Length(10)
		line = vg.Length(11)
	)
	sty := style(tickSize)
	sty.XAlign = draw.XLeft
	x, y := dc.Min.X+4, dc.Max.Y-line/2
	rows := vg.Length(1)
	for _, s := range c.Series {
		width := mark + gap + sty.Width(s.Name)
		if x+width > dc.Max.X && x > dc.Min.X+4 {
			x, y = dc.Min.X+4, y-line
			rows++
		}
		if c.Stacked {
			box := vg.Rectangle{Min: vg.Point{X: x + 3, Y: y - 3.5}, Max: vg.Point{X: x + mark - 3, Y: y + 3.5}}
			dc.SetColor(s.Style.Colour)
			dc.Fill(box.Path())
		} else {
			if len(s.Points) > 0 && s.Points[0].Lo.Ok() {
				box := vg.Rectangle{Min: vg.Point{X: x, Y: y - 3}, Max: vg.Point{X: x + mark, Y: y + 3}}
				dc.SetColor(pale(s.Style.Colour))
				dc.Fill(box.Path())
			}
			dc.StrokeLine2(draw.LineStyle{Color: s.Style.Colour, Width: lineWidth, Dashes: lengths(s.Style.Dashes)}, x, y, x+mark, y)
		}
		dc.FillText(sty, vg.Point{X: x + mark + gap, Y: y}, s.Name)
		x += width + sep
	}
	return rows*line + 4
}
