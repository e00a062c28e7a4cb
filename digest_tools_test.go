//go:build tools

package peerstreamer

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestTree1000SameDigestEverywhere runs tree1000 on other architectures, compiled with other instructions, with the
// race detector, and with other settings of scheduler and collector. Every run must have the digest of the plain one.
func TestTree1000SameDigestEverywhere(t *testing.T) {
	dir := t.TempDir()
	builds := []struct {
		name string
		env  []string
		args []string
		via  []string // what runs it, if not this machine
	}{
		{name: "plain"},
		{name: "GOAMD64=v3", env: []string{"GOAMD64=v3"}},
		{name: "race", env: []string{"CGO_ENABLED=1"}, args: []string{"-race"}},
		{name: "GOARCH=386", env: []string{"GOARCH=386", "CGO_ENABLED=0"}},
		{name: "GOARCH=arm64", env: []string{"GOARCH=arm64", "CGO_ENABLED=0"}, via: []string{"qemu-aarch64-static"}},
	}
	want := ""
	for _, b := range builds {
		bin := filepath.Join(dir, b.name)
		build := exec.Command("go", slices.Concat([]string{"build", "-o", bin}, b.args, []string{"./cmd/psim"})...)
		build.Env = append(os.Environ(), b.env...)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", b.name, err, out)
		}
		settings := [][]string{nil}
		if b.name == "plain" {
			settings = append(settings, nil, []string{"GOMAXPROCS=1"}, []string{"GOMAXPROCS=2"}, []string{"GOGC=20"}, []string{"GOGC=off"})
		}
		for _, env := range settings {
			got := digestOf(t, append(b.via, bin), env)
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s %v: digest %s, want %s", b.name, env, got, want)
			}
		}
	}
}

// digestOf runs psim on tree1000 and returns the digest of its history.
func digestOf(t *testing.T, command, env []string) string {
	t.Helper()
	run := exec.Command(command[0], append(slices.Clone(command[1:]), "-scenario", "tree1000.toml", "-json", "-out", t.TempDir(), "-force")...)
	run.Env = append(os.Environ(), env...)
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v %v: %v\n%s", env, run.Args, err, out)
	}
	var sum struct{ Digest []string }
	if err := json.Unmarshal(out, &sum); err != nil || len(sum.Digest) != 1 {
		t.Fatalf("%v: no digest: %v\n%s", run.Args, err, out)
	}
	return sum.Digest[0]
}
