package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"peerstreamer/realnet/library"
)

// TestWatch drops files, looks every 5 s and notes what is added when.
func TestWatch(t *testing.T) {
	type added struct {
		File    string
		Replace bool
	}
	var got []added
	fails := map[string]error{}
	core, logs := observer.New(zapcore.ErrorLevel)
	w := Watcher{Dir: t.TempDir(), Database: t.TempDir(), Log: zap.New(core),
		add: func(ctx context.Context, dir, file string, o Options) (Result, error) {
			name := filepath.Base(file)
			got = append(got, added{name, o.Replace})
			if fails[name] != nil {
				return Result{}, fails[name]
			}
			o.AsIs = true
			return Add(ctx, dir, file, o)
		}}
	drop := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(w.Dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	looks := func(what string, n int, want ...added) {
		t.Helper()
		for range n {
			w.look(t.Context(), now)
			now = now.Add(5 * time.Second)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: added (-want +got):\n%s", what, diff)
		}
		got = nil
	}
	drop("film.mkv", "a")
	drop("notes.txt", "no video")
	drop(".hidden.mkv", "nor this")
	looks("just dropped", 2)
	drop("film.mkv", "a and more")
	looks("grows", 2)
	looks("settled", 2, added{"film.mkv", false})
	looks("once", 4)
	fails["bad.mkv"] = errors.New("no video")
	drop("bad.mkv", "x")
	looks("fails once", 6, added{"bad.mkv", false})
	delete(fails, "bad.mkv")
	drop("bad.mkv", "mended")
	looks("changes after a failure", 4, added{"bad.mkv", false})
	fails["large.mkv"] = fmt.Errorf("add: %w", ErrRoom)
	drop("large.mkv", "y")
	looks("no room", 4, added{"large.mkv", false})
	delete(fails, "large.mkv")
	looks("not at once", 30)
	looks("when there is room again", 40, added{"large.mkv", false})
	drop("film.mkv", "another film")
	looks("changes after it was added", 4, added{"film.mkv", true})
	if n := logs.Len(); n != 2 {
		t.Errorf("%d errors logged for two failures", n)
	}
	names, err := library.Names(w.Database)
	if diff := cmp.Diff([]string{"bad", "film", "large"}, names); err != nil || diff != "" {
		t.Errorf("database: %v (-want +got):\n%s", err, diff)
	}

	// In the next life what is there is left alone.
	next := Watcher{Dir: w.Dir, Database: w.Database, Log: w.Log, add: w.add}
	w = next
	looks("next life", 4, added{"bad.mkv", false}, added{"film.mkv", false}, added{"large.mkv", false})
	if n := logs.Len(); n != 2 {
		t.Errorf("%d errors logged: what is there already is none", n)
	}
}
