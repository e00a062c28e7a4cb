package main

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// errWrong is for bytes that are not the video's.
var errWrong = errors.New("wrong bytes")

// keptFaults is how many faults are told in words.
const keptFaults = 5

// tally counts what viewers met.
type tally struct {
	mu      sync.Mutex
	done    int           // things that viewers did
	bytes   int64         // that were right
	excused int           // faults that a kill explains
	faults  int           // others
	wrong   int           // of all, those with wrong bytes
	longest time.Duration // wait for an answer that no kill explains, since the last row
	said    []string
}

func (t *tally) read(n int) {
	t.mu.Lock()
	t.bytes += int64(n)
	t.mu.Unlock()
}

func (t *tally) waited(d time.Duration, excused bool) {
	t.mu.Lock()
	if !excused {
		t.longest = max(t.longest, d)
	}
	t.mu.Unlock()
}

// count takes how one thing went.
func (t *tally) count(err error, excused bool, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	switch {
	case err == nil:
		return
	case errors.Is(err, errWrong):
		t.wrong++
	case excused:
		t.excused++
		return
	default:
		t.faults++
	}
	if len(t.said) < keptFaults {
		t.said = append(t.said, fmt.Sprintf("%s: %v", what, err))
	}
}

// verdict returns an error if something went wrong.
func (t *tally) verdict() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wrong+t.faults == 0 {
		return nil
	}
	err := fmt.Errorf("%d answers with wrong bytes, %d other faults of %d", t.wrong, t.faults, t.done)
	for _, s := range t.said {
		err = errors.Join(err, errors.New(s))
	}
	return err
}
