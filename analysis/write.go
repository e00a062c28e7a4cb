package analysis

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"peerstreamer/analysis/charts"
)

// Write writes all files of a result into a directory, which it makes if it is missing:
//
//	summary.json    figures, bounds, claims and what is needed to repeat the run
//	viewers.csv     a row for each viewer
//	seeds.csv       a row for each seed
//	sites.csv       a row for each site, if there are some
//	report.html     figures and plots on one self-contained page
//	plots/*         each plot as PDF, SVG and PNG in one and two columns, and its points as CSV
//
// Existing files of these names are replaced, each by a rename, so that a reader never sees half a file. What it
// cost aside the bytes depend on the Result alone. About half a second of CPU, and 1 us for each viewer.
func Write(dir string, s *Summary) error {
	plots := charts.All(s.Runs)
	if s.Partial != "" {
		charts.Partial(plots, s.Partial)
	}
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o755); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	if err := writePlots(filepath.Join(dir, "plots"), plots); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	data := []resultFile{
		{"viewers.csv", func(w io.Writer) error { return WriteViewers(w, s) }},
		{"seeds.csv", func(w io.Writer) error { return WriteSeeds(w, s) }},
	}
	if s.sites() {
		data = append(data, resultFile{"sites.csv", func(w io.Writer) error { return WriteSites(w, s) }})
	}
	if err := writeFiles(dir, data); err != nil {
		return err
	}
	if s.Measure != nil {
		s.Cost = s.Measure()
	}
	return writeFiles(dir, []resultFile{
		{"report.html", func(w io.Writer) error { return writeReport(w, s, plots) }},
		{"summary.json", func(w io.Writer) error { return WriteSummary(w, s) }},
	})
}

// resultFile is a file of a result, and what writes it.
type resultFile struct {
	name  string
	write func(io.Writer) error
}

func writeFiles(dir string, files []resultFile) error {
	for _, f := range files {
		if err := writeFile(filepath.Join(dir, f.name), f.write); err != nil {
			return fmt.Errorf("write results: %w", err)
		}
	}
	return nil
}

func writePlots(dir string, plots []charts.Chart) error {
	for _, c := range plots {
		files, err := c.Render()
		if err != nil {
			return err
		}
		for _, f := range files {
			write := func(w io.Writer) error { _, err := w.Write(f.Data); return err }
			if err := writeFile(filepath.Join(dir, f.Name), write); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFile replaces a file by what write writes.
func writeFile(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
