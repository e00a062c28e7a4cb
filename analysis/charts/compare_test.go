package charts

import "testing"

// TestEqualCurvesShow lays n equal curves upon each other, tells at each place which one is on top, and wants to see every
// one of the first six, somewhere, for at least two points.
func TestEqualCurvesShow(t *testing.T) {
	for n := 1; n <= 6; n++ {
		shown := make([]int, n) // quarters of a point
		for at := range 4 * 180 {
			top := 0
			for i := range n {
				if d := look(i, n).Dashes; len(d) == 0 || at%int(4*(d[0]+d[1])) < int(4*d[0]) {
					top = i
				}
			}
			shown[top]++
		}
		for i, quarters := range shown {
			if period := max(12, 3*n); quarters*period/180 < 4*2 {
				t.Errorf("curve %d of %d shows for %d quarter points of 180", i, n, quarters)
			}
		}
	}
	seen := map[string]bool{}
	for i := range 12 {
		s := look(i, 12)
		key := string([]byte{s.Colour.R, s.Colour.G, s.Colour.B})
		for _, d := range s.Dashes {
			key += string(rune(d * 4))
		}
		if seen[key] {
			t.Errorf("curve %d of 12 looks like one before", i)
		}
		seen[key] = true
	}
}
