package topology

import (
	"fmt"
	"strings"
	"testing"

	"peerstreamer/bench/usage"
	"peerstreamer/core"
)

// What a reader may allocate for each byte of a file, for each place it is right to keep a delay to each other, and in all.
const (
	allocPerByte = 256
	allocPerPair = 64
	allocFixed   = 64 << 10
)

// FuzzReaders: no file makes a reader panic or take memory out of proportion, and what it accepts has a delay in bounds for
// every pair.
func FuzzReaders(f *testing.F) {
	for _, text := range []string{"0 1\n1 0", "1,2 5", "node 1\n1,2 3e2\n2,3 4\n1,3 5",
		"graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 latency \"5 ms\" ] ]", "1;nan\n-1;2", "graph [ x [ y [ ] ] ]",
		"8191,8192 1", "1,2 9e999", "1,2 1e-999", "graph [ " + strings.Repeat("x [ ", 100), "graph [ node [ id 1 id 2 ] directed 1 edge [ ] ]"} {
		f.Add(text, false, false)
		f.Add(text, true, true)
	}
	f.Fuzz(func(t *testing.T, text string, asymmetric, drop bool) {
		spec := Spec{Unit: ms, RTT: drop, Asymmetric: asymmetric, Drop: drop}
		for i, read := range []func([]byte, Spec) (*Matrix, error){Square, Pairs, GML} {
			var m *Matrix
			var err error
			got := usage.Allocated(func() { m, err = read([]byte(text), spec) })
			places := 0
			if err == nil {
				places = m.Len() + m.Dropped()
			} else if i == 2 {
				places = strings.Count(text, "node")
			}
			if most := allocPerByte*len(text) + allocPerPair*places*places + allocFixed; got > uint64(most) {
				t.Errorf("reader %d allocates %d for %d bytes and %d places: want at most %d", i, got, len(text), places, most)
			}
			if err != nil {
				continue
			}
			if m.Len() == 0 || len(m.ns) != m.Len()*m.Len() || m.Max() > MaxDelay {
				t.Fatalf("%d places, %d delays, the largest %v", m.Len(), len(m.ns), m.Max())
			}
			for i := range m.Len() {
				for j := range i {
					if !asymmetric && m.At(i, j) != m.At(j, i) {
						t.Fatalf("%d, %d is not symmetric", i, j)
					}
				}
			}
			again(t, m, spec)
		}
	})
}

// again writes a matrix as a square of nanoseconds and reads it back: nothing is lost, but for places no distance apart,
// which a file cannot tell from missing ones.
func again(t *testing.T, m *Matrix, spec Spec) {
	var b strings.Builder
	for i := range m.Len() {
		for j := range m.Len() {
			if i != j && m.At(i, j) == 0 {
				return
			}
			fmt.Fprintf(&b, "%d ", int64(m.At(i, j)))
		}
		b.WriteByte('\n')
	}
	got, err := Square([]byte(b.String()), Spec{Unit: core.Nanosecond, Asymmetric: spec.Asymmetric})
	if err != nil || got.Len() != m.Len() {
		t.Fatalf("%v; of\n%s", err, b.String())
	}
	for i := range m.ns {
		if got.ns[i] != m.ns[i] {
			t.Fatalf("delay %d is %d, written and read %d", i, m.ns[i], got.ns[i])
		}
	}
}
