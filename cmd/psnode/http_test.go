package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"peerstreamer/realnet/sample"
)

// TestSignedAddress: what psnode sign-url prints plays at a node with the same secret, and nothing else does.
func TestSignedAddress(t *testing.T) {
	s := newStage(t)
	s.split("movie", sample.Video, "64k")
	if err := os.WriteFile(s.path("secret"), []byte("0123456789abcdef0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String() // free again in a moment
	l.Close()
	s.run("source", "-videodatabase", s.path("videos"), "-http", addr, "-http-secret", s.path("secret"))
	plain := "http://" + addr + "/v/movie"
	var out, errs bytes.Buffer
	if code := dispatch(t.Context(), []string{"sign-url", "-secret", s.path("secret"), "-for", "1h", plain}, streams{&out, &errs}); code != 0 {
		t.Fatalf("sign-url: %d: %s", code, errs.String())
	}
	for url, want := range map[string]int{strings.TrimSpace(out.String()): 200, plain: 403} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != want || want == 200 && !bytes.Equal(body, sample.Video) {
			t.Errorf("%s: %d, %d bytes, %v; want %d", url, resp.StatusCode, len(body), err, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestBadSignatures(t *testing.T) {
	file := t.TempDir() + "/secret"
	if err := os.WriteFile(file, []byte("too short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"":                                     {exitUsage, "which URL"},
		"http://h/v/m":                         {exitUsage, "-secret is needed"},
		"-secret x -for -1s http://h/v/m":      {exitUsage, "-for"},
		"-secret /nowhere http://h/v/m":        {exitFailed, "/nowhere"},
		"-secret FILE http://h/v/m":            {exitFailed, "want 16"},
		"-secret x -viewers 10.1 http://h/v/m": {exitUsage, "-viewers"},
	} {
		var out, errs bytes.Buffer
		args := append([]string{"sign-url"}, strings.Fields(strings.ReplaceAll(line, "FILE", file))...)
		if code := dispatch(t.Context(), args, streams{&out, &errs}); code != want.code || !strings.Contains(errs.String(), want.says) {
			t.Errorf("%s: %d %q, want %d %q", line, code, errs.String(), want.code, want.says)
		}
	}
}
