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
	asked control.Prefetch // as somebody has asked for it
	at    time.Time        // when it is due
	tries int
	ended bool // it has failed for good, and is kept to tell so
	state string
}

func newJob(name string, how control.Prefetch, now time.Time) *job {
	j := &job{name: name, asked: how, at: how.At, state: "waiting"}
	if how.At.After(now) {
		j.state = "from " + how.At.Format("2006-01-02 15:04")
	}
	return j
}

// prefetches are the jobs that wait and the one that runs. The worker does them one after another.
type prefetches struct {
	bell chan struct{} // there is a new one
	path string        // of the file that they are kept in; "": none

	mu   sync.Mutex
	jobs []*job
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

// add puts a job into the queue, on the disk first. It takes the place of one of that video which has failed.
func (p *prefetches) add(j *job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var next []*job
	for _, other := range p.jobs {
		if other.name != j.name {
			next = append(next, other)
		} else if !other.ended {
			return fmt.Errorf("%q is being prefetched: %s", j.name, other.state)
		}
	}
	if len(next) >= maxPrefetches {
		return fmt.Errorf("%d videos are being prefetched, which is the most: psnode remove ends one", len(next))
	}
	next = append(next, j)
	if err := p.save(next); err != nil {
		return fmt.Errorf("prefetch %q: %w", j.name, err)
	}
	p.jobs = next
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
		if !j.ended && (first == nil || j.at.Before(first.at)) {
			first = j
		}
	}
	if first == nil {
		return nil, time.Hour
	}
	return first, first.at.Sub(now)
}

// drop takes a video's job out of the queue, and reports whether there was one. What runs ends with its next read.
func (p *prefetches) drop(name string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := slices.DeleteFunc(slices.Clone(p.jobs), func(j *job) bool { return j.name == name })
	if len(next) == len(p.jobs) {
		return false, nil
	}
	p.jobs = next
	return true, p.save(next)
}

// has reports whether a job is in the queue.
func (p *prefetches) has(j *job) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Contains(p.jobs, j)
}

// failed notes that a try of a job has failed, and returns whether it was the last.
func (p *prefetches) failed(j *job, now time.Time, err error) (last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	j.tries++
	if last = j.tries >= maxTries; last {
		j.ended, j.state = true, fmt.Sprintf("given up after %d tries: %v", j.tries, err)
		return true
	}
	j.at, j.state = now.Add(retryAfter), fmt.Sprintf("goes on later, failed %d times: %v", j.tries, err)
	return false
}

// Prefetch has the node fetch all of a video and its companions, from a time on, no faster than a rate, one prefetch after
// another, and only while nobody watches anything here. It goes on after failures and after a restart of the node, and does not
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
	return s.prefetches.add(newJob(name, how, time.Now()))
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
		switch err := s.prefetch(ctx, j); {
		case ctx.Err() != nil:
		case err == nil:
			s.log.Info("a prefetch is over", zap.String("video", j.name))
			s.endPrefetch(j)
		case !p.has(j):
			s.log.Info("a prefetch was ended", zap.String("video", j.name))
		case p.failed(j, time.Now(), err):
			s.log.Error("a prefetch is given up until somebody asks again, or the node starts again", zap.String("video", j.name),
				zap.Int("tries", maxTries), zap.Error(err))
		default:
			s.log.Warn("a prefetch goes on later", zap.String("video", j.name), zap.Duration("in", retryAfter), zap.Error(err))
		}
	}
}

// endPrefetch takes a job that is done out of the queue.
func (s *Station) endPrefetch(j *job) {
	if _, err := s.prefetches.drop(j.name); err != nil {
		s.log.Warn("a prefetch that is over will be begun again by the next start", zap.String("video", j.name), zap.Error(err))
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

// Why a prefetch does not go on.
var (
	errNotHeard = errors.New("this node has not heard of such a video")
	errDropped  = errors.New("it was ended")
)

// prefetch fetches a video and what belongs to it.
func (s *Station) prefetch(ctx context.Context, j *job) error {
	if _, ok := s.Find(j.name); !ok {
		return errNotHeard
	}
	for _, v := range s.known.get(s, 0) {
		if control.Belongs(v.Name, j.name) {
			if err := s.fetch(ctx, j, v.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// fetch reads one video through the node. While others watch here it asks for nothing.
func (s *Station) fetch(ctx context.Context, j *job, part string) error {
	for at := int64(0); ; {
		for s.Desk.InUse() > 0 {
			s.prefetches.say(j, "makes way for viewers")
			if !wait(ctx, yieldCheck) {
				return ctx.Err()
			}
			if !s.prefetches.has(j) {
				return errDropped
			}
		}
		n, err := s.fetchSome(ctx, j, part, at)
		if at += n; err != nil && !errors.Is(err, errMakesWay) {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// errMakesWay says that somebody else has begun to watch.
var errMakesWay = errors.New("others watch")

// fetchSome reads on from a place until the video ends, with io.EOF, or something else does, and returns how many bytes it
// has read.
func (s *Station) fetchSome(ctx context.Context, j *job, part string, at int64) (done int64, err error) {
	x, err := s.Desk.Ahead(ctx, part)
	if err != nil {
		return 0, err
	}
	defer x.Close()
	if _, err := x.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	for {
		began := time.Now()
		n, err := io.CopyN(io.Discard, x, prefetchRead)
		if done += n; err != nil {
			return done, err
		}
		s.prefetches.say(j, fmt.Sprintf("%d %% of %s", 100*(at+done)/x.Size(), part))
		if r := j.asked.Rate; r > 0 && !wait(ctx, time.Duration(r.Time(core.Bytes(n)))-time.Since(began)) {
			return done, ctx.Err()
		}
		switch {
		case !s.prefetches.has(j):
			return done, errDropped
		case s.Desk.InUse() > 1: // this is one
			return done, errMakesWay
		}
	}
}
