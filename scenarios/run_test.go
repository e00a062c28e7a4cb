package scenarios

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRunIsRepeatable runs a small flash crowd twice: every record is the same.
func TestRunIsRepeatable(t *testing.T) {
	p := planOf(t, valid, "video.duration=20s", "group.viewer.arrive.kind=flash", "group.viewer.arrive.tau=5s")
	a, err := Simulate(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Simulate(planOf(t, valid, "video.duration=20s", "group.viewer.arrive.kind=flash", "group.viewer.arrive.tau=5s"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	t.Logf("%+v", a)
}
