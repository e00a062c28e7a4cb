package topology

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Pairs reads a list of pairs: lines "i,j delay" or "i j delay", the places numbered from 0 or from 1. That is the form
// of the King data set's topologies for p2psim (Gummadi, Saroiu, Gribble: King, 2002; the measurements of Dabek and
// others, 2004), which begin with lines of words, among them "node i" for each place; such lines may come before the
// first pair.
//
// A pair may come once, for both directions, or once for each; unless the Spec is Asymmetric, they must agree. Of an
// asymmetric file every ordered pair is expected.
func Pairs(data []byte, s Spec) (*Matrix, error) {
	count, last, base := 0, -1, 1
	err := eachPair(data, func(_, i, j int, _ string) error {
		count++
		last = max(last, i, j)
		if min(i, j) == 0 {
			base = 0
		}
		return nil
	})
	n := last + 1 - base
	switch {
	case err != nil:
		return nil, err
	case count == 0:
		return nil, errors.New(`there are no pairs in it: want lines such as "1,2 65433"`)
	case n > MaxPlaces:
		return nil, fmt.Errorf("%d places: want at most %d", n, MaxPlaces)
	}
	// Before the table is made: are there about as many pairs as it has?
	expected := n * (n - 1) / 2
	if s.Asymmetric {
		expected *= 2
	}
	if count < expected && !s.Drop || count < expected/2 {
		return nil, fmt.Errorf("%d pairs: %d places, numbered %d to %d, have %d%s", count, n, base, last, expected, hint(s, count, expected))
	}
	m := New(n)
	for i := range m.ns {
		m.ns[i] = unknown
	}
	if err := eachPair(data, func(line, i, j int, text string) error { return m.pair(s, line, i-base, j-base, text) }); err != nil {
		return nil, err
	}
	lack := func(i, j int) string { return fmt.Sprintf("no delay from place %d to place %d", i+base, j+base) }
	if err := m.complete(s, lack); err != nil {
		return nil, err
	}
	return m, nil
}

// hint says what to do about a file with too few pairs.
func hint(s Spec, count, expected int) string {
	if s.Drop || count < expected/2 {
		return ": that is less than half of them"
	}
	return ": want all, or missing = \"drop\" to leave out places"
}

// pair enters a pair that stands at a line.
func (m *Matrix) pair(s Spec, line, i, j int, text string) error {
	d, err := s.delay(text)
	if errors.Is(err, errMissing) || err == nil && d == 0 && i != j {
		return nil
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", line, err)
	}
	at := &m.ns[i*m.n+j]
	if *at != unknown && *at != uint32(d) {
		if m.ns[j*m.n+i] == *at && !s.Asymmetric {
			return fmt.Errorf("line %d: %v one way, but a line before says %v for this pair: "+
				"want the same in both directions, or asymmetric = true", line, d, m.At(i, j))
		}
		return fmt.Errorf("line %d: %v one way, but a line before says %v for this pair", line, d, m.At(i, j))
	}
	*at = uint32(d)
	if !s.Asymmetric {
		m.ns[j*m.n+i] = uint32(d)
	}
	return nil
}

// eachPair calls f with each pair of the file.
func eachPair(data []byte, f func(line, i, j int, text string) error) error {
	begun := false
	for line, text := range numbered(data) {
		if c := text[0] | 0x20; c >= 'a' && c <= 'z' && !begun {
			continue
		}
		begun = true
		fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t", r) })
		if len(fields) != 3 {
			return fmt.Errorf("line %d: %q: want two places and a delay, such as \"1,2 65433\"", line, clip(text))
		}
		var at [2]int
		for k := range at {
			n, err := strconv.Atoi(fields[k])
			if err != nil || n < 0 {
				return fmt.Errorf("line %d: %q: want the number of a place, from 0 or 1", line, clip(fields[k]))
			}
			if n > MaxPlaces {
				return fmt.Errorf("line %d: place %d: want at most %d places", line, n, MaxPlaces)
			}
			at[k] = n
		}
		if err := f(line, at[0], at[1], fields[2]); err != nil {
			return err
		}
	}
	return nil
}

// clip shortens what an error quotes.
func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
