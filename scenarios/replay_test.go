package scenarios

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
)

// TestShell has a shell take apart what shell put together.
func TestShell(t *testing.T) {
	args := []string{"plain", "", "two words", "it's", `claim=[{that="stalls == 0"}]`, "$HOME `x` \\ !", "a^b", "tab\tnew\nline", "*?{a,b}~", "ü"}
	out, err := exec.Command("sh", "-c", "for a in "+shell(args...)+`; do printf '%s\0' "$a"; done`).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if diff := cmp.Diff(args, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// doomed is direct until a node's tenth event, and panics then.
type doomed struct {
	core.Policy
	plans *int
}

func (d doomed) Plan(s *core.Stream, e core.Event) {
	if *d.plans++; *d.plans == 10 {
		panic("doomed from the start")
	}
	d.Policy.Plan(s, e)
}

// TestPanicSaysHowToReplay: a policy that panics ends psim with the node, the time, the seed, the stack, and a command that
// leads to the same place.
func TestPanicSaysHowToReplay(t *testing.T) {
	Register("doomed", "for this test", func(*Params) (core.Policy, error) { return doomed{core.NewDirect(), new(int)}, nil })
	dir := filepath.Join(t.TempDir(), "it's here")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := small(t, dir, "")
	code, out, errs := psimIn(t, dir, "-scenario", file, "-seeds", "7", "-policy", "doomed", "-until", "90s", "-jobs", "1",
		"-out", "x", "-set", `claim=[{that="stalls == 0"}]`)
	if code != 1 || out != "" {
		t.Errorf("exit code %d, want 1, and nothing on standard output, which is:\n%s", code, out)
	}
	where := regexp.MustCompile(`node \d+ \(viewer-\d\) at \d+\.\d{9} s, seed 7: doomed from the start\n`)
	place := where.FindString(errs)
	if place == "" || !strings.Contains(errs, "scenarios.doomed.Plan") || !strings.Contains(errs, "replay_test.go:") {
		t.Errorf("no place and stack in:\n%s", errs)
	}
	_, line, _ := strings.Cut(errs, "\npsim: replay: ")
	if line = strings.TrimSpace(line); !strings.HasPrefix(line, "psim -scenario '") {
		t.Fatalf("no command in:\n%s", errs)
	}
	// The shell calls a psim that prints its arguments, and those are for Main.
	words, err := exec.Command("sh", "-c", `psim() { printf '%s\0' "$@"; }; `+line).Output()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00")
	if code := Main(args, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), place) {
		t.Errorf("%s: exit code %d, want 1 and %q in:\n%s", line, code, place, stderr.String())
	}
}

// TestReplayOfABranch: a policy that panics in a branch alone is told with the branch, and the command has it.
func TestReplayOfABranch(t *testing.T) {
	Register("panicky", "for this test", func(*Params) (core.Policy, error) { return panicky{core.NewDirect()}, nil })
	dir := t.TempDir()
	file := small(t, dir, strings.ReplaceAll(twoBranches, `group = "viewer", index = 3`, `group = "source"`))
	args := []string{"-scenario", file, "-policy", "panicky", "-set", "claim=[]"}
	code, _, errs := psimIn(t, dir, append(args, "-out", "x")...)
	if code != 1 || !strings.Contains(errs, `psim: seed 1: branch "one is lost": run small`) || !strings.Contains(errs, " -branch 'one is lost'\n") {
		t.Fatalf("exit code %d:\n%s", code, errs)
	}
	if code, _, errs := psimIn(t, dir, append(args, "-out", "y", "-branch", "one is lost")...); code != 1 || !strings.Contains(errs, "it is not there") {
		t.Errorf("the replay: exit code %d:\n%s", code, errs)
	}
}

// panicky does not stand it when a chunk does not come.
type panicky struct{ core.Policy }

func (p panicky) Fork() core.Policy { return p }

func (p panicky) Plan(s *core.Stream, e core.Event) {
	if e.Kind == core.Failed {
		panic("it is not there")
	}
	p.Policy.Plan(s, e)
}
