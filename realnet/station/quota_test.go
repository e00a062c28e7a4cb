package station

import (
	"strings"
	"testing"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/control"
	"peerstreamer/realnet/quota"
)

// quotas returns a list of rules.
func quotas(t *testing.T, rules ...string) (l quota.List) {
	t.Helper()
	for _, r := range rules {
		if err := l.Set(r); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// TestQuotaKeepsRoom: a store of 24 chunks that has 10 of one video keeps all of them while another one, of 23 with a quota of
// 3, is watched, whose reader has a window of 11. A changed quota bites at once, also after a restart, but not into what is pinned.
func TestQuotaKeepsRoom(t *testing.T) {
	db, chunks := t.TempDir(), t.TempDir()
	movie, film := random(1, 10*int(chunk)), random(2, 23*int(chunk))
	split(t, db, "movie", movie, false)
	split(t, db, "film", film, false)
	source := start(t, "source", db, nil)
	open := func(list quota.List) *Station {
		t.Helper()
		s, err := Start(Config{Chunks: chunks, Rescan: rescan, Quotas: list,
			Node: realnet.Config{Name: "box", Listen: "127.0.0.1:0", Master: source.Node.Addr(), StoreBytes: 24 * chunk}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close(t.Context()) })
		return s
	}
	want := func(s *Station, movie, film uint32) {
		t.Helper()
		until(t, "as many chunks are here as should be", func() bool {
			return here(s, "movie").Here == movie && here(s, "film").Here == film
		})
	}
	s := open(quotas(t, "film=192KiB"))
	mustRead(t, s, "movie", movie)
	mustRead(t, s, "film", film)
	want(s, 10, 3)
	if v, m := here(s, "film"), here(s, "movie"); v.Quota != 3*chunk || m.Quota != 0 {
		t.Errorf("quotas listed: %v and %v, want %v and none", v.Quota, m.Quota, 3*chunk)
	}
	until(t, "it has heard", func() bool { return len(names(s)) == 2 })
	if err := s.Pin(t.Context(), "film", true); err == nil || !strings.Contains(err.Error(), "-quota") {
		t.Errorf("pin of what its quota does not hold: %v", err)
	}
	if err := s.Prefetch("film", control.Prefetch{}); err == nil || !strings.Contains(err.Error(), "-quota") {
		t.Errorf("prefetch of what its quota does not hold: %v", err)
	}
	s.Requota(quotas(t, "film=128KiB", "*=512KiB"))
	want(s, 8, 2)
	s.Requota(nil)
	mustRead(t, s, "movie", movie)
	want(s, 10, 2)
	if err := s.Pin(t.Context(), "movie", true); err != nil {
		t.Fatal(err)
	}
	s.Requota(quotas(t, "*=64KiB"))
	want(s, 10, 1)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = open(quotas(t, "*=64KiB"))
	want(s, 10, 1)
	if got := here(s, "movie"); !got.Pinned || got.Quota != core.Bytes(chunk) {
		t.Errorf("after a restart: %+v, want it pinned with a quota", got)
	}
}
