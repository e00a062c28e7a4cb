package realnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestBans: a ban ends, the next one is twice as long up to a limit, and after an hour without one it begins anew. The
// table is bounded, and 127.0.0.1 is nobody.
func TestBans(t *testing.T) {
	now := time.Unix(1000, 0)
	var b bans
	b.init(30*time.Second, func() time.Time { return now })
	ben := culprit{name: "ben"}
	for i, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 8 * time.Minute} {
		until, banned := b.add(ben)
		if got := until.Sub(now); !banned || got != want {
			t.Errorf("ban %d lasts %v, %v: want %v", i+1, got, banned, want)
		}
		now = until.Add(-1)
		if _, is := b.find(ben); !is {
			t.Errorf("ban %d is over too early", i+1)
		}
		now = until
		if _, is := b.find(ben); is {
			t.Errorf("ban %d is not over in time", i+1)
		}
	}
	now = now.Add(banMemory + time.Second)
	if until, _ := b.add(ben); until.Sub(now) != 30*time.Second {
		t.Errorf("after an hour a ban lasts %v, want 30s", until.Sub(now))
	}

	for i := range maxBans + 100 {
		now = now.Add(time.Millisecond)
		b.add(culprit{name: fmt.Sprint(i)})
	}
	if len(b.rows) > maxBans {
		t.Errorf("%d rows, want at most %d", len(b.rows), maxBans)
	}
	if _, is := b.find(culprit{name: fmt.Sprint(maxBans + 99)}); !is {
		t.Error("the newest ban was forgotten")
	}

	for _, c := range []struct{ a, b string }{
		{"192.0.2.1", "::ffff:192.0.2.1"}, {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"},
	} {
		if x, y := culpritAt(netip.MustParseAddr(c.a)), culpritAt(netip.MustParseAddr(c.b)); x != y {
			t.Errorf("%s and %s are two culprits, %v and %v", c.a, c.b, x, y)
		}
	}
	if culpritAt(netip.MustParseAddr("192.0.2.1")) == culpritAt(netip.MustParseAddr("192.0.2.2")) {
		t.Error("two IPv4 addresses are one culprit")
	}
	for _, ip := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		if _, banned := b.add(culpritAt(netip.MustParseAddr(ip))); banned {
			t.Errorf("%s was banned, and with it all nodes of this machine", ip)
		}
	}
}

// TestStrangersCannotFillTheLog: five lines a second, and the next line says how many were left out.
func TestStrangersCannotFillTheLog(t *testing.T) {
	core, lines := observer.New(zap.DebugLevel)
	now := time.Unix(1000, 0)
	q := quietLog{log: zap.New(core), now: func() time.Time { return now }}
	for range 100 {
		q.say(zap.WarnLevel, "refused a peer")
		now = now.Add(time.Millisecond)
	}
	if n := lines.Len(); n != strangerLines {
		t.Fatalf("%d lines, want %d", n, strangerLines)
	}
	now = now.Add(time.Second)
	q.say(zap.WarnLevel, "refused a peer")
	last := lines.All()[lines.Len()-1].ContextMap()
	if lines.Len() != strangerLines+1 || last["more_like_this"] != int64(100-strangerLines) {
		t.Errorf("%d lines, the last with %v: want one more, with %d left out", lines.Len(), last, 100-strangerLines)
	}
}
