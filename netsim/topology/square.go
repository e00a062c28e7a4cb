package topology

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Square reads a matrix: row i has the delays from place i to each place. Numbers are separated by commas, semicolons or
// white space; empty lines and those that begin with # are skipped. A 0 off the diagonal counts as missing: no two places
// are at a distance of nothing, and measurements write it where there is none.
func Square(data []byte, s Spec) (*Matrix, error) {
	m := &Matrix{}
	var lines []int // of each row
	row := 0
	for number, text := range numbered(data) {
		fields := split(text)
		switch {
		case len(lines) == 0 && len(fields) > MaxPlaces:
			return nil, fmt.Errorf("line %d: %d numbers: want at most %d places", number, len(fields), MaxPlaces)
		case len(lines) == 0:
			m.n = len(fields)
		case len(fields) != m.n:
			return nil, fmt.Errorf("line %d: %d numbers, but line %d has %d: want a square", number, len(fields), lines[0], m.n)
		case row == m.n:
			return nil, fmt.Errorf("line %d: a row too many: rows have %d numbers, want a square", number, m.n)
		}
		lines = append(lines, number)
		for column, field := range fields {
			d, err := s.delay(field)
			ns := uint32(d)
			switch {
			case errors.Is(err, errMissing), err == nil && d == 0 && row != column:
				ns = unknown
			case err != nil && strings.HasSuffix(err.Error(), "not a number"):
				return nil, fmt.Errorf("line %d, number %d: %w: want rows of numbers alone, without names", number, column+1, err)
			case err != nil:
				return nil, fmt.Errorf("line %d, number %d: %w", number, column+1, err)
			}
			m.ns = append(m.ns, ns)
		}
		row++
	}
	switch {
	case row == 0:
		return nil, errors.New("there are no numbers in it")
	case row != m.n:
		return nil, fmt.Errorf("line %d: %d rows of %d numbers: want a square", lines[row-1], row, m.n)
	}
	if err := m.symmetric(s, lines); err != nil {
		return nil, err
	}
	lack := func(i, j int) string { return fmt.Sprintf("line %d, number %d: no delay", lines[i], j+1) }
	if err := m.complete(s, lack); err != nil {
		return nil, err
	}
	return m, nil
}

// symmetric finds the first pair whose two delays differ, if they must not.
func (m *Matrix) symmetric(s Spec, lines []int) error {
	for i := range m.n {
		for j := range i {
			if !s.Asymmetric && m.known(i, j) && m.known(j, i) && m.At(i, j) != m.At(j, i) {
				return fmt.Errorf("line %d, number %d: %v one way, but line %d, number %d says %v: "+
					"want the same in both directions, or asymmetric = true",
					lines[i], j+1, m.At(i, j), lines[j], i+1, m.At(j, i))
			}
		}
	}
	return nil
}

// numbered yields the lines with something in them, without comments and white space around, by their numbers from 1.
func numbered(data []byte) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		for number := 1; len(data) > 0; number++ {
			line, rest, _ := bytes.Cut(data, []byte("\n"))
			data = rest
			line = bytes.TrimSpace(line)
			if len(line) == 0 || line[0] == '#' || bytes.HasPrefix(line, []byte("//")) {
				continue
			}
			if !yield(number, string(line)) {
				return
			}
		}
	}
}

// split returns the fields of a line. Between two commas or semicolons there may be nothing.
func split(line string) []string {
	for _, separator := range []string{",", ";"} {
		if strings.Contains(line, separator) {
			fields := strings.Split(line, separator)
			for i, f := range fields {
				fields[i] = strings.TrimSpace(f)
			}
			return fields
		}
	}
	return strings.Fields(line)
}
