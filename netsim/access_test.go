package netsim

import (
	"testing"

	"peerstreamer/core"
)

// TestAccessesAreSharedByKind: nodes of the same rates, slots and store share a row, others do not, and a copy goes its own
// way.
func TestAccessesAreSharedByKind(t *testing.T) {
	var s accesses
	kinds := []access{{}, {uplink: core.Mbps}, {downlink: core.Mbps}, {slots: 1}, {storeChunks: 1}, {core.Mbps, core.Mbps, 2, 3}}
	seen := map[uint32]access{}
	for _, a := range kinds {
		i := s.of(a)
		if other, taken := seen[i]; taken || i == 0 {
			t.Errorf("%+v has the number %d, which is none or that of %+v", a, i, other)
		}
		seen[i] = a
	}
	c := s.clone()
	c.of(access{slots: 9})
	for i, a := range seen {
		if got := s.of(a); got != i || *c.rows.At(i) != a {
			t.Errorf("%+v has the number %d, then %d; the copy has %+v there", a, i, got, *c.rows.At(i))
		}
	}
	if got, want := s.rows.Live(), len(kinds); got != want {
		t.Errorf("%d kinds, want %d", got, want)
	}
}
