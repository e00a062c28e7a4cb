package realnet

import (
	"testing"
	"time"

	"peerstreamer/core"
)

// TestLooksAreBounded: at most maxLooks at a time, and a dial back every dialBackEvery, whoever asks.
func TestLooksAreBounded(t *testing.T) {
	var l looks
	for range maxLooks {
		if !l.enter() {
			t.Fatal("refused before the limit")
		}
	}
	if l.enter() {
		t.Errorf("%d look at once", maxLooks+1)
	}
	l.leave()
	if !l.enter() {
		t.Error("refused although one has left")
	}
	at := time.Unix(1000, 0)
	for i, want := range []bool{true, false, true} {
		if got := l.mayDial(at.Add(time.Duration(i) * (dialBackEvery - 1))); got != want {
			t.Errorf("dial back %d: %v, want %v", i, got, want)
		}
	}
}

// TestBehindNAT: a node that listens but says that peers cannot dial it tells them no address.
func TestBehindNAT(t *testing.T) {
	for _, nat := range []bool{false, true} {
		n, err := Start(Config{Name: "n", Listen: "127.0.0.1:0", NAT: nat},
			core.NewSwarm(core.DefaultConfig(), core.NewClassic(core.DefaultClassic())))
		if err != nil {
			t.Fatal(err)
		}
		if got := n.hello(1).Addr.IsValid(); got == nat || n.Addr() == "" {
			t.Errorf("NAT %v: tells peers an address: %v; listens on %q", nat, got, n.Addr())
		}
		if err := n.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
