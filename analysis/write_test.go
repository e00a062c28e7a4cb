package analysis

import (
	"bytes"
	"errors"
	"html"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// files returns the content of all files below dir by their path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWriteIsTheSameTwiceButForCost(t *testing.T) {
	r := result(t, three(), four())
	first, second := filepath.Join(t.TempDir(), "new", "a"), t.TempDir()
	if err := Write(first, summarize(t, r)); err != nil {
		t.Fatal(err)
	}
	r.Cost = Cost{Wall: 77 * sec, CPU: 66 * sec, RunCPU: 33 * sec, PeakRSS: 55 * core.MiB}
	for range 2 { // the second time over the files of the first
		if err := Write(second, summarize(t, r)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(first, "summary.json"))
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("summary.json has mode %v (%v), want one that others can read", info.Mode(), err)
	}
	a, b := files(t, first), files(t, second)
	want := []string{"report.html", "seeds.csv", "sites.csv", "summary.json", "viewers.csv"}
	for _, plot := range []string{"egress", "startup", "timeline"} {
		for _, end := range []string{".csv", ".pdf", ".png", ".svg", "-wide.pdf", "-wide.png", "-wide.svg"} {
			want = append(want, "plots/"+plot+end)
		}
	}
	for _, name := range want {
		if a[name] == "" {
			t.Errorf("%s is missing or empty", name)
		}
	}
	if len(a) != len(want) || len(b) != len(want) {
		t.Errorf("%d and %d files, want %d", len(a), len(b), len(want))
	}
	cost := regexp.MustCompile(`"(wall_s|cpu_s|run_cpu_s|peak_rss_bytes|bytes_per_node|events_per_cpu_s|cpu_us_per_chunk)": [0-9.]+|<th>(wall time|CPU time.*|peak memory|memory per node|events per CPU second)</th>.*`)
	for name := range a {
		if diff := cmp.Diff(cost.ReplaceAllString(a[name], ""), cost.ReplaceAllString(b[name], "")); diff != "" {
			t.Errorf("%s differs:\n%.1000s", name, diff)
		}
	}
}

func TestWriteSaysWhatItCouldNotDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	err := Write(file, summarize(t, result(t, three())))
	if err == nil || !strings.HasPrefix(err.Error(), "write results: ") || !strings.Contains(err.Error(), file) {
		t.Errorf("Write into a file: %v", err)
	}
}

func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "summary.json")
	if err := os.WriteFile(name, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := writeFile(name, func(w io.Writer) error { io.WriteString(w, "half"); return broken }); err != broken {
		t.Errorf("writeFile = %v", err)
	}
	if diff := cmp.Diff(map[string]string{"summary.json": "old"}, files(t, filepath.Dir(name))); diff != "" {
		t.Error(diff)
	}
}

func TestReport(t *testing.T) {
	r := result(t, three())
	r.Config = "name = \"three\" # <script>alert(1)</script>\n"
	bad := three()
	bad.Nodes[0].Sent = mb
	r.Runs = []Run{bad}
	s := summarize(t, r)
	var b bytes.Buffer
	if err := writeReport(&b, s, nil); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
		"<h1>three</h1>", "policy classic", "startup_latency.p95 &lt; 5s", "fails", "got 10 s", "holds",
		"Bound violated.", "&lt;script&gt;alert(1)", "psim -scenario three.toml", "00000000000000a1",
		`<td>source copies</td><td class="n">0.125</td>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "<script") {
		t.Error("the configuration was not escaped")
	}
}

// The page must work alone, offline and years later: it refers to nothing outside, and its plots are there.
func TestReportIsSelfContained(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, summarize(t, result(t, three()))); err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(files(t, dir)["report.html"])
	for _, ref := range regexp.MustCompile(`(?:src|srcset|href)="(.{0,40})`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(ref[1], "data:image/svg+xml;base64,") {
			t.Errorf("reference to %q", ref[1])
		}
	}
	if got := strings.Count(page, "data:image/svg+xml;base64,"); got != 6 {
		t.Errorf("%d plots, want three in two widths", got)
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
}
