package stats

import (
	"fmt"
	"math"
	"strconv"
)

// Value is a finite number or nothing. The zero Value is nothing; it prints as the empty string and is null in JSON, so
// that no value can be mistaken for 0.
type Value struct {
	x  float64
	ok bool
}

// None is the absent Value.
var None Value

// Some returns a present Value. It panics if x is NaN or infinite: a figure that is not defined is None.
func Some(x float64) Value {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		panic(fmt.Sprintf("stats: Some(%v)", x))
	}
	return Value{x, true}
}

// Over returns a/b, None if b is 0.
func Over(a, b float64) Value {
	if b == 0 {
		return None
	}
	return Some(a / b)
}

// Times returns v times k, None of None.
func (v Value) Times(k float64) Value {
	if !v.ok {
		return None
	}
	return Some(v.x * k)
}

// Get returns the number and whether there is one.
func (v Value) Get() (x float64, ok bool) { return v.x, v.ok }

// Ok reports whether there is a number.
func (v Value) Ok() bool { return v.ok }

// String returns a whole number exactly, anything else with 12 significant digits and no exponent, and the empty string
// for None. Twelve digits hide the last bits, which may differ between architectures (fused multiply-add).
func (v Value) String() string {
	if !v.ok {
		return ""
	}
	x := v.x
	if x != math.Trunc(x) {
		x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'e', 11, 64), 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// MarshalJSON writes the same text as String, null for None.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.ok {
		return []byte("null"), nil
	}
	return []byte(v.String()), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = None
		return nil
	}
	x, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("stats: value %s: %w", b, err)
	}
	*v = Some(x)
	return nil
}

// Equal reports whether v and w are the same number, or both absent. cmp.Diff uses it.
func (v Value) Equal(w Value) bool { return v == w }
