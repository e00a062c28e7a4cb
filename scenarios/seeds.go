package scenarios

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// execute carries out a plan: interruptible or Deploy. It ends early when ctx is done.
type execute func(ctx context.Context, p *Plan, progress Progress) (*analysis.Run, error)

// runSeeds runs a scenario once for each seed, some at a time, and returns the records in the order of the seeds: nil for
// a seed that was not begun when ctx was done. A simulation is one goroutine's; that others run beside it changes nothing
// in it.
func runSeeds(ctx context.Context, c *Config, seeds []uint64, jobs int, execute execute,
	progress func(seed int, share float64)) ([]*analysis.Run, error) {
	runs := make([]*analysis.Run, len(seeds))
	err := eachSeed(ctx, seeds, jobs, func(i int) (err error) {
		runs[i], err = execute(ctx, NewPlan(c, seeds[i]), func(now, horizon core.Time, done, viewers int) {
			progress(i, shareOf(now, horizon, done, viewers))
		})
		return err
	})
	return runs, err
}

// eachSeed calls do with the number of each seed, so many at a time, until ctx is done. The error joins all faults.
func eachSeed(ctx context.Context, seeds []uint64, jobs int, do func(i int) error) error {
	faults := make([]error, len(seeds))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(jobs, len(seeds)) {
		wg.Go(func() {
			for i := range next {
				if err := do(i); err != nil {
					faults[i] = fmt.Errorf("seed %d: %w", seeds[i], err)
				}
			}
		})
	}
	for i := range seeds {
		if ctx.Err() != nil && i > 0 { // The first is begun in any case, so that there is a result.
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(faults...)
}

// whole returns the runs to make a result of. If a run was interrupted or not begun those that are complete are the
// result, or if none is, those that were interrupted; what says in words what is missing.
func whole(c *Config, runs []*analysis.Run) (result []analysis.Run, what string) {
	var complete, cut []analysis.Run
	for _, r := range runs {
		switch {
		case r == nil:
		case r.Partial:
			cut = append(cut, *r)
		default:
			complete = append(complete, *r)
		}
	}
	switch {
	case len(complete) == len(runs):
		return complete, ""
	case len(complete) > 0:
		return complete, fmt.Sprintf("interrupted after %d of %d seeds", len(complete), len(runs))
	}
	return cut, fmt.Sprintf("interrupted at %.3f s of %v", cut[0].End.Seconds(), c.Horizon)
}
