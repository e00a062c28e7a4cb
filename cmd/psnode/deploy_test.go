package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDeployFiles: what docs/deploy says to run are commands and flags that exist, and its configuration is one.
func TestDeployFiles(t *testing.T) {
	dir := filepath.Join("..", "..", "docs", "deploy")
	read := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	_, run := runFlags(t)
	if err := readConfig(run, filepath.Join(dir, "debian", "psnode.toml")); err != nil {
		t.Error(err)
	}
	commented := regexp.MustCompile(`(?m)^#([a-z-]+ = )`).ReplaceAllString(read("debian/psnode.toml"), "$1")
	if err := readConfig(run, configOf(t, commented)); err != nil {
		t.Errorf("with what is commented out: %v", err)
	}
	calls := 0
	for _, file := range []string{"psnode.service", "Dockerfile", "README.md"} {
		// A call goes on in the next line after a backslash, and ends with the line, a quotation mark or a bracket.
		text := strings.ReplaceAll(read(file), "\\\n", " ")
		for _, call := range regexp.MustCompile("psnode ([a-z]+)( -[^`\")\n]*)").FindAllStringSubmatch(text, -1) {
			calls++
			checkCall(t, file, call[1], regexp.MustCompile(` (-[a-z][a-z-]*)`).FindAllString(call[2], -1))
		}
	}
	if calls < 6 {
		t.Errorf("%d calls of psnode found: the pattern does not fit", calls)
	}
	args := regexp.MustCompile(`(?m)^ +- (-[a-z-]+)=`).FindAllStringSubmatch(read("kubernetes.yaml"), -1)
	if len(args) < 5 {
		t.Errorf("%d arguments found in kubernetes.yaml", len(args))
	}
	for _, a := range args {
		checkCall(t, "kubernetes.yaml", "run", a[1:])
	}
	for _, key := range regexp.MustCompile("`([a-z-]+) = ").FindAllStringSubmatch(read("README.md"), -1) {
		if run.Lookup(key[1]) == nil {
			t.Errorf("README.md: there is no setting %q", key[1])
		}
	}
}

func checkCall(t *testing.T, file, command string, flags []string) {
	t.Helper()
	known := completions(t.Context(), command)
	if slices.Contains(known, "run") {
		t.Errorf("%s: there is no psnode %s", file, command)
		return
	}
	for _, f := range flags {
		if !slices.Contains(known, strings.TrimSpace(f)) {
			t.Errorf("%s: psnode %s has no flag %s", file, command, f)
		}
	}
}
