package status

import (
	"net/http/httptest"
	"testing"
)

// BenchmarkReport is what one look at a source with a video of 44 chunks and no peers costs.
func BenchmarkReport(b *testing.B) {
	board, _ := board(b, Config{})
	b.ReportAllocs()
	for b.Loop() {
		board.look()
	}
}

// BenchmarkAnswer is what a report of each kind of thing costs to word.
func BenchmarkAnswer(b *testing.B) {
	board, r := &Board{}, full()
	b.ReportAllocs()
	for b.Loop() {
		board.answer(httptest.NewRecorder(), r, true)
	}
}
