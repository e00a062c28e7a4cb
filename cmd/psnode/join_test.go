package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"peerstreamer/realnet/join"
)

// TestAskCode: the code is the first line, however it ends, and nothing endless is read.
func TestAskCode(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a line":         {"ps1-abc\n", "ps1-abc"},
		"of two":         {"  ps1-abc \r\nanother\n", "ps1-abc"},
		"without an end": {"ps1-abc", "ps1-abc"},
		"nothing":        {"", ""},
		"too much":       {strings.Repeat("x", 2*maxCodeLine), strings.Repeat("x", maxCodeLine)},
	} {
		r, w := pipe(t)
		if _, err := io.WriteString(w, c.text); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if got, err := askCode(t.Context(), r, io.Discard); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, c.want)
		}
	}
	if _, err := join.ParseCode(strings.Repeat("x", maxCodeLine)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("what is too much says %v", err)
	}
}

// TestAskCodeEndsWithItsContext: nobody types anything, and Ctrl-C ends it.
func TestAskCodeEndsWithItsContext(t *testing.T) {
	r, _ := pipe(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if code, err := askCode(ctx, r, io.Discard); err != context.Canceled {
		t.Errorf("%q, %v; want %v", code, err, context.Canceled)
	}
}

// TestAskCodeAsks: where there is a terminal, or what looks like one, the question is asked.
func TestAskCodeAsks(t *testing.T) {
	null, err := os.Open(os.DevNull) // a character device
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var out strings.Builder
	if code, err := askCode(t.Context(), null, &out); code != "" || err != nil || !strings.Contains(out.String(), "psnode invite") {
		t.Errorf("%q, %v, asks %q", code, err, out.String())
	}
}

// pipe returns a pipe that is closed at the end of the test.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(); r.Close() })
	return r, w
}
