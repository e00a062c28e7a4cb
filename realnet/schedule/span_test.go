package schedule

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParse(t *testing.T) {
	for _, s := range []string{"", "22:00", "22:00-", "22:00-22:00", "24:00-06:00", "2:00-06:00", "22:00-06:60", "22:00-06:00x", "a-b"} {
		if got, err := ParseSpan(s); err == nil {
			t.Errorf("ParseSpan(%q) = %v, want an error", s, got)
		}
	}
	if got, err := ParseSpan("22:00-06:30"); err != nil || got != (Span{22 * 60, 6*60 + 30}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestIn(t *testing.T) {
	for _, c := range []struct {
		span, at string
		want     bool
	}{
		{"22:00-06:00", "21:59", false}, {"22:00-06:00", "22:00", true}, {"22:00-06:00", "00:00", true},
		{"22:00-06:00", "05:59", true}, {"22:00-06:00", "06:00", false},
		{"01:00-02:00", "00:59", false}, {"01:00-02:00", "01:00", true}, {"01:00-02:00", "02:00", false},
	} {
		s, _ := ParseSpan(c.span)
		at, _ := time.Parse("15:04", c.at)
		if got := s.In(at); got != c.want {
			t.Errorf("%s in %s: %v, want %v", c.at, c.span, got, c.want)
		}
	}
}

func TestNext(t *testing.T) {
	now := time.Date(2026, 12, 31, 2, 0, 0, 0, time.UTC)
	for m, want := range map[Moment]time.Time{
		120: now.AddDate(0, 0, 1), // tomorrow, which is another year
		121: now.Add(time.Minute),
		119: now.AddDate(0, 0, 1).Add(-time.Minute),
	} {
		if got := m.Next(now); !got.Equal(want) {
			t.Errorf("%d after %v: %v, want %v", m, now, got, want)
		}
	}
}

// TestFollow: two days from midnight on (synctest's clock begins there, in UTC), each edge once and within Check.
func TestFollow(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	defer func() { time.Local = local }()
	synctest.Test(t, func(t *testing.T) {
		night, _ := ParseSpan("22:00-06:00")
		type change struct {
			At time.Duration // rounded down to Check
			In bool
		}
		var got []change
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 47*time.Hour)
		defer cancel()
		night.Follow(ctx, func(in bool) { got = append(got, change{time.Since(began).Truncate(2 * Check), in}) })
		want := []change{{0, true}, {6 * time.Hour, false}, {22 * time.Hour, true}, {30 * time.Hour, false}, {46 * time.Hour, true}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}
