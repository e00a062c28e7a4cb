package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// How a player buffers.
const (
	ahead   = 10 * time.Second       // what it takes before it slows down
	enough  = 500 * time.Millisecond // what it has when it starts
	skipped = time.Millisecond       // what nobody would see
)

// audience is how all viewers of a process fared.
type audience struct {
	Viewers   int
	Bytes     int64
	Stalls    int
	StalledMS int64
	Startup   [3]float64 // ms: median, 95th percentile, the most
}

// seat is how one did.
type seat struct {
	bytes   int64
	stalls  int
	stalled time.Duration
	startup time.Duration
	err     error
}

// view has all viewers start together, and prints how they fared.
func (m *measurement) view() error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	seats := make([]seat, m.viewers)
	var all sync.WaitGroup
	for i := range seats {
		all.Go(func() { seats[i] = watch(client, m.url, m.bytesPerSecond()) })
	}
	all.Wait()
	a := audience{Viewers: m.viewers}
	var startups []float64
	var errs []error
	for _, s := range seats {
		a.Bytes += s.bytes
		a.Stalls += s.stalls
		a.StalledMS += s.stalled.Milliseconds()
		startups = append(startups, float64(s.startup.Microseconds())/1000)
		if s.err != nil && len(errs) < 3 {
			errs = append(errs, s.err)
		}
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	slices.Sort(startups)
	last := len(startups) - 1
	a.Startup = [3]float64{startups[last/2], startups[last*95/100], startups[last]}
	return json.NewEncoder(os.Stdout).Encode(a)
}

// watch reads a video as a player of a constant rate does.
func watch(client *http.Client, url string, perSecond int64) (s seat) {
	lasts := func(n int64) time.Duration { return time.Duration(n * int64(time.Second) / perSecond) }
	asked := time.Now()
	resp, err := client.Get(url)
	if err != nil {
		return seat{err: err}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return seat{err: fmt.Errorf("%s: %s", url, resp.Status)}
	}
	var began time.Time
	buf := make([]byte, 64<<10)
	for {
		n, err := resp.Body.Read(buf)
		now, had := time.Now(), lasts(s.bytes)
		s.bytes += int64(n)
		if began.IsZero() {
			if lasts(s.bytes) >= enough {
				began, s.startup = now, now.Sub(asked)
			}
		} else if late := now.Sub(began) - s.stalled - had; late > skipped {
			s.stalls++
			s.stalled += late
		}
		if err == io.EOF {
			if s.bytes != resp.ContentLength {
				s.err = fmt.Errorf("%s: %d bytes of %d", url, s.bytes, resp.ContentLength)
			}
			return s
		}
		if err != nil {
			s.err = err
			return s
		}
		if !began.IsZero() {
			time.Sleep(lasts(s.bytes) - ahead - (time.Since(began) - s.stalled))
		}
	}
}
