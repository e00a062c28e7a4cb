package analysis

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// golden compares with a file in testdata, which was checked by hand once.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestWriteSummary(t *testing.T) {
	for name, runs := range map[string][]Run{"summary.json": {three()}, "summary-seeds.json": {three(), four()}} {
		var b bytes.Buffer
		if err := WriteSummary(&b, summarize(t, result(t, runs...))); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
}

// A run without viewers has few figures; none may become 0 or NaN.
func TestWriteSummaryOfNothing(t *testing.T) {
	r := Run{End: sec, Video: Video{Length: 1}}
	var b bytes.Buffer
	if err := WriteSummary(&b, summarize(t, Result{Runs: []Run{r}})); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"events", "offload", "control_overhead"} {
		if x, ok := got[key]; !ok || x != nil {
			t.Errorf("%s = %v, want null", key, x)
		}
	}
	if diff := cmp.Diff(map[string]any{"p50": nil, "p95": nil, "p99": nil, "max": nil}, got["startup_latency_s"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{nil}, got["digest"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{}, got["claims"]); diff != "" {
		t.Error(diff)
	}
}

// The page that describes the files names the keys that they have, all of them, in their order, and no others.
func TestRecordsPageIsInStep(t *testing.T) {
	page, err := os.ReadFile("../docs/records.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string][]string) // keys in the tables of each section
	section := ""
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "## ") {
			section = strings.TrimSpace(line[3:])
		}
		if key, _, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "`"); ok && strings.HasPrefix(line, "| `") {
			documented[section] = append(documented[section], key)
		}
	}
	o := summarize(t, result(t, three())).object()
	var keys []string
	for i, key := range o.keys {
		sub, ok := o.values[i].(object)
		if !ok || key == "bounds" {
			keys = append(keys, key)
			continue
		}
		for _, part := range sub.keys {
			keys = append(keys, key+"."+part)
		}
	}
	bound := o.values[slices.Index(o.keys, "bounds")].(object).values[0].(object)
	keys = append(keys, bound.keys...)
	keys = append(keys, "that", "got", "ok")
	if diff := cmp.Diff(documented["summary.json"], keys); diff != "" {
		t.Errorf("summary.json (-page +file):\n%s", diff)
	}
	if diff := cmp.Diff(documented["viewers.csv"], append(slices.Clone(ViewerColumns), "seed")); diff != "" {
		t.Errorf("viewers.csv (-page +file):\n%s", diff)
	}
}
