package media

import (
	"context"
	"fmt"
	"time"
)

// Estimate returns about how long Make will take for what is to be transcoded, from a trial of a few seconds out of the
// middle; 0 if nothing is, or nothing can be said.
func (t Tools) Estimate(ctx context.Context, p Plan) (time.Duration, error) {
	if !p.Transcodes() || p.Info.Duration < 2*trialLength {
		return 0, nil
	}
	trial, cancel := context.WithTimeout(ctx, trialLimit)
	defer cancel()
	args := []string{"-y", "-v", "error", "-nostdin", "-progress", "pipe:1", "-nostats", "-stats_period", "0.1",
		"-ss", fmt.Sprintf("%.3f", (p.Info.Duration / 2).Seconds()), "-t", fmt.Sprintf("%.3f", trialLength.Seconds()), "-i", local(p.Info.Path)}
	s := speed{began: time.Now()}
	err := run(trial, onProgress(func(done time.Duration) { s.note(time.Now(), done) }), t.ffmpeg,
		append(append(args, p.encode()...), "-f", "null", "-")...)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case err != nil && trial.Err() == nil:
		return 0, nil // Make will tell.
	}
	return s.takes(p.Info.Duration), nil
}

// speed is how fast a program works, from what it says now and then of what is done.
type speed struct {
	began             time.Time
	firstAt, lastAt   time.Time
	firstDid, lastDid time.Duration
}

// note hears what is done at a moment.
func (s *speed) note(now time.Time, done time.Duration) {
	if s.firstAt.IsZero() {
		s.firstAt, s.firstDid = now, done
	}
	s.lastAt, s.lastDid = now, done
}

// takes returns how long all of it takes; 0 if that cannot be said. What came before the first news, the start of the program
// and decoding from the last key frame on, is taken once: it weighs in a trial and not in an hour.
func (s *speed) takes(whole time.Duration) time.Duration {
	did, took := s.lastDid-s.firstDid, s.lastAt.Sub(s.firstAt)
	once := s.firstAt.Sub(s.began)
	if did < trialLeast { // so slow that there is hardly more than a first
		did, took, once = s.lastDid, s.lastAt.Sub(s.began), 0
	}
	if did <= 0 {
		return 0
	}
	return once + time.Duration(float64(took)*float64(whole)/float64(did))
}
