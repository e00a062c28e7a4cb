package coretest

import (
	"strconv"
	"strings"
	"time"

	"peerstreamer/core"
)

// Numbers and quantities of the script language. A word that cannot be read ends the script.

func (s *stage) parseNumber(word string) int {
	s.t.Helper()
	n, err := strconv.Atoi(word)
	if err != nil {
		s.fatalf("%q is not a number", word)
	}
	return n
}

func (s *stage) number(opts map[string]string, key string, missing int) int {
	s.t.Helper()
	if word, ok := opts[key]; ok {
		return s.parseNumber(word)
	}
	return missing
}

func (s *stage) parseTime(word string) core.Time {
	s.t.Helper()
	d, err := time.ParseDuration(word)
	if err != nil {
		s.fatalf("%q is not a duration", word)
	}
	return core.Time(d)
}

func (s *stage) time(opts map[string]string, key string, missing core.Time) core.Time {
	s.t.Helper()
	if word, ok := opts[key]; ok {
		return s.parseTime(word)
	}
	return missing
}

// bytes reads 100, 4KiB or 1MiB.
func (s *stage) bytes(opts map[string]string, key string, missing core.Bytes) core.Bytes {
	s.t.Helper()
	word, ok := opts[key]
	if !ok {
		return missing
	}
	unit := core.Bytes(1)
	for suffix, u := range map[string]core.Bytes{"KiB": core.KiB, "MiB": core.MiB} {
		if strings.HasSuffix(word, suffix) {
			word, unit = strings.TrimSuffix(word, suffix), u
		}
	}
	return core.Bytes(s.parseNumber(word)) * unit
}

// rate reads 800Kbps or 8Mbps; without the key the link is not limited.
func (s *stage) rate(opts map[string]string, key string) core.Rate {
	s.t.Helper()
	word, ok := opts[key]
	if !ok {
		return 0
	}
	for suffix, u := range map[string]core.Rate{"Kbps": core.Kbps, "Mbps": core.Mbps} {
		if strings.HasSuffix(word, suffix) {
			return core.Rate(s.parseNumber(strings.TrimSuffix(word, suffix))) * u
		}
	}
	s.fatalf("%q is not a rate", word)
	return 0
}

// chunks reads numbers and ranges such as 3, 6-10 or 10-6, in the order written.
func (s *stage) chunks(words []string) (list []uint32) {
	s.t.Helper()
	for _, word := range words {
		a, b, isRange := strings.Cut(word, "-")
		first := s.parseNumber(a)
		last := first
		if isRange {
			last = s.parseNumber(b)
		}
		step := 1
		if last < first {
			step = -1
		}
		for n := first; n != last+step; n += step {
			list = append(list, uint32(n))
		}
	}
	return list
}
