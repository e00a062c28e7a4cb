package topology

import (
	"errors"
	"fmt"
	"strings"

	"peerstreamer/core"
)

// Spec says what the numbers of a file mean and what is to be done about what it lacks.
type Spec struct {
	Unit       core.Time // of a number without one: a power of ten from core.Nanosecond to core.Second
	RTT        bool      // numbers are round trips; one way is half of that
	Asymmetric bool      // the two directions of a pair may differ; otherwise that is an error
	Drop       bool      // leave out places with missing delays; otherwise they are an error
}

// Units are the names of what Spec.Unit may be.
var units = []struct {
	name   string
	power  int // of ten, in nanoseconds
	length core.Time
}{
	{"ns", 0, core.Nanosecond}, {"us", 3, core.Microsecond}, {"ms", 6, core.Millisecond}, {"s", 9, core.Second},
}

// ParseUnit returns the length of "ns", "us", "ms" or "s", false for anything else.
func ParseUnit(name string) (core.Time, bool) {
	for _, u := range units {
		if u.name == name {
			return u.length, true
		}
	}
	return 0, false
}

// UnitNames returns the names that ParseUnit knows.
func UnitNames() (names []string) {
	for _, u := range units {
		names = append(names, u.name)
	}
	return names
}

var (
	errMissing  = errors.New("no delay")
	errNegative = errors.New("a negative delay")
)

// delay returns the one-way delay that a number of the file means, errMissing if it means that there is none: nothing,
// "-", "nan", "na", or -1.
func (s Spec) delay(text string) (core.Time, error) {
	switch strings.ToLower(text) {
	case "", "-", "nan", "na":
		return 0, errMissing
	}
	name := ""
	for _, u := range units {
		if u.length == s.Unit {
			name = u.name
		}
	}
	return s.in(text, name)
}

// in is delay for a number of a unit by name.
func (s Spec) in(text, unit string) (core.Time, error) {
	power := -1
	for _, u := range units {
		if u.name == unit {
			power = u.power
		}
	}
	if power < 0 {
		return 0, fmt.Errorf("%q: want a unit: ns, us, ms or s", unit)
	}
	negative := strings.HasPrefix(text, "-")
	d, ok := decimal(strings.TrimPrefix(text, "-"), power)
	switch {
	case !ok:
		return 0, fmt.Errorf("%q is not a number", text)
	case negative && d == 1*core.Time(pow10[power]):
		return 0, errMissing
	case negative && d > 0:
		return 0, fmt.Errorf("%s: %w", text, errNegative)
	}
	if d == core.Hour { // Or more: decimal goes no further.
		return 0, fmt.Errorf("%s %s is a delay of more than %v one way: is the unit right?", text, unit, MaxDelay)
	}
	if s.RTT {
		d = (d + 1) / 2
	}
	if d > MaxDelay {
		return 0, fmt.Errorf("%s %s is a delay of %v one way, more than %v: is the unit right?", text, unit, d, MaxDelay)
	}
	return d, nil
}

// pow10 are the powers of ten that an int64 holds.
var pow10 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = 10 * p[i-1]
	}
	return p
}()

// decimal returns text * 10^power nanoseconds, rounded to nearest, half up; an hour if it is that long or longer. Text
// is a number without sign, such as "12", "12.5" or "1.25e+01". Of more than 18 digits the rest counts as zeros.
func decimal(text string, power int) (core.Time, bool) {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(text), "e")
	if scientific {
		down := strings.HasPrefix(exponent, "-")
		digits := strings.TrimLeft(exponent, "+-")
		if len(digits) < 1 || len(digits) > 3 || len(exponent)-len(digits) > 1 {
			return 0, false
		}
		e := 0
		for _, c := range []byte(digits) {
			if c < '0' || c > '9' {
				return 0, false
			}
			e = 10*e + int(c-'0')
		}
		if down {
			e = -e
		}
		power += e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" {
		return 0, false
	}
	value, digits := int64(0), 0
	for i, c := range []byte(whole + fraction) {
		if c < '0' || c > '9' {
			return 0, false
		}
		if i >= len(whole) && digits < 18 {
			power--
		}
		switch {
		case digits < 18:
			value = 10*value + int64(c-'0')
			if value > 0 {
				digits++
			}
		case i < len(whole):
			power++
		}
	}
	const most = int64(core.Hour)
	for ; power > 0 && value > 0; power-- {
		if value >= most {
			return core.Time(most), true
		}
		value *= 10
	}
	if power < 0 {
		if -power >= len(pow10) {
			return 0, true
		}
		half := pow10[-power] / 2
		q, r := value/pow10[-power], value%pow10[-power]
		if value = q; r >= half {
			value++
		}
	}
	return core.Time(min(value, most)), true
}
