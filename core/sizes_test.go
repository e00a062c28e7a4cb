package core

import (
	"testing"
	"unsafe"
)

// TestRecordSizes pins the records of which a simulation has one or more for each node.
func TestRecordSizes(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, most uintptr
	}{
		{"node", unsafe.Sizeof(node{}), 192},
		{"peer", unsafe.Sizeof(peer{}), 48},
		{"nodeVideo", unsafe.Sizeof(nodeVideo{}), 72},
		{"view", unsafe.Sizeof(view{}), 128},
		{"stream", unsafe.Sizeof(stream{}), 64},
		{"request", unsafe.Sizeof(request{}), 72},
		{"partial", unsafe.Sizeof(partial{}), 40},
		{"upload", unsafe.Sizeof(upload{}), 64},
		{"classicState", unsafe.Sizeof(classicState{}), 20},
	} {
		if c.got > c.most {
			t.Errorf("%s has %d bytes, want at most %d", c.name, c.got, c.most)
		}
	}
}
