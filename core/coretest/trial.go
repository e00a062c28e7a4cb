package coretest

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"
)

// On a real network a script has real timers, divided by 20: a query is given 50 ms. A machine that is busy with
// something else makes the protocol time out where it should not, and the transcript differs although nothing is wrong.
// So a real run counts only if the machine kept its appointments meanwhile; else the script is played again.
const (
	tooLate = 15 * time.Millisecond // a wake-up later than that spoils a run
	trials  = 6                     // after so many spoilt runs the last one counts
)

// trial is a testing.TB that keeps its failures to itself, so that a spoilt run can be thrown away.
type trial struct {
	testing.TB
	mu       sync.Mutex
	failures []string
}

func (r *trial) Helper() {}

func (r *trial) Error(args ...any) { r.note(fmt.Sprintln(args...)) }

func (r *trial) Errorf(format string, args ...any) { r.note(fmt.Sprintf(format, args...)) }

func (r *trial) Fatal(args ...any) { r.note(fmt.Sprintln(args...)); runtime.Goexit() }

func (r *trial) Fatalf(format string, args ...any) {
	r.note(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

func (r *trial) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.failures) > 0
}

func (r *trial) note(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, s)
}

// inRealTime plays f, first in w and then in fresh Worlds, until a run was not spoilt, and reports that run's failures.
func inRealTime(t *testing.T, w World, makeWorld func(*testing.T) World, f func(testing.TB, World)) {
	t.Helper()
	for left := trials; ; left-- {
		r := &trial{TB: t}
		stop := make(chan struct{})
		late := make(chan time.Duration, 1)
		go func() { late <- lateness(stop) }()
		done := make(chan struct{})
		go func() {
			defer close(done)
			f(r, w)
		}()
		<-done
		close(stop)
		worst := <-late
		w.Close()
		if r.Failed() && worst > tooLate && left > 1 {
			t.Logf("played again: the machine was %v late", worst)
			w = makeWorld(t)
			continue
		}
		for _, s := range r.failures {
			t.Error(s)
		}
		return
	}
}

// lateness wakes up every few milliseconds until stop is closed and returns by how much it was late at worst.
func lateness(stop <-chan struct{}) (worst time.Duration) {
	const every = 2 * time.Millisecond
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		due := time.Now().Add(every)
		timer.Reset(every)
		select {
		case <-stop:
			return worst
		case <-timer.C:
			worst = max(worst, time.Since(due))
		}
	}
}
