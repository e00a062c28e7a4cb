package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerstreamer/realnet/sample"
)

// A stream that never begins leaves the file that it was to write as it is, and makes none.
func TestNoStreamNoFile(t *testing.T) {
	s := newStage(t)
	s.split("sample", sample.Video, "64k")
	source := s.source()
	kept, none := s.path("kept"), s.path("none")
	if err := os.WriteFile(kept, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{kept, none} {
		var out, errs bytes.Buffer
		code := dispatch(t.Context(), []string{"stream", "-source", source.Addr, "-filename", "sampel", "-o", file}, streams{&out, &errs})
		if code != exitFailed || !strings.Contains(errs.String(), "no such video") {
			t.Errorf("exit code %d, %s", code, errs.String())
		}
	}
	if got, err := os.ReadFile(kept); string(got) != "precious" {
		t.Errorf("the file holds %q, %v", got, err)
	}
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Errorf("a file was made for no stream: %v", err)
	}
}

// A player that somebody closes ends the stream and is no error; one that fails is, and the pipe that broke is not news.
func TestPlayerThatEndsEarly(t *testing.T) {
	s := newStage(t)
	video := make([]byte, 4<<20)
	rand.Read(video)
	s.split("noise", video, "64k")
	source := s.source()
	for _, c := range []struct {
		player string
		code   int
		says   string
	}{
		{"head -c 1000 >/dev/null", exitDone, "the player ended after "},
		{"exit 7", exitFailed, "psnode stream: -player: exit status 7\n"},
	} {
		var out, errs bytes.Buffer
		args := []string{"stream", "-source", source.Addr, "-filename", "noise", "-player", c.player}
		if code := dispatch(t.Context(), args, streams{&out, &errs}); code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.player, code, c.code)
		}
		if !strings.HasPrefix(errs.String(), c.says) || strings.Contains(errs.String(), "pipe") {
			t.Errorf("%s: says %q, want %q", c.player, errs.String(), c.says)
		}
	}
}

func TestInterruptedStreamSaysSo(t *testing.T) {
	s := newStage(t)
	s.split("sample", sample.Video, "64k")
	source := s.source()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var errs bytes.Buffer
	args := []string{"stream", "-source", source.Addr, "-filename", "sample", "-interval", "10000"}
	code := dispatch(ctx, args, streams{cancelling{cancel}, &errs})
	if want := "psnode stream: interrupted\n"; code != exitFailed || errs.String() != want {
		t.Errorf("exit code %d, says %q, want %q", code, errs.String(), want)
	}
}

// cancelling is a writer that interrupts whoever writes.
type cancelling struct{ cancel func() }

func (c cancelling) Write(p []byte) (int, error) {
	c.cancel()
	return len(p), nil
}

func TestSplitNamesTheWayToReplace(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "movie")
	if err := os.WriteFile(file, sample.Video, 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"split", "-d", filepath.Join(dir, "videos"), "-s", file}
	for i, want := range []struct {
		code int
		says string
	}{{exitDone, ""}, {exitFailed, "-replace"}, {exitDone, ""}} {
		var out, errs bytes.Buffer
		if i == 2 {
			args = append(args, "-replace")
		}
		if code := dispatch(t.Context(), args, streams{&out, &errs}); code != want.code || !strings.Contains(errs.String(), want.says) {
			t.Errorf("%v: exit code %d, says %q", args, code, errs.String())
		}
	}
}
