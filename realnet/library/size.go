package library

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"peerstreamer/core"
)

var sizeUnits = map[string]core.Bytes{
	"": 1, "b": 1,
	"k": core.KiB, "kib": core.KiB,
	"m": core.MiB, "mib": core.MiB,
	"g": core.GiB, "gib": core.GiB,
}

// ParseSize returns the bytes that s means: a whole number, alone or with k, m, g, KiB, MiB or GiB in any case. k is
// 1,024 bytes, as it was in the original. KB and MB are refused, since people differ about them.
func ParseSize(s string) (core.Bytes, error) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	unit, ok := sizeUnits[strings.ToLower(strings.TrimSpace(s[digits:]))]
	if digits == 0 || !ok {
		return 0, fmt.Errorf("size %q: want a whole number of bytes, or of KiB (k), MiB (m) or GiB (g), such as 512k or 1m", s)
	}
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	if err != nil || n > math.MaxInt64/int64(unit) {
		return 0, fmt.Errorf("size %q: more than fits in 63 bits", s)
	}
	return core.Bytes(n) * unit, nil
}
