package diagnose

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"peerstreamer/core"
	"peerstreamer/realnet"
	"peerstreamer/realnet/identity"
)

// TestWithKeys: a member sees and measures a node that speaks TLS only, and a stranger hears why it does not.
func TestWithKeys(t *testing.T) {
	authority, err := identity.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys := func(name string) *identity.Keys {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := authority.Issue(name, public, time.Now(), 60*24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return identity.NewKeys(authority.Certificate(), cert, private, nil, time.Now)
	}
	n, err := realnet.Start(realnet.Config{Name: "mit", Listen: "127.0.0.1:0", Keys: keys("mit")},
		core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close(context.Background()) })

	ben := keys("ben")
	l, err := LookAt(t.Context(), n.Addr(), Asker{Name: "ben", Keys: ben})
	if err != nil || l.Name != "mit" || l.TLS == 0 {
		t.Errorf("a member sees %+v, %v", l, err)
	}
	if v, err := VisitNode(t.Context(), n.Addr(), "", Asker{Name: "ben", Keys: ben}); err != nil || v.Pings != pings {
		t.Errorf("a member's visit: %+v, %v", v, err)
	}
	if _, err := LookAt(t.Context(), n.Addr(), Asker{Name: "ben"}); err == nil || !strings.Contains(err.Error(), "TLS only") {
		t.Errorf("a stranger hears %v, want that the node speaks TLS only", err)
	}
	list := Check(t.Context(), realnet.Config{Name: "ben", Listen: "127.0.0.1:0", Master: n.Addr(), Keys: ben}, "")
	if Failed(list) || !slices.ContainsFunc(list, func(f Finding) bool { return f.What == "keys" && f.Level == OK }) {
		t.Errorf("a member's check: %+v", list)
	}
	for _, c := range []struct {
		in   time.Duration
		want Level
	}{{0, OK}, {31 * 24 * time.Hour, Warn}, {61 * 24 * time.Hour, Fail}, {-24 * time.Hour, Fail}} {
		if f := checkKeys(ben, time.Now().Add(c.in)); f.Level != c.want {
			t.Errorf("in %v: %+v, want %s", c.in, f, c.want)
		}
	}
}
