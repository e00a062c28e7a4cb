package station

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"peerstreamer/core"
	"peerstreamer/realnet/control"
	"peerstreamer/realnet/media"
)

// Bounds on prefetching.
const (
	maxPrefetches = 64               // that wait, and the one that runs
	prefetchRead  = 256 << 10        // bytes at a time: how finely its rate is kept, and how soon it makes way
	yieldCheck    = time.Second      // how often it looks whether others watch here
	retryAfter    = 30 * time.Second // a failure, as long as the node runs
	maxTries      = 100
)

// job is a video that is to be fetched.
type job struct {
	name  string
	how   control.Prefetch
	tries int
	state string
}

// prefetches are the jobs that wait and the one that runs. The worker does them one after another.
type prefetches struct {
	bell chan struct{} // there is a new one

	mu      sync.Mutex
	jobs    []*job
	reading bool // a session of the worker's is open
}

func newPrefetches() *prefetches { return &prefetches{bell: make(chan struct{}, 1)} }

// state returns how the prefetch of a video is going, "" if there is none.
func (p *prefetches) state(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.jobs {
		if j.name == name {
			return j.state
		}
	}
	return ""
}

// names returns the videos of all jobs.
func (p *prefetches) names() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.jobs {
		list = append(list, j.name)
	}
	return list
}

// say notes how a job is going.
func (p *prefetches) say(j *job, state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	j.state = state
}

// add puts a job into the queue.
func (p *prefetches) add(j *job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, other := range p.jobs {
		if other.name == j.name {
			return fmt.Errorf("%q is being prefetched: %s", j.name, other.state)
		}
	}
	if len(p.jobs) >= maxPrefetches {
		return fmt.Errorf("%d videos are being prefetched, which is the most", len(p.jobs))
	}
	p.jobs = append(p.jobs, j)
	select {
	case p.bell <- struct{}{}:
	default:
	}
	return nil
}

// next returns the job that is due first, nil if there is none, and how long that is from now.
func (p *prefetches) next(now time.Time) (first *job, in time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range p.jobs {
		if first == nil || j.how.At.Before(first.how.At) {
			first = j
		}
	}
	if first == nil {
		return nil, time.Hour
	}
	return first, first.how.At.Sub(now)
}

// remove takes a job out of the queue.
func (p *prefetches) remove(j *job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = slices.DeleteFunc(p.jobs, func(x *job) bool { return x == j })
}

// setReading notes whether the worker has a session open.
func (p *prefetches) setReading(is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reading = is
}

// Prefetch has the node fetch all of a video and its companions, from a time on, no faster than a rate, one prefetch after
// another, and only while nobody watches anything here. It goes on after failures as long as the node runs, and does not
// keep the video from being evicted: Pin does.
func (s *Station) Prefetch(name string, how control.Prefetch) error {
	if err := media.CheckVideoName(name); err != nil {
		return err
	}
	if s.Store == nil {
		return errors.New("this node has no chunk directory to fetch into")
	}
	v, ok := s.Find(name)
	if !ok {
		return fmt.Errorf("there is no video %q in the swarm, as far as this node has heard", name)
	}
	var most core.Limits
	s.Node.Do(func(net core.Network, _ core.NodeID) { most = net.Limits() })
	if most.StoreBytes > 0 && v.Length > most.StoreBytes {
		return fmt.Errorf("prefetch %q: it has %v, the store has room for %v: give -store-size more", name, v.Length, most.StoreBytes)
	}
	if err := s.within("prefetch", v); err != nil {
		return err
	}
	state := "waiting"
	if how.At.After(time.Now()) {
		state = "from " + how.At.Format("2006-01-02 15:04")
	}
	return s.prefetches.add(&job{name: name, how: how, state: state})
}

// runPrefetches works off the queue until ctx ends.
func (s *Station) runPrefetches(ctx context.Context) {
	p := s.prefetches
	for ctx.Err() == nil {
		j, in := p.next(time.Now())
		if j == nil || in > 0 {
			// A clock that is set forward is noticed within a minute.
			select {
			case <-p.bell:
			case <-ctx.Done():
			case <-time.After(min(in, time.Minute)):
			}
			continue
		}
		err := s.prefetch(ctx, j)
		if j.tries++; err == nil || j.tries == maxTries {
			s.log.Info("a prefetch is over", zap.String("video", j.name), zap.Error(err))
			p.remove(j)
			continue
		}
		s.log.Warn("a prefetch goes on later", zap.String("video", j.name), zap.Duration("in", retryAfter), zap.Error(err))
		p.mu.Lock()
		j.how.At, j.state = time.Now().Add(retryAfter), fmt.Sprintf("tried %d times: %v", j.tries, err)
		p.mu.Unlock()
	}
}

// wait waits, and returns false if ctx ends before.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// prefetch fetches a video and what belongs to it.
func (s *Station) prefetch(ctx context.Context, j *job) error {
	for _, v := range s.known.get(s, 0) {
		if control.Belongs(v.Name, j.name) {
			if err := s.fetch(ctx, j, v.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// fetch reads one video through the node.
func (s *Station) fetch(ctx context.Context, j *job, part string) error {
	x, err := s.Desk.Ahead(ctx, part)
	if err != nil {
		return err
	}
	defer x.Close()
	s.prefetches.setReading(true)
	defer s.prefetches.setReading(false)
	for done := int64(0); ; {
		began := time.Now()
		n, err := io.CopyN(io.Discard, x, prefetchRead)
		done += n
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		s.prefetches.say(j, fmt.Sprintf("%d %% of %s", 100*done/x.Size(), part))
		if r := j.how.Rate; r > 0 && !wait(ctx, time.Duration(r.Time(core.Bytes(n)))-time.Since(began)) {
			return ctx.Err()
		}
		for s.othersWatch() {
			s.prefetches.say(j, "makes way for viewers")
			if !wait(ctx, yieldCheck) {
				return ctx.Err()
			}
		}
	}
}

// othersWatch reports whether somebody watches here who is no prefetch.
func (s *Station) othersWatch() bool {
	s.prefetches.mu.Lock()
	mine := 0
	if s.prefetches.reading {
		mine = 1
	}
	s.prefetches.mu.Unlock()
	return s.Desk.InUse() > mine
}
