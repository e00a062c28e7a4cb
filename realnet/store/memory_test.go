package store

import (
	"bytes"
	"errors"
	"testing"
)

// TestLoan: what is lent stays as it is while its chunk is dropped and others come and go, and its memory is used again
// when it has been returned.
func TestLoan(t *testing.T) {
	var s Memory
	f := newFilm("film", 40_000, 5000, 2000)
	mustAdd(t, &s, f)
	f.put(t, &s, 0, 0, 1)
	if _, err := s.Borrow(f.key(0), 3000, 1001); !errors.Is(err, ErrAbsent) {
		t.Errorf("a byte that is not here: %v, want %v", err, ErrAbsent)
	}
	if _, err := s.Borrow(f.key(0), 4000, 1001); !errors.Is(err, ErrChunk) {
		t.Errorf("a byte beyond the chunk: %v, want %v", err, ErrChunk)
	}
	loan, err := s.Borrow(f.key(0), 100, 3900)
	if err != nil {
		t.Fatal(err)
	}
	if cap(loan.Bytes) != len(loan.Bytes) {
		t.Errorf("%d bytes can be appended to the chunk", cap(loan.Bytes)-len(loan.Bytes))
	}
	whole := func(chunk int) {
		t.Helper()
		f.put(t, &s, chunk, 0, 1, 2)
		f.check(t, &s, chunk)
		if err := s.Drop(f.key(chunk)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Drop(f.key(0)); err != nil {
		t.Fatal(err)
	}
	for chunk := range 7 {
		whole(chunk + 1)
	}
	if want := f.chunks[0][100:4000]; !bytes.Equal(loan.Bytes, want) {
		t.Error("the lent bytes have changed")
	}
	at := &loan.Bytes[0]
	loan.Return()
	s.spare = s.spare[len(s.spare)-1:] // its memory alone
	whole(0)
	if len(s.spare) != 1 || &s.spare[0][100] != at {
		t.Errorf("%d spare chunks, want the one that was lent", len(s.spare))
	}
	defer func() {
		if recover() == nil {
			t.Error("a second return of a loan is taken")
		}
	}()
	loan.Return()
}
