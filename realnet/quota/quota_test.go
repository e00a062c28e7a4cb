package quota

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"peerstreamer/core"
)

// TestOf: the first rule that matches counts, a name stands for itself whatever letters it has, companions have none.
func TestOf(t *testing.T) {
	var l List
	for _, s := range []string{"Trailer=0", "Part [2]=1GiB", "a=b=3KiB", "Lecture ?=2GiB", "Lecture*=4MiB", "*=512"} {
		if err := l.Set(s); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]core.Bytes{
		"Trailer": 0, "Part [2]": core.GiB, "Part 2": core.GiB, "Part 3": 512, "a=b": 3 * core.KiB,
		"Lecture 1": 2 * core.GiB, "Lecture 12": 4 * core.MiB, "lecture 1": 512, "Überblick": 512, "Lecture 1~poster.jpg": 0,
	} {
		if got := l.Of(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
	if got := (List{}).Of("any"); got != 0 {
		t.Errorf("without rules: %v", got)
	}
}

func TestParse(t *testing.T) {
	for s, says := range map[string]string{
		"":                              "want NAME=SIZE",
		"Holiday":                       "want NAME=SIZE",
		"=5GiB":                         "want NAME=SIZE",
		"Holiday=":                      "quota \"Holiday=\"",
		"Holiday=5Mbit":                 "bits are not",
		"Holiday=-1MiB":                 "quota",
		"Holiday=5TiB":                  "quota",
		"Part [2=5GiB":                  "without its ]",
		`Part\=5GiB`:                    `ends in \`,
		strings.Repeat("x", 600) + "=1": "at most 510",
	} {
		if _, err := Parse(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want an error that says %q", s, err, says)
		}
	}
}

// TestRoundTrip: what a rule prints reads as the same rule, which is what psnode compares when it reads a configuration again.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rule{rapid.StringMatching(`[a-zA-Z*?= ]{1,20}`).Draw(t, "pattern"), core.Bytes(rapid.Int64Range(0, int64(maxSize)).Draw(t, "most"))}
		got, err := Parse(r.String())
		if err != nil || got != r {
			t.Errorf("%v became %v, %v", r, got, err)
		}
	})
}
