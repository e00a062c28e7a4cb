package analysis

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"peerstreamer/analysis/charts"
)

// WriteComparison writes the files of a comparison into a directory; each branch's own are Write's:
//
//	summary.json    what is common, and of each branch its summary and how its figures differ from the first branch's
//	branches.csv    a row for each branch and seed
//	report.html     claims, plots and figures of all branches side by side
//	plots/*         charts with a curve for each branch, in the forms that Write has
//
// They are replaced as by Write.
func WriteComparison(dir string, c *Comparison) error {
	var branches []charts.Branch
	for _, b := range c.Branches {
		branches = append(branches, charts.Branch{Name: b.Name, At: b.At, Runs: b.Runs})
	}
	plots := charts.Compare(branches)
	if c.Partial != "" {
		charts.Partial(plots, c.Partial)
	}
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o755); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	if err := writePlots(filepath.Join(dir, "plots"), plots); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	if c.Measure != nil {
		c.Cost = c.Measure()
	}
	return writeFiles(dir, []resultFile{
		{"branches.csv", func(w io.Writer) error { return writeBranches(w, c) }},
		{"report.html", func(w io.Writer) error { return writeComparisonReport(w, c, plots) }},
		{"summary.json", func(w io.Writer) error { return WriteComparisonSummary(w, c) }},
	})
}

// comparisonPage is what the template of a comparison shows.
type comparisonPage struct {
	*Comparison
	Seeds    int
	Interval bool
	Plots    []plot
	Rows     [][]cell // the titles first
	Facts    []fact
}

// cell is one of a table.
type cell struct {
	Text   string
	Number bool
}

func writeComparisonReport(w io.Writer, c *Comparison, plots []charts.Chart) error {
	seeds := len(c.Branches[0].Runs)
	page := comparisonPage{Comparison: c, Seeds: seeds, Interval: seeds > 1, Facts: c.facts()}
	rows := c.rows()
	titles, units := c.ends(rows)
	columns := []column{titles}
	for i := range c.Branches {
		columns = append(columns, c.columns(i, rows)...)
	}
	columns = append(columns, units)
	for row := range titles.cells {
		var line []cell
		for _, col := range columns {
			line = append(line, cell{col.cells[row], !col.left})
		}
		page.Rows = append(page.Rows, line)
	}
	var err error
	if page.Plots, err = drawn(plots); err != nil {
		return err
	}
	return writePage(w, "comparison", page)
}

// WriteComparisonSummary writes summary.json of a comparison.
func WriteComparisonSummary(w io.Writer, c *Comparison) error { return writeObject(w, c.object()) }

func (c *Comparison) object() object {
	var o object
	seeds := make([]uint64, len(c.Branches[0].Runs))
	for i := range seeds {
		seeds[i] = c.Branches[0].Runs[i].Seed
	}
	o.add("schema_version", SchemaVersion)
	o.add("command", c.Command)
	o.add("version", c.Version)
	o.add("commit", c.Commit)
	o.add("go", c.Go)
	o.add("platform", c.Platform)
	o.add("scenario", c.Scenario)
	o.add("seeds", seeds)
	o.add("policy", c.Policy)
	o.add("network", c.Network)
	o.add("partial", c.Partial != "")
	o.add("config_hash", c.ConfigHash)
	o.add("wall_s", c.Wall.Seconds())
	o.add("cpu_s", c.CPU.Seconds())
	o.add("run_cpu_s", c.RunCPU.Seconds())
	o.add("peak_rss_bytes", int64(c.PeakRSS))
	branches := []object{}
	for i, b := range c.Branches {
		var part object
		part.add("name", b.Name)
		part.add("at_s", b.At.Seconds())
		part.add("folder", b.Folder)
		part.add("difference", c.differences(i))
		part.add("summary", b.Summary.object())
		branches = append(branches, part)
	}
	o.add("branches", branches)
	return o
}

// differences is by what each figure of a branch is more than the first branch's; null for the first branch itself.
func (c *Comparison) differences(i int) *object {
	if i == 0 {
		return nil
	}
	var o object
	for f := range c.Branches[i].Figures {
		mean, lo, hi := c.difference(i, f)
		o.figure(c.Branches[i].Figures[f].Column(), mean, lo, hi)
	}
	return &o
}

// writeBranches writes branches.csv: a row for each branch and seed, with its digest and every metric.
func writeBranches(w io.Writer, c *Comparison) error {
	out := csv.NewWriter(w)
	header := []string{"branch", "at_s", "seed", "digest"}
	for _, f := range c.Branches[0].Figures {
		header = append(header, f.Column())
	}
	out.Write(header)
	for _, b := range c.Branches {
		for i, r := range b.Runs {
			row := []string{b.Name, seconds(b.At), strconv.FormatUint(r.Seed, 10), r.Digest}
			for _, f := range b.Figures {
				row = append(row, f.PerSeed[i].String())
			}
			out.Write(row)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write branches: %w", err)
	}
	return nil
}
