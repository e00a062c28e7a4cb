package core

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
)

// Quantities as people write them: "80ms", "5Mbit/s", "1MiB". Parsing and printing use integers alone and are exact; what
// String prints, the matching Parse reads back as the same value.

// unit is a name for so many base units.
type unit struct {
	name string
	size int64
}

// quantity is what is measured in a set of units.
type quantity struct {
	noun  string
	want  string            // for error messages
	units []unit            // the largest first, as String prints them
	alias map[string]string // other spellings that are understood
}

var (
	timeUnits = quantity{
		"a time", "h, m, s, ms, us or ns",
		[]unit{{"h", int64(Hour)}, {"m", int64(Minute)}, {"s", int64(Second)}, {"ms", 1e6}, {"us", 1e3}, {"ns", 1}},
		map[string]string{"µs": "us", "μs": "us", "min": "m"},
	}
	rateUnits = quantity{
		"a rate", "bit/s, kbit/s, Mbit/s or Gbit/s",
		[]unit{{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1}},
		map[string]string{"Gbps": "Gbit/s", "Mbps": "Mbit/s", "kbps": "kbit/s", "Kbps": "kbit/s", "Kbit/s": "kbit/s",
			"bps": "bit/s"},
	}
	bytesUnits = quantity{
		"an amount of data", "B, KiB, MiB or GiB (powers of 1024), kB, MB or GB (of 1000)",
		[]unit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}},
		map[string]string{"": "B", "KB": "kB"},
	}
)

// ParseTime reads a span of time such as "80ms", "1.5s", "2m" or "1h30m"; "0" needs no unit, and "never" is Never. It is
// not negative and not finer than a nanosecond.
func ParseTime(s string) (Time, error) {
	if s == "never" {
		return Never, nil
	}
	if s == "0" {
		return 0, nil
	}
	sum, last := int64(0), int64(Never)
	for rest := s; rest != "" || s == ""; {
		var digits, name string
		digits, name, rest = cut(rest)
		u, err := timeUnits.unit(name)
		if err != nil {
			return 0, quantityError(s, err)
		}
		if u.size >= last {
			return 0, quantityError(s, errors.New("want larger units first, each once"))
		}
		last = u.size
		n, err := scale(digits, u, "ns")
		if err == nil && n > int64(Never)-1-sum {
			err = errTooLarge
		}
		if err != nil {
			return 0, quantityError(s, err)
		}
		sum += n
	}
	return Time(sum), nil
}

// ParseRate reads a rate such as "5Mbit/s", "5Mbps" or "384kbit/s"; "0" and "unlimited" are 0. Rates are decimal, as links
// are sold: 1 kbit/s is 1000 bit/s. Bytes are refused, for an M too many is a factor of 8.
func ParseRate(s string) (Rate, error) {
	if s == "0" || s == "unlimited" {
		return 0, nil
	}
	digits, name, tail := cut(s)
	name += tail
	base, _, _ := strings.Cut(strings.TrimSuffix(name, "ps"), "/")
	if _, err := bytesUnits.unit(base); err == nil && base != "" {
		return 0, quantityError(s, errors.New(`bytes are not a rate: want bits, such as "40Mbit/s" for 5 MB/s`))
	}
	u, err := rateUnits.unit(name)
	if err != nil {
		return 0, quantityError(s, err)
	}
	n, err := scale(digits, u, "bit/s")
	if err != nil {
		return 0, quantityError(s, err)
	}
	return Rate(n), nil
}

// ParseBytes reads an amount such as "1MiB", "64KiB", "1MB" (a million) or "512".
func ParseBytes(s string) (Bytes, error) {
	digits, name, tail := cut(s)
	name += tail
	if strings.HasSuffix(name, "bit") {
		return 0, quantityError(s, errors.New("bits are not an amount of data: want bytes, such as 1MiB or 64KiB"))
	}
	u, err := bytesUnits.unit(name)
	if err != nil {
		return 0, quantityError(s, err)
	}
	n, err := scale(digits, u, "B")
	if err != nil {
		return 0, quantityError(s, err)
	}
	return Bytes(n), nil
}

// String prints t exactly: "80ms", "1.5s", "1h30m", "never".
func (t Time) String() string {
	switch {
	case t == Never:
		return "never"
	case t == 0:
		return "0s"
	case t == -1<<63: // which has no positive counterpart
		return "-never"
	case t < 0:
		return "-" + (-t).String()
	case t < Second:
		return decimal(int64(t), timeUnits.largest(int64(t)))
	}
	var b strings.Builder
	for _, u := range timeUnits.units[:2] {
		if n := int64(t) / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			t -= Time(n * u.size)
		}
	}
	if t > 0 {
		b.WriteString(decimal(int64(t), timeUnits.units[2]))
	}
	return b.String()
}

// String prints r exactly: "5Mbit/s", "384kbit/s", "0". Whether 0 means none or no limit, the place that prints it knows.
func (r Rate) String() string {
	switch {
	case r == 0:
		return "0"
	case r < 0:
		return fmt.Sprintf("%dbit/s", int64(r))
	}
	return decimal(int64(r), rateUnits.largest(int64(r)))
}

// String prints b exactly, in the largest unit of which it is a whole number, powers of 1024 first: "1MiB", "1500kB", "512B".
func (b Bytes) String() string {
	if b > 0 {
		for _, u := range bytesUnits.units {
			if int64(b)%u.size == 0 {
				return fmt.Sprintf("%d%s", int64(b)/u.size, u.name)
			}
		}
	}
	return fmt.Sprintf("%dB", int64(b))
}

// cut splits s into its leading digits and point, the unit that follows, and the rest, which begins with a digit.
func cut(s string) (digits, name, rest string) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	digits = s[:i]
	s = strings.TrimPrefix(s[i:], " ")
	for i = 0; i < len(s) && !isDigit(s[i]); i++ {
	}
	return digits, s[:i], s[i:]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' || c == '.' }

// unit finds a unit by name or alias.
func (q *quantity) unit(name string) (unit, error) {
	full := name
	if a, ok := q.alias[name]; ok {
		full = a
	}
	for _, u := range q.units {
		if u.name == full {
			return u, nil
		}
	}
	if strings.HasPrefix(name, "-") {
		return unit{}, errNegative
	}
	if name == "" {
		return unit{}, fmt.Errorf("no unit for %s: want %s", q.noun, q.want)
	}
	return unit{}, fmt.Errorf("unknown unit %q: want %s", name, q.want)
}

// largest returns the largest unit that is not above n.
func (q *quantity) largest(n int64) unit {
	for _, u := range q.units {
		if u.size <= n {
			return u
		}
	}
	return q.units[len(q.units)-1]
}

var errTooLarge = errors.New("too large")

// scale returns digits, a decimal number without sign, times the unit. It is an error if that is not a whole number of the
// base unit.
func scale(digits string, u unit, base string) (int64, error) {
	whole, frac, _ := strings.Cut(digits, ".")
	frac = strings.TrimRight(frac, "0")
	if whole == "" || strings.Contains(frac, ".") {
		return 0, errors.New("want a number and a unit, such as 1.5 and " + u.name)
	}
	n, ok := natural(whole)
	hi, lo := bits.Mul64(n, uint64(u.size))
	if !ok || hi != 0 || lo >= 1<<63-1 {
		return 0, errTooLarge
	}
	if frac == "" {
		return int64(lo), nil
	}
	f, ok := natural(frac)
	if !ok || len(frac) > 18 {
		return 0, errors.New("too many digits after the point")
	}
	ten := uint64(1)
	for range frac {
		ten *= 10
	}
	fhi, flo := bits.Mul64(f, uint64(u.size))
	q, rem := bits.Div64(fhi, flo, ten) // f < ten, so the quotient is below the unit's size
	if rem != 0 {
		return 0, fmt.Errorf("not a whole number of %s", base)
	}
	if lo += q; lo >= 1<<63-1 {
		return 0, errTooLarge
	}
	return int64(lo), nil
}

// natural reads a decimal number, false if it does not fit.
func natural(s string) (uint64, bool) {
	n := uint64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || n > (1<<64-10)/10 {
			return 0, false
		}
		n = 10*n + uint64(s[i]-'0')
	}
	return n, true
}

// decimal prints n base units in u, which is 10^k base units, or Second's.
func decimal(n int64, u unit) string {
	s := fmt.Sprintf("%d", n/u.size)
	if rem := n % u.size; rem > 0 {
		width := len(fmt.Sprintf("%d", u.size)) - 1
		s += "." + strings.TrimRight(fmt.Sprintf("%0*d", width, rem), "0")
	}
	return s + u.name
}

var errNegative = errors.New("must not be negative")

func quantityError(s string, err error) error { return fmt.Errorf("%q: %w", s, err) }
