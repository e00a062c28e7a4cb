package coretest

import (
	"embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:embed testdata/behaviours
var behaviours embed.FS

var update = flag.Bool("coretest.update", false, "rewrite the transcripts of coretest's behaviour scripts from a simulated run")

// TestBehaviours runs the scripts in testdata/behaviours on the network behind the Worlds of makeWorld, each in a fresh
// one. The package comment describes the language. With -coretest.update a simulated World rewrites the transcripts.
func TestBehaviours(t *testing.T, makeWorld func(t *testing.T) World) {
	files, err := behaviours.ReadDir("testdata/behaviours")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(f.Name(), ".txt"), func(t *testing.T) {
			text, err := behaviours.ReadFile("testdata/behaviours/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			w := makeWorld(t)
			if !w.Simulated() {
				inRealTime(t, w, makeWorld, func(tb testing.TB, w World) { runScript(tb, w, f.Name(), string(text)) })
				return
			}
			defer w.Close()
			got := runScript(t, w, f.Name(), string(text))
			if *update && w.Simulated() && got != string(text) {
				_, here, _, _ := runtime.Caller(0)
				path := filepath.Join(filepath.Dir(here), "testdata", "behaviours", f.Name())
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// block is a paragraph of a script: commands, with comments between, and the transcript they should print.
type block struct {
	line   int // of the first command
	head   []string
	expect []string
	ruled  bool // has a ---- line
}

// parseScript cuts a script into its blocks.
func parseScript(text string) (blocks []block) {
	var b block
	for i, line := range append(strings.Split(text, "\n"), "") {
		switch {
		case strings.TrimSpace(line) == "":
			if len(b.head) > 0 {
				blocks = append(blocks, b)
			}
			b = block{}
		case line == "----":
			b.ruled = true
		case b.ruled:
			b.expect = append(b.expect, line)
		default:
			if len(b.head) == 0 {
				b.line = i + 1
			}
			b.head = append(b.head, line)
		}
	}
	return blocks
}

// runScript plays a script in a World, reports where its transcript differs, and returns the script with the transcript
// that was printed.
func runScript(t testing.TB, w World, name, text string) string {
	s := newStage(t, w)
	var out strings.Builder
	for i, b := range parseScript(text) {
		var got []string
		for j, line := range b.head {
			if strings.HasPrefix(line, "#") {
				continue
			}
			s.where = fmt.Sprintf("%s:%d: %s", name, b.line+j, line)
			got = append(got, s.run(strings.Fields(line))...)
		}
		want := b.expect
		if !w.Simulated() {
			want = slices.DeleteFunc(slices.Clone(want), isSimulated)
			got = slices.DeleteFunc(got, isSimulated)
		}
		if diff := cmp.Diff(want, got); diff != "" && !*update && !(len(want) == 0 && len(got) == 0) {
			t.Errorf("%s:%d: transcript (-want +got):\n%s", name, b.line, diff)
		}
		if i > 0 {
			out.WriteString("\n")
		}
		out.WriteString(strings.Join(b.head, "\n") + "\n")
		if len(got) > 0 {
			out.WriteString("----\n" + strings.Join(got, "\n") + "\n")
		}
	}
	s.audit()
	return out.String()
}

func isSimulated(line string) bool { return strings.HasPrefix(line, "sim: ") }
