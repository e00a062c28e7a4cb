package analysis

import (
	"fmt"
	"io"
	"strings"

	"peerstreamer/analysis/stats"
	"peerstreamer/core"
)

// Cost is what the machine spent on a result; alone in not being the same from one run to the next.
type Cost struct {
	Wall, CPU core.Time  // of the command
	RunCPU    core.Time  // of CPU what the runs themselves took, without figures and drawing
	PeakRSS   core.Bytes // of the process
	AtOnce    int        // runs that were in memory together; 0 is 1
}

// total sums something up over all runs.
func (r *Result) total(of func(*Run) int64) (sum float64) {
	for i := range r.Runs {
		sum += float64(of(&r.Runs[i]))
	}
	return sum
}

// EventsPerCPUSecond returns the simulator's events per second of RunCPU, None where events are not counted.
func (r *Result) EventsPerCPUSecond() stats.Value {
	events := r.total(func(r *Run) int64 { return r.Events })
	if events == 0 {
		return stats.None
	}
	return stats.Over(events, r.RunCPU.Seconds())
}

// CPUPerChunk returns the seconds of RunCPU for each whole chunk that a node received, None if there was none.
func (r *Result) CPUPerChunk() stats.Value {
	return stats.Over(r.RunCPU.Seconds(), r.total(func(r *Run) int64 { return r.Chunks }))
}

// BytesPerNode returns PeakRSS over the nodes that were in memory together: in small runs it is the program's own memory
// that shows. None without nodes.
func (r *Result) BytesPerNode() stats.Value {
	nodes := 0
	for i := range r.Runs {
		nodes = max(nodes, len(r.Runs[i].Nodes))
	}
	if r.PeakRSS == 0 {
		return stats.None
	}
	return stats.Over(float64(r.PeakRSS), float64(nodes*max(1, r.AtOnce)))
}

// PrintComparisonCost prints a line on what the branches cost together, what they have in common counting once.
func PrintComparisonCost(w io.Writer, c *Comparison) error {
	all := Result{Cost: c.Cost}
	for _, b := range c.Branches {
		for _, r := range b.Runs {
			all.Runs = append(all.Runs, Run{Events: r.Events - r.Copied})
		}
	}
	return PrintCost(w, &Summary{Result: all})
}

// PrintCost prints a line on what the runs cost: events, chunks and nodes, each as far as it is known.
func PrintCost(w io.Writer, s *Summary) error {
	parts := []string{fmt.Sprintf("runs %.1f s CPU", s.RunCPU.Seconds())}
	if x, ok := s.EventsPerCPUSecond().Get(); ok {
		events := s.total(func(r *Run) int64 { return r.Events })
		parts = append(parts, fmt.Sprintf("%.0f events, %.2f M a CPU second", events, x/1e6))
	}
	if text := s.perChunk(); text != "" {
		parts = append(parts, text+" CPU a chunk")
	}
	if x, ok := s.BytesPerNode().Get(); ok && s.PeakRSS > 0 {
		parts = append(parts, fmt.Sprintf("%.0f bytes a node", x))
	}
	_, err := fmt.Fprintln(w, strings.Join(parts, ", "))
	return err
}
