package analysis

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func bothPrinted(t *testing.T, s *Summary, colour bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := PrintClaims(&b, s.Verdicts, colour); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	if err := PrintTable(&b, s, colour); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPrint(t *testing.T) {
	golden(t, "table.txt", bothPrinted(t, summarize(t, result(t, three())), false))
	golden(t, "table-seeds.txt", bothPrinted(t, summarize(t, result(t, three(), four())), false))
}

func TestColourChangesNothingElse(t *testing.T) {
	s := summarize(t, result(t, three(), four()))
	coloured := bothPrinted(t, s, true)
	plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAll(coloured, nil)
	if bytes.Equal(plain, coloured) {
		t.Error("no colour")
	}
	if diff := cmp.Diff(string(bothPrinted(t, s, false)), string(plain)); diff != "" {
		t.Error(diff)
	}
}
