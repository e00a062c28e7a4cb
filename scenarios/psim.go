package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"peerstreamer/analysis"
	"peerstreamer/scenarios/trace"
)

// Exit codes of Main.
const (
	exitFine   = 0
	exitError  = 1
	exitClaims = 3   // the run is fine and a claim about it is not
	exitSignal = 130 // interrupted; what there was is written
)

// Main is the command psim: it carries out args and returns the exit code. Results go to stdout, all else to stderr. A
// program that registers policies of its own and calls Main is psim with those policies.
func Main(args []string, stdout, stderr io.Writer) int {
	p := psim{args: args, stdout: stdout, stderr: stderr}
	err := p.main()
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errClaims):
		return exitClaims
	case errors.Is(err, errInterrupted):
		return exitSignal
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(stderr, "psim: %s\n", line)
	}
	return exitError
}

var errClaims = errors.New("a claim failed")

// psim is one call of the command.
type psim struct {
	args           []string
	stdout, stderr io.Writer
}

func (p *psim) main() error {
	command := ""
	if len(p.args) > 0 {
		command = p.args[0]
	}
	rest := p.args[min(1, len(p.args)):]
	switch command {
	case "init":
		if len(rest) > 0 {
			return errors.New("init takes no arguments; it prints a scenario: psim init > mine.toml")
		}
		_, err := io.WriteString(p.stdout, InitText())
		return err
	case "explain":
		if len(rest) > 1 {
			return errors.New("explain takes one key, such as video.bitrate, or none for all")
		}
		text, err := Explain(strings.Join(rest, ""))
		fmt.Fprint(p.stdout, text)
		return err
	case "version":
		v := readVersion()
		fmt.Fprintf(p.stdout, "psim %s (commit %s, %s, %s)\n", v.version, v.commit, v.goVersion, v.platform)
		return nil
	}
	o, err := parseOptions(p.args, p.stdout)
	switch {
	case errors.Is(err, errHelp):
		return nil
	case err != nil:
		return err
	case o.list:
		return p.list()
	}
	return p.experiment(o)
}

// list prints what there is to run.
func (p *psim) list() error {
	var b strings.Builder
	b.WriteString("scenarios:\n")
	for _, name := range Names() {
		c, err := Load(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "  %-12s %s\n", name, c.Text)
	}
	b.WriteString("policies:\n")
	for _, policy := range Policies() {
		fmt.Fprintf(&b, "  %-12s %s\n", policy.Name, policy.Doc)
	}
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// experiment loads a scenario, runs it with each seed, and prints and writes what came of it.
func (p *psim) experiment(o *options) error {
	c, err := Load(o.scenario, o.set...)
	if err != nil {
		return err
	}
	if o.branch != "" {
		if c, err = c.Branch(o.branch); err != nil {
			return fmt.Errorf("-branch: %w", err)
		}
	}
	if err := o.branchesFit(c); err != nil {
		return err
	}
	seeds := o.seeds
	if len(seeds) == 0 {
		seeds = []uint64{c.Seed}
	}
	c.Seed = seeds[0]
	if err := o.fitsMemory(c, len(seeds)); err != nil {
		return err
	}
	if o.trace.file != "" {
		if err := o.trace.fits(NewPlan(c, c.Seed)); err != nil {
			return err
		}
	}
	switch {
	case o.check:
		return p.check(o, c)
	case o.verify:
		return p.verify(o, c, seeds)
	}
	out, err := newOutput(o, c, seeds)
	if err != nil {
		return err
	}
	ctx, stop := p.untilInterrupted(o)
	defer stop()
	for _, warning := range c.Warnings() {
		fmt.Fprintf(p.stderr, "psim: warning: %s\n", warning)
	}
	stopProfile, err := profileCPU(o.profile)
	if err != nil {
		return err
	}
	meter := newMeter()
	bar := newBar(p.stderr, c, len(seeds))
	var runs []*analysis.Run
	var branches [][]*analysis.Run
	if len(c.Branches) > 0 {
		branches, err = o.runBranches(ctx, c, seeds, bar)
	} else {
		runs, err = p.runs(ctx, o, c, seeds, bar)
	}
	stop()
	bar.finish()
	meter.lap()
	if err := stopProfile(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if len(c.Branches) > 0 {
		return p.compare(o, out, c, branches, &meter)
	}
	if o.trace.from > runs[0].End {
		fmt.Fprintf(p.stderr, "psim: warning: -trace-time: it begins at %v, and the run was over at %v: nothing is in the trace\n",
			o.trace.from, runs[0].End)
	}
	result, partial := whole(c, runs)
	if partial != "" {
		out = out.partial(o, c)
	}
	s, err := p.summarize(o, c, result, partial, &meter)
	if err != nil {
		return err
	}
	return p.report(o, out, s)
}

// runs runs the scenario on the network that was asked for, until ctx is done: then it returns what there is, and
// errInterrupted if that is nothing.
func (p *psim) runs(ctx context.Context, o *options, c *Config, seeds []uint64, bar *bar) ([]*analysis.Run, error) {
	if o.network == "sim" {
		simulate := interruptible
		if o.trace.file != "" {
			simulate = o.trace.execute([]trace.Field{{Name: "scenario", Value: c.Name}, {Name: "policy", Value: c.Policy.Name},
				{Name: "config", Value: c.Hash()}, {Name: "seed", Value: seeds[0]}, {Name: "command", Value: p.commandLine()}})
		}
		runs, err := runSeeds(ctx, c, seeds, o.jobs, simulate, bar.progress)
		return runs, o.explain(err)
	}
	fmt.Fprintf(p.stderr, "psim: over tcp links have their rates but no %s, and %s takes up to %v of real time\n",
		oneOf(c.unshaped()), c.Name, c.Horizon)
	runs, err := runSeeds(ctx, c, seeds, 1, interruptibleDeploy, bar.progress) // one at a time: they would share the machine
	if err == nil && !slices.ContainsFunc(runs, func(r *analysis.Run) bool { return r != nil }) {
		fmt.Fprintln(p.stderr, "psim: interrupted before anything ran: there is nothing to write")
		return nil, errInterrupted
	}
	return runs, err
}

// interruptibleDeploy is Deploy that returns no record if it was interrupted before anything started.
func interruptibleDeploy(ctx context.Context, p *Plan, progress Progress) (*analysis.Run, error) {
	r, err := Deploy(ctx, p, progress)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil, nil
	}
	return r, err
}

// explain adds to a broken rule the command that breaks it again.
func (o *options) explain(err error) error {
	if broken := (*errBroken)(nil); errors.As(err, &broken) {
		branch := ""
		if in := (*errBranch)(nil); errors.As(err, &in) {
			branch = in.name
		}
		return fmt.Errorf("%w\nreplay: %s", err, o.replay(broken.at.Seed, branch))
	}
	return err
}

// check says that a scenario is fine, and over tcp that this machine can hold it.
func (p *psim) check(o *options, c *Config) error {
	plan := NewPlan(c, c.Seed)
	if o.network == "tcp" {
		if err := fits(plan); err != nil {
			return err
		}
	}
	for _, warning := range c.Warnings() {
		fmt.Fprintf(p.stderr, "psim: warning: %s\n", warning)
	}
	memory := ""
	if n := len(c.Branches); n > 0 {
		memory = fmt.Sprintf(", %d branches", n)
	}
	if o.network == "sim" {
		memory += fmt.Sprintf(", about %v of memory", rounded(c.needs(1, o.jobs, 1)))
	}
	_, err := fmt.Fprintf(p.stdout, "%s: fine: %d nodes, %d viewers, %v of %v in %d chunks, config %s%s\n", c.Name, plan.Len(),
		len(plan.Viewers), plan.Video.Duration, c.Video.Bitrate, plan.Video.Chunks(), c.Hash(), memory)
	return err
}

// summarize computes the figures.
func (p *psim) summarize(o *options, c *Config, runs []analysis.Run, partial string, m *meter) (*analysis.Summary, error) {
	v := readVersion()
	r := analysis.Result{
		Command: p.commandLine(), Version: v.version, Commit: v.commit, Go: v.goVersion, Platform: v.platform,
		Scenario: c.Name, Policy: c.Policy.Name, Network: o.network, ConfigHash: c.Hash(), Config: c.TOML(), Runs: runs, Partial: partial,
	}
	if o.network == "sim" {
		r.Epsilon = c.Net.Epsilon.Part()
	}
	for _, claim := range c.Claims {
		parsed, err := analysis.ParseClaim(claim.That)
		if err != nil {
			return nil, err
		}
		r.Claims = append(r.Claims, parsed)
	}
	s, err := analysis.Summarize(r)
	if err != nil {
		return nil, err
	}
	s.Measure = func() analysis.Cost { return m.read(min(o.jobs, len(runs))) }
	return s, nil
}

// report writes the files first, so that they are there to look at when a claim or a bound is not met.
func (p *psim) report(o *options, out output, s *analysis.Summary) error {
	if err := out.write(s); err != nil {
		return err
	}
	if o.json {
		if err := analysis.WriteSummary(p.stdout, s); err != nil {
			return err
		}
	} else if err := p.print(out, s); err != nil {
		return err
	}
	if err := s.Err(); err != nil {
		if o.network == "sim" {
			return err
		}
		// Real buckets let a burst through, and a bound may be missed by that much.
		fmt.Fprintf(p.stderr, "psim: warning: %v\n", err)
	}
	switch {
	case s.Partial != "":
		return errInterrupted
	case s.Failed() > 0:
		return errClaims
	}
	return nil
}
