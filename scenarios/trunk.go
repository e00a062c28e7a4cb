package scenarios

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// forkable is a network that several branches can go on from.
type forkable interface {
	network

	// fork returns a copy that goes on by itself.
	fork() forkable

	// as returns the network as it is, seen with another plan, which says the same of all that has happened.
	as(p *Plan) forkable

	// follow lets what the plan says happen from now on, and nothing else.
	follow()
}

func (s *simulation) fork() forkable {
	f := *s
	f.sim = s.sim.Fork()
	f.swarm = f.sim.Machine().(*core.Swarm)
	return &f
}

func (s *simulation) as(p *Plan) forkable {
	f := *s
	f.plan = p
	return &f
}

func (s *simulation) follow() {
	s.next, s.changed, s.parted = s.plan.events(), 0, 0
	(*script)(s).skip(s.sim.Now())
	s.sim.Follow((*script)(s))
}

// trunk is the common part of a seed's branches, and what has become of them.
type trunk struct {
	*driver
	live   forkable // the driver's network
	config *Config
	order  []int // branches by the moments at which they part
	plans  []*Plan
	runs   []*analysis.Run // of each branch; nil: not over
	spare  chan struct{}   // takes an element for each branch that runs beside the trunk
	share  shares

	wg     sync.WaitGroup
	faults []error // of each branch
}

// errBranch is an error in a branch.
type errBranch struct {
	name string
	err  error
}

func (e *errBranch) Error() string { return fmt.Sprintf("branch %q: %v", e.name, e.err) }
func (e *errBranch) Unwrap() error { return e.err }

// runBranches runs a scenario's branches with one seed and returns their records in their order. What is common is run once,
// up to the last moment before a branch begins: what the file says of that moment and what the branch adds are in order
// then as in any run. start makes the network; a branch runs beside the rest if spare takes an element, and until it is
// over. When ctx is done all end, with partial records.
func runBranches(ctx context.Context, c *Config, seed uint64, spare chan struct{}, start func(context.Context, *Plan) (forkable, error),
	progress func(share float64)) (runs []*analysis.Run, err error) {
	p := NewPlan(c, seed)
	n, err := start(ctx, p)
	if err != nil {
		return nil, err
	}
	t := &trunk{driver: newDriver(p, n), live: n, config: c, order: c.order(), runs: make([]*analysis.Run, len(c.Branches)), spare: spare,
		share: shares{of: make([]float64, len(c.Branches)), tell: progress}, faults: make([]error, len(c.Branches))}
	defer func() { err = errors.Join(err, t.network.close()) }()
	for i := range c.Branches {
		t.plans = append(t.plans, NewPlan(c.variant(i), seed))
	}
	for len(t.order) > 0 {
		if err = t.reach(t.order[0]); err != nil {
			break
		}
		if len(t.order) > 0 {
			t.part()
		}
	}
	t.wg.Wait()
	if err = errors.Join(append(t.faults, err)...); err != nil {
		return nil, err
	}
	return t.runs, nil
}

// reach takes the trunk to the last moment before a branch begins. Branches that are over by then, or all if it is
// interrupted, have their records and are out of the order.
func (t *trunk) reach(branch int) error {
	for {
		sampled, err := t.step(t.config.Branches[branch].At)
		if err != nil || !sampled {
			return err
		}
		left := t.order[:0]
		for _, i := range t.order {
			d := t.branch(i, t.live.as(t.plans[i]))
			if !d.over() {
				left = append(left, i)
				t.share.set(i, d)
				continue
			}
			t.runs[i] = d.record()
			t.runs[i].Copied = t.runs[i].Events
		}
		if len(left) == 0 { // No branch goes on from the trunk, which counts for the last then.
			t.runs[t.order[len(t.order)-1]].Copied = 0
		}
		if t.order = left; len(left) == 0 || left[0] != branch {
			return nil
		}
	}
}

// branch returns the trunk's driver as one of a branch.
func (t *trunk) branch(i int, n forkable) *driver {
	d := *t.driver
	d.plan, d.network = t.plans[i], n
	return &d
}

// part lets the first branch of the order go on by itself to its end: beside the trunk if there is room, else at once. The
// last one needs no copy.
func (t *trunk) part() {
	i := t.order[0]
	t.order = t.order[1:]
	last, n := len(t.order) == 0, t.live
	if !last {
		runtime.GC() // What the branch before has left must not be there beside the next one.
		n = n.fork()
	}
	n = n.as(t.plans[i])
	n.follow()
	d := t.branch(i, n)
	d.watchers, d.samples = newWatchers(d.plan), slices.Clone(d.samples)
	if !last {
		d.copied = t.live.total().events
	}
	if last {
		t.finish(i, d)
		return
	}
	select {
	case t.spare <- struct{}{}:
		t.wg.Go(func() {
			defer func() { <-t.spare }()
			t.finish(i, d)
		})
	default:
		t.finish(i, d)
	}
}

// finish takes a branch to its end.
func (t *trunk) finish(i int, d *driver) {
	if err := d.finish(func(core.Time, core.Time, int, int) { t.share.set(i, d) }); err != nil {
		t.faults[i] = &errBranch{t.config.Branches[i].Name, err}
		return
	}
	d.network.finish()
	t.runs[i] = d.record()
}

// shares is how far each branch is, the common part counting in each.
type shares struct {
	mu   sync.Mutex
	of   []float64
	tell func(share float64)
}

func (s *shares) set(i int, d *driver) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of[i] = shareOf(d.now, d.plan.Config.Horizon, d.watchers.done(), len(d.plan.Viewers))
	sum := 0.0
	for _, x := range s.of {
		sum += x
	}
	s.tell(sum / float64(len(s.of)))
}

// shareOf returns about how much of a run is done.
func shareOf(now, horizon core.Time, done, viewers int) float64 {
	return max(float64(now)/float64(horizon), float64(done)/float64(max(1, viewers)))
}
