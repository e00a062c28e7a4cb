package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"peerstreamer/core"
)

// tomlValue is a value with more than one written form.
type tomlValue interface {
	readTOML(v any) error
	writeTOML() string
}

// Spread is a distribution of link rates or delays: one value, a range drawn from evenly, or a weighted mix of those.
// Without parts nothing was given.
type Spread[T core.Rate | core.Time] []Part[T]

// Part is Low..High, both included, with a weight in its mix.
type Part[T core.Rate | core.Time] struct {
	Low, High T
	Weight    float64
}

// Rates is a distribution of link rates; 0 is no limit. Times is one of delays.
type (
	Rates struct{ Spread[core.Rate] }
	Times struct{ Spread[core.Time] }
)

// Draw takes one value. It returns 0 if s has no parts.
func (s Spread[T]) Draw(r *core.Rand) T {
	if len(s) == 0 {
		return 0
	}
	return s.pick(r).draw(r)
}

func (s Spread[T]) pick(r *core.Rand) Part[T] {
	if len(s) == 1 {
		return s[0]
	}
	weights := make([]float64, len(s))
	for i, p := range s {
		weights[i] = p.Weight
	}
	return s[pick(r, weights)]
}

func (p Part[T]) draw(r *core.Rand) T { return T(r.Between(core.Time(p.Low), core.Time(p.High))) }

// Max returns the largest value that can be drawn, 0 if that is no limit.
func (s Spread[T]) Max() T {
	var most T
	for _, p := range s {
		if p.High == 0 {
			return 0
		}
		most = max(most, p.High)
	}
	return most
}

// pick draws an index with the given weights.
func pick(r *core.Rand, weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	u := float64(r.Float() * total)
	for i, w := range weights {
		if u -= w; u <= 0 {
			return i
		}
	}
	return len(weights) - 1 // the sum and the differences may round differently
}

func (r *Rates) readTOML(v any) (err error) { r.Spread, err = readSpread(v, parseLink); return }
func (t *Times) readTOML(v any) (err error) { t.Spread, err = readSpread(v, parseDelay); return }

func (r *Rates) writeTOML() string { return writeSpread(r.Spread, rateText) }
func (t *Times) writeTOML() string { return writeSpread(t.Spread, core.Time.String) }

// parseLink reads a link's rate. A link with no capacity at all is a mistake, and so is one that is written as if it had.
func parseLink(s string) (core.Rate, error) {
	r, err := core.ParseRate(s)
	if err == nil && r == 0 && s != "unlimited" {
		return 0, fmt.Errorf(`%q: a link of no capacity carries nothing: want "unlimited" if you mean no limit`, s)
	}
	return r, err
}

func parseDelay(s string) (core.Time, error) {
	t, err := core.ParseTime(s)
	if err == nil && t > core.Minute {
		return 0, fmt.Errorf("%q: a delay of more than a minute is not a network's", s)
	}
	return t, err
}

func rateText(r core.Rate) string {
	if r == 0 {
		return "unlimited"
	}
	return r.String()
}

// readSpread reads "5ms", "5ms..40ms" or { mix = [["5ms", 0.4], ["10ms..20ms", 0.6]] }.
func readSpread[T core.Rate | core.Time](v any, parse func(string) (T, error)) (Spread[T], error) {
	switch v := v.(type) {
	case string:
		p, err := readPart(v, parse)
		return Spread[T]{p}, err
	case map[string]any:
		list, ok := v["mix"].([]any)
		if !ok || len(v) != 1 || len(list) == 0 {
			break
		}
		var s Spread[T]
		for _, e := range list {
			pair, _ := e.([]any)
			if len(pair) != 2 {
				return nil, fmt.Errorf("mix: %v: want a pair [value, weight]", e)
			}
			text, isText := pair[0].(string)
			weight, isNumber := number(pair[1])
			if !isText || !isNumber || !(weight > 0) || weight > 1e9 {
				return nil, fmt.Errorf("mix: %v: want a pair [value, weight] with a weight above 0", e)
			}
			p, err := readPart(text, parse)
			if err != nil {
				return nil, fmt.Errorf("mix: %w", err)
			}
			p.Weight = weight
			s = append(s, p)
		}
		return s, nil
	}
	return nil, fmt.Errorf("%v: want a value in quotes, a range \"low..high\" or { mix = [[value, weight], ...] }", v)
}

func readPart[T core.Rate | core.Time](s string, parse func(string) (T, error)) (Part[T], error) {
	p := Part[T]{Weight: 1}
	low, high, isRange := strings.Cut(s, "..")
	var err error
	if p.Low, err = parse(low); err != nil {
		return p, err
	}
	if p.High = p.Low; !isRange {
		return p, nil
	}
	if p.High, err = parse(high); err != nil {
		return p, err
	}
	if p.High < p.Low || (p.Low == 0 || p.High == 0) && low == "unlimited" || high == "unlimited" {
		return p, fmt.Errorf("%q: want the lower end first", s)
	}
	return p, nil
}

func writeSpread[T core.Rate | core.Time](s Spread[T], text func(T) string) string {
	part := func(p Part[T]) string {
		if p.Low == p.High {
			return strconv.Quote(text(p.Low))
		}
		return strconv.Quote(text(p.Low) + ".." + text(p.High))
	}
	if len(s) == 1 {
		return part(s[0])
	}
	var pairs []string
	for _, p := range s {
		pairs = append(pairs, fmt.Sprintf("[%s, %s]", part(p), floatText(p.Weight)))
	}
	return "{ mix = [" + strings.Join(pairs, ", ") + "] }"
}

// number returns a TOML number.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// floatText writes a float so that TOML and readers see it is one.
func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// sortedKeys returns a map's keys in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
