package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerstreamer/realnet/status"
)

// TestStatusFlags: who may see the status is said clearly or refused, and a token has a length that nobody guesses.
func TestStatusFlags(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const token = "0123456789abcdef"
	for _, c := range []struct {
		flags statusFlags
		want  status.Access
		err   string
	}{
		{statusFlags{who: "loopback"}, status.Access{}, ""},
		{statusFlags{who: "public"}, status.Access{Public: true}, ""},
		{statusFlags{who: "everybody"}, status.Access{}, "-status everybody: want loopback or public"},
		{statusFlags{who: "loopback", token: file("good", token+"\n")}, status.Access{Token: token}, ""},
		{statusFlags{who: "loopback", token: file("short", token[1:])}, status.Access{}, "15 bytes: want at least 16"},
		{statusFlags{who: "loopback", token: filepath.Join(dir, "none")}, status.Access{}, "-status-token"},
	} {
		got, err := c.flags.access()
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%+v: %v, want %q", c.flags, err, c.err)
		}
		if err == nil && got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.flags, got, c.want)
		}
	}
}

func TestWebFlags(t *testing.T) {
	for in, want := range map[string]string{
		"http://box-a:8080": "http://box-a:8080", "https://box.example/": "https://box.example", "box-a:8080": "", "http://": "",
		"ftp://box": "", "http://box/status": "", "http://box?x=1": "",
	} {
		var w webFlags
		if err := w.Set(in); (err == nil) != (want != "") || w.String() != want {
			t.Errorf("%q: %q, %v; want %q", in, w.String(), err, want)
		}
	}
}
