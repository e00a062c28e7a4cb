package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTitlesAsPeopleLookForThem(t *testing.T) {
	want := []string{"Äpfel", "apple", "Lecture 2", "lecture 10", "Zoo"}
	var all []card
	for _, i := range []int{4, 3, 0, 2, 1} {
		all = append(all, card{Title: want[i]})
	}
	sortByTitle(all)
	var got []string
	for _, c := range all {
		got = append(got, c.Title)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
