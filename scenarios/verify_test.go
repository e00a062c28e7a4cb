package scenarios

import (
	"regexp"
	"strings"
	"testing"

	"peerstreamer/core"
)

func TestVerifyAgrees(t *testing.T) {
	dir := t.TempDir()
	file := small(t, dir, "")
	_, once, _ := psimIn(t, dir, "-scenario", file, "-seed", "4", "-out", "once")
	digest := regexp.MustCompile(`digest ([0-9a-f]{16});`).FindStringSubmatch(once)
	code, out, errs := psimIn(t, dir, "-scenario", file, "-seeds", "3-4", "-verify")
	if code != 0 || errs != "" || len(digest) != 2 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if !regexp.MustCompile(`^seed 3: two runs agree: digest [0-9a-f]{16} after \d+ events, \d+\.000 s
seed 4: two runs agree: digest ` + digest[1] + ` after \d+ events, \d+\.000 s
$`).MatchString(out) {
		t.Errorf("a run alone has digest %s, printed is:\n%s", digest[1], out)
	}
}

// moody is classic that asks its master who has the next chunk more often every second time that it is made.
func moody(made *int) func(*Params) (core.Policy, error) {
	return func(*Params) (core.Policy, error) {
		*made++
		c := core.DefaultClassic()
		if *made%2 == 0 {
			c.QueryEvery = 2
		}
		return core.NewClassic(c), nil
	}
}

// TestVerifyTellsTheFirstDifference: the first event that differs is a query where the other run has a get; both sides are
// told in words.
func TestVerifyTellsTheFirstDifference(t *testing.T) {
	Register("moody", "for this test", moody(new(int)))
	dir := t.TempDir()
	file := small(t, dir, "")
	code, out, errs := psimIn(t, dir, "-scenario", file, "-policy", "moody", "-verify")
	if code != 1 || out != "" {
		t.Errorf("exit code %d, want 1, and nothing on standard output:\n%s", code, out)
	}
	sides := regexp.MustCompile(`differ at event (\d+):
psim:   first run:  (\d+\.\d{9} s  source \(node 1\)  OnMsg  conn \d+, peer viewer-\d, message) (query|get), video 1, chunk 2, first 0, n .*
psim:   second run: (\d+\.\d{9} s  source \(node 1\)  OnMsg  conn \d+, peer viewer-\d, message) (query|get), video 1, chunk 2, first 0, n .*
`).FindStringSubmatch(errs)
	if sides == nil || sides[2] != sides[4] || sides[3] == sides[5] {
		t.Fatalf("both sides of the difference are not told in:\n%s", errs)
	}
	Register("steady", "for this test", moody(new(int)))
	if code, _, errs := psimIn(t, dir, "-scenario", file, "-policy", "steady", "-seeds", "1-2", "-jobs", "1", "-out", "x"); code != 0 {
		t.Errorf("alone it runs, with exit code %d: %s", code, errs)
	}
}

// TestVerifyOfAPanic has a policy panic in one of the two runs: that is told as any panic, with the command.
func TestVerifyOfAPanic(t *testing.T) {
	made := 0
	Register("sulky", "for this test", func(*Params) (core.Policy, error) {
		made++
		plans := 100 * (made % 2)
		return doomed{core.NewDirect(), &plans}, nil
	})
	dir := t.TempDir()
	code, _, errs := psimIn(t, dir, "-scenario", small(t, dir, ""), "-policy", "sulky", "-verify")
	if code != 1 || !strings.Contains(errs, "doomed from the start") || !strings.Contains(errs, "psim: replay: psim -scenario ") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
}
