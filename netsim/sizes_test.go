package netsim

import (
	"testing"
	"unsafe"
)

// TestSizes pins the records of which a run has one or more for each node, connection, message or transfer.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, most uintptr
	}{
		{"node", unsafe.Sizeof(node{}), 112},
		{"end", unsafe.Sizeof(end{}), 64},
		{"letter", unsafe.Sizeof(letter{}), 28},
		{"watch", unsafe.Sizeof(watch{}), 36},
		{"flow", unsafe.Sizeof(flow{}), 72},
		{"event", unsafe.Sizeof(event{}), 24},
	} {
		if c.got > c.most {
			t.Errorf("%s has %d bytes, want at most %d", c.name, c.got, c.most)
		}
	}
}
