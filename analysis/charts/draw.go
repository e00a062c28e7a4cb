package charts

import (
	"image/color"
	"slices"

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
	yTicks    = 6
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
	ground := ground{x: straight, y: straight}
	p.X.Max, p.Y.Max = xMax, yMax
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{size.xTicks}, ticks{yTicks}
	if c.XMin > 0 {
		ground.x = logarithm(c.XMin)
		p.X.Max = ground.x(xMax)
		p.X.Tick.Marker = plot.ConstantTicks(logTicks(c.XMin, xMax))
	}
	if c.Tail {
		ground.y = stretched(yMax)
		p.Y.Max = ground.y(yMax)
		p.Y.Tick.Marker = plot.ConstantTicks(tailTicks(yMax))
	}
	grid := plotter.NewGrid()
	grid.Horizontal = draw.LineStyle{Color: paleGrid, Width: hairline}
	grid.Vertical = grid.Horizontal
	if c.Stacked {
		p.Add(stack{c.Series, ground})
		return p
	}
	p.Add(grid)
	for _, s := range c.Series {
		p.Add(band{s, ground})
	}
	for _, s := range c.Series { // Over all bands, so that none hides another's line.
		p.Add(curve{s, ground})
	}
	return p
}

// ground maps data to the axes, which are linear: with scales of its own the plot would leave room for labels where
// they would be on a linear axis.
type ground struct{ x, y scale }

// on returns where points of data are on a canvas.
func (g ground) on(c draw.Canvas, p *plot.Plot, data plotter.XYs) []vg.Point {
	x, y := p.Transforms(&c)
	out := make([]vg.Point, len(data))
	for i, d := range data {
		out[i] = vg.Point{X: x(g.x(d.X)), Y: y(g.y(d.Y))}
	}
	return out
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
type curve struct {
	Series
	ground
}

func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	line := draw.LineStyle{Color: l.Style.Colour, Width: lineWidth, Dashes: lengths(l.Style.Dashes)}
	c.StrokeLines(line, c.ClipLinesXY(l.on(c, p, l.corners(func(p Point) float64 { return p.Y })))...)
}

// band draws the intervals of a series as a pale area.
type band struct {
	Series
	ground
}

func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	if len(b.Points) == 0 || !b.Points[0].Lo.Ok() {
		return
	}
	area := b.corners(func(p Point) float64 { y, _ := p.Hi.Get(); return y })
	lower := b.corners(func(p Point) float64 { y, _ := p.Lo.Get(); return y })
	slices.Reverse(lower)
	c.FillPolygon(pale(b.Style.Colour), c.ClipPolygonXY(b.on(c, p, append(area, lower...))))
}

// pale mixes a colour with white: an opaque tint, since not every reader of PDF draws transparency alike.
func pale(c color.NRGBA) color.NRGBA {
	mix := func(x uint8) uint8 { return uint8(255 - (255-int(x))*25/100) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}

// stack draws series upon each other, the first at the bottom. All have points at the same x.
type stack struct {
	series []Series
	ground
}

func (s stack) Plot(c draw.Canvas, p *plot.Plot) {
	var floor plotter.XYs
	for _, series := range s.series {
		top := series.corners(func(p Point) float64 { return p.Y })
		for i := range top {
			if floor == nil {
				break
			}
			top[i].Y += floor[i].Y
		}
		area := slices.Clone(top)
		for i := len(top) - 1; i >= 0; i-- {
			below := plotter.XY{X: top[i].X}
			if floor != nil {
				below = floor[i]
			}
			area = append(area, below)
		}
		c.FillPolygon(series.Style.Colour, c.ClipPolygonXY(s.on(c, p, area)))
		floor = top
	}
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
