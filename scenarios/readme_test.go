package scenarios

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/analysis"
)

// wantInReadme compares what README.md shows of a run with what the run prints, but for what the machine spent. -update
// rewrites it, and the plot below it.
func (o outcome) wantInReadme(t *testing.T) {
	t.Helper()
	const file, plot = "../README.md", "../docs/img/flashcrowd-startup.png"
	var out bytes.Buffer
	if err := analysis.PrintClaims(&out, o.Verdicts, false); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	if err := analysis.PrintTable(&out, o.Summary, false); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "\n%s, policy %s, config %s, %s; ", o.Scenario, o.Policy, o.ConfigHash, digests(o.Runs))
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	command := "-scenario " + o.name + ".toml\n\n```\n"
	before, rest, ok := strings.Cut(string(readme), command)
	shown, after, found := strings.Cut(rest, "\n```\n")
	spent := strings.LastIndex(shown, "; ") + len("; ")
	if !ok || !found || spent < len("; ") {
		t.Fatalf("%s shows no run of %s", file, o.name)
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+command+out.String()+shown[spent:]+"\n```\n"+after), 0o644); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := analysis.Write(dir, o.Summary); err != nil {
			t.Fatal(err)
		}
		image, err := os.ReadFile(filepath.Join(dir, "plots", "startup-wide.png"))
		if err == nil {
			err = os.WriteFile(plot, image, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(out.String(), shown[:spent]); diff != "" {
		t.Errorf("%s shows another run of %s (-run +shown):\n%s\nif it was meant to change: go test ./scenarios -update", file, o.name, diff)
	}
}
