package analysis

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"

	"peerstreamer/analysis/charts"
	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

//go:embed report.html
var reportText string

var report = template.Must(template.New("report").Parse(reportText))

// page is what the report's template shows.
type page struct {
	*Summary
	Head     []tile
	Rows     []tableRow
	Interval bool // the table has a column of intervals
	Plots    []plot
	Sites    []siteTile
	Facts    []fact
	Digests  []fact // seed, digest
	Violated []string
}

// tile is one headline figure.
type tile struct{ Title, Value, Note string }

// tableRow is a row of the result table.
type tableRow struct{ Figure, Value, Interval, Unit, Bound, Ratio string }

// plot is one plot, drawn for a narrow and for a wide window.
type plot struct {
	Name, Title string
	Narrow      template.URL
	Wide        template.Srcset
}

// siteTile is what crossed a site's link, as payload; the page has so many of them at most.
type siteTile struct{ Name, Out, In string }

const maxSiteRows = 50

type fact struct{ Name, Value string }

// headline are the figures that the page begins with.
var headline = []string{"startup_latency.p50", "startup_latency.p95", "rebuffering_ratio.mean", "source_copies",
	"offload", "finished"}

func (s *Summary) page() page {
	p := page{Summary: s, Interval: len(s.Runs) > 1}
	for _, name := range headline {
		f, _ := s.Figure(name)
		x, ok := f.Mean.Get()
		if !ok {
			continue
		}
		t := tile{Title: f.Title, Value: format(f.Unit, x)}
		for _, b := range s.Bounds {
			if q, ok := b.Ratio.Get(); ok && b.Name == name {
				t.Note = fmt.Sprintf("bound %s, ratio %s", format(f.Unit, b.Value), digits(q))
			}
		}
		if viewers, ok := s.Figures[0].Mean.Get(); ok && name == "finished" {
			t.Note = "of " + format(Count, viewers) + " viewers"
		}
		p.Head = append(p.Head, t)
	}
	for _, r := range s.table() {
		p.Rows = append(p.Rows, tableRow{r.figure, r.value, r.interval, r.unit, r.bound, r.ratio})
	}
	for _, m := range s.siteMeans() {
		if len(p.Sites) == maxSiteRows {
			break
		}
		p.Sites = append(p.Sites, siteTile{m.name, format(Bytes, m.sums[0]), format(Bytes, m.sums[1])})
	}
	for _, err := range s.violated {
		p.Violated = append(p.Violated, err.Error())
	}
	for i := range s.Runs {
		p.Digests = append(p.Digests, fact{strconv.FormatUint(s.Runs[i].Seed, 10), s.Runs[i].Digest})
	}
	for _, f := range []fact{
		{"command", s.Command}, {"version", s.Version}, {"commit", s.Commit}, {"Go", s.Go}, {"platform", s.Platform},
		{"config hash", s.ConfigHash}, {"rates", s.approximate()}, {"wall time", spent(s.Wall)}, {"CPU time", spent(s.CPU)},
		{"CPU time of the run", spent(s.RunCPU)}, {"peak memory", format(Bytes, float64(s.PeakRSS))},
		{"memory per node", shown(s.BytesPerNode(), Bytes)}, {"events per CPU second", shown(s.EventsPerCPUSecond(), Count)},
		{"CPU time per chunk", s.perChunk()},
	} {
		if f.Value != "" {
			p.Facts = append(p.Facts, f)
		}
	}
	return p
}

// approximate says in words that rates are not exact; empty if they are.
func (s *Summary) approximate() string {
	if s.Epsilon == 0 {
		return ""
	}
	return fmt.Sprintf("approximate: epsilon %g%%", 100*s.Epsilon)
}

// writeReport writes report.html. Plots and style are inline: the page needs nothing beside it.
func writeReport(w io.Writer, s *Summary, plots []charts.Chart) error {
	page := s.page()
	for _, c := range plots {
		narrow, err := c.SVG(charts.Sizes[0])
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		wide, err := c.SVG(charts.Sizes[1])
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		page.Plots = append(page.Plots, plot{c.Name, c.Title, template.URL(dataURI(narrow)), template.Srcset(dataURI(wide))})
	}
	var b bytes.Buffer
	if err := report.Execute(&b, page); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// perChunk returns the CPU time of a chunk for people, "" if there is none.
func (s *Summary) perChunk() string {
	x, ok := s.CPUPerChunk().Get()
	if !ok {
		return ""
	}
	return digits(x*1e6) + " us"
}

// shown formats a value that may be absent, which is the empty string.
func shown(v stats.Value, unit Unit) string {
	x, ok := v.Get()
	if !ok {
		return ""
	}
	return format(unit, x)
}

func spent(t core.Time) string { return format(Seconds, t.Seconds()) }

func dataURI(svg []byte) string {
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)
}
