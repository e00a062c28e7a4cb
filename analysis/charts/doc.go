// Package charts draws the plots of a result in the size and type of a printed column: the distribution of startup
// latency, what viewers were doing over time, and what the sources sent. A Chart is data first: the points that are
// drawn are the points in the CSV file beside the picture.
//
// It is not a plotting library (gonum/plot draws), and it decides nothing about metrics.
//
//	for _, c := range charts.All(runs) {
//		files, err := c.Render() // NAME.csv, and NAME.pdf, .svg, .png in one and two columns
//	}
//
// Fonts are embedded in PDF and SVG as a subset of Liberation Sans with the printable ASCII characters, so texts of
// charts are ASCII. The same chart gives the same bytes.
//
// Known error: curves of more than about 500 points are thinned at equal steps of rank or time; the last hundred ranks,
// where the tail is, always stay.
package charts
