package charts

import (
	"bytes"
	"image/color"
	"image/png"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/plotter"

	"peerstreamer/analysis/stats"
)

func TestCornersOfSteps(t *testing.T) {
	s := Series{Points: []Point{{X: 0, Y: 1}, {X: 2, Y: 3}, {X: 5, Y: 4}}}
	y := func(p Point) float64 { return p.Y }
	if diff := cmp.Diff(plotter.XYs{{X: 0, Y: 1}, {X: 2, Y: 3}, {X: 5, Y: 4}}, s.corners(y)); diff != "" {
		t.Error(diff)
	}
	s.Steps = true
	want := plotter.XYs{{X: 0, Y: 1}, {X: 2, Y: 1}, {X: 2, Y: 3}, {X: 5, Y: 3}, {X: 5, Y: 4}}
	if diff := cmp.Diff(want, s.corners(y)); diff != "" {
		t.Error(diff)
	}
}

// column draws a chart and returns, from the top, the colours of a column of pixels well to the right (between two lines
// of the grid) with how many pixels each has.
func column(t *testing.T, c Chart) (colours []color.NRGBA, pixels map[color.NRGBA]int) {
	t.Helper()
	data, err := c.PNG(Sizes[0])
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	pixels = make(map[color.NRGBA]int)
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		p := color.NRGBAModel.Convert(img.At(b.Dx()*84/100, y)).(color.NRGBA)
		if pixels[p] == 0 {
			colours = append(colours, p)
		}
		pixels[p]++
	}
	return colours, pixels
}

func level(y float64) []Point { return []Point{{X: 0, Y: y}, {X: 10, Y: y}} }

func TestAreasAreDrawnUponEachOther(t *testing.T) {
	colours, pixels := column(t, Chart{Stacked: true, YMax: 1, Series: []Series{
		{Style: Style{Colour: blue}, Points: level(0.25)},
		{Style: Style{Colour: orange}, Points: level(0.5)},
	}})
	order := ""
	for _, c := range colours {
		switch c {
		case blue:
			order += "blue "
		case orange:
			order += "orange "
		}
	}
	if order != "orange blue " {
		t.Errorf("from the top: %s, want orange upon blue", order)
	}
	if ratio := float64(pixels[orange]) / float64(pixels[blue]); ratio < 1.9 || ratio > 2.1 {
		t.Errorf("orange is %.2f times as high as blue, want 2", ratio)
	}
}

func TestLineLiesOnItsBand(t *testing.T) {
	points := level(0.5)
	for i := range points {
		points[i].Lo, points[i].Hi = stats.Some(0.25), stats.Some(0.75)
	}
	_, pixels := column(t, Chart{YMax: 1, Series: []Series{{Style: Style{Colour: blue}, Points: points}}})
	// 1.2 pt at 220 dots per inch are 3.7 pixels, two of them whole; the band is half the height of the data.
	if n := pixels[blue]; n < 2 || n > 4 {
		t.Errorf("the line is %d pixels thick, want 2 to 4", n)
	}
	if n := pixels[pale(blue)]; n < 150 || n > 250 {
		t.Errorf("the band is %d pixels high, want about half of the 370 of the data", n)
	}
}
