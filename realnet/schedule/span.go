package schedule

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Check is how often Follow looks at the clock: whatever it does, jumps included, is noticed so soon.
const Check = 30 * time.Second

// Moment is a time of day, in minutes since midnight.
type Moment int

// ParseMoment reads HH:MM, 00:00 to 23:59.
func ParseMoment(s string) (Moment, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("time of day %q: want HH:MM, such as 02:00", s)
	}
	return Moment(t.Hour()*60 + t.Minute()), nil
}

// of returns the time of day of a moment.
func of(t time.Time) Moment { return Moment(t.Hour()*60 + t.Minute()) }

// Next returns when the clock shows m next, after now. At a change to summer time that leaves m out, it is the time that the
// clock would have shown.
func (m Moment) Next(now time.Time) time.Time {
	y, mon, d := now.Date()
	for ; ; d++ {
		if at := time.Date(y, mon, d, int(m)/60, int(m)%60, 0, 0, now.Location()); at.After(now) {
			return at
		}
	}
}

// Span is a part of each day. From is in it, To is not; over midnight if To is earlier.
type Span struct{ From, To Moment }

// ParseSpan reads HH:MM-HH:MM. Its ends differ.
func ParseSpan(s string) (Span, error) {
	from, to, ok := strings.Cut(s, "-")
	a, err := ParseMoment(from)
	b, err2 := ParseMoment(to)
	if !ok || err != nil || err2 != nil || a == b {
		return Span{}, fmt.Errorf("part of the day %q: want HH:MM-HH:MM with two different times, such as 22:00-06:00", s)
	}
	return Span{a, b}, nil
}

// In reports whether the clock shows a time in the span.
func (s Span) In(t time.Time) bool {
	m := of(t)
	if s.From < s.To {
		return s.From <= m && m < s.To
	}
	return m >= s.From || m < s.To
}

// Follow tells change at once and whenever it differs whether the time is in the span, until ctx ends. A clock that jumps, or
// a machine that sleeps, is followed within Check.
func (s Span) Follow(ctx context.Context, change func(in bool)) {
	in := s.In(time.Now())
	change(in)
	tick := time.NewTicker(Check)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := s.In(time.Now()); now != in {
			in = now
			change(in)
		}
	}
}
