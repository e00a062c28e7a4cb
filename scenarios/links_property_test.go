package scenarios

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"peerstreamer/analysis"
	"peerstreamer/core"
)

// drawLinks returns a scenario in which links do everything that they can do.
func drawLinks(t *rapid.T, trace string) string {
	var b strings.Builder
	yes := func(what string) bool { return rapid.Bool().Draw(t, what) }
	rate := func(what string) string {
		rates := []string{"500kbit/s", "2Mbit/s", "10Mbit/s", "60Mbit/s", "unlimited", "1Mbit/s..9Mbit/s"}
		return rapid.SampledFrom(rates).Draw(t, what)
	}
	fmt.Fprintf(&b, "horizon = \"5m\"\n[video]\nduration = \"8s\"\nchunk = \"256KiB\"\n[player]\nkind = %q\n",
		rapid.SampledFrom([]string{"play", "download"}).Draw(t, "player"))
	fmt.Fprintf(&b, "[policy]\nname = %q\n", rapid.SampledFrom([]string{"classic", "direct"}).Draw(t, "policy"))
	fmt.Fprintf(&b, "[net]\nlatency = %q\nslow_start = %v\n",
		rapid.SampledFrom([]string{"0s", "5ms..50ms"}).Draw(t, "latency"), yes("slow start"))
	for _, site := range []string{"east", "west"} {
		fmt.Fprintf(&b, "[[site]]\nname = %q\ncount = %d\nuplink = %q\ndownlink = %q\n", site,
			rapid.IntRange(1, 2).Draw(t, "sites"), rate("site uplink"), rate("site downlink"))
	}
	for i, role := range []string{"source", "", ""} {
		fmt.Fprintf(&b, "[[group]]\nname = \"g%d\"\nrole = %q\n", i, role)
		if i > 0 {
			fmt.Fprintf(&b, "master = \"g%d\"\nwatches = true\ncount = %d\n", i-1, rapid.IntRange(1, 4).Draw(t, "count"))
			fmt.Fprintf(&b, "arrive = { kind = \"once\", at = \"%ds\" }\n", rapid.IntRange(0, 3).Draw(t, "arrives"))
		}
		if i == 1 && yes("trace") {
			fmt.Fprintf(&b, "trace = { file = %q, unit = \"Mbit/s\", repeat = true, aligned = %v }\n", trace, yes("aligned"))
		} else {
			fmt.Fprintf(&b, "uplink = %q\ndownlink = %q\n", rate("uplink"), rate("downlink"))
		}
		if site := rapid.SampledFrom([]string{"", "east", "west"}).Draw(t, "site"); site != "" {
			fmt.Fprintf(&b, "site = %q\n", site)
		}
		if yes("limit") {
			fmt.Fprintf(&b, "max_connections = %d\n", rapid.IntRange(1, 6).Draw(t, "connections"))
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "faults") {
		fmt.Fprintf(&b, "[[fault]]\nat = \"%dms\"\nafter = \"%dms\"\n",
			rapid.IntRange(0, 9000).Draw(t, "at"), rapid.IntRange(0, 9000).Draw(t, "lasts"))
		switch rapid.IntRange(0, 3).Draw(t, "fault") {
		case 0:
			fmt.Fprintf(&b, "kind = \"slow\"\ngroup = \"g2\"\nshare = 0.5\nuplink = %q\n", rate("slow"))
		case 1:
			fmt.Fprintf(&b, "kind = \"slow\"\ngroup = \"g0\"\nfactor = %v\n", rapid.SampledFrom([]float64{0.1, 0.5, 3}).Draw(t, "factor"))
		case 2:
			fmt.Fprintf(&b, "kind = \"slow\"\nsite = \"east\"\nuplink = %q\ndownlink = %q\n", rate("slow"), rate("slow"))
		case 3:
			fmt.Fprintf(&b, "kind = \"partition\"\ngroup = \"g1\"\n")
			if yes("from") {
				b.WriteString("from = \"g2\"\n")
			}
		}
	}
	return b.String()
}

// TestLinksProperty: whatever links do, no figure beats its bound, what goes out of sites comes into others, no more than
// was sent, and the same seed gives the same history.
func TestLinksProperty(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(trace, []byte("0,4,9\n1.5,0,unlimited\n2,30,2\n5,1,8\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		c, err := Parse("links.toml", []byte(drawLinks(t, trace)))
		if err != nil {
			t.Fatal(err)
		}
		run := func() *analysis.Run {
			r, err := Simulate(NewPlan(c, c.Seed), nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := run()
		if diff := cmp.Diff(r, run()); diff != "" {
			t.Fatalf("two runs differ:\n%s", diff)
		}
		s, err := analysis.Summarize(analysis.Result{Runs: []analysis.Run{*r}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Err(); err != nil {
			t.Error(err)
		}
		var sent, out, in core.Bytes
		for i := range r.Nodes {
			sent += r.Nodes[i].Sent
		}
		for _, site := range r.Sites {
			out, in = out+site.PayloadOut, in+site.PayloadIn
		}
		if r.AcrossSites > sent || r.AcrossSites < max(out, in) || r.AcrossSites > out+in {
			t.Errorf("%v went across sites, %v out of them and %v into them, of %v", r.AcrossSites, out, in, sent)
		}
	})
}
