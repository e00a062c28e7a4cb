package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// figures are the measured values of a measurement, by name, in the order in which the names came up. The unit is the
// end of a name.
type figures struct {
	what   string
	names  []string
	values map[string][]float64
}

// add notes what a run has measured and prints it.
func (f *figures) add(name string, value float64) {
	if f.values == nil {
		f.values = map[string][]float64{}
	}
	if f.values[name] == nil {
		f.names = append(f.names, name)
	}
	f.values[name] = append(f.values[name], value)
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"what": f.what, "run": len(f.values[name]), name: value})
}

// median returns the middle of the values of a name.
func (f *figures) median(name string) float64 {
	v := slices.Sorted(slices.Values(f.values[name]))
	return v[len(v)/2]
}

// table prints all of them.
func (f *figures) table() {
	t := tabwriter.NewWriter(os.Stderr, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%s\tmedian\tlowest\thighest\n", f.what)
	for _, name := range f.names {
		fmt.Fprintf(t, "%s\t%.4g\t%.4g\t%.4g\n", name, f.median(name), slices.Min(f.values[name]), slices.Max(f.values[name]))
	}
	_ = t.Flush()
}

// ms returns a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
