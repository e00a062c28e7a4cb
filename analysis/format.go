package analysis

import (
	"math"
	"strconv"

	"peerstreamer/analysis/stats"
)

// printed returns by what a figure is multiplied for people, and the unit that it is in then.
func printed(u Unit, x float64) (factor float64, unit string) {
	switch u {
	case Seconds:
		return 1, "s"
	case Copies:
		return 1, "copies"
	case Share:
		return 100, "%"
	case Bytes:
		for _, s := range []struct {
			factor float64
			name   string
		}{{1e-12, "TB"}, {1e-9, "GB"}, {1e-6, "MB"}, {1e-3, "kB"}} {
			if math.Abs(x)*s.factor >= 1 {
				return s.factor, s.name
			}
		}
		return 1, "B"
	}
	return 1, ""
}

// format writes a figure for people: four significant digits and its unit.
func format(u Unit, x float64) string {
	factor, unit := printed(u, x)
	number := digits(x * factor)
	switch {
	case unit == "" || unit == "%":
		return number + unit
	case u == Copies && number == "1":
		unit = "copy"
	}
	return number + " " + unit
}

// digits writes a whole number in full and anything else with four significant digits, without an exponent.
func digits(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 3, 64), 64)
	return stats.Some(rounded).String()
}
