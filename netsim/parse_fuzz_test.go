package netsim

import (
	"fmt"
	"testing"
)

// FuzzParsePPM: a percentage that is read is at most the whole, and is read again from its number of millionths.
func FuzzParsePPM(f *testing.F) {
	for _, s := range []string{"0.5%", "100%", "100.0001%", "0.00001%", ".5%", "%", "-1%", "+1%", "1_0%", "1.+1%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePPM(s)
		if err != nil {
			return
		}
		text := fmt.Sprintf("%d.%04d%%", p/10_000, p%10_000)
		if again, err := ParsePPM(text); err != nil || again != p || p > one {
			t.Errorf("%q is %d millionths: %q is read as %d, %v", s, p, text, again, err)
		}
	})
}
