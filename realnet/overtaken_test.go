package realnet

import (
	"testing"

	"peerstreamer/realnet/wire"
)

// TestOvertaken: dials that a peer had begun when a connection was made do not outlive that connection; its next one, and
// those of others, are good.
func TestOvertaken(t *testing.T) {
	ben, alyssa := wire.Session{1}, wire.Session{2}
	for _, c := range []struct {
		name    string
		inbound bool // ben dialled
		told    uint64
		dial    uint64
		want    bool
	}{
		{"we dialled, ben's dial came before", false, 5, 5, true},
		{"and one before that", false, 5, 4, true},
		{"we dialled, ben's next", false, 5, 6, false},
		{"we dialled, ben had never dialled", false, 0, 1, false},
		{"ben dialled, an older dial", true, 5, 4, true},
		{"ben dialled, the next", true, 5, 6, false},
	} {
		var o overtaken
		o.ended(&link{inbound: c.inbound, peer: wire.Hello{Session: ben, Dial: c.told}})
		if got := o.has(wire.Hello{Session: ben, Dial: c.dial}); got != c.want {
			t.Errorf("%s: overtaken %v, want %v", c.name, got, c.want)
		}
		if o.has(wire.Hello{Session: alyssa, Dial: c.dial}) {
			t.Errorf("%s: alyssa's is overtaken too", c.name)
		}
		for range maxOvertaken {
			o.ended(&link{inbound: true, peer: wire.Hello{Session: alyssa, Dial: 1}})
		}
		if o.has(wire.Hello{Session: ben, Dial: c.dial}) {
			t.Errorf("%s: remembered for ever", c.name)
		}
	}
}
