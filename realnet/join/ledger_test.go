package join

import (
	"crypto/ed25519"
	"path/filepath"
	"testing"
	"time"

	"peerstreamer/realnet/identity"
)

// TestLedger: of two boxes that ask for a name at the same time, and were both told that it is free, one gets it; a code for
// that name gives it again.
func TestLedger(t *testing.T) {
	a, err := identity.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	public, _, _ := ed25519.GenerateKey(nil)
	cert, err := a.Issue("ben", public, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	l := ledger{filepath.Join(t.TempDir(), "issued")}
	if l.has("ben") {
		t.Error("has what nobody was given")
	}
	if err := l.enter("ben", cert, false); err != nil {
		t.Fatal(err)
	}
	if !l.has("ben") || l.has("carl") {
		t.Error("does not know who was entered")
	}
	if err := l.enter("ben", cert, false); err == nil {
		t.Error("a name was given away twice")
	}
	if err := l.enter("ben", cert, true); err != nil {
		t.Error(err)
	}
}
