package library

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"peerstreamer/realnet/manifest"
	"peerstreamer/realnet/store"
)

// namesOf returns the names of manifests.
func namesOf(ms []*manifest.Manifest) (list []string) {
	for _, m := range ms {
		list = append(list, m.Name())
	}
	return list
}

// TestReload tells of what has changed, and of nothing else.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) *manifest.Manifest {
		t.Helper()
		m, err := Split(t.Context(), dir, name, bytes.NewReader([]byte(content)), Options{Replace: true})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	a := put("a", "first")
	put("b", "second")
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	reload := func(what string, added, removed []string) {
		t.Helper()
		x, y, err := l.Reload()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if diff := cmp.Diff([][]string{added, removed}, [][]string{namesOf(x), namesOf(y)}, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: added and removed (-want +got):\n%s", what, diff)
		}
	}
	reload("nothing", nil, nil)
	put("a", "first") // the same bytes in a new folder are the same video
	reload("the same", nil, nil)
	var buf [5]byte
	if err := l.ReadAt(store.Key{ID: a.ID()}, 0, buf[:]); err != nil || string(buf[:]) != "first" {
		t.Errorf("from the new folder: %q, %v", buf, err)
	}
	put("a", "other")
	put("0", "more")
	reload("replaced and added", []string{"0", "a"}, []string{"a"})
	if diff := cmp.Diff([]string{"0", "a", "b"}, namesOf(l.Manifests())); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if err := l.Release(a.ID()); err != nil {
		t.Fatal(err)
	}
	if err := l.ReadAt(store.Key{ID: a.ID()}, 0, buf[:]); !errors.Is(err, store.ErrVideo) {
		t.Errorf("released: %v, want ErrVideo", err)
	}
	if n, err := Remove(dir, "b", "none"); n != 1 || err != nil {
		t.Errorf("removed %d, %v; want 1", n, err)
	}
	reload("removed", nil, []string{"b"})
	put("a", "first") // one that was there before
	reload("come back", []string{"a"}, []string{"a"})

	// Half a video is told of, and keeps nobody from the others.
	if err := os.Mkdir(filepath.Join(dir, "half"), 0o755); err != nil {
		t.Fatal(err)
	}
	put("c", "whole")
	added, _, err := l.Reload()
	if diff := cmp.Diff([]string{"c"}, namesOf(added)); err == nil || diff != "" {
		t.Errorf("beside half a video: %v, added (-want +got):\n%s", err, diff)
	}
}

// TestPublish: all or none appear, and with replace what is there goes first, with what is called gone.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	stage, err := Stage(dir)
	if err != nil {
		t.Fatal(err)
	}
	in := func(at, name, content string) {
		t.Helper()
		if _, err := Split(t.Context(), at, name, bytes.NewReader([]byte(content)), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	in(dir, "b", "old")
	in(dir, "extra", "old")
	in(stage, "a", "new")
	in(stage, "b", "new")
	if err := Publish(dir, stage, []string{"a", "b"}, nil, false); !errors.Is(err, ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if got, _ := Names(dir); !cmp.Equal(got, []string{"b", "extra"}) {
		t.Errorf("after a refusal there are %v", got)
	}
	if err := Publish(dir, stage, []string{"a", "b"}, []string{"extra"}, true); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(stage); err != nil {
		t.Fatal(err)
	}
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if diff := cmp.Diff([]string{"a", "b"}, namesOf(l.Manifests())); diff != "" {
		t.Errorf("published (-want +got):\n%s", diff)
	}
}
