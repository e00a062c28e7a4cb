package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
)

// figure is a measured value. Its unit is the end of its name.
type figure struct {
	name  string
	value float64
}

// repeat measures runs times, prints each as it comes and the table at the end. Before that it measures once for nothing:
// on a virtual machine the first touch of a page that nobody has used yet can cost ten times the copy into it, and a
// measurement frees the pages that the next one gets.
func (m measurement) repeat(what string, measure func(run int) ([]figure, error)) error {
	var names []string
	values := map[string][]float64{}
	for run := range m.runs + 1 {
		figures, err := measure(run)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if run == 0 {
			continue
		}
		line := map[string]any{"what": what, "run": run, "bytes": m.Size}
		for _, f := range figures {
			if values[f.name] == nil {
				names = append(names, f.name)
			}
			values[f.name] = append(values[f.name], f.value)
			line[f.name] = f.value
		}
		if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
			return err
		}
	}
	t := tabwriter.NewWriter(os.Stderr, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\tmedian\tlowest\thighest\n", what)
	for _, name := range names {
		v := values[name]
		slices.Sort(v)
		fmt.Fprintf(t, "%s\t%.4g\t%.4g\t%.4g\n", name, v[len(v)/2], v[0], v[len(v)-1])
	}
	return t.Flush()
}
