package prefetch

import "testing"

// TestRowLeavesMemoryAlone asks for rows of all sizes, at all offsets from a line, and for none.
func TestRowLeavesMemoryAlone(t *testing.T) {
	var rows [300]byte
	for i := range rows {
		rows[i] = byte(i)
	}
	allocs := testing.AllocsPerRun(10, func() {
		for from := range 64 {
			for n := 1; from+n <= len(rows); n++ {
				Part(&rows[from], uintptr(n))
			}
		}
		Row(&rows)
		Row[[4096]byte](nil)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	for i, b := range rows {
		if b != byte(i) {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
}

func BenchmarkRow(b *testing.B) {
	var row [232]byte
	for b.Loop() {
		Row(&row)
	}
}
