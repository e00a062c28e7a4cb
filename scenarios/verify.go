package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"peerstreamer/analysis"
	"peerstreamer/core"
	"peerstreamer/netsim"
	"peerstreamer/scenarios/trace"
)

// twins is a plan carried out twice, by two simulations side by side that share nothing but the plan. As a network it is
// the first one; where the other's history departs from it, it fails.
type twins struct {
	*simulation
	other *simulation

	span core.Time      // of the next step: so that about stepEvents are remembered
	seen []netsim.Event // of the first in this step
	next int            // which of them the other has reached
	odd  *netsim.Event  // the other's first event that is not the first one's
}

// stepEvents is about how many events are remembered at a time, at 256 bytes each.
const stepEvents = 1 << 14

// verify is an execute that runs a plan twice. It fails with the first event that differs.
func verify(ctx context.Context, p *Plan, progress Progress) (*analysis.Run, error) {
	t, err := twinsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	return run(p, t, progress)
}

// twinsOf returns a plan's twins.
func twinsOf(ctx context.Context, p *Plan) (*twins, error) {
	a, err := simulationOf(ctx, p)
	if err != nil {
		return nil, err
	}
	b, err := simulationOf(context.WithoutCancel(ctx), p) // It must come as far as the first.
	if err != nil {
		return nil, err
	}
	return pair(a, b), nil
}

// pair returns the twins of two simulations that are alike.
func pair(a, b *simulation) *twins {
	t := &twins{simulation: a, other: b, span: look}
	t.observe()
	return t
}

func (t *twins) observe() {
	t.sim.Observe(t.remember)
	t.other.sim.Observe(t.compare)
}

func forkableTwins(ctx context.Context, p *Plan) (forkable, error) { return twinsOf(ctx, p) }

func (t *twins) fork() forkable {
	return pair(t.simulation.fork().(*simulation), t.other.fork().(*simulation))
}

func (t *twins) as(p *Plan) forkable {
	f := *t
	f.simulation, f.other = t.simulation.as(p).(*simulation), t.other.as(p).(*simulation)
	return &f
}

func (t *twins) follow() {
	t.observe() // It may be the trunk that was observed.
	t.simulation.follow()
	t.other.follow()
}

func (t *twins) advance(until core.Time) (core.Time, error) {
	for now := t.sim.Now(); ; {
		t.seen, t.next, t.odd = t.seen[:0], 0, nil
		to := min(until, now.After(t.span))
		reached, err := t.simulation.advance(to)
		if err != nil {
			return now, err
		}
		if _, err := t.other.advance(reached); err != nil {
			return now, err
		}
		if t.odd != nil || t.next < len(t.seen) || t.sim.Digest() != t.other.sim.Digest() {
			return now, t.difference()
		}
		switch {
		case len(t.seen) > 2*stepEvents:
			t.span = max(1, t.span/2)
		case len(t.seen) < stepEvents/2:
			t.span = min(2*t.span, core.Minute)
		}
		if now = reached; now < to || now == until {
			return now, nil
		}
	}
}

// remember keeps an event of the first simulation.
func (t *twins) remember(e *netsim.Event) {
	if !e.Call.Act() {
		t.seen = append(t.seen, keep(e))
	}
}

// compare looks whether an event of the other simulation is what the first one's was. The digest covers all of it.
func (t *twins) compare(e *netsim.Event) {
	if e.Call.Act() || t.odd != nil {
		return
	}
	if t.next == len(t.seen) || t.seen[t.next].Digest != e.Digest {
		odd := keep(e)
		t.odd = &odd
		return
	}
	t.next++
}

// keep copies an event with what is good during the call only.
func keep(e *netsim.Event) netsim.Event {
	k := *e
	if e.Boot != nil {
		b := *e.Boot
		b.Owns, b.Knows, b.Held = slices.Clone(b.Owns), slices.Clone(b.Knows), slices.Clone(b.Held)
		k.Boot = &b
	}
	k.Held = slices.Clone(e.Held)
	return k
}

// difference tells of the first event that is not the same in both.
func (t *twins) difference() error {
	number := t.sim.Events() - t.events(t.seen) + t.events(t.seen[:t.next]) + 1
	first, second := "nothing more", "nothing more"
	if t.next < len(t.seen) {
		first = trace.Line(&t.seen[t.next], t.plan.nameOf)
	}
	if t.odd != nil {
		second = trace.Line(t.odd, t.plan.nameOf)
	}
	if first == second { // in all that a message of its kind means to say; the rest must not differ either
		first += fmt.Sprintf("  %+v", t.seen[t.next])
		second += fmt.Sprintf("  %+v", *t.odd)
	}
	return &errDiffers{number, first, second}
}

// events counts the callbacks among some events.
func (t *twins) events(list []netsim.Event) (n uint64) {
	for i := range list {
		if list[i].Call != netsim.CallDelivery {
			n++
		}
	}
	return n
}

// errDiffers is a history that is not the same twice.
type errDiffers struct {
	number        uint64 // of the event
	first, second string
}

func (e *errDiffers) Error() string {
	return strings.Join([]string{
		fmt.Sprintf("two runs of the same scenario and seed differ at event %d:", e.number),
		"  first run:  " + e.first,
		"  second run: " + e.second,
		"something in the policy depends on more than what it is told: a map's order, the clock, another source of chance, a variable that is not its own",
	}, "\n")
}

// verify runs each seed twice and says that both runs agree, or where they do not.
func (p *psim) verify(o *options, c *Config, seeds []uint64) error {
	ctx, stop := p.untilInterrupted(o)
	defer stop()
	bar := newBar(p.stderr, c, len(seeds))
	var lists [][]*analysis.Run // of each seed, its branches
	var err error
	if len(c.Branches) > 0 {
		lists, err = seedBranches(ctx, c, seeds, o.jobs, forkableTwins, bar.progress)
	} else {
		var runs []*analysis.Run
		runs, err = runSeeds(ctx, c, seeds, o.jobs, verify, bar.progress)
		for i := range runs {
			lists = append(lists, runs[i:i+1])
		}
	}
	stop()
	bar.finish()
	if err != nil {
		return o.explain(err)
	}
	partial := false
	for i, list := range lists {
		if len(list) == 0 || list[0] == nil {
			fmt.Fprintf(p.stdout, "seed %d: not run\n", seeds[i])
			partial = true
			continue
		}
		for j, r := range list {
			of := ""
			if len(c.Branches) > 0 {
				of = ", " + c.Branches[j].Name
			}
			fmt.Fprintf(p.stdout, "seed %d%s: two runs agree: digest %s after %d events, %.3f s\n", r.Seed, of, r.Digest, r.Events, r.End.Seconds())
			partial = partial || r.Partial
		}
	}
	if partial {
		return errInterrupted
	}
	return nil
}
