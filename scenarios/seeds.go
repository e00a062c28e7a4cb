package scenarios

import (
	"errors"
	"fmt"
	"sync"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// execute carries out a plan: Simulate or Deploy.
type execute func(*Plan, Progress) (*analysis.Run, error)

// runSeeds runs a scenario once for each seed, some at a time, and returns the records in the order of the seeds. A
// simulation is one goroutine's; that others run beside it changes nothing in it.
func runSeeds(c *Config, seeds []uint64, jobs int, execute execute, progress func(seed int, share float64)) ([]analysis.Run, error) {
	runs := make([]analysis.Run, len(seeds))
	faults := make([]error, len(seeds))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(jobs, len(seeds)) {
		wg.Go(func() {
			for i := range next {
				r, err := execute(NewPlan(c, seeds[i]), func(now, horizon core.Time, done, viewers int) {
					progress(i, max(float64(now)/float64(horizon), float64(done)/float64(max(1, viewers))))
				})
				if err != nil {
					faults[i] = fmt.Errorf("seed %d: %w", seeds[i], err)
					continue
				}
				runs[i] = *r
			}
		})
	}
	for i := range seeds {
		next <- i
	}
	close(next)
	wg.Wait()
	return runs, errors.Join(faults...)
}
