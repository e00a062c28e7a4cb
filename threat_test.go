package peerstreamer

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThreatModel: the tests that docs/threat-model.md names exist, and so do its limits.
func TestThreatModel(t *testing.T) {
	doc, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	var code, tests strings.Builder
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		into := &code
		if strings.HasSuffix(path, "_test.go") {
			into = &tests
		}
		b, err := os.ReadFile(path)
		into.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllSubmatch(doc, -1)
	if len(named) < 30 {
		t.Errorf("found only %d names of tests", len(named))
	}
	for _, m := range named {
		if !strings.Contains(tests.String(), "\nfunc "+string(m[1])+"(") {
			t.Errorf("docs/threat-model.md names %s, which does not exist", m[1])
		}
	}
	limits := regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllSubmatch(doc, -1)
	if len(limits) < 15 {
		t.Errorf("found only %d limits", len(limits))
	}
	for _, m := range limits {
		if !regexp.MustCompile(`(?m)^\s+(const )?` + string(m[1]) + `\s|^const ` + string(m[1]) + `\s`).MatchString(code.String()) {
			t.Errorf("docs/threat-model.md has the limit %s, which is neither a constant nor a field", m[1])
		}
	}
}
