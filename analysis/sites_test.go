package analysis

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteSites(t *testing.T) {
	const header = "site,uplink_bits_per_s,downlink_bits_per_s,payload_out_bytes,payload_in_bytes,control_out_bytes,control_in_bytes"
	for want, runs := range map[string][]Run{
		header + "\ncampus,4000000,,0,10000000,2000,1000\n":                                                {three()},
		header + ",seed\ncampus,4000000,,0,10000000,2000,1000,1\ncampus,4000000,,0,10000000,2000,1000,2\n": {three(), four()},
	} {
		var b bytes.Buffer
		if err := WriteSites(&b, summarize(t, result(t, runs...))); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("%d seeds (-want +got):\n%s", len(runs), diff)
		}
	}
}

// TestSiteMeans: the summary and the page have what crossed each link, on average over the seeds.
func TestSiteMeans(t *testing.T) {
	other := four()
	other.Sites[0].PayloadOut = 3 * mb
	s := summarize(t, result(t, three(), other))
	want := []siteMean{{"campus", [4]float64{1.5e6, 10e6, 2000, 1000}}}
	if diff := cmp.Diff(want, s.siteMeans(), cmp.AllowUnexported(siteMean{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]siteTile{{"campus", "1.5 MB", "10 MB"}}, s.page().Sites); diff != "" {
		t.Errorf("on the page (-want +got):\n%s", diff)
	}
	other.Sites = nil
	if got := summarize(t, result(t, three(), other)).siteMeans(); got != nil {
		t.Errorf("of runs with different sites there are means %v", got)
	}
}

// TestNoSites: a run without sites has no file of them.
func TestNoSites(t *testing.T) {
	r, dir := three(), t.TempDir()
	r.Sites, r.AcrossSites = nil, 0
	if err := Write(dir, summarize(t, result(t, r))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sites.csv")); !os.IsNotExist(err) {
		t.Errorf("sites.csv: %v, want that there is none", err)
	}
}
