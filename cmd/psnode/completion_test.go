package main

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestCompletions: each command is offered, and each one's flags as its help has them.
func TestCompletions(t *testing.T) {
	for command, want := range map[string][]string{
		"":        {"run", "stream", "completion"},
		"nothing": {"run", "stream"},
		"run":     {"-name", "-store-size", "-config", "-nat"},
		"stream":  {"-source", "-filename", "-o"},
		"version": nil,
	} {
		got := completions(t.Context(), command)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: %q is missing in %q", command, w, got)
			}
		}
		if command == "version" && len(got) > 0 {
			t.Errorf("version has %q", got)
		}
	}
}

// TestBashCompletes: bash itself completes a flag with the script.
func TestBashCompletes(t *testing.T) {
	s := newStage(t)
	var script, errs bytes.Buffer
	if code := dispatch(t.Context(), []string{"completion", "bash"}, streams{&script, &errs}); code != exitDone {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	for _, c := range []struct{ words, want string }{
		{"psnode ver", "version"},
		{"psnode run -stor", "-store-chunks -store-size"},
	} {
		words := strings.Fields(c.words)
		cmd := exec.CommandContext(t.Context(), "bash", "-c", `psnode() { "$PSNODE" "$@"; }
`+script.String()+`
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _psnode; echo "${COMPREPLY[*]}"`, "bash")
		cmd.Args = append(cmd.Args, words...)
		cmd.Env = append(s.bin.Env, "PATH=/usr/bin:/bin", "PSNODE="+s.bin.Path)
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.words, got, err, c.want)
		}
	}
}

func TestVersion(t *testing.T) {
	var out, errs bytes.Buffer
	if code := dispatch(t.Context(), []string{"version"}, streams{&out, &errs}); code != exitDone {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	if got := strings.Fields(out.String()); len(got) < 4 || got[0] != "psnode" {
		t.Errorf("says %q", out.String())
	}
}
