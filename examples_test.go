package peerstreamer

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPolicyOutsideThisTree builds the module in docs/examples/policy as a researcher would, and runs its policy beside
// classic on forty viewers of the flash crowd.
func TestPolicyOutsideThisTree(t *testing.T) {
	dir := filepath.Join("docs", "examples", "policy")
	source, err := os.ReadFile(filepath.Join(dir, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(source), "\n"); lines >= 100 {
		t.Errorf("%s/main.go has %d lines, docs/policies.md promises less than 100", dir, lines)
	}
	bin := filepath.Join(t.TempDir(), "rarest")
	build := exec.Command("go", "build", "-o", bin, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build in %s: %v\n%s", dir, err, out)
	}
	stalled := map[string]float64{}
	for _, policy := range []string{"classic", "rarest"} {
		run := exec.Command(bin, "-scenario", "flashcrowd.toml", "-policy", policy, "-set", "group.viewer.count=40",
			"-seeds", "1-10", "-json", "-out", t.TempDir(), "-force")
		out, err := run.Output()
		if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 3 {
			err = nil // The claims are about 1,000 viewers of classic.
		}
		if err != nil {
			t.Fatalf("%v: %v\n%s", run.Args, err, out)
		}
		var sum struct {
			Policy      string
			Finished    float64
			Rebuffering struct{ Mean float64 } `json:"rebuffering_ratio"`
		}
		if err := json.Unmarshal(out, &sum); err != nil {
			t.Fatalf("%v: %v", run.Args, err)
		}
		if sum.Policy != policy || sum.Finished != 40 {
			t.Errorf("-policy %s: summary of %q, %v of 40 viewers finished", policy, sum.Policy, sum.Finished)
		}
		stalled[policy] = sum.Rebuffering.Mean
	}
	page, err := os.ReadFile(filepath.Join("docs", "policies.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("rebuffering ratio of %.0f %%, the second of %.0f %%", 100*stalled["rarest"], 100*stalled["classic"])
	if !strings.Contains(string(page), want) {
		t.Errorf("docs/policies.md does not say %q", want)
	}
}
