package peerstreamer

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goCommand is a command in the documentation: what go does, and all that stands behind it.
var goCommand = regexp.MustCompile("`go (run|test) ([^`]+)`")

// TestDocumentedCommands: the packages, tests and benchmarks that the documentation says to run exist.
func TestDocumentedCommands(t *testing.T) {
	commands := 0
	for _, pattern := range []string{"README.md", "bench/README.md", "docs/*.md", "docs/decisions/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range goCommand.FindAllStringSubmatch(string(text), -1) {
				commands++
				if fault := faultOf(t, strings.ReplaceAll(c[2], `\|`, "|")); fault != "" {
					t.Errorf("%s: go %s %s: %s", file, c[1], c[2], fault)
				}
			}
		}
	}
	if commands < 40 {
		t.Errorf("%d commands found: the pattern does not fit", commands)
	}
}

// faultOf returns what a command names that is not there, "" if all is.
func faultOf(t *testing.T, command string) string {
	words := strings.Fields(command)
	names := ""
	for i, w := range words {
		w = strings.TrimPrefix(w, "./")
		switch {
		case strings.HasPrefix(words[i], "./") && w != "...":
			if info, err := os.Stat(strings.TrimSuffix(w, "/...")); err != nil || !info.IsDir() {
				return "there is no folder " + w
			}
			names += functions(t, w)
		case w == "." && i == 0:
			names += functions(t, ".")
		}
	}
	for i, w := range words {
		if i == 0 || words[i-1] != "-run" && words[i-1] != "-bench" {
			continue
		}
		prefix := map[string]string{"-run": "Test", "-bench": "Benchmark"}[words[i-1]]
		for one := range strings.SplitSeq(strings.Trim(w, "'"), "|") {
			one, _, _ = strings.Cut(one, "/") // what is below is made while it runs
			if one == "^$" || one == "xxx" || one == "-" || one == "." {
				continue // none, three times, and all
			}
			if !regexp.MustCompile(`(?m)^` + prefix + `\w*` + one).MatchString(names) {
				return "no " + prefix + "... is called like " + one
			}
		}
	}
	return ""
}

// functions returns the names of the tests and benchmarks of a folder, a line each; with /... at its end, of those below, too.
func functions(t *testing.T, folder string) string {
	var b strings.Builder
	dir, all := strings.CutSuffix(folder, "/...")
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != dir && !all {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Benchmark)\w+)`).FindAllStringSubmatch(string(text), -1) {
			b.WriteString(m[1] + "\n")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
