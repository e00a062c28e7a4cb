package station

import (
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

// box starts a node below a master whose store holds some bytes.
func box(t *testing.T, dir string, master *Station, size core.Bytes) *Station {
	t.Helper()
	s, err := Start(Config{Chunks: dir, Rescan: rescan,
		Node: realnet.Config{Name: "box", Listen: "127.0.0.1:0", Master: master.Node.Addr(), StoreBytes: size}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(t.Context()) })
	return s
}

func here(s *Station, name string) control.Video {
	for _, v := range s.List() {
		if v.Name == name {
			return v
		}
	}
	return control.Video{}
}

// TestKeepsWhatItIsTold speaks to a running node through its socket: prefetch, pin, a restart, unpin, remove.
func TestKeepsWhatItIsTold(t *testing.T) {
	db, chunks := t.TempDir(), t.TempDir()
	movie, other := random(1, 600_000), random(2, 700_000)
	split(t, db, "movie", movie, false)
	split(t, db, "movie~poster.jpg", []byte("a picture"), false)
	split(t, db, "other", other, false)
	source := start(t, "source", db, nil)
	s := box(t, chunks, source, core.MiB)
	until(t, "the box has heard", func() bool { return len(names(s)) == 2 })
	client, err := control.Dial(chunks)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(chunks, ".control")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v; want it for its owner alone", info.Mode(), err)
	}
	ctx := t.Context()
	if err := client.Prefetch(ctx, "none", control.Prefetch{}); err == nil || !strings.Contains(err.Error(), "no video") {
		t.Errorf("prefetch of nothing: %v", err)
	}
	later := control.Prefetch{At: time.Now().Add(time.Hour)}
	if err := client.Prefetch(ctx, "other", later); err != nil {
		t.Fatal(err)
	}
	if err := client.Prefetch(ctx, "other", control.Prefetch{}); err == nil {
		t.Error("one video is prefetched twice")
	}
	if err := client.Prefetch(ctx, "movie", control.Prefetch{Rate: 100 * core.Mbps}); err != nil {
		t.Fatal(err)
	}
	until(t, "movie is here with its poster", func() bool {
		m, p := here(s, "movie"), here(s, "movie~poster.jpg")
		return m.Here == 10 && p.Here == 1 && m.Prefetch == ""
	})
	if v := here(s, "other"); v.Here != 0 || !strings.HasPrefix(v.Prefetch, "from ") {
		t.Errorf("what is to come in an hour: %+v", v)
	}
	if err := client.Pin(ctx, "movie", true); err != nil {
		t.Fatal(err)
	}
	if err := client.Pin(ctx, "other", true); err == nil || !strings.Contains(err.Error(), "-store-size") {
		t.Errorf("pin of what does not fit: %v", err)
	}
	mustRead(t, s, "other", other) // larger than what is left of the store
	mustRead(t, s, "other", other)
	check := func(s *Station, when string) {
		t.Helper()
		if v := here(s, "movie"); v.Here != 10 || !v.Pinned || here(s, "other").Pinned {
			t.Errorf("%s: %+v, want it whole and pinned, and nothing else", when, v)
		}
	}
	check(s, "pinned")
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}

	off := control.Offline{Chunks: chunks}
	if err := off.Remove(ctx, "other"); err != nil {
		t.Error(err)
	}
	if err := off.Remove(ctx, "other"); err == nil {
		t.Error("what is not there was removed")
	}
	offline, err := control.Offline{Chunks: chunks}.List()
	if err != nil {
		t.Fatal(err)
	}
	pinned := map[string]bool{}
	for _, v := range offline {
		pinned[v.Name] = v.Pinned
	}
	if diff := cmp.Diff(map[string]bool{"movie": true, "movie~poster.jpg": true}, pinned); diff != "" {
		t.Errorf("offline (-want +got):\n%s", diff)
	}

	s = box(t, chunks, source, core.MiB)
	until(t, "it has pinned again", func() bool { return here(s, "movie").Pinned })
	mustRead(t, s, "other", other)
	check(s, "in the next life")
	if client, err = control.Dial(chunks); err != nil {
		t.Fatal(err)
	}
	if err := client.Pin(ctx, "movie", false); err != nil {
		t.Fatal(err)
	}
	mustRead(t, s, "other", other)
	if v := here(s, "movie"); v.Here == 10 || v.Pinned {
		t.Errorf("unpinned: %+v, want it to make way", v)
	}
	if err := client.Remove(ctx, "movie"); err != nil {
		t.Fatal(err)
	}
	if err := client.Remove(ctx, "none"); err == nil {
		t.Error("what is not here was removed")
	}
	until(t, "only the other is listed", func() bool {
		list, err := client.List(ctx)
		return err == nil && len(list) == 1 && list[0].Name == "other"
	})
	mustRead(t, s, "movie", movie) // it is still in the swarm

	c, err := control.Dial(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Remove(ctx, "movie"); err != nil {
		t.Fatal(err)
	}
	until(t, "it is nowhere in the swarm", func() bool { return here(s, "movie").Name == "" && here(source, "movie").Name == "" })
}

// TestPrefetchMakesWay: while somebody watches at a node, prefetching waits.
func TestPrefetchMakesWay(t *testing.T) {
	db := t.TempDir()
	split(t, db, "movie", random(1, 2<<20), false)
	split(t, db, "other", random(2, 1<<20), false)
	source := start(t, "source", db, nil)
	s := start(t, "box", t.TempDir(), source)
	until(t, "the box has heard", func() bool { return len(names(s)) == 2 })
	viewer, err := s.Desk.Open(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	defer viewer.Close()
	if _, err := viewer.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Prefetch("movie", control.Prefetch{}); err != nil {
		t.Fatal(err)
	}
	until(t, "it makes way", func() bool { return s.prefetches.state("movie") == "makes way for viewers" })
	viewer.Close()
	until(t, "it goes on", func() bool { return here(s, "movie").Here == 32 })
}
