package station

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/control"
)

// TestPrefetchSurvivesARestart: what is to be fetched is, in the next life of the node, though its master comes only later;
// what was done or ended is not begun again.
func TestPrefetchSurvivesARestart(t *testing.T) {
	db, chunks := t.TempDir(), t.TempDir()
	for i, name := range []string{"movie", "done", "removed", "tomorrow"} {
		split(t, db, name, random(uint64(i), 10*int(chunk)), false)
	}
	source := start(t, "source", db, nil)
	s := box(t, chunks, source, 100*chunk)
	until(t, "the box has heard", func() bool { return len(names(s)) == 4 })
	soon := time.Now().Add(time.Hour)
	for _, j := range []struct {
		name string
		how  control.Prefetch
	}{{"done", control.Prefetch{}}, {"movie", control.Prefetch{At: soon, Rate: 50 * core.Mbps}}, {"removed", control.Prefetch{At: soon}},
		{"tomorrow", control.Prefetch{At: soon.Add(24 * time.Hour)}}} {
		if err := s.Prefetch(j.name, j.how); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "one is done", func() bool { return here(s, "done").Here == 10 && here(s, "done").Prefetch == "" })
	if err := s.Remove(t.Context(), "removed"); err != nil {
		t.Errorf("remove what is only to be prefetched: %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	// An hour passes: the file says when.
	file := filepath.Join(chunks, prefetchFile)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	now := strings.Replace(string(text), soon.Format(time.RFC3339Nano), time.Now().Format(time.RFC3339Nano), 1)
	if now == string(text) {
		t.Fatalf("%q does not have the time %v", text, soon)
	}
	if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
	s = box(t, chunks, source, 100*chunk)
	until(t, "the other is done", func() bool { return here(s, "movie").Here == 10 && here(s, "movie").Prefetch == "" })
	if diff := cmp.Diff([]string{"tomorrow"}, s.prefetches.names()); diff != "" {
		t.Errorf("what is to be done (-want +got):\n%s", diff)
	}
	if v := here(s, "tomorrow"); !strings.HasPrefix(v.Prefetch, "from ") {
		t.Errorf("tomorrow's: %+v", v)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(file, []byte("no JSON\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Start(Config{Chunks: chunks, Node: realnet.Config{Name: "box", Listen: "127.0.0.1:0", Master: source.Node.Addr()}})
	if err == nil || !strings.Contains(err.Error(), prefetchFile) {
		t.Errorf("with a damaged file: %v, want an error that names it", err)
	}
}

// TestPrefetchTellsWhyNot: a prefetch that cannot go on is listed with the reason, though nobody has heard of the video; it is
// given up after so many tries, is listed all the same, and may be asked for again.
func TestPrefetchTellsWhyNot(t *testing.T) {
	chunks := t.TempDir()
	if err := os.WriteFile(filepath.Join(chunks, prefetchFile), []byte(`{"name":"gone"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	source := start(t, "source", t.TempDir(), nil)
	s := box(t, chunks, source, core.MiB)
	until(t, "it says why not", func() bool { return strings.Contains(here(s, "gone").Prefetch, errNotHeard.Error()) })

	p := newPrefetches()
	j := newJob("movie", control.Prefetch{}, time.Now())
	if err := p.add(j); err != nil {
		t.Fatal(err)
	}
	for n := range maxTries {
		if at, in := p.next(time.Now().Add(retryAfter)); at != j || in > 0 {
			t.Fatalf("after %d tries it is due in %v", n, in)
		}
		if last := p.failed(j, time.Now(), errors.New("nobody answers")); last != (n == maxTries-1) {
			t.Fatalf("try %d is the last: %v", n, last)
		}
	}
	if at, _ := p.next(time.Now().Add(24 * time.Hour)); at != nil || !strings.Contains(p.state("movie"), "given up after 100 tries: nobody answers") {
		t.Errorf("after the last try: due %v, %q", at, p.state("movie"))
	}
	if err := p.add(newJob("movie", control.Prefetch{}, time.Now())); err != nil {
		t.Errorf("asked for again: %v", err)
	}
}
