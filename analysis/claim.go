package analysis

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"peerstreamer/core/spell"
)

// Claim is a statement about one figure: METRIC OPERATOR VALUE, such as "startup_latency.p95 < 5s",
// "rebuffering_ratio.mean <= 1%", "source_sent < 2GiB" or "stalls == 0".
type Claim struct {
	That   string // as written
	Metric Metric
	Op     string  // < <= > >= ==
	Value  float64 // in the metric's unit
}

// Verdict says whether a claim holds, and what was got instead.
type Verdict struct {
	That string `json:"that"`
	Got  string `json:"got"`
	OK   bool   `json:"ok"`
}

var claimForm = regexp.MustCompile(`^\s*([\w.]+)\s*(<=|>=|==|<|>)\s*([-+]?[0-9.]+(?:e[-+]?\d+)?)\s*([A-Za-z%]*)\s*$`)

// ParseClaim reads a claim. Times need a unit (ns, us, ms, s, m or min, h), bytes too (B, kB, MB, GB, TB of 1000; KiB,
// MiB, GiB, TiB of 1024); shares are plain numbers or percentages; counts and copies are plain numbers. An unknown
// metric is answered with the known ones.
func ParseClaim(that string) (Claim, error) {
	bad := func(format string, args ...any) (Claim, error) {
		return Claim{}, fmt.Errorf("claim %q: %w", that, fmt.Errorf(format, args...))
	}
	part := claimForm.FindStringSubmatch(that)
	if part == nil {
		return bad(`want METRIC OPERATOR VALUE with < <= > >= or ==, such as "startup_latency.p95 < 5s"`)
	}
	c := Claim{That: strings.TrimSpace(that), Op: part[2]}
	for _, m := range Metrics() {
		if m.Name == part[1] {
			c.Metric = m
		}
	}
	if c.Metric.Name == "" {
		return bad("unknown metric %q%s; known: %s", part[1], suggest(part[1]), strings.Join(names(), ", "))
	}
	x, err := strconv.ParseFloat(part[3], 64)
	if err != nil || math.IsInf(x, 0) {
		return bad("%q is not a number", part[3])
	}
	s, ok := scales[c.Metric.Unit][part[4]]
	if !ok {
		return bad("%s takes %s, not %q", c.Metric.Name, unitHelp[c.Metric.Unit], part[3]+part[4])
	}
	if c.Metric.Unit == Share && part[4] == "" && x > 1 { // Meant as percent, it would hold or fail whatever comes.
		return bad("%s takes %s: want %s%% or %v", c.Metric.Name, unitHelp[Share], part[3], x/100)
	}
	c.Value = x * s.mul / s.div
	return c, nil
}

// scale is mul/div in the metric's unit. Dividing keeps "80ms" the double nearest to 0.08, as times in records are.
type scale struct{ mul, div float64 }

var scales = map[Unit]map[string]scale{
	Seconds: {"ns": {1, 1e9}, "us": {1, 1e6}, "ms": {1, 1e3}, "s": {1, 1}, "m": {60, 1}, "min": {60, 1}, "h": {3600, 1}},
	Bytes: {"B": {1, 1}, "kB": {1e3, 1}, "MB": {1e6, 1}, "GB": {1e9, 1}, "TB": {1e12, 1},
		"KiB": {1 << 10, 1}, "MiB": {1 << 20, 1}, "GiB": {1 << 30, 1}, "TiB": {1 << 40, 1}},
	Share:  {"": {1, 1}, "%": {1, 100}},
	Count:  {"": {1, 1}},
	Copies: {"": {1, 1}},
}

var unitHelp = map[Unit]string{
	Seconds: "a time with its unit: 80ms, 5s, 2m",
	Bytes:   "an amount with its unit: 512B, 20MB, 1GiB",
	Share:   "a share: 1% or 0.01",
	Count:   "a plain number",
	Copies:  "a plain number",
}

// judge evaluates a claim. With several seeds it must hold for the mean over the seeds, and Got says so and gives the 95 %
// interval: one unlucky seed does not refute a claim about a distribution, nor does a lucky one prove it. A figure
// without a value satisfies nothing.
func (s *Summary) judge(c Claim) Verdict {
	f, _ := s.Figure(c.Metric.Name)
	x, ok := f.Mean.Get()
	if !ok {
		return Verdict{c.That, "no value" + s.missing(f), false}
	}
	got := format(f.Unit, x)
	if lo, ok := f.Lo.Get(); ok {
		hi, _ := f.Hi.Get()
		factor, _ := printed(f.Unit, x)
		got += fmt.Sprintf(" (mean of %d seeds, 95%% interval %s to %s)", len(s.Runs), digits(lo*factor), digits(hi*factor))
	}
	return Verdict{c.That, got, holds(x, c.Op, c.Value)}
}

// missing names the seeds without a value, if others have one.
func (s *Summary) missing(f Figure) string {
	var seeds []string
	for i, v := range f.PerSeed {
		if !v.Ok() {
			seeds = append(seeds, strconv.FormatUint(s.Runs[i].Seed, 10))
		}
	}
	if len(seeds) == len(s.Runs) {
		return ""
	}
	return " with seed " + strings.Join(seeds, ", ")
}

func holds(x float64, op string, y float64) bool {
	switch op {
	case "<":
		return x < y
	case "<=":
		return x <= y
	case ">":
		return x > y
	case ">=":
		return x >= y
	case "==":
		return x == y
	}
	panic("analysis: operator " + op)
}

func names() (all []string) {
	for _, m := range Metrics() {
		all = append(all, m.Name)
	}
	return all
}

// suggest returns ` (did you mean "..."?)` for the metric that is nearest to a misspelt name, if one is near.
func suggest(name string) string {
	if near := spell.Near(name, names()); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}
