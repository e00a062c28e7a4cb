package realnet

import (
	"crypto/ed25519"
	"errors"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"peerstreamer/core"
	"peerstreamer/realnet/manifest"
)

func TestParseAddr(t *testing.T) {
	for _, c := range []struct{ in, want string }{ // want "": an error
		{"127.0.0.1:9101", "127.0.0.1:9101"},
		{"tcp://127.0.0.1:9101", "127.0.0.1:9101"},
		{"tcp://mit.example:1", "mit.example:1"},
		{"[::1]:80", "[::1]:80"},
		{":9101", ":9101"},
		{"", ""}, {"mit", ""}, {"mit:", ""}, {"::1:80", ""}, {"mit:65536", ""}, {"mit:-1", ""}, {"mit:x", ""},
		{"http://mit:1", ""}, {"tcp://mit:1/path", ""}, {"tcp://user@mit:1", ""}, {"a b:1", ""},
	} {
		if got, err := ParseAddr(c.in); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("ParseAddr(%q) = %q, %v: want %q", c.in, got, err, c.want)
		}
	}
}

func TestPeers(t *testing.T) {
	var p peers
	own, mapped := netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("[::ffff:127.0.0.1]:1")
	p.init(own, 4)
	intern := func(a netip.AddrPort) core.NodeID {
		t.Helper()
		id, err := p.intern(a)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if id := intern(canonical(mapped)); id != self {
		t.Errorf("the node's own address, written as IPv6, is peer %d: want %d", id, self)
	}
	if id := intern(netip.AddrPort{}); id != 0 {
		t.Errorf("no address is peer %d: want 0", id)
	}
	b := netip.MustParseAddrPort("127.0.0.1:2")
	if one, two := intern(b), intern(b); one != 2 || two != 2 {
		t.Errorf("the first address is peer %d, then %d: want 2", one, two)
	}
	c1, _ := p.client()
	c2, _ := p.client()
	if c1 == c2 || p.at(c1).IsValid() {
		t.Errorf("clients are peers %d and %d with address %v: want two without", c1, c2, p.at(c1))
	}
	if _, err := p.client(); !errors.Is(err, errTooManyPeers) {
		t.Errorf("a fifth peer of 4: %v", err)
	}
	p.release(c1)
	p.release(c2)
	if again, err := p.client(); again != c1 || err != nil {
		t.Errorf("a new client is peer %d, %v: want %d, the handle free for longest", again, err, c1)
	}
	if a := p.at(99); a.IsValid() {
		t.Errorf("unknown peer 99 is at %v", a)
	}
}

// TestAddressBookFrees: of a full book the addresses go of which nobody has spoken for long, but neither those with a
// connection nor those that the operator has named.
func TestAddressBookFrees(t *testing.T) {
	now := time.Unix(1000, 0)
	p := peers{now: func() time.Time { return now }}
	p.init(netip.MustParseAddrPort("127.0.0.1:1"), 5)
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port) }
	intern := func(port uint16) (core.NodeID, error) { return p.intern(at(port)) }
	var ids []core.NodeID
	for port := range uint16(4) {
		id, err := intern(port + 1)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	p.keep(ids[0])
	p.hold(ids[1], 1)
	now = now.Add(addressAge / 2)
	if _, err := intern(3); err != nil { // spoken of again
		t.Fatal(err)
	}
	if _, err := intern(9); !errors.Is(err, errTooManyPeers) {
		t.Errorf("a full book without old addresses: %v, want errTooManyPeers", err)
	}
	now = now.Add(addressAge / 2)
	if id, err := intern(9); id != ids[3] || err != nil {
		t.Errorf("a new address is peer %d, %v: want %d, the only one that is old and unused", id, err, ids[3])
	}
	if p.at(ids[3]) != at(9) || p.id[at(4)] != 0 {
		t.Error("the old address is still known")
	}
	p.hold(ids[1], -1)
	now = now.Add(2 * addressAge)
	seen := map[core.NodeID]bool{}
	for port := range uint16(3) {
		id, err := intern(20 + port)
		if err != nil {
			t.Fatal(err)
		}
		seen[id] = true
	}
	if len(seen) != 3 || seen[ids[0]] || seen[self] {
		t.Errorf("peers %v were used again, want all but the node itself and %d, which the operator has named", seen, ids[0])
	}
}

// TestVideos follows two manifests of one name, and the peers that speak of them.
func TestVideos(t *testing.T) {
	describe := func(name string, fill byte) *manifest.Manifest {
		m, err := manifest.New(name, "video/mp4", core.VideoInfo{Length: 2048, ChunkSize: 2048, PieceSize: 1024}, []manifest.Hash{{fill}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	one, two, other := describe("movie", 1), describe("movie", 2), describe("other", 3)
	var vs videos
	vs.init(3)
	intern := func(name string, id manifest.ID) core.Video {
		t.Helper()
		v, err := vs.intern(name, id)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	want := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %v: want %v", what, got, want)
		}
	}
	v := intern("movie", manifest.ID{})
	want("a peer that knows a manifest of a name that has none here", intern("movie", one.ID()), v)
	want("binding the manifest of another name", vs.bind(v, other, false), false)
	want("binding", vs.bind(v, one, false), true)
	want("binding again", vs.bind(v, one, false), true)
	want("binding a second manifest of the name", vs.bind(v, two, false), false)
	want("the name", intern("movie", manifest.ID{}), v)
	want("the name with its manifest", intern("movie", one.ID()), v)
	w := intern("movie", two.ID())
	want("whether another manifest of the name is another video", w != v, true)
	want("the same again", intern("movie", two.ID()), w)
	want("binding the first manifest to the second's video", vs.bind(w, one, false), false)
	want("binding the second", vs.bind(w, two, false), true)
	signed := two.Sign(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	want("binding it signed", vs.bind(w, signed, false), true)
	want("what it is then", vs.at(w).m, signed)
	want("binding it unsigned again", vs.bind(w, two, false), true)
	want("what it is still", vs.at(w).m, signed)
	want("the name still", intern("movie", manifest.ID{}), v)
	intern("other", manifest.ID{})
	if _, err := vs.intern("third", manifest.ID{}); !errors.Is(err, errTooManyVideos) {
		t.Errorf("a fourth video of 3: %v", err)
	}
	if _, err := vs.intern("a/b", manifest.ID{}); err == nil {
		t.Error("a name with a slash has a handle")
	}
	if e := vs.at(77); e != nil {
		t.Errorf("unknown video 77 is %v", e)
	}
}

// TestBucket: over any time a link passes no more than its rate and a burst, the last use not counted; it is never idle
// while somebody waits; and whoever waits, waits long enough to be worth a sleep.
func TestBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := core.Rate(rapid.Int64Range(1e5, 1e10).Draw(t, "rate"))
		var b bucket
		b.set(time.Unix(0, 0), rate)
		start := time.Unix(1000, 0)
		now, used := start, core.Bytes(0)
		for range rapid.IntRange(1, 200).Draw(t, "uses") {
			n := rapid.IntRange(1, 1<<16).Draw(t, "bytes")
			wait := b.reserve(now, n)
			if wait != 0 && wait <= burst {
				t.Fatalf("a wait of %v, not above a burst", wait)
			}
			now = now.Add(wait)
			if most := rate.In(core.Time(now.Sub(start)+burst)) + 1; used > most {
				t.Fatalf("%d bytes before this use in %v at %d bit/s: at most %d", used, now.Sub(start), rate, most)
			}
			if wait > 0 { // the link was busy up to now
				if least := rate.In(core.Time(now.Sub(start))) - core.Bytes(1<<16); used < least {
					t.Fatalf("%d bytes in %v at %d bit/s: the link was idle", used, now.Sub(start), rate)
				}
			}
			used += core.Bytes(n)
		}
	})
}

func TestBucketAdjust(t *testing.T) {
	now := time.Unix(1000, 0)
	var b bucket
	b.set(now, 8*core.Mbps) // a byte a microsecond
	b.reserve(now, 1000)
	b.adjust(now, 19_000)
	if got := b.reserve(now, 1); got != 20*time.Millisecond {
		t.Errorf("after 20,000 bytes a wait of %v: want 20ms", got)
	}
	b.adjust(now, -12_000)
	if got := b.reserve(now, 1); got != 0 {
		t.Errorf("after 8,001 bytes a wait of %v: want none", got)
	}
	free := bucket{}
	free.adjust(now, 1<<30)
	if got := free.reserve(now, 1<<30); got != 0 {
		t.Errorf("an unlimited link makes wait %v", got)
	}
}

// TestBucketSet: what is reserved takes as long as it does at the new rate. 80,000 B are 80 ms at a byte a microsecond; a
// tenth of that rate makes 800 ms of them, no limit nothing.
func TestBucketSet(t *testing.T) {
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		name string
		rate core.Rate
		want time.Duration
	}{
		{"the same", 8 * core.Mbps, 80 * time.Millisecond},
		{"a tenth", 800 * core.Kbps, 800 * time.Millisecond},
		{"four times", 32 * core.Mbps, 20 * time.Millisecond},
		{"no limit", 0, 0},
	} {
		var b bucket
		b.set(now, 8*core.Mbps)
		b.reserve(now, 80_000)
		b.set(now, c.rate)
		if got := b.reserve(now, 1); got != c.want {
			t.Errorf("%s: a wait of %v, want %v", c.name, got, c.want)
		}
	}
	var b bucket
	b.reserve(now, 80_000)
	b.set(now, 8*core.Mbps)
	if got := b.reserve(now, 1); got != 0 {
		t.Errorf("what passed without a limit takes %v afterwards", got)
	}
}

// TestBucketSpare: what is for later books a link that nobody else wants, as ahead of its rate as others may be once they have
// been away for a while; where they want it, only when it is free.
func TestBucketSpare(t *testing.T) {
	start := time.Now()
	ms := func(n int) time.Time { return start.Add(time.Duration(n) * time.Millisecond) }
	var b bucket
	b.set(start, 8*core.Mbps) // 1000 bytes a millisecond
	for i, c := range []struct {
		at     int
		later  bool
		wait   int
		booked bool
	}{
		{0, true, 0, true},   // nobody was here: like reserve
		{0, true, 5, true},   // 5 ms ahead of the rate are less than a burst ...
		{0, true, 10, true},  // ... and so are 10
		{0, true, 15, true},  // waits, booked
		{0, false, 20, true}, // somebody wants it, and waits for its turn
		{0, true, 25, false}, // from now on only when it is free
		{24, true, 1, false}, // ...
		{25, true, 0, true},  // which it is
		{26, true, 4, false}, // of its own making
		{30, false, 0, true}, // somebody wants it again
		{131, true, 0, true}, // after calm: both are gone
		{131, true, 5, true}, // and it may be ahead again
	} {
		wait, booked := time.Duration(0), true
		if c.later {
			wait, booked = b.spare(ms(c.at), 5000)
		} else {
			wait = b.reserve(ms(c.at), 5000)
		}
		want := time.Duration(c.wait) * time.Millisecond
		if c.booked && want <= burst {
			want = 0
		}
		if wait != want || booked != c.booked {
			t.Errorf("step %d at %d ms: wait %v, booked %v; want %v, %v", i, c.at, wait, booked, want, c.booked)
		}
	}
	if wait, booked := new(bucket).spare(start, 1<<30); wait != 0 || !booked {
		t.Errorf("without a limit: wait %v, booked %v", wait, booked)
	}
}
