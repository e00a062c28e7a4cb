package analysis

import (
	"testing"

	"peerstreamer/core"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		unit Unit
		x    float64
		want string
	}{
		{Seconds, 3.21449, "3.214 s"},
		{Seconds, 0.0000012345, "0.000001234 s"},
		{Seconds, 12345.678, "12350 s"},
		{Share, 0.012345, "1.234%"},
		{Share, 1, "100%"},
		{Count, 1234567, "1234567"},
		{Count, 995.875, "995.9"},
		{Copies, 1, "1 copy"},
		{Copies, 1.04, "1.04 copies"},
		{Bytes, 999, "999 B"},
		{Bytes, 1000, "1 kB"},
		{Bytes, 12e6, "12 MB"},
		{Bytes, 6.0218e9, "6.022 GB"},
		{Bytes, 3e12, "3 TB"},
	} {
		if got := format(c.unit, c.x); got != c.want {
			t.Errorf("format(%s, %v) = %q, want %q", c.unit, c.x, got, c.want)
		}
	}
}

func TestSecondsAreExact(t *testing.T) {
	for _, c := range []struct {
		t    core.Time
		want string
	}{
		{0, "0"}, {1, "0.000000001"}, {core.Second, "1"}, {core.Second + 1, "1.000000001"},
		{1500 * core.Millisecond, "1.5"}, {90*core.Second + 10*core.Microsecond, "90.00001"},
	} {
		if got := seconds(c.t); got != c.want {
			t.Errorf("seconds(%d) = %q, want %q", c.t, got, c.want)
		}
	}
}
