package analysis

import (
	"slices"
	"strings"
	"testing"
)

// TestSummaryHasEveryMetric: no figure of the table is missing in summary.json. A metric stands under its column's name, or
// that without the statistic, with the statistic below.
func TestSummaryHasEveryMetric(t *testing.T) {
	keys := summarize(t, result(t, three())).object()
	for _, m := range Metrics() {
		key := m.Column()
		if name, _, grouped := strings.Cut(m.Name, "."); grouped {
			key = Metric{Name: name, Unit: m.Unit}.Column()
		}
		if key == "sim_time_s" {
			key = "sim_s"
		}
		if !slices.Contains(keys.keys, key) {
			t.Errorf("%s is not in summary.json as %s", m.Name, key)
		}
	}
}

// TestColumns: each metric's column says its unit, and says it once.
func TestColumns(t *testing.T) {
	for _, m := range Metrics() {
		name := m.Column()
		if strings.Count("_"+name+"_", "_bytes_") > 1 || strings.Contains(name, ".") {
			t.Errorf("%s: column %s", m.Name, name)
		}
		if m.Unit == Bytes && !strings.Contains("_"+name+"_", "_bytes_") || m.Unit == Seconds && !strings.HasSuffix(name, "_s") {
			t.Errorf("%s: column %s does not say %s", m.Name, name, m.Unit)
		}
	}
}
