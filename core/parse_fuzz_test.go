package core

import (
	"strings"
	"testing"
)

// maxComplaint bounds what a parser says of a text, in bytes, besides the text itself.
const maxComplaint = 200

// FuzzParse: no text makes a parser of quantities panic; what one accepts is not negative, and prints as a text that means
// the same; what it refuses it quotes.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"80ms", "1.5s", "1h30m", "never", "0", "5Mbit/s", "384Kbps", "unlimited", "40MB/s", "1MiB", "1.5MB", "512",
		"", ".", "-1s", "9223372036.854775807s", "99999999999999999999h", "1.0000000000000000001s", "1s1s", "µs", "1µs", "1e9s", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check(t, s, ParseTime)
		check(t, s, ParseRate)
		check(t, s, ParseBytes)
	})
}

// check holds one parser to its String.
func check[T interface {
	~int64
	String() string
}](t *testing.T, s string, parse func(string) (T, error)) {
	t.Helper()
	v, err := parse(s)
	if err != nil {
		if text := err.Error(); len(text) > 8*len(s)+maxComplaint || !strings.HasPrefix(text, `"`) {
			t.Errorf("%T: %d bytes are refused with %d: %.300s", v, len(s), len(text), text)
		}
		return
	}
	if again, err := parse(v.String()); err != nil || again != v || v < 0 {
		t.Errorf("%T: %q is %d, which prints %q and is read as %d, %v", v, s, int64(v), v.String(), int64(again), err)
	}
}

// FuzzPrint: every quantity prints as a text that is read as the same.
func FuzzPrint(f *testing.F) {
	for _, n := range []int64{0, 1, 999, 1000, 1024, 1e9, 3600e9, int64(Never), int64(Never) - 1, 1<<62 + 1} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 || Time(n) == Never {
			return
		}
		if got, err := ParseTime(Time(n).String()); err != nil || got != Time(n) {
			t.Errorf("%d ns prints %q, read as %d, %v", n, Time(n), got, err)
		}
		if got, err := ParseRate(Rate(n).String()); err != nil || got != Rate(n) {
			t.Errorf("%d bit/s prints %q, read as %d, %v", n, Rate(n), got, err)
		}
		if got, err := ParseBytes(Bytes(n).String()); err != nil || got != Bytes(n) {
			t.Errorf("%d B prints %q, read as %d, %v", n, Bytes(n), got, err)
		}
	})
}
