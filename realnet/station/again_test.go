package station

import (
	"io"
	"testing"
)

// TestRemoveInTheMiddle: a video that is removed from a box as somebody who watched it leaves can be watched there again at once.
func TestRemoveInTheMiddle(t *testing.T) {
	db := t.TempDir()
	movie := random(1, 200*int(chunk))
	split(t, db, "movie", movie, false)
	source := start(t, "source", db, nil)
	source.Relink(100_000_000, 0)
	s := start(t, "box", t.TempDir(), source)
	until(t, "the box has heard", func() bool { return len(names(s)) == 1 })
	x, err := s.Desk.Open(t.Context(), "movie")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, x, 20*int64(chunk)); err != nil {
		t.Fatal(err)
	}
	x.Close()
	if err := s.Remove(t.Context(), "movie"); err != nil {
		t.Fatal(err)
	}
	source.Relink(0, 0)
	mustRead(t, s, "movie", movie)
}
