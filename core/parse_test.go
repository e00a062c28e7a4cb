package core

import (
	"testing"

	"pgregory.net/rapid"
)

func TestParseTime(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Time
		text string // what String prints; "" if it is in
	}{
		{"80ms", 80 * Millisecond, ""},
		{"1.5s", 1500 * Millisecond, ""},
		{"2m", 2 * Minute, ""},
		{"15m", 15 * Minute, ""},
		{"1h30m", 90 * Minute, ""},
		{"90m", 90 * Minute, "1h30m"},
		{"1h0.000000001s", Hour + 1, ""},
		{"250us", 250 * Microsecond, ""},
		{"250µs", 250 * Microsecond, "250us"},
		{"1.5us", 1500, ""},
		{"2 s", 2 * Second, "2s"},
		{"2min", 2 * Minute, "2m"},
		{"7ns", 7, ""},
		{"0", 0, "0s"},
		{"0s", 0, ""},
		{"never", Never, ""},
		{"9223372036.854775806s", Never - 1, "2562047h47m16.854775806s"},
	} {
		got, err := ParseTime(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseTime(%q) = %d, %v, want %d", c.in, got, err, c.want)
		}
		if c.text == "" {
			c.text = c.in
		}
		if got.String() != c.text {
			t.Errorf("Time(%d) prints %q, want %q", got, got.String(), c.text)
		}
	}
}

func TestParseRate(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Rate
		text string
	}{
		{"5Mbit/s", 5 * Mbps, ""},
		{"5Mbps", 5 * Mbps, "5Mbit/s"},
		{"384kbit/s", 384 * Kbps, ""},
		{"384Kbps", 384 * Kbps, "384kbit/s"},
		{"1Gbit/s", Gbps, ""},
		{"19.2 Mbit/s", 19200 * Kbps, "19.2Mbit/s"},
		{"1.234567Mbit/s", 1234567, ""},
		{"999bit/s", 999, ""},
		{"1000bps", 1000, "1kbit/s"},
		{"0", 0, ""},
		{"unlimited", 0, "0"},
	} {
		got, err := ParseRate(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseRate(%q) = %d, %v, want %d", c.in, got, err, c.want)
		}
		if c.text == "" {
			c.text = c.in
		}
		if got.String() != c.text {
			t.Errorf("Rate(%d) prints %q, want %q", got, got.String(), c.text)
		}
	}
}

func TestParseBytes(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Bytes
		text string
	}{
		{"1MiB", MiB, ""},
		{"64KiB", 64 * KiB, ""},
		{"10GiB", 10 * GiB, ""},
		{"1.5MiB", 1536 * KiB, "1536KiB"},
		{"1MB", 1e6, ""},
		{"1.5MB", 1500000, "1500kB"},
		{"1KB", 1000, "1kB"},
		{"512", 512, "512B"},
		{"512B", 512, ""},
		{"0", 0, "0B"},
	} {
		got, err := ParseBytes(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseBytes(%q) = %d, %v, want %d", c.in, got, err, c.want)
		}
		if c.text == "" {
			c.text = c.in
		}
		if got.String() != c.text {
			t.Errorf("Bytes(%d) prints %q, want %q", got, got.String(), c.text)
		}
	}
}

func TestParseErrors(t *testing.T) {
	parseTime := func(s string) error { _, err := ParseTime(s); return err }
	parseRate := func(s string) error { _, err := ParseRate(s); return err }
	parseBytes := func(s string) error { _, err := ParseBytes(s); return err }
	const (
		wantRate = `want bit/s, kbit/s, Mbit/s or Gbit/s`
		notARate = `bytes are not a rate: want bits, such as "40Mbit/s" for 5 MB/s`
		wantTime = `want h, m, s, ms, us or ns`
		wantData = `want B, KiB, MiB or GiB (powers of 1024), kB, MB or GB (of 1000)`
	)
	for _, c := range []struct {
		parse    func(string) error
		in, want string
	}{
		{parseRate, "5Mbs", `"5Mbs": unknown unit "Mbs": ` + wantRate},
		{parseRate, "5mbps", `"5mbps": unknown unit "mbps": ` + wantRate}, // m is milli: not guessed at
		{parseRate, "5", `"5": no unit for a rate: ` + wantRate},
		{parseRate, "", `"": no unit for a rate: ` + wantRate},
		{parseRate, "5MB", `"5MB": ` + notARate},
		{parseRate, "5MB/s", `"5MB/s": ` + notARate},
		{parseRate, "5KB/s", `"5KB/s": ` + notARate},
		{parseRate, "5MiB/s", `"5MiB/s": ` + notARate},
		{parseRate, "5MBps", `"5MBps": ` + notARate},
		{parseRate, "-5Mbit/s", `"-5Mbit/s": must not be negative`},
		{parseRate, "5Mbit/s3", `"5Mbit/s3": unknown unit "Mbit/s3": ` + wantRate},
		{parseRate, "Mbit/s", `"Mbit/s": want a number and a unit, such as 1.5 and Mbit/s`},
		{parseRate, "1.2.3Mbit/s", `"1.2.3Mbit/s": want a number and a unit, such as 1.5 and Mbit/s`},
		{parseRate, "0.5bit/s", `"0.5bit/s": not a whole number of bit/s`},
		{parseRate, "10000000000Gbit/s", `"10000000000Gbit/s": too large`},
		{parseRate, "99999999999999999999bit/s", `"99999999999999999999bit/s": too large`},
		{parseTime, "80", `"80": no unit for a time: ` + wantTime},
		{parseTime, "", `"": no unit for a time: ` + wantTime},
		{parseTime, "-1s", `"-1s": must not be negative`},
		{parseTime, "3d", `"3d": unknown unit "d": ` + wantTime},
		{parseTime, "30m1h", `"30m1h": want larger units first, each once`},
		{parseTime, "1s1s", `"1s1s": want larger units first, each once`},
		{parseTime, "1h30", `"1h30": no unit for a time: ` + wantTime},
		{parseTime, "0.5ns", `"0.5ns": not a whole number of ns`},
		{parseTime, "0.1234567890123456789s", `"0.1234567890123456789s": too many digits after the point`},
		{parseTime, "9223372036.854775807s", `"9223372036.854775807s": too large`}, // that is Never
		{parseTime, "2562047h48m", `"2562047h48m": too large`},
		{parseBytes, "1Mbit", `"1Mbit": bits are not an amount of data: want bytes, such as 1MiB or 64KiB`},
		{parseBytes, "1Mi", `"1Mi": unknown unit "Mi": ` + wantData},
		{parseBytes, "", `"": want a number and a unit, such as 1.5 and B`},
		{parseBytes, "0.0001KiB", `"0.0001KiB": not a whole number of B`},
		{parseBytes, "9000000000GiB", `"9000000000GiB": too large`},
	} {
		if err := c.parse(c.in); err == nil || err.Error() != c.want {
			t.Errorf("parsing %q: %v, want %s", c.in, err, c.want)
		}
	}
}

// TestQuantitiesRoundTrip checks that what is printed is read back as the same value, whatever it is.
func TestQuantitiesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A random number of random magnitude: round values and odd ones, small and large.
		n := rapid.Int64Min(0).Draw(t, "n") >> rapid.IntRange(0, 63).Draw(t, "shift")
		n -= n % rapid.SampledFrom([]int64{1, 1000, 1e6, 1e9, 1024, 1 << 20, 60e9}).Draw(t, "unit")
		if got, err := ParseTime(Time(n).String()); err != nil || got != Time(n) {
			t.Fatalf("Time(%d) prints %q, which reads as %d, %v", n, Time(n), got, err)
		}
		n = min(n, 1<<63-2)
		if got, err := ParseRate(Rate(n).String()); err != nil || got != Rate(n) {
			t.Fatalf("Rate(%d) prints %q, which reads as %d, %v", n, Rate(n), got, err)
		}
		if got, err := ParseBytes(Bytes(n).String()); err != nil || got != Bytes(n) {
			t.Fatalf("Bytes(%d) prints %q, which reads as %d, %v", n, Bytes(n), got, err)
		}
	})
}
