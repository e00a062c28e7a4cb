package analysis

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteViewers(t *testing.T) {
	const one = `viewer,arrival_s,startup_s,censored,stalls,stalled_s,played_s,bytes_source,bytes_master,bytes_sibling,finished
a,0,2,false,2,4,64,8000000,0,0,true
b,1,1.000000001,false,0,0,64,2000000,1000000,5000000,true
c,90,10,true,,,0,2000000,0,0,false
`
	var b bytes.Buffer
	if err := WriteViewers(&b, summarize(t, result(t, three()))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, b.String()); diff != "" {
		t.Error(diff)
	}

	b.Reset()
	if err := WriteViewers(&b, summarize(t, result(t, three(), four()))); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(one), "\n")
	var want strings.Builder
	want.WriteString(lines[0] + ",seed\n")
	for _, seed := range []string{"1", "2"} {
		for _, l := range lines[1:] {
			want.WriteString(l + "," + seed + "\n")
		}
	}
	if diff := cmp.Diff(want.String(), b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestWriteSeeds(t *testing.T) {
	var b bytes.Buffer
	if err := WriteSeeds(&b, summarize(t, result(t, three(), four()))); err != nil {
		t.Fatal(err)
	}
	golden(t, "seeds.csv", b.Bytes())
}

// Reported for each row: a million viewers must not take longer to write than to simulate.
func BenchmarkWriteViewers(b *testing.B) {
	r := three()
	for len(r.Viewers) < 100_000 {
		r.Viewers = append(r.Viewers, r.Viewers[len(r.Viewers)%3])
	}
	s, err := Summarize(Result{Runs: []Run{r}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := WriteViewers(io.Discard, s); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(r.Viewers)), "ns/row")
}
