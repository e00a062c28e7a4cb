package scenarios

import (
	"fmt"
	"slices"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// driver takes a network through a plan, from sample to sample, to the first one after the last viewer is done or to the
// horizon. When it ends is decided at the samples alone, so that it depends on the scenario and nothing else, unless it
// is interrupted.
type driver struct {
	plan     *Plan
	network  network
	watchers *watchers
	samples  []analysis.Sample
	now      core.Time // of the last sample, or of the interrupt
	partial  bool      // it was interrupted
	copied   int64     // events of the network that another driver has taken it through
}

func newDriver(p *Plan, n network) *driver {
	return &driver{plan: p, network: n, watchers: newWatchers(p)}
}

// step goes on to the next sample, or to the last moment before a given one if that is earlier. It reports whether it came
// to a sample or an interrupt.
func (d *driver) step(before core.Time) (sampled bool, err error) {
	c := d.plan.Config
	next := min(d.now.After(c.Sample), c.Horizon)
	to := min(next, before-1)
	reached, err := d.network.advance(to)
	switch {
	case err != nil:
		return false, fmt.Errorf("run %s with seed %d: %w", c.Name, d.plan.Seed, err)
	case reached < to:
		d.partial = true
		if reached == d.now && len(d.samples) > 0 {
			return true, nil // There is a sample of this moment.
		}
	case to < next:
		return false, nil
	}
	d.now = reached
	d.samples = append(d.samples, d.watchers.sample(d.network, reached))
	return true, nil
}

// over reports whether the run has ended.
func (d *driver) over() bool {
	return d.partial || d.watchers.done() == len(d.plan.Viewers) && len(d.samples) > 0 || d.now >= d.plan.Config.Horizon
}

// finish goes on to the end of the run. progress may be nil.
func (d *driver) finish(progress Progress) error {
	for !d.over() {
		if _, err := d.step(core.Never); err != nil {
			return err
		}
		if progress != nil {
			progress(d.now, d.plan.Config.Horizon, d.watchers.done(), len(d.plan.Viewers))
		}
	}
	return nil
}

// record returns what the run has left behind so far.
func (d *driver) record() *analysis.Run {
	r := record(d.plan, d.network, d.now, slices.Clone(d.samples))
	r.Partial, r.Copied = d.partial, d.copied
	return r
}
