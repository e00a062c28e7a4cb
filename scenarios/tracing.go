package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"peerstreamer/analysis"
	"peerstreamer/core"
	"peerstreamer/scenarios/trace"
)

// tracing is what a trace is to tell, and where to.
type tracing struct {
	file     string
	nodes    string // as -trace-nodes says it; empty: all
	from, to core.Time
}

// readSpan reads "60s..90s".
func (t *tracing) readSpan(text string) error {
	if text == "" {
		return nil
	}
	p, err := readPart(text, core.ParseTime)
	if err != nil || !strings.Contains(text, "..") || p.High <= p.Low {
		return fmt.Errorf("-trace-time %s: want a span such as 60s..90s", text)
	}
	t.from, t.to = p.Low, p.High
	return nil
}

// fits returns an error if a run of a plan has nothing of what the trace is to tell.
func (t *tracing) fits(p *Plan) error {
	if t.from > p.Config.Horizon {
		return fmt.Errorf("-trace-time: it begins at %v, after the horizon, %v", t.from, p.Config.Horizon)
	}
	_, err := p.choose(t.nodes)
	return err
}

// execute returns an execute that simulates and writes a trace of it.
func (t *tracing) execute(about []trace.Field) execute {
	return func(ctx context.Context, p *Plan, progress Progress) (r *analysis.Run, err error) {
		include, err := p.choose(t.nodes)
		if err != nil {
			return nil, err
		}
		s, err := simulationOf(ctx, p)
		if err != nil {
			return nil, err
		}
		f, err := os.Create(t.file)
		if err != nil {
			return nil, fmt.Errorf("-trace: %w", err)
		}
		w := trace.NewWriter(f, trace.Options{Name: s.plan.nameOf, State: s.swarm.ViewState, From: t.from, To: t.to,
			Include: include, About: about})
		s.sim.Observe(w.Event)
		defer func() {
			if e := errors.Join(w.Close(s.sim.Now()), f.Close()); e != nil {
				err = errors.Join(err, fmt.Errorf("-trace: %w", e))
			}
		}()
		return run(p, s, progress)
	}
}

// choose reads a list of nodes, groups and ranges such as viewer-0..viewer-9,source, and returns which nodes are in it;
// nil is all.
func (p *Plan) choose(list string) (func(core.NodeID) bool, error) {
	if list == "" {
		return nil, nil
	}
	chosen := make([]bool, p.Len()+1)
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(strings.TrimSpace(part), "..")
		first, last, err := p.find(low)
		if err == nil && isRange {
			var end int
			if _, end, err = p.find(high); err == nil && (end < last || p.group(first) != p.group(end)) {
				err = fmt.Errorf("%q: want two nodes of one group, the first one first", part)
			}
			last = end
		}
		if err != nil {
			return nil, fmt.Errorf("-trace-nodes: %w", err)
		}
		for i := first; i <= last; i++ {
			chosen[i+1] = true
		}
	}
	return func(n core.NodeID) bool { return int(n) < len(chosen) && chosen[n] }, nil
}

// find returns the first and the last node of a group, or a node twice.
func (p *Plan) find(name string) (first, last int, err error) {
	var names []string
	for i := range p.Config.Groups {
		g := &p.Config.Groups[i]
		first, last := p.kin[i].first, p.kin[i].first+int(g.Count)-1
		if name == g.Name {
			return first, last, nil
		}
		if rest, ok := strings.CutPrefix(name, g.Name+"-"); ok && g.Count > 1 {
			if j, err := strconv.Atoi(rest); err == nil && j >= 0 && first+j <= last && p.Name(first+j) == name {
				return first + j, first + j, nil
			}
		}
		names = append(names, g.Name)
		if g.Count > 1 {
			names = append(names, p.Name(first), p.Name(last))
		}
	}
	for i := range p.Config.Groups { // A number too high is no word misspelt.
		g := &p.Config.Groups[i]
		if rest, ok := strings.CutPrefix(name, g.Name+"-"); ok && g.Count > 1 && rest != "" && strings.Trim(rest, "0123456789") == "" {
			return 0, 0, fmt.Errorf("no node is named %q: group %q has %s to %s", name, g.Name, p.Name(p.kin[i].first),
				p.Name(p.kin[i].first+int(g.Count)-1))
		}
	}
	return 0, 0, fmt.Errorf("no node or group is named %q%s", name, didYouMean(name, names))
}
