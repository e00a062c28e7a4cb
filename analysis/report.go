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

//go:embed comparison.html
var comparisonText string

var report = template.Must(template.Must(template.New("report").Parse(reportText)).Parse(comparisonText))

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
	p.Facts = s.facts()
	return p
}

// facts are what is needed to repeat a result, and what it cost if that is known.
func (r *Result) facts() (facts []fact) {
	for _, f := range []fact{
		{"command", r.Command}, {"version", r.Version}, {"commit", r.Commit}, {"Go", r.Go}, {"platform", r.Platform},
		{"config hash", r.ConfigHash}, {"rates", r.approximate()}, {"wall time", spent(r.Wall)}, {"CPU time", spent(r.CPU)},
		{"CPU time of the run", spent(r.RunCPU)}, {"peak memory", shown(some(float64(r.PeakRSS)), Bytes)},
		{"memory per node", shown(r.BytesPerNode(), Bytes)}, {"events per CPU second", shown(r.EventsPerCPUSecond(), Count)},
		{"CPU time per chunk", r.perChunk()},
	} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

// some returns what was measured, None for 0: nothing was.
func some(x float64) stats.Value {
	if x == 0 {
		return stats.None
	}
	return stats.Some(x)
}

// approximate says in words that rates are not exact; empty if they are.
func (r *Result) approximate() string {
	if r.Epsilon == 0 {
		return ""
	}
	return fmt.Sprintf("approximate: epsilon %g%%", 100*r.Epsilon)
}

// writeReport writes report.html. Plots and style are inline: the page needs nothing beside it.
func writeReport(w io.Writer, s *Summary, plots []charts.Chart) error {
	page := s.page()
	var err error
	if page.Plots, err = drawn(plots); err != nil {
		return err
	}
	return writePage(w, "report", page)
}

// drawn draws plots for a page.
func drawn(plots []charts.Chart) (list []plot, err error) {
	for _, c := range plots {
		narrow, err := c.SVG(charts.Sizes[0])
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		wide, err := c.SVG(charts.Sizes[1])
		if err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		list = append(list, plot{c.Name, c.Title, template.URL(dataURI(narrow)), template.Srcset(dataURI(wide))})
	}
	return list, nil
}

// writePage writes what a template of a name makes of a page.
func writePage(w io.Writer, name string, page any) error {
	var b bytes.Buffer
	if err := report.ExecuteTemplate(&b, name, page); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// perChunk returns the CPU time of a chunk for people, "" if there is none.
func (r *Result) perChunk() string {
	x, ok := r.CPUPerChunk().Get()
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

func spent(t core.Time) string { return shown(some(t.Seconds()), Seconds) }

func dataURI(svg []byte) string {
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)
}
