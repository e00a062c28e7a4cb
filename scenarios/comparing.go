package scenarios

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// branchesFit returns an error if what was asked for cannot be done with branches.
func (o *options) branchesFit(c *Config) error {
	if len(c.Branches) == 0 {
		return nil
	}
	one := fmt.Sprintf("one of its branches alone, such as -branch %s", shell(c.Branches[0].Name))
	switch {
	case o.network != "sim":
		return fmt.Errorf("-network %s: nothing but a simulation can be copied and go on in several ways: want %s, or -network sim",
			o.network, one)
	case o.trace.file != "":
		return fmt.Errorf("-trace: a trace is of one history, and %s has %d: want %s", c.Name, len(c.Branches), one)
	}
	return nil
}

// seedBranches runs all branches with each seed, so many simulations at a time, and returns the records by seed and branch:
// nil for a seed that was not begun when ctx was done.
func seedBranches(ctx context.Context, c *Config, seeds []uint64, jobs int, start func(context.Context, *Plan) (forkable, error),
	progress func(seed int, share float64)) ([][]*analysis.Run, error) {
	running := make(chan struct{}, jobs)
	runs := make([][]*analysis.Run, len(seeds))
	err := eachSeed(ctx, seeds, jobs, func(i int) (err error) {
		running <- struct{}{}
		defer func() { <-running }()
		runs[i], err = runBranches(ctx, c, seeds[i], running, start, func(share float64) { progress(i, share) })
		return err
	})
	return runs, err
}

func forkableSimulation(ctx context.Context, p *Plan) (forkable, error) { return simulationOf(ctx, p) }

// runBranches simulates all branches with each seed.
func (o *options) runBranches(ctx context.Context, c *Config, seeds []uint64, bar *bar) ([][]*analysis.Run, error) {
	runs, err := seedBranches(ctx, c, seeds, o.jobs, forkableSimulation, bar.progress)
	return runs, o.explain(err)
}

// wholeBranches returns the records to make a result of, by branch. If a run was interrupted or not begun those seeds count
// of which all branches are complete, or if none is, the first seed as far as it came; what says in words what is missing.
func wholeBranches(c *Config, runs [][]*analysis.Run) (result [][]*analysis.Run, what string) {
	complete := 0
	result = make([][]*analysis.Run, len(c.Branches))
	add := func(list []*analysis.Run) {
		for i, r := range list {
			result[i] = append(result[i], r)
		}
	}
	for _, list := range runs {
		cut := list == nil
		for _, r := range list {
			cut = cut || r.Partial
		}
		if !cut {
			add(list)
			complete++
		}
	}
	switch {
	case complete == len(runs):
		return result, ""
	case complete > 0:
		return result, fmt.Sprintf("interrupted after %d of %d seeds", complete, len(runs))
	}
	add(runs[0])
	for _, r := range runs[0] {
		if !r.Partial {
			complete++
		}
	}
	return result, fmt.Sprintf("interrupted after %d of %d branches", complete, len(c.Branches))
}

// compare prints and writes what came of the branches: of each what a run of it alone would write, in a folder of its own,
// and above them the comparison.
func (p *psim) compare(o *options, out output, c *Config, runs [][]*analysis.Run, m *meter) error {
	lists, partial := wholeBranches(c, runs)
	if partial != "" {
		out = out.partial(o, c)
	}
	var branches []analysis.Branch
	for i, list := range lists {
		plain := c.variant(i)
		whole, cut := whole(plain, list)
		if cut == "" && len(runs) > 1 {
			cut = partial // Some seeds are missing.
		}
		s, err := p.summarize(o, plain, whole, cut, m)
		if err != nil {
			return err
		}
		s.Measure = nil // Branches share what the common part cost.
		b := analysis.Branch{Name: c.Branches[i].Name, At: c.Branches[i].At, Folder: "branches/" + c.Branches[i].folder(), Summary: s}
		branches = append(branches, b)
	}
	common := branches[0].Result
	common.ConfigHash, common.Config, common.Runs, common.Claims, common.Partial = c.Hash(), c.TOML(), nil, nil, partial
	comparison, err := analysis.Compare(common, branches)
	if err != nil {
		return err
	}
	for i, b := range branches {
		own := output{dir: filepath.Join(out.dir, filepath.FromSlash(b.Folder))}
		own.config = c.variant(i).at(own.dir).TOML()
		if err := own.write(b.Summary); err != nil {
			return err
		}
	}
	comparison.Measure = func() analysis.Cost { return m.read(c.copies(len(runs), o.jobs)) }
	if err := out.writeComparison(comparison); err != nil {
		return err
	}
	if o.json {
		err = analysis.WriteComparisonSummary(p.stdout, comparison)
	} else {
		err = p.printComparison(out, comparison)
	}
	switch {
	case err != nil:
		return err
	case comparison.Err() != nil:
		return comparison.Err()
	case partial != "":
		return errInterrupted
	case comparison.Failed() > 0:
		return errClaims
	}
	return nil
}

// writeComparison writes what stands above the branches' folders.
func (out output) writeComparison(c *analysis.Comparison) error {
	if err := analysis.WriteComparison(out.dir, c); err != nil {
		return err
	}
	return out.writeConfig()
}

// printComparison prints a comparison for people: the claims of each branch, figures side by side, and what it cost.
func (p *psim) printComparison(out output, c *analysis.Comparison) error {
	colour := isTerminal(p.stdout) && os.Getenv("NO_COLOR") == ""
	var b strings.Builder
	if c.Partial != "" {
		fmt.Fprintf(&b, "PARTIAL: %s; claims are judged of complete branches only\n\n", c.Partial)
	}
	for _, branch := range c.Branches {
		if len(branch.Verdicts) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", branch.Name)
		if err := analysis.PrintClaims(&b, branch.Verdicts, colour); err != nil {
			return err
		}
		fmt.Fprintln(&b)
	}
	if err := analysis.PrintComparison(&b, c, colour); err != nil {
		return err
	}
	fmt.Fprintln(&b)
	for _, branch := range c.Branches {
		fmt.Fprintf(&b, "%s: from %v, config %s, %s", branch.Name, branch.At, branch.ConfigHash, digests(branch.Runs))
		if branch.Partial != "" {
			fmt.Fprintf(&b, ", %s", branch.Partial)
		}
		fmt.Fprintln(&b)
	}
	fmt.Fprintf(&b, "%s, policy %s, config %s; %.1f s CPU, %v memory\n", c.Scenario, c.Policy, c.ConfigHash, c.CPU.Seconds(),
		c.PeakRSS/core.MiB*core.MiB)
	if err := analysis.PrintComparisonCost(&b, c); err != nil {
		return err
	}
	fmt.Fprintln(&b, out.dir+"/report.html")
	_, err := io.WriteString(p.stdout, b.String())
	return err
}
