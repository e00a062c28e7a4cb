package analysis

import (
	"strings"
	"testing"
)

func TestParseClaim(t *testing.T) {
	for _, c := range []struct {
		that, metric, op string
		value            float64
	}{
		{"startup_latency.p95 < 5s", "startup_latency.p95", "<", 5},
		{" startup_latency.max<=80ms ", "startup_latency.max", "<=", 0.08},
		{"completion < 1.5m", "completion", "<", 90},
		{"completion < 2min", "completion", "<", 120},
		{"completion > 1h", "completion", ">", 3600},
		{"stall_length.mean < 3us", "stall_length.mean", "<", 3e-6},
		{"sim_time >= 7ns", "sim_time", ">=", 7e-9},
		{"source_copies < 300", "source_copies", "<", 300},
		{"rebuffering_ratio.mean <= 1%", "rebuffering_ratio.mean", "<=", 0.01},
		{"offload >= 0.95", "offload", ">=", 0.95},
		{"stalls == 0", "stalls", "==", 0},
		{"events < 1e6", "events", "<", 1e6},
		{"source_sent < 2GiB", "source_sent", "<", 2147483648},
		{"source_sent > 1.5 kB", "source_sent", ">", 1500},
	} {
		got, err := ParseClaim(c.that)
		if err != nil {
			t.Errorf("ParseClaim(%q): %v", c.that, err)
			continue
		}
		if got.Metric.Name != c.metric || got.Op != c.op || got.Value != c.value || got.That != strings.TrimSpace(c.that) {
			t.Errorf("ParseClaim(%q) = %q %q %v", c.that, got.Metric.Name, got.Op, got.Value)
		}
	}
}

func TestParseClaimExplainsWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ that, want string }{
		{"", "want METRIC OPERATOR VALUE"},
		{"stalls = 0", "want METRIC OPERATOR VALUE"},
		{"stalls < ", "want METRIC OPERATOR VALUE"},
		{"stalls < 1 2", "want METRIC OPERATOR VALUE"},
		{"stalls < 1.2.3", `"1.2.3" is not a number`},
		{"stalls < 1e999", `"1e999" is not a number`},
		{"startup_latency.p59 < 5s", `unknown metric "startup_latency.p59" (did you mean "startup_latency.p50"?)`},
		{"startup_latency < 5s", `unknown metric "startup_latency" (did you mean "startup_latency.p50"?)`},
		{"source_copys < 5", `(did you mean "source_copies"?); known: viewers, finished, censored, startup_latency.p50`},
		{"zzzzzz < 5", `unknown metric "zzzzzz"; known: viewers`},
		{"startup_latency.p95 < 5", `takes a time with its unit: 80ms, 5s, 2m, not "5"`},
		{"startup_latency.p95 < 5%", `takes a time with its unit: 80ms, 5s, 2m, not "5%"`},
		{"source_sent < 5", `takes an amount with its unit`},
		{"stalls < 5s", `takes a plain number, not "5s"`},
		{"offload > 15", `takes a share: 1% or 0.01: want 15% or 0.15`},
		{"offload > 5s", `takes a share: 1% or 0.01, not "5s"`},
	} {
		_, err := ParseClaim(c.that)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("ParseClaim(%q): %v, want %q", c.that, err, c.want)
		}
	}
}

// By hand: 1.5 copies, startup 2 s at p50, rebuffering 4/68/2, no completion.
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		that, got string
		ok        bool
	}{
		{"source_copies < 1.5", "1.5 copies", false},
		{"source_copies <= 1.5", "1.5 copies", true},
		{"source_copies > 1.5", "1.5 copies", false},
		{"source_copies >= 1.5", "1.5 copies", true},
		{"source_copies == 1.5", "1.5 copies", true},
		{"source_copies == 1.4", "1.5 copies", false},
		{"startup_latency.p50 == 2s", "2 s", true},
		{"rebuffering_ratio.mean < 3%", "2.941%", true},
		{"source_sent < 12MB", "12 MB", false},
		{"stalls == 2", "2", true},
		{"completion < 1h", "no value", false},
	} {
		r := result(t, three())
		r.Claims = claims(t, c.that)
		s := summarize(t, r)
		if want := (Verdict{c.that, c.got, c.ok}); s.Verdicts[0] != want {
			t.Errorf("%+v, want %+v", s.Verdicts[0], want)
		}
		if got := s.Failed(); (got == 0) != c.ok {
			t.Errorf("%s: %d claims failed", c.that, got)
		}
	}
}

// With several seeds it is the mean that must hold: 1.75 of 1.5 and 2.
func TestVerdictOverSeedsIsAboutTheMean(t *testing.T) {
	r := result(t, three(), four())
	r.Claims = claims(t, "source_copies < 1.8", "source_copies < 1.7")
	s := summarize(t, r)
	const got = "1.75 copies (mean of 2 seeds, 95% interval -1.427 to 4.927)"
	for i, ok := range []bool{true, false} {
		if want := (Verdict{r.Claims[i].That, got, ok}); s.Verdicts[i] != want {
			t.Errorf("%+v, want %+v", s.Verdicts[i], want)
		}
	}
}
