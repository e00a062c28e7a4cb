package spell

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"stalls", "stall", 1}, {"ab", "ba", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestNear(t *testing.T) {
	known := []string{"uplink", "downlink", "latency", "at", "it"}
	for _, c := range []struct{ word, want string }{
		{"uplnik", "uplink"}, {"dwnlink", "downlink"}, {"zzz", ""}, {"zt", "at"}, {"", ""}, {"laXYZcy", "latency"}, {"lWXYZcy", ""},
	} {
		if got := Near(c.word, known); got != c.want {
			t.Errorf("Near(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
